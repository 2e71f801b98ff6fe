"""``hfs-server keep`` with a second store, which gets the sessions of named projects."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hfs_server.store.address import Address
from testing.command_line import POSIX, run_command
from testing.documents import MARKER
from testing.keeping import CLAUDE_CODE, Keeping
from testing.postgresql import USER, Server
from testing.programs import IMPATIENT
from testing.server_process import ServerProcess
from testing.waiting import wait_until

pytestmark = POSIX
PROJECT = "/home/ada/web"
Start = Callable[..., ServerProcess]
PASSWORD = "s3cr3t"


@pytest.fixture
def start(keeping: Keeping) -> Iterator[Start]:
    """Starts ``keep`` with variables; it says nothing of what the sessions say."""
    started: list[ServerProcess] = []

    def run(address: Address, **variables: str) -> ServerProcess:
        keeping.store.parent.mkdir(exist_ok=True)
        words = ("keep", "--database", str(keeping.store), "--tool", CLAUDE_CODE)
        chosen = {"HFS_SHARE": address.connection_string, "HFS_SHARE_PROJECTS": PROJECT}
        environment = {**keeping.environment, **chosen, **variables}
        keeper = ServerProcess(keeping.home, *words, program=IMPATIENT, environment=environment)
        started.append(keeper)
        return keeper

    yield run
    for each in started:
        each.dispose()
        assert MARKER not in each.stderr
        assert PASSWORD not in each.stderr


def count(server: Server, address: Address) -> list[int]:
    """How many messages each shared session has."""
    with server.connected(address) as connection:
        ((table,),) = connection.execute("SELECT to_regclass('hfs.sessions')::text").fetchall()
        if table is None:
            return []
        rows = connection.execute("SELECT message_count FROM hfs.sessions ORDER BY id").fetchall()
        return [number for (number,) in rows]


def test_kept_sessions_of_a_project_are_shared_as_they_grow(
    keeping: Keeping, start: Start, database: Address, postgresql: Server
) -> None:
    keeper = start(database)
    shown = f"Sharing sessions of 1 project with {database}, without secrets."
    wait_until(lambda: shown in keeper.stderr)
    keeping.claude_code(1)
    wait_until(lambda: count(postgresql, database) == [2])
    keeping.claude_code(1, turns=2)
    wait_until(lambda: count(postgresql, database) == [4])
    wait_until(lambda: "Shared: 1 session updated" in keeper.stderr)


def test_sessions_of_other_projects_are_kept_and_stay(
    keeping: Keeping, start: Start, database: Address, postgresql: Server
) -> None:
    start(database, HFS_SHARE_PROJECTS="/home/ada/web2")
    keeping.claude_code(1)
    keeping.wait_for(2)
    keeping.claude_code(2)
    keeping.wait_for(2, 2)
    assert count(postgresql, database) == []


def test_a_store_that_is_away_holds_nothing_up_and_is_caught_up_with(
    keeping: Keeping, start: Start, postgresql: Server
) -> None:
    away = postgresql.address("created_later", user=f"{USER}:{PASSWORD}")
    keeper = start(away)
    keeping.claude_code(1)
    keeping.wait_for(2)
    wait_until(lambda: "Nothing is shared for now." in keeper.stderr)
    keeping.claude_code(2)
    keeping.wait_for(2, 2)
    with postgresql.connected() as connection:
        connection.execute("CREATE DATABASE created_later")
    try:
        wait_until(lambda: count(postgresql, away) == [2, 2])
        assert keeper.stderr.count("Nothing is shared for now.") == 1
    finally:
        keeper.dispose()
        postgresql.drop(away)


def test_without_the_variable_nothing_is_shared_and_no_client_is_loaded(
    keeping: Keeping, start: Start, database: Address, postgresql: Server
) -> None:
    keeper = start(database, HFS_SHARE="")
    keeping.claude_code(1)
    keeping.wait_for(2)
    assert count(postgresql, database) == []
    assert "Shar" not in keeper.stderr


def test_a_service_gets_the_variables_and_no_password(keeping: Keeping) -> None:
    keeping.store.parent.mkdir()
    words = ("--database", str(keeping.store), "keep", "--print", "systemd")
    program = [sys.executable, "-m", "hfs_server", *words]
    variables = {"HFS_SHARE": "postgresql://ada@db.example/hfs", "HFS_SHARE_PROJECTS": PROJECT}
    environment = {**keeping.whole_environment, **variables}
    done = run_command(program, environment, Path(keeping.home))
    assert "HFS_SHARE=postgresql://ada@db.example/hfs" in done.stdout.decode()
    assert f"HFS_SHARE_PROJECTS={PROJECT}" in done.stdout.decode()
    environment["HFS_SHARE"] = f"postgresql://ada:{PASSWORD}@db.example/hfs"
    refused = run_command(program, environment, Path(keeping.home))
    assert refused.code == 1
    assert PASSWORD not in refused.stderr + refused.stdout.decode()


def test_an_editor_s_server_shares_what_it_keeps(
    keeping: Keeping, database: Address, postgresql: Server
) -> None:
    client = keeping.start(
        CLAUDE_CODE,
        HFS_SHARE=database.connection_string,
        HFS_SHARE_PROJECTS=PROJECT,
    )
    keeping.claude_code(1)
    wait_until(lambda: count(postgresql, database) == [2])
    client.finish()
