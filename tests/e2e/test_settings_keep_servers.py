"""The setting ``keep`` of several servers on one store: one keeps, and another takes over."""

from __future__ import annotations

import os
import signal
import stat

import pytest

from testing.client import Client
from testing.command_line import POSIX
from testing.keeping import CLAUDE_CODE, Keeping
from testing.waiting import wait_until

KEEPS = "Keeps sessions of ['claude-code']; another process those of []"
WAITS = "Keeps sessions of []; another process those of ['claude-code']"


def two_servers(keeping: Keeping) -> tuple[Client, Client]:
    """One that keeps, and one that sees that the other does."""
    first = keeping.start(CLAUDE_CODE)
    wait_until(lambda: KEEPS in first.stderr)
    second = keeping.start(CLAUDE_CODE)
    wait_until(lambda: WAITS in second.stderr)
    return first, second


@POSIX
@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_another_server_goes_on_when_the_one_that_keeps_ends(keeping: Keeping, how: str) -> None:
    first, second = two_servers(keeping)
    keeping.claude_code(1)
    keeping.wait_for(2)
    assert "Kept" not in second.stderr
    first.signal(getattr(signal, how))
    first.wait_for_end()
    keeping.claude_code(1, turns=2)
    keeping.claude_code(2)
    keeping.wait_for(4, 2)
    wait_until(lambda: KEEPS in second.stderr)


def test_what_happened_between_two_keepers_is_kept(keeping: Keeping) -> None:
    keeping.start(CLAUDE_CODE).finish()
    keeping.claude_code(1)
    keeping.start(CLAUDE_CODE)
    keeping.wait_for(2)


def test_servers_keep_different_tools_in_the_same_store(keeping: Keeping) -> None:
    first = keeping.start(CLAUDE_CODE)
    wait_until(lambda: KEEPS in first.stderr)
    second = keeping.start(CLAUDE_CODE, "codex")
    words = "Keeps sessions of ['codex']; another process those of ['claude-code']"
    wait_until(lambda: words in second.stderr)


def test_servers_on_different_stores_both_keep(keeping: Keeping) -> None:
    first = keeping.start(CLAUDE_CODE)
    keeping.store = keeping.home / "other.db"
    second = keeping.start(CLAUDE_CODE)
    for client in (first, second):
        wait_until(lambda client=client: KEEPS in client.stderr)  # type: ignore[misc]


def test_the_lock_is_an_empty_private_file_that_nothing_replaces(keeping: Keeping) -> None:
    first, second = two_servers(keeping)
    lock = keeping.store.with_name("sessions.db-keep")
    assert stat.S_IMODE(lock.stat().st_mode) & 0o077 == 0 or os.name == "nt"
    assert lock.stat().st_size == 0
    keeping.claude_code(1)
    keeping.wait_for(2)
    (session,) = first.request("hfs/listSessions")["sessions"]
    params = {"sessionId": session["id"], "format": "json", "destination": lock.as_uri()}
    refused = first.refusal("hfs/export", {**params, "overwrite": True})
    assert refused.kind == "destinationNotWritable"
    # Reading the file would drop the lock.
    assert first.refusal("hfs/import", {"uri": lock.as_uri()}).kind == "sourceNotReadable"
    first.request("hfs/import", {"uri": lock.parent.as_uri()})
    keeping.claude_code(1, turns=2)
    keeping.wait_for(4)
    assert KEEPS not in second.stderr
