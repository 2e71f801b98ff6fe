"""``hfs-server backup``: a copy of the whole store."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import POSIX, Run, failed_in_one_line
from testing.documents import MARKER
from testing.terminal import Terminal


def names(path: Path) -> list[str]:
    return [name for (name,) in stores.rows(path, "SELECT name FROM sessions ORDER BY id")]


def test_a_backup_is_a_store_with_the_same_sessions(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    terminal.add_session("One", MARKER)
    copy = tmp_path / "copy.db"
    done = run("backup", "copy.db")
    assert (done.code, done.lines, done.stderr) == (0, [str(copy)], "")
    if POSIX:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert names(copy) == ["One"]
    stores.check_whole_and_free(copy)
    listed = run("list", "--database", str(copy))
    assert "One" in listed.lines[0]
    assert [file.name for file in tmp_path.iterdir() if "unfinished" in file.name] == []


def test_a_backup_into_a_folder_has_the_name_of_the_store(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    terminal.add_session("One", MARKER)
    (tmp_path / "folder").mkdir()
    done = run("backup", "folder")
    assert done.code == 0
    assert names(Path(done.lines[0])) == ["One"]
    assert Path(done.lines[0]).parent == tmp_path / "folder"


def test_an_existing_file_is_kept_unless_told_otherwise(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    terminal.add_session("One", MARKER)
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"mine")
    assert "exists" in failed_in_one_line(run("backup", "copy.db"))
    assert copy.read_bytes() == b"mine"
    assert run("backup", "copy.db", "--force").code == 0
    assert names(copy) == ["One"]


def test_so_many_copies_are_kept(run: Run, terminal: Terminal, tmp_path: Path) -> None:
    found = []
    for number in range(5):
        terminal.add_session(f"s{number}", MARKER)
        assert run("backup", "copy.db", "--keep", "3").code == 0
        found.append(len(list(tmp_path.glob("copy.db*"))))
    assert found == [1, 2, 3, 3, 3]
    newest, older, oldest = (tmp_path / f"copy.db{end}" for end in ("", ".1", ".2"))
    assert [len(names(path)) for path in (newest, older, oldest)] == [5, 4, 3]


@pytest.mark.parametrize(
    "given",
    [
        ["copies", "--keep", "2"],
        ["copies/", "--keep", "2"],
        ["copies/", "--force"],
        ["copies/", "--keep", "1"],
        ["copies", "--keep", "1"],
        ["deep/er/copies", "--keep", "2"],
        ["copies.of/", "--keep", "2"],
        [".copies", "--keep", "2"],
    ],
    ids=" ".join,
)
def test_a_folder_for_the_copies_is_created(
    run: Run, terminal: Terminal, store_path: Path, tmp_path: Path, given: list[str]
) -> None:
    terminal.add_session("One", MARKER)
    folder = tmp_path / given[0]
    copies = 2 if given[-1] == "2" else 1
    for number in range(3):
        done = run("backup", *given)
        assert (done.code, done.lines) == (0, [str(folder / store_path.name)]), done.stderr
        assert len([*folder.iterdir()]) == min(number + 1, copies)
    assert {names(copy)[0] for copy in folder.iterdir()} == {"One"}
    if POSIX:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("keep", [[], ["--keep", "3"], ["--force"]])
def test_a_file_is_no_folder_for_copies(
    run: Run, terminal: Terminal, tmp_path: Path, keep: list[str]
) -> None:
    terminal.add_session("One", MARKER)
    (tmp_path / "copies").write_bytes(b"mine")
    assert "copies" in failed_in_one_line(run("backup", "copies/", *keep))
    assert (tmp_path / "copies").read_bytes() == b"mine"
    assert [path.name for path in tmp_path.glob("copies*")] == ["copies"]


def test_a_file_without_a_suffix_is_rotated_like_any_other(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    terminal.add_session("One", MARKER)
    assert run("backup", "copy").code == 0
    assert run("backup", "copy", "--keep", "2").code == 0
    assert [names(tmp_path / each) for each in ("copy", "copy.1")] == [["One"]] * 2


def test_the_folder_of_copies_is_not_created_in_place_of_the_store(
    run: Run, terminal: Terminal, store_path: Path
) -> None:
    terminal.add_session("One", MARKER)
    assert "store" in failed_in_one_line(run("backup", f"{store_path}-wal/", "--keep", "2"))
    assert names(store_path) == ["One"]


def test_a_backup_is_of_one_moment_while_another_program_writes(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    """The writer adds a session and a message in one transaction, again and again."""
    terminal.add_session("first", "x" * 1_000_000)
    is_done = threading.Event()

    def write() -> None:
        while not is_done.is_set():
            terminal.add_session("more", "y" * 10_000)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            assert run("backup", f"{number}.db").code == 0
    finally:
        is_done.set()
        writer.join()
    for number in range(3):
        counts = stores.counts(tmp_path / f"{number}.db")
        assert counts["sessions"] == counts["messages"] >= 1


def test_the_store_itself_is_no_destination(run: Run, terminal: Terminal, store_path: Path) -> None:
    terminal.add_session("One", MARKER)
    before = names(store_path)
    line = failed_in_one_line(run("backup", str(store_path), "--force"))
    assert "store" in line
    assert names(store_path) == before


def test_a_damaged_store_has_no_backup(run: Run, terminal: Terminal, tmp_path: Path) -> None:
    for number in range(50):
        terminal.add_session(f"s{number}", "x" * 3000)
    damaged = tmp_path / "damaged.db"
    assert run("backup", str(damaged)).code == 0
    content = bytearray(damaged.read_bytes())
    # The pages in the middle are of the messages.
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 4096] = os.urandom(4096)
    damaged.write_bytes(content)
    copy = tmp_path / "copy.db"
    copy.write_bytes(b"earlier")
    line = failed_in_one_line(run("backup", str(copy), "--keep", "2", "--database", str(damaged)))
    assert "damaged" in line
    assert copy.read_bytes() == b"earlier"


@pytest.mark.parametrize("given", [["--keep", "0"], ["--keep", "x"], []])
def test_wrong_usage(run: Run, given: list[str]) -> None:
    destination = ["copy.db"] if given else []
    assert run("backup", *destination, *given).code == 2
