"""How long an import holds the store's lock, as another program sees it that writes meanwhile.

A machine that is slow, or busy, makes that longer for any program. So it is compared with
a plain program that writes as many rows under one lock, and one of some tries must keep it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing import effort, stores
from testing.command_line import hfs
from testing.lock_waits import Writer
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.quiet

MESSAGES = 1_000_000 if effort.IS_LONG else 100_000
LONGEST_SECONDS = 4.0 if effort.IS_LONG else 1.0
"""What the terminal program must never wait for, at this size."""

TIMES_AS_LONG = 4.0
"""As a plain program needs for all rows at once, on a machine where that takes its time."""

TRIES = 3


def message(characters: int) -> str:
    said = "x" * characters
    return f'{{"role": "user", "content": "{said}", "created_at": "2026-02-01T10:00:00Z"}}'


def checkpoint(characters: int) -> str:
    state = "x" * characters
    return (
        f'{{"trigger": "t", "message_index": 1, "created_at": null, "state": {{"a": "{state}"}}}}'
    )


def write(path: Path, messages: Iterator[str], checkpoints: Iterator[str]) -> Path:
    """A document of the old shape, part by part."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"session_name": "Long", "messages": [')
        for parts, end in ((messages, '], "checkpoints": ['), (checkpoints, "]}")):
            for number, part in enumerate(parts):
                file.write("," * (number > 0) + part)
            file.write(end)
    return path


@pytest.mark.parametrize(
    ("messages", "said", "checkpoints"),
    [(MESSAGES, 60, 0), (MESSAGES, 0, 0), (10, 60, MESSAGES // 4)],
    ids=["short messages", "empty messages", "checkpoints"],
)
def test_no_program_waits_long_for_a_large_import(
    home: Path, tmp_path: Path, messages: int, said: int, checkpoints: int
) -> None:
    file = write(
        home / "large.json",
        (message(said) for _ in range(messages)),
        (checkpoint(400) for _ in range(checkpoints)),
    )
    tries = []
    for number in range(TRIES):
        waited = longest_wait(home, tmp_path / f"ours-{number}.db", file, messages, checkpoints)
        plain = seconds_of_plain_program(tmp_path / f"plain-{number}.db", messages, checkpoints)
        tries.append(f"{waited:.2f} s (a plain program needs {plain:.2f} s)")
        if waited < max(LONGEST_SECONDS, TIMES_AS_LONG * plain):
            print(f"waited {', '.join(tries)}")
            return
    raise AssertionError(f"another program waited {', '.join(tries)}")


def longest_wait(home: Path, path: Path, file: Path, messages: int, checkpoints: int) -> float:
    """How many seconds a program that writes all the time waits at most during an import."""
    assert hfs(home, "--database", path, "list").returncode == 0
    writer = Writer(path)
    writer.start()
    done = hfs(home, "--database", path, "import", file, within=580)
    writer.stop.set()
    writer.join(PATIENCE_SECONDS)
    assert done.returncode == 0, done.stderr
    sizes = stores.counts(path)
    assert (sizes["messages"], sizes["checkpoints"]) == (messages, checkpoints)
    assert len(writer.waits) > 10
    return max(writer.waits)


def seconds_of_plain_program(path: Path, messages: int, checkpoints: int) -> float:
    """How long a program locks a store that writes as many rows in one transaction."""
    Terminal(path).close()
    said = [("x" * 60, "2026-02-01 10:00:00.000000")] * messages
    states = [("x" * 400, "2026-02-01 10:00:00.000000")] * checkpoints
    with stores.opened(path) as connection:
        begun = time.monotonic()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO messages (session_id, role, content, created_at) VALUES (1, 'user', ?, ?)",
            said,
        )
        connection.executemany(
            "INSERT INTO checkpoints (session_id, message_index, trigger_event, state_json,"
            " created_at) VALUES (1, 1, 't', ?, ?)",
            states,
        )
        connection.execute("COMMIT")
        return time.monotonic() - begun


def test_no_program_waits_long_for_a_deletion_or_a_restoration(home: Path, tmp_path: Path) -> None:
    tries = []
    for number in range(TRIES):
        path = tmp_path / f"deleted-{number}.db"
        with Terminal(path) as terminal:
            session = terminal.add_session("Long", "one")
            terminal.add_session("Newer", "one")
        with stores.opened(path) as connection:
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO messages (session_id, role, content, created_at)"
                " VALUES (?, 'user', ?, '2026-02-01 10:00:00.000000')",
                [(session, "x" * 60)] * MESSAGES,
            )
            connection.execute("COMMIT")
        assert hfs(home, "--database", path, "list").returncode == 0
        writer = Writer(path)
        writer.start()
        for command in ("delete", "restore"):
            done = hfs(home, "--database", path, command, str(session), within=580)
            assert done.returncode == 0, done.stderr
        writer.stop.set()
        writer.join(PATIENCE_SECONDS)
        assert stores.counts(path)["messages"] == MESSAGES + 2
        waited = max(writer.waits)
        plain = seconds_of_plain_program(tmp_path / f"plain-{number}.db", MESSAGES, 0)
        tries.append(f"{waited:.2f} s (a plain program needs {plain:.2f} s)")
        if waited < max(LONGEST_SECONDS, TIMES_AS_LONG * plain):
            print(f"waited {', '.join(tries)}")
            return
    raise AssertionError(f"another program waited {', '.join(tries)}")
