"""``hfs-server rename``, ``delete``, ``restore`` and ``list --deleted``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.command_line import Run
from testing.documents import document, text
from testing.stores import rows


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
    done = run("delete", "1", "9", "2", "1")
    assert (done.code, len(done.lines)) == (1, 2)
    first, second = done.stderr.splitlines()
    assert "no session 9" in first
    assert "Session 1 was deleted" in second
    done = run("restore", "9", "2", "--json")
    assert done.code == 1
    failed, restored = json.loads(done.stdout)
    assert (failed["sessionId"], "no deleted session 9" in failed["error"]) == (9, True)
    assert (restored["sessionId"], restored["session"]["name"]) == (2, "two")
    deleted = json.loads(run("delete", "2", "--json").stdout)
    assert [(each["sessionId"], each["sessionCount"]) for each in deleted] == [(2, 1)]


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
