"""``hfs-server rename``, ``delete``, ``restore`` and ``list --deleted``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.command_line import Run
from testing.documents import document, text
from testing.stores import rows
from testing.tool_logs import claude_code, id_of, subagent, write

pytestmark = pytest.mark.both_engines


@pytest.fixture
def three(run: Run, tmp_path: Path) -> list[str]:
    """The names of three sessions with the ids 1, 2 and 3."""
    names = ["one", "two", "three"]
    for name in names:
        file = tmp_path / f"{name}.json"
        file.write_text(text(document(name)), encoding="utf-8")
        assert run("import", str(file)).code == 0
    return names


def listed(run: Run, *options: str) -> list[int]:
    return [each["id"] for each in json.loads(run("list", "--json", *options).stdout)]


def test_several_sessions_are_deleted_and_restored(run: Run, three: list[str]) -> None:
    done = run("delete", "1", "3")
    assert (done.code, done.stderr) == (0, "")
    assert done.lines == [
        "Deleted session 1; hfs-server restore 1 restores it.",
        "Deleted session 3; hfs-server restore 3 restores it.",
    ]
    assert (listed(run), listed(run, "--deleted")) == ([2], [3, 1])
    assert "three" in run("list", "--deleted").lines[0]
    done = run("restore", "1", "3")
    assert (done.code, done.lines) == (0, ["Restored session 1: one", "Restored session 3: three"])
    assert run("list", "--deleted").stderr.startswith("hfs-server: No deleted session in the store")


def test_one_that_fails_stops_no_other(run: Run, three: list[str]) -> None:
    done = run("delete", "1", "9", "2")
    assert (done.code, len(done.lines)) == (1, 2)
    assert "no session 9" in done.stderr
    assert "Session 1 was deleted" in run("delete", "1").stderr
    done = run("restore", "9", "2", "--json")
    assert done.code == 1
    failed, restored = json.loads(done.stdout)
    assert (failed["sessionId"], "no deleted session 9" in failed["error"]) == (9, True)
    assert (restored["sessionId"], restored["session"]["name"]) == (2, "two")
    deleted = json.loads(run("delete", "2", "--json").stdout)
    assert [(each["sessionId"], each["sessionCount"]) for each in deleted] == [(2, 1)]


def test_a_session_that_is_named_twice_counts_once(run: Run, three: list[str]) -> None:
    done = run("delete", "1", "1", "3", "01", "1")
    assert (done.code, len(done.lines), done.stderr) == (0, 2, "")
    done = run("restore", "3", "3", "1", "3")
    assert (done.code, len(done.lines), done.stderr) == (0, 2, "")
    assert listed(run) == [3, 2, 1]
    for words in (["delete", "2", "2"], ["restore", "2", "2"]):
        assert [each["sessionId"] for each in json.loads(run(*words, "--json").stdout)] == [2]
    assert len(run("delete", "9", "9").stderr.splitlines()) == 1


def test_a_session_that_is_named_with_one_above_it_is_no_failure(run: Run, tmp_path: Path) -> None:
    log = write(tmp_path / "logs" / "s.jsonl", claude_code(1))
    write(log.parent / id_of(1) / "subagents" / "agent-a.jsonl", subagent(1, "a"))
    assert run("import", str(log.parent)).code == 0
    (top,) = listed(run)
    (below,) = listed(run, "--parent", str(top))
    for command, done in (("delete", "deleted"), ("restore", "restored")):
        did = run(command, str(top), str(below))
        assert (did.code, did.stderr) == (0, "")
        assert did.lines[1] == f"Session {below} was {done} with session {top}."
    results = json.loads(run("delete", str(top), str(below), "--json").stdout)
    assert results[1] == {"sessionId": below, "deletedWith": top}
    did = run("restore", str(top))
    assert did.lines[0].startswith(f"Restored session {top} with 1 below it: ")
    assert run("delete", str(below)).code == run("delete", str(top)).code == 0
    # What was deleted by itself before does not come back.
    assert run("restore", str(top)).lines[0].startswith(f"Restored session {top}: ")
    assert run("restore", str(below)).code == run("delete", str(top)).code == 0
    (restored,) = json.loads(run("restore", str(top), "--json").stdout)
    assert (restored["sessionId"], restored["sessionCount"]) == (top, 2)
    assert run("delete", str(top), str(below)).code == 0
    assert run("restore", str(below), str(top)).code == 0
    did = run("delete", str(below), str(top))
    assert (did.code, did.stderr, len(did.lines)) == (0, "", 2)
    assert "was deleted" in run("delete", str(below)).stderr


def test_a_copy_below_the_session_that_it_is_a_copy_of_ends(run: Run, tmp_path: Path) -> None:
    for number, (identity, parent) in enumerate([("a", None), ("b", "a"), ("a", "b")]):
        made = document(f"{number}", metadata={"schema_version": "1.1.0", "session_id": identity})
        made["metadata"] |= {"session_name": f"s{number}"}
        made["metadata"] |= {} if parent is None else {"parent_session_id": parent}
        file = tmp_path / f"{number}.json"
        file.write_text(text(made), encoding="utf-8")
        assert run("import", str(file), "--on-conflict", "copy").code == 0
    for command in ("delete", "restore"):
        assert run(command, "1", "2", "3").code == 0
    assert len(listed(run)) == 1


def test_a_session_is_renamed(run: Run, three: list[str]) -> None:
    assert run("rename", "2", "Zwei \u00fc").lines == ["Renamed session 2: Zwei \u00fc"]
    assert json.loads(run("rename", "2", "three", "--json").stdout)["name"] == "three"
    assert run("rename", "9", "x").code == 1
    for name in ("", " ", "x" * 256):
        assert run("rename", "2", name).code == 2


def test_a_purge_ends_them_for_good(run: Run, three: list[str], store_path: Path) -> None:
    run("delete", "2")
    assert run("purge").code == 0
    assert run("restore", "2").code == 1
    assert rows(store_path, "SELECT count(*) FROM messages") == [(4,)]


@pytest.mark.parametrize("command", ["rename 1 x", "delete 1", "restore 1"])
def test_a_store_that_is_not_there_is_not_created(run: Run, store_path: Path, command: str) -> None:
    assert run(*command.split()).code == 1
    assert not store_path.exists()
