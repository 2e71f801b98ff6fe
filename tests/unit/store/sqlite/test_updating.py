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
from tests.unit.store.sqlite.sessions import execute, message, read, save_source, source, use
from tests.unit.store.sqlite.tool_sessions import (
    contents,
    plain,
    said,
    save,
    save_all,
    save_one,
    session,
)

FIRST = [said(number) for number in range(3)]
LARGE = [said(number, "x" * 300) for number in range(40)]


@pytest.fixture(params=[said, plain], ids=["with ids", "without ids"])
def make(request):
    return request.param


def test_a_longer_session_adds_its_messages_to_the_stored_one(path, make):
    before = save_one(path, session([make(number) for number in range(3)]))
    after = save_one(path, session([make(number) for number in range(5)], title="Newer"))
    assert (before.status, after.status, after.id) == ("created", "updated", before.id)
    assert (after.message_count, after.name) == (5, "Newer")
    assert contents(path) == [f"message {number}" for number in range(5)]
    assert execute(path, "SELECT id FROM messages ORDER BY id") == [(n,) for n in range(1, 6)]


def test_a_message_with_the_same_id_in_its_tool_replaces_the_stored_one(path):
    save(path, session(FIRST))
    rewritten = [*FIRST[:2], said(2, "message 2, written to its end")]
    saved = save_one(path, session(rewritten))
    assert (saved.status, saved.message_count) == ("updated", 3)
    assert contents(path)[2] == "message 2, written to its end"
    assert save_one(path, session(rewritten)).status == "unchanged"


def test_a_message_that_became_shorter_leaves_the_stored_one(path):
    save(path, session([*FIRST[:2], said(2, "a long answer")]))
    saved = save_one(path, session([*FIRST[:2], said(2, "a")]))
    assert saved.status == "unchanged"
    assert any("more of this session" in warning for warning in saved.warnings)
    assert contents(path)[2] == "a long answer"


@pytest.mark.parametrize(("before", "after"), [(1000, 9), (9, 1000)])
def test_a_changed_usage_is_updated_whether_its_number_is_longer_or_shorter(path, before, after):
    save(path, session([said(0), said(1, usage={"input_tokens": before, "output_tokens": 1})]))
    newer = [said(0), said(1, usage={"input_tokens": after, "output_tokens": 1})]
    saved = save_one(path, session(newer))
    assert (saved.status, saved.warnings) == ("updated", [])
    _, messages, _ = use(path, lambda store: read(store, 1))
    assert messages[1]["usage"]["input_tokens"] == after
    ((usage,),) = execute(path, "SELECT hfs_usage FROM sessions")
    assert f'"input_tokens":{after}' in usage


def test_another_order_of_the_same_messages_is_taken_over(path, make):
    save(path, session([make(0), make(1), make(2)]))
    saved = save_one(path, session([make(1), make(0), make(2), make(3)]))
    assert saved.status == "updated"
    assert contents(path) == ["message 1", "message 0", "message 2", "message 3"]


def test_a_message_that_is_inserted_in_the_middle_gets_its_place(path, make):
    save(path, session([make(0), make(2)]))
    assert save_one(path, session([make(0), make(1), make(2)])).status == "updated"
    assert contents(path) == ["message 0", "message 1", "message 2"]


def test_checkpoints_of_a_newer_document_are_added(path):
    one, two = ({"trigger": "t", "message_index": n, "created_at": None, "state": {"n": n}}
                for n in (0, 1))  # fmt: skip

    async def work(store):
        first = await save_source(store, source([message()], [one]), on_conflict="update")
        second = await save_source(store, source([message()], [one, two]), on_conflict="update")
        return first, second, await read(store, 1)

    first, second, (_, _, checkpoints) = use(path, work)
    assert (first.status, second.status, second.checkpoint_count) == ("created", "updated", 2)
    assert [each["message_index"] for each in checkpoints] == [0, 1]


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


def test_one_import_updates_the_same_session_again_and_again(path):
    growing = [session([said(number) for number in range(end)]) for end in range(1, 6)]
    saved = use(path, lambda store: save_all(store, *growing))
    assert [each.status for each in saved] == ["created"] + ["updated"] * 4
    assert {each.id for each in saved} == {1}
    assert len(contents(path)) == 5
