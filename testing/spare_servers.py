"""Servers that are started before they are needed, since starting takes its time."""

from __future__ import annotations

from pathlib import Path

from testing.client import Client

AHEAD = 2
"""How many servers are started before they are needed."""


class Spares:
    """New servers on demand, some of which are always ready."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._ready = [Client(home) for _ in range(AHEAD)]

    def take(self) -> Client:
        """A new server, which has received nothing yet."""
        self._ready.append(Client(self.home))
        return self._ready.pop(0)

    def close(self) -> None:
        """Ends those that were not needed."""
        while self._ready:
            self._ready.pop().finish()
