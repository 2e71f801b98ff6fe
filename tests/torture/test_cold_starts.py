"""Eight servers that open a store at the same instant, which must be made or changed first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from testing import effort, stores
from testing.client import Client
from testing.command_line import hfs
from testing.programs import PATIENT
from testing.terminal import Terminal

SERVERS = 8
ROUNDS = 15 if effort.IS_LONG else 1


def nothing(path: Path) -> None:
    pass


def empty_file(path: Path) -> None:
    path.touch()


def terminal_store(path: Path) -> None:
    with Terminal(path, journal_mode="DELETE") as terminal:
        for number in range(30):
            terminal.add_session(f"No {number}", "one", "two")


def schema_of(path: Path) -> list[tuple[str, ...]]:
    """Everything that the store is made of, and its version."""
    found = stores.rows(path, "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name")
    return [*found, *stores.rows(path, "PRAGMA user_version")]


@pytest.mark.parametrize("prepare", [nothing, terminal_store, empty_file])
def test_eight_servers_open_a_store_at_the_same_instant(
    tmp_path: Path, home: Path, prepare: Callable[[Path], None]
) -> None:
    alone = folder_for(tmp_path, "alone")
    prepare(alone)
    alone.touch()  # A list makes no store.
    assert hfs(home, "--database", alone, "list").returncode == 0
    for number in range(ROUNDS):
        path = folder_for(tmp_path, f"round-{number}")
        prepare(path)
        clients = [Client(home, program=PATIENT) for _ in range(SERVERS)]
        try:
            assert open_together(clients, path) == [len(listed(alone))] * SERVERS
            for client in clients:
                client.finish()
        finally:
            for client in clients:
                client.dispose()
        assert schema_of(path) == schema_of(alone)
        assert listed(path) == listed(alone)
        stores.check_whole_and_free(path)


def folder_for(folder: Path, name: str) -> Path:
    (folder / name).mkdir()
    return folder / name / "sessions.db"


def listed(path: Path) -> list[tuple[str, ...]]:
    return stores.rows(path, "SELECT id, name FROM sessions ORDER BY id")


def open_together(clients: list[Client], path: Path) -> list[int]:
    """How many sessions each server finds, all of which are ready before the first one opens."""
    params = {
        "processId": None,
        "capabilities": {},
        "initializationOptions": {"databasePath": str(path)},
    }
    begun = [client.send("initialize", params) for client in clients]
    for client, request in zip(clients, begun, strict=True):
        client.result(request)
    for client in clients:
        client.notify("initialized", {})
        client.is_initialized = True
    asked = [client.send("hfs/listSessions") for client in clients]
    return [
        len(client.result(request)["sessions"])
        for client, request in zip(clients, asked, strict=True)
    ]
