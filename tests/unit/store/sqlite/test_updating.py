"""Updates of a stored session: it becomes like the newer one, and loses nothing."""

import signal
import subprocess
import sys
import textwrap

import pytest

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite import staging
from testing.command_line import POSIX
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.sqlite.sessions import execute
from tests.unit.store.sqlite.tool_sessions import (
    contents,
    plain,
    said,
    save,
    save_one,
    session,
)

FIRST = [said(number) for number in range(3)]
LARGE = [said(number, "x" * 300) for number in range(40)]


@pytest.fixture(params=[said, plain], ids=["with ids", "without ids"])
def make(request):
    return request.param


def test_what_the_terminal_program_adds_between_the_comparison_and_the_commit_stays(
    path, monkeypatch
):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 3000)
    save(path, session(LARGE[:2]))
    added = []

    def add(*_):
        if not added:
            with Terminal(path) as terminal:
                terminal.add_message(1, "user", "typed in the terminal")
            added.append(True)

    saved = save_one(path, session(LARGE), on_progress=add)
    assert added
    assert (saved.status, saved.id) == ("created", saved.id)
    assert any("second session" in warning for warning in saved.warnings)
    assert contents(path) == [each["content"] for each in LARGE[:2]] + ["typed in the terminal"]
    assert contents(path, saved.id) == [each["content"] for each in LARGE]
    assert execute(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]


def test_other_sessions_that_change_all_the_time_do_not_keep_an_update_from_its_end(
    path, monkeypatch
):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 1000)
    save(path, session(LARGE[:2]), session(FIRST, "other"))

    def change(*_):
        execute(path, "UPDATE sessions SET name = name || 'x' WHERE id = 2")

    saved = save_one(path, session(LARGE), on_progress=change)
    assert (saved.status, saved.id) == ("updated", 1)
    assert contents(path) == [each["content"] for each in LARGE]


def test_an_update_of_several_slices_that_is_interrupted_leaves_the_session_as_it_was(
    path, monkeypatch
):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 1000)
    save(path, session(LARGE[:2]))
    before = execute(path, "SELECT * FROM messages")

    def stop(share, _):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(path, session(LARGE), on_progress=stop)
    assert execute(path, "SELECT * FROM messages") == before
    assert save_one(path, session(LARGE)).status == "updated"
    assert contents(path) == [each["content"] for each in LARGE]


KILLED = """
    import os, sys
    from pathlib import Path
    from hfs_server.store.sqlite import staging
    from tests.unit.store.sqlite.test_updating import LARGE
    from tests.unit.store.sqlite.tool_sessions import save, session
    staging.SLICE_CHARACTERS = 1000
    def die(share, _):
        if share > 0.5: os.kill(os.getpid(), 9)
    save(Path(sys.argv[1]), session(LARGE), on_progress=die)
"""


@POSIX
def test_an_update_that_is_killed_in_the_middle_is_undone_by_the_next_program(path):
    save(path, session(LARGE[:2]))
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(path)],
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == -signal.SIGKILL
    assert execute(path, "SELECT count(*) > 2 FROM messages") == [(1,)]
    assert contents(path) == [each["content"] for each in LARGE[:2]]
    assert execute(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
    assert save_one(path, session(LARGE)).status == "updated"
    assert contents(path) == [each["content"] for each in LARGE]


def test_a_session_that_is_deleted_while_it_is_updated_is_created_again_as_a_whole(
    path, monkeypatch
):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 3000)
    save(path, session(LARGE[:2]))
    deleted = []

    def delete(*_):
        if not deleted:
            with Terminal(path) as terminal:
                terminal.delete_session(1)
            deleted.append(True)

    saved = save_one(path, session(LARGE), on_progress=delete)
    assert (saved.status, len(contents(path, saved.id))) == ("created", len(LARGE))
    orphans = "SELECT count(*) FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
    assert execute(path, orphans) == [(0,)]


def test_a_session_that_is_changed_with_every_try_is_reported_as_busy(path, monkeypatch):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 3000)
    save(path, session(LARGE[:2]))

    def rename(*_):
        execute(path, "UPDATE sessions SET name = name || 'x'")

    with pytest.raises(StoreBusy, match="Try again"):
        save(path, session(LARGE), on_progress=rename)
    assert len(contents(path)) == 2
