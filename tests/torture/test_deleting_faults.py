"""Deletions and restorations that are killed, that meet failing system calls, or each other.

Wherever that happens, each session is either in the store or deleted, and whole.
"""

from __future__ import annotations

import json
import random
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from testing import effort, stores
from testing.client import Start
from testing.command_line import hfs
from testing.faults import CALLS, KILL, Outcomes, calls_made, injecting, injection_points
from testing.faults import require_strace as required_strace
from testing.programs import changed
from testing.store_checks import check_store, isolated_rows, left_behind
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import name_of, write_whole

MESSAGES = 90
IN_STEPS = changed(
    "from hfs_server.store.sqlite import moving",
    "moving.LOCK_SECONDS = moving.LONGEST_LOCK_SECONDS = -1.0",
    "moving._ROWS_TOGETHER = 20",
)
"""A server that moves a few rows under each lock."""

PLANS = [(CALLS, KILL), ("pwrite64", "error=EIO"), ("pwrite64", "error=ENOSPC")]
NAME = name_of("one", MESSAGES)
ROUNDS, SERVERS = 3, 2


@pytest.fixture(scope="module")
def strace() -> str:
    """strace, where it may inject faults."""
    return required_strace()


@pytest.fixture
def template(tmp_path: Path, home: Path) -> Path:
    """A store with a session, and one of the terminal program, which has a higher id."""
    path = tmp_path / "template" / "sessions.db"
    path.parent.mkdir()
    file = write_whole(tmp_path / "source.json", "one", MESSAGES)
    assert hfs(home, "--database", path, "import", file).returncode == 0
    with Terminal(path) as terminal:
        assert terminal.add_session("Kept", "one") == 2
    return path


def listed(home: Path, path: Path, *options: str) -> list[dict[str, Any]]:
    done = hfs(home, "--database", path, "list", "--json", *options)
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def check_whole(home: Path, path: Path) -> bool:
    """Fails if the session is not whole in one place; returns whether it was deleted."""
    present = [each["name"] for each in listed(home, path)]
    deleted = listed(home, path, "--deleted")
    assert sorted([*present, *(each["name"] for each in deleted)]) == sorted([NAME, "Kept"])
    assert isolated_rows(path, "SELECT 1 FROM hfs_deletions WHERE other_id IS NOT NULL") == []
    if deleted:
        assert deleted[0]["messageCount"] == MESSAGES
        done = hfs(home, "--database", path, "restore", deleted[0]["id"])
        assert done.returncode == 0, done.stderr
    assert check_store(path) == {NAME: 1}
    counts = isolated_rows(path, "SELECT count(*), min(session_id) FROM messages")
    assert counts == [(MESSAGES + 1, 1)]
    assert left_behind(path.parent) == []
    return bool(deleted)


@pytest.mark.parametrize("step", ["delete", "restore"])
@pytest.mark.parametrize(("calls", "fault"), PLANS)
def test_a_session_is_in_the_store_or_deleted_after_faults(
    tmp_path: Path, home: Path, template: Path, strace: str, step: str, calls: str, fault: str
) -> None:
    if step == "restore":
        assert hfs(home, "--database", template, "delete", "1").returncode == 0

    def prepared(number: str) -> Path:
        return stores.copy(template, tmp_path / f"store-{number}" / "sessions.db")

    made = calls_made(strace, home, "--database", prepared("dry"), step, "1", program=IN_STEPS)
    outcomes = Outcomes(fault, calls)
    for number, (call, k) in enumerate(injection_points(made, calls)):
        path = prepared(str(number))
        before = injecting(strace, call, fault, k)
        done = hfs(home, "--database", path, step, "1", before=before, program=IN_STEPS)
        was_done = outcomes.was_done(done)
        was_deleted = check_whole(home, path)
        assert not was_done or was_deleted == (step == "delete")
        shutil.rmtree(path.parent)
    outcomes.judge()


def test_servers_that_are_killed_and_the_terminal_program_lose_nothing(
    start: Start, home: Path, store_path: Path, template: Path
) -> None:
    stores.copy(template, store_path)
    chance = random.Random(effort.SEED)
    with Terminal(store_path) as terminal:
        for number in effort.rounds(ROUNDS):
            clients = [start(program=IN_STEPS) for _ in range(SERVERS)]
            for client in clients:
                client.request("hfs/listSessions")
                for method in ("deleteSession", "restoreSession") * 3:
                    client.send(f"hfs/{method}", {"sessionId": 1})
            killer = threading.Timer(chance.uniform(0, 0.3), clients[0].process.kill)
            killer.start()
            added = terminal.add_session(f"Round {number}", "gone soon")
            assert terminal.list()[-1][1:] == (f"Round {number}", [("user", "gone soon")])
            terminal.delete_session(added)
            clients[0].process.wait(PATIENCE_SECONDS)
            clients[1].request("hfs/listSessions")
            clients[1].finish()
            check_whole(home, store_path)


def test_deletions_by_several_servers_meet(
    start: Start, home: Path, store_path: Path, template: Path
) -> None:
    stores.copy(template, store_path)
    clients = [start(program=IN_STEPS) for _ in range(4)]
    for method in ("hfs/deleteSession", "hfs/restoreSession") * 3:
        sent = [(client, client.send(method, {"sessionId": 1})) for client in clients]
        answers = [client.reply(number) for client, number in sent]
        errors = [each["error"]["data"]["kind"] for each in answers if "error" in each]
        assert errors == ["sessionNotFound"] * 3
    for client in clients:
        client.finish()
    check_whole(home, store_path)
