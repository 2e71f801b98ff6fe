"""A home folder whose tools write sessions, and what of them is kept in a store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hfs_server.store.address import Address, StorePlace
from testing import stores, tool_logs
from testing.client import Client, Start
from testing.programs import IMPATIENT, environment_for
from testing.waiting import wait_until

CLAUDE_CODE = "claude-code"


class Keeping:
    """A home folder, and the store in which the sessions of its tools are kept."""

    def __init__(self, home: Path, store: StorePlace, launch: Start | None = None) -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self.store = store
        self._launch = launch

    @property
    def projects(self) -> Path:
        """Where Claude Code keeps its sessions."""
        return self.home / ".claude" / "projects"

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program find the tools' folders in this home folder."""
        return {"HOME": str(self.home), "USERPROFILE": str(self.home)}

    @property
    def whole_environment(self) -> dict[str, str]:
        """The environment of a program that is started without a client."""
        return environment_for(self.home, self.environment)

    def start(
        self, *tools: str, program: Sequence[str] = IMPATIENT, level: str = "info", **variables: str
    ) -> Client:
        """A server that keeps the sessions of these tools, and logs what it does."""
        assert self._launch is not None
        client = self._launch(program=program, environment={**self.environment, **variables})
        options: dict[str, Any] = {"keep": [*tools]} if tools else {}
        client.initialize(databasePath=stores.location(self.store), logLevel=level, **options)
        return client

    def claude_code(self, number: int, turns: int = 1, project: str = "-web") -> Path:
        """Writes a session of Claude Code, or adds turns to it, as the tool does."""
        path = self.projects / project / f"{tool_logs.id_of(number)}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = tool_logs.claude_code(number, turns)
        with path.open("ab") as file:
            file.write(content[file.tell() :])
        return path

    def kept(self) -> list[int]:
        """How many messages each session in the store has."""
        if isinstance(self.store, Address):
            return _kept_on_server(self.store)
        return [count for (count,) in stores.rows(self.store, _COUNTS)] if self.is_made() else []

    def is_made(self) -> bool:
        """Whether the store has all its tables."""
        assert isinstance(self.store, Path)
        made = "SELECT 1 FROM sqlite_master WHERE name = 'hfs_imported_files'"
        return self.store.exists() and bool(stores.rows(self.store, made))

    def wait_for(self, *counts: int) -> None:
        """Returns when the sessions in the store have so many messages."""
        wait_until(lambda: self.kept() == [*counts])


_COUNTS = """
    SELECT count(messages.id) FROM sessions LEFT JOIN messages ON session_id = sessions.id
    GROUP BY sessions.id ORDER BY sessions.id
"""


def _kept_on_server(address: Address) -> list[int]:
    import psycopg

    with psycopg.connect(address.connection_string) as connection:
        if connection.execute("SELECT to_regclass('hfs.sessions')").fetchall() == [(None,)]:
            return []
        rows = connection.execute("SELECT message_count FROM hfs.sessions ORDER BY id")
        return [count for (count,) in rows]
