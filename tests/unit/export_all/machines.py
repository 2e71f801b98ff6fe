"""Machines with a store each, and the other programs by which their users change it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of
from hfs_server.store import Store
from hfs_server.store.address import Address, StorePlace
from hfs_server.store.export_notes import export_notes_file
from hfs_server.store.local_files import local_path
from hfs_server.timestamps import now
from testing import stores
from testing.documents import document, message
from testing.postgresql import Server
from testing.terminal import Terminal
from tests.unit.store.sqlite.sessions import use

STRAY = """
    SELECT 1 FROM messages WHERE session_id > 0 AND session_id NOT IN (SELECT id FROM sessions)
"""
Result = TypeVar("Result")


class Machine(Protocol):
    """A machine with a store."""

    place: StorePlace
    notes: Path
    """What its store remembers of exports."""

    def begin(self, name: str, *said: str, created_at: datetime) -> None:
        """Begins a session with these messages of its user."""

    def say(self, number: int, text: str) -> None:
        """Adds a message to a session."""

    def delete(self, number: int) -> None:
        """Deletes a session by other means than ours, if there are any."""

    def ids(self) -> list[int]:
        """The ids of its sessions."""

    def check(self) -> None:
        """Fails if a message belongs to no session."""

    def close(self) -> None:
        """Removes what is not in its folder."""


class MachineWithTerminal:
    """One that the terminal program uses, too."""

    def __init__(self, path: Path) -> None:
        self.place = path
        self.notes = export_notes_file(path)
        self._terminal = Terminal(path)
        self.say = lambda number, text: self._terminal.add_message(number, "user", text)
        self.delete = self._terminal.delete_session
        self.close = self._terminal.close

    def begin(self, name: str, *said: str, created_at: datetime) -> None:
        self._terminal.add_session(name, *said, created_at=created_at)

    def ids(self) -> list[int]:
        return sorted(self._terminal.names())

    def check(self) -> None:
        assert stores.rows(self._terminal.path, STRAY) == []


class MachineWithDatabase:
    """One with a database, into which only imports write."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.place: Address = server.new_database()
        self.notes = export_notes_file(local_path(self.place))

    def begin(self, name: str, *said: str, created_at: datetime) -> None:
        begun = {"session_created_at": f"{created_at.isoformat()}Z"}
        messages = [message(text, created_at=begun["session_created_at"]) for text in said]
        made = {**document(name, metadata=begun), "messages": messages}
        self._use(lambda store: import_file(store, file_of(json.dumps(made))))

    def say(self, number: int, text: str) -> None:
        async def say(store: Store) -> None:
            made = json.loads(await export_to_text(store, number, exporter_named("json")))
            made["messages"].append(message(text, created_at=now()))
            await import_file(store, file_of(json.dumps(made)))

        self._use(say)

    def delete(self, number: int) -> None:
        self._use(lambda store: store.delete(number))

    def ids(self) -> list[int]:
        return [*self._use(lambda store: store.session_ids())]

    def check(self) -> None:
        """Constraints hold that."""

    def close(self) -> None:
        self._server.drop(self.place)

    def _use(self, work: Callable[[Store], Awaitable[Any]]) -> Any:
        return use(self.place, work)
