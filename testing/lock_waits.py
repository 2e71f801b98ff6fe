"""How long another program waits for the store's lock."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from testing import stores


class Writer(threading.Thread):
    """Writes to the store again and again, and keeps how long it had to wait at most."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.stop = threading.Event()
        self.waits: list[float] = []

    def run(self) -> None:
        """Takes the lock and releases it until it is stopped."""
        with stores.opened(self.path) as connection:
            while not self.stop.is_set():
                begun = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
                self.waits.append(time.monotonic() - begun)
                self.stop.wait(0.005)
