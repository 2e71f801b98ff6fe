"""``hfs-server reimport``: the originals in the store, read with today's importers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import Run
from testing.tool_logs import claude_code, codex, write

pytestmark = pytest.mark.both_engines

CHANGED = "UPDATE messages SET hfs_extra = NULL, content = 'as yesterday' WHERE session_id = 1"


def imported(tmp_path: Path, run: Run) -> None:
    write(tmp_path / "logs" / "one.jsonl", claude_code(1, 2))
    write(tmp_path / "logs" / "two.jsonl", codex(2, 2))
    assert run("import", str(tmp_path / "logs")).code == 0
    for file in (tmp_path / "logs").iterdir():
        file.unlink()


def change(store: Path, sql: str) -> None:
    with stores.opened(store) as connection:
        connection.execute(sql)


def test_sessions_that_differ_are_updated_once(tmp_path: Path, run: Run, store_path: Path) -> None:
    imported(tmp_path, run)
    change(store_path, CHANGED)
    before = stores.contents_of(store_path.parent)
    tried = run("reimport", "--dry-run")
    assert "Nothing was written. It would be: 1 updated, 1 unchanged." in tried.lines
    assert stores.contents_of(store_path.parent) == before
    done = run("reimport")
    assert (done.code, done.stderr) == (0, "")
    assert done.lines[1].split()[:4] == ["1", "updated", "claude-code", "4"]
    assert done.lines[-1] == "Sessions: 1 updated, 1 unchanged."
    assert run("reimport").lines == ["Sessions: 2 unchanged."]


def test_only_the_sessions_of_chosen_tools_are_read(
    tmp_path: Path, run: Run, store_path: Path
) -> None:
    imported(tmp_path, run)
    change(store_path, CHANGED)
    done = run("reimport", "--tool", "codex", "--json")
    sessions = json.loads(done.stdout)["sessions"]
    assert [(each["tool"], each["status"]) for each in sessions] == [("codex", "unchanged")]
    wrong = run("reimport", "--tool", "notepad")
    assert wrong.code == 2
    assert "unknown tool 'notepad'" in wrong.stderr


def test_an_original_that_is_damaged_is_reported_with_the_rest(
    tmp_path: Path, run: Run, store_path: Path
) -> None:
    imported(tmp_path, run)
    change(store_path, "UPDATE hfs_pieces SET data = x'00' WHERE rowid = 1")
    done = run("reimport")
    assert done.code == 1
    assert done.lines == ["Sessions: 1 unchanged, 1 failed."]
    assert "one.jsonl: The original of the session is damaged" in done.stderr


def test_a_store_that_does_not_exist_is_not_created(
    tmp_path: Path, run: Run, store_path: Path
) -> None:
    done = run("reimport")
    assert done.code == 1
    assert "does not exist" in done.stderr
    assert not store_path.exists()
