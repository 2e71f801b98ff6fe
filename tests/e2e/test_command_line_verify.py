"""``hfs-server export --all`` and ``hfs-server verify``."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pytest

from testing.command_line import Run, failed_in_one_line, write
from testing.documents import MARKER
from testing.terminal import Terminal
from testing.tool_logs import claude_code

pytestmark = pytest.mark.both_engines

MANIFEST = "hfs-export.json"


@pytest.fixture
def sessions(terminal: Terminal) -> list[int]:
    """Three sessions."""
    return [terminal.add_session(f"No {number}", MARKER, str(number)) for number in range(3)]


@pytest.fixture
def exported(run: Run, sessions: list[int], tmp_path: Path) -> Path:
    """A folder with the three sessions."""
    done = run("export", "--all", "-o", "out")
    assert (done.code, done.stderr) == (0, "")
    assert done.lines == [f"{tmp_path / 'out'}: 3 written, 0 unchanged."]
    return tmp_path / "out"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)


def verified(run: Run, *words: str) -> tuple[int, Any]:
    done = run("verify", *words, "--json")
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert (done.code == 0) == found["isWhole"] == (found["problems"] == [])
    return done.code, found


def states(run: Run, folder: Path) -> list[tuple[str, str]]:
    return [(each["state"], each["file"]) for each in verified(run, str(folder))[1]["problems"]]


@pytest.mark.parametrize("form", ["json", "markdown"])
@pytest.mark.parametrize("name", ["whole", "whole.zip"])
def test_a_whole_export_is_verified(run: Run, sessions: list[int], name: str, form: str) -> None:
    done = run("export", "--all", "-o", name, "--format", form, "--json")
    assert json.loads(done.stdout)["written"] == 3
    code, found = verified(run, name)
    assert (code, found["sessions"], found["whole"], found["files"]) == (0, 3, 3, 3)
    assert found["extra"] == []
    assert "3 of 3 sessions" in run("verify", name).lines[-1]


def test_what_is_missing_changed_damaged_or_extra_is_named(
    run: Run, exported: Path, sessions: list[int], terminal: Terminal
) -> None:
    first, second, third = names(exported)
    terminal.add_session("A new one", "later")
    by_session = {
        entry["session_id"]: name
        for name, entry in json.loads((exported / MANIFEST).read_text("utf-8"))["files"].items()
    }
    assert len(by_session) == 3
    (exported / first).unlink()
    (exported / second).write_bytes((exported / second).read_bytes().replace(b"zq-", b"ZQ-"))
    (exported / "README.md").write_text("mine")
    (exported / ".gitignore").write_text("mine")
    code, found = verified(run, str(exported))
    assert (code, found["sessions"], found["whole"], found["extra"]) == (1, 4, 1, ["README.md"])
    assert sorted(each["state"] for each in found["problems"]) == ["damaged", "missing", "missing"]
    assert {each["file"] for each in found["problems"]} >= {first, second}
    assert third not in {each["file"] for each in found["problems"]}
    done = run("verify", str(exported))
    assert done.code == 1
    assert f"damaged: {second} (session" in done.stdout.decode()
    assert run("export", "--all", "-o", str(exported)).code == 0
    code, found = verified(run, str(exported))
    # What somebody wrote by hand is not thrown away.
    assert (code, found["whole"]) == (0, 4)


def test_a_session_that_has_grown_since_is_changed(
    run: Run, exported: Path, sessions: list[int], terminal: Terminal
) -> None:
    terminal.add_message(sessions[1], "assistant", "more")
    ((state, name),) = states(run, exported)
    assert (state, name in names(exported)) == ("changed", True)
    assert run("export", "--all", "-o", str(exported)).lines[0].endswith("1 written, 2 unchanged.")
    assert states(run, exported) == []


def test_a_message_that_was_changed_in_place_is_found_and_then_exported(
    run: Run, exported: Path, sessions: list[int], terminal: Terminal
) -> None:
    """Neither the manifest nor the mark of the session shows it."""
    terminal.close()
    connection = sqlite3.connect(terminal.path)
    with connection:
        connection.execute("UPDATE messages SET content = 'other' WHERE content = '1'")
    connection.close()
    assert [state for state, _ in states(run, exported)] == ["changed"]
    assert "1 written" in run("export", "--all", "-o", str(exported)).lines[0]
    assert states(run, exported) == []


def test_checksums_that_lie_prove_nothing(run: Run, exported: Path, sessions: list[int]) -> None:
    first = names(exported)[0]
    path = exported / MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    changed = (exported / first).read_bytes().replace(b"zq-", b"ZQ-")
    (exported / first).write_bytes(changed)
    manifest["files"][first]["sha256"] = hashlib.sha256(changed).hexdigest()
    path.write_text(json.dumps(manifest), "utf-8")
    assert states(run, exported) == [("changed", first)]
    manifest["files"][first]["sha256"] = "0" * 64
    path.write_text(json.dumps(manifest), "utf-8")
    assert states(run, exported) == [("damaged", first)]


def test_a_file_with_other_messages_than_the_store_is_never_whole(run: Run, tmp_path: Path) -> None:
    """A tool's messages have ids, so that a changed one is not a further version."""
    log = tmp_path / "log.jsonl"
    log.write_bytes(claude_code(1, 2))
    assert run("import", str(log)).code == 0
    assert run("export", "--all", "-o", "out").code == 0
    (name,) = names(out := tmp_path / "out")
    whole = (out / name).read_bytes()
    (out / name).write_bytes(whole.replace(b"user 1", b"User 1"))
    assert states(run, out) == [("damaged", name)]
    for _ in range(2):
        done = run("export", "--all", "-o", "out")
        assert (done.code, f"{name} has other messages" in done.stderr) == (0, True)
        assert states(run, out) == [("damaged", name)]
    (out / MANIFEST).unlink()
    assert states(run, out) == [("changed", name)]
    (out / name).unlink()
    done = run("export", "--all", "-o", "out")
    assert (done.code, done.stderr, (out / name).read_bytes()) == (0, "", whole)
    assert states(run, out) == []


def test_a_file_that_the_manifest_does_not_list_is_named(run: Run, exported: Path) -> None:
    first = names(exported)[0]
    path = exported / MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    del manifest["files"][first]
    path.write_text(json.dumps(manifest), "utf-8")
    assert states(run, exported) == [("unlisted", first)]
    path.unlink()
    assert [state for state, _ in states(run, exported)] == ["unlisted"] * 3
    assert run("export", "--all", "-o", str(exported)).code == 0
    assert states(run, exported) == []


def test_a_file_of_a_session_that_the_store_lacks_is_checked_too(
    run: Run, exported: Path, sessions: list[int], terminal: Terminal
) -> None:
    before = set(names(exported))
    terminal.delete_session(sessions[0])
    assert verified(run, str(exported))[0] == 0
    run("export", "--all", "-o", "other")
    (gone,) = before - set(names(exported.parent / "other"))
    (exported / gone).write_text("{}")
    assert states(run, exported) == [("damaged", gone)]


def test_the_last_line_counts_damaged_files_also_of_sessions_that_the_store_lacks(
    run: Run, exported: Path, sessions: list[int], terminal: Terminal
) -> None:
    terminal.delete_session(sessions[0])
    for name in names(exported):
        if b'"No 0"' in (exported / name).read_bytes():
            (exported / name).write_bytes(b"")
    assert run("verify", str(exported)).lines[-1] == (
        f"{exported}: 2 of 2 sessions of the store are there, whole; 3 files read, 1 of them "
        "damaged; 1 problem."
    )
    for name in names(exported):
        (exported / name).write_bytes(b"")
    assert "0 of 2 sessions" in (last := run("verify", str(exported)).lines[-1])
    assert last.endswith("3 files read, 3 of them damaged; 3 problems.")


def test_a_damaged_archive_is_named_in_words(run: Run, sessions: list[int], tmp_path: Path) -> None:
    run("export", "--all", "-o", "a.zip")
    path = tmp_path / "a.zip"
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[2]
    start = info.header_offset + 30 + len(info.filename)
    path.write_bytes(whole[:start] + bytes(8) + whole[start + 8 :])
    assert states(run, path) == [("damaged", info.filename)]
    path.write_bytes(whole[:-50])
    assert "damaged" in failed_in_one_line(run("verify", "a.zip"))
    path.write_bytes(b"")
    assert failed_in_one_line(run("verify", "a.zip"))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a", "2")
    assert "same name" in failed_in_one_line(run("verify", "a.zip"))
    assert "no such file" in failed_in_one_line(run("verify", "missing"))


def test_a_verification_is_about_the_sessions_that_filters_select(
    run: Run, exported: Path, tmp_path: Path
) -> None:
    write(tmp_path / "new.json", "New")
    run("import", "new.json")
    assert verified(run, str(exported))[0] == 1
    assert verified(run, str(exported), "--until", "2026-02-02")[1]["sessions"] == 1
    assert run("export", "--all", "-o", "old", "--until", "2026-02-02").code == 0
    assert verified(run, "old", "--until", "2026-02-02")[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        ["--all"],
        ["--all", "1", "-o", "x"],
        ["--all", "-o", "-"],
        ["--all", "-o", "x", "--force"],
        ["--all", "-o", "x", "--format", "original"],
        ["--all", "-o", "x", "--no-thinking"],
        ["1", "--tool", "hfs"],
        ["1", "--json"],
        [],
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_wrong_usage(run: Run, words: list[str]) -> None:
    assert run("export", *words).code == 2


def test_a_store_that_does_not_exist_is_not_created(run: Run, tmp_path: Path) -> None:
    for words in (["export", "--all", "-o", "x"], ["verify", "."]):
        assert "does not exist" in failed_in_one_line(
            run(*words, "--database", str(tmp_path / "none.db"))
        )
    assert not (tmp_path / "none.db").exists()
