"""``hfs/import`` and ``hfs-server import`` of folders and archives of exports that are damaged."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from shutil import copytree, ignore_patterns, make_archive
from typing import Any

import pytest

from testing.client import Client, Refused
from testing.command_line import Run
from testing.documents import message
from testing.exports import MANIFEST, add, export_all
from testing.spare_servers import Spares
from testing.tool_logs import write_claude_code

pytestmark = pytest.mark.both_engines

CONFLICT = b"<<<<<<< HEAD\n%s=======\n%s>>>>>>> other\n"
Damage = Callable[[Path], object]


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def conflict_at_the_top(path: Path) -> None:
    whole = path.read_bytes()
    path.write_bytes(CONFLICT % (whole, whole))


def conflict_inside(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], CONFLICT % (lines[1], lines[1]), *lines[2:]]))


DAMAGES: dict[str, tuple[Damage, str]] = {
    "missing": (Path.unlink, "is missing"),
    "empty": (lambda path: path.write_bytes(b""), "is empty"),
    "blank": (lambda path: path.write_bytes(b" \n" * 9), "is empty"),
    "zeros": (lambda path: path.write_bytes(bytes(5000)), "is damaged"),
    "bytes": (lambda path: path.write_bytes(os.urandom(99).join([b"\xff"] * 3)), "is damaged"),
    "another object": (lambda path: path.write_bytes(b"{}"), "is damaged"),
    "a list": (lambda path: path.write_bytes(b"[]"), "is damaged"),
    "a text": (lambda path: path.write_bytes(b"# Notes\n\nmine\n"), "is damaged"),
    "half": (cut_in_half, ""),
    "a conflict": (conflict_at_the_top, "Git left a conflict"),
    "a conflict inside": (conflict_inside, "Git left a conflict"),
}


@pytest.fixture(scope="module")
def made(spares: Spares, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Exports of three sessions of another machine."""
    folder = tmp_path_factory.mktemp("other")
    other = spares.take()
    other.initialize(databasePath=str(folder / "sessions.db"))
    for name in ("One", "Two", "Three"):
        add(other, name, message(name), message("again"))
    export_all(other, folder / "shared")
    other.finish()
    return folder / "shared"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of them, to be damaged, with the store of that machine in ``other`` beside it."""
    copytree(made.parent, tmp_path / "other", ignore=ignore_patterns("shared"))
    return copytree(made, tmp_path / "shared")


def first(folder: Path) -> Path:
    return min(path for path in folder.iterdir() if path.name != MANIFEST)


def packed(folder: Path) -> Path:
    return Path(make_archive(str(folder), "zip", folder))


def imported(client: Client, path: Path) -> Any:
    return client.request("hfs/import", {"uri": path.as_uri()})


@pytest.mark.parametrize("case", DAMAGES)
def test_a_file_of_an_export_that_cannot_be_read_is_named_and_the_rest_is_imported(
    server: Client, run: Run, folder: Path, case: str
) -> None:
    (path := first(folder)).stat()
    damage, why = DAMAGES[case]
    damage(path)
    for source in (folder, folder, packed(folder)):
        result = imported(server, source)
        assert [(each["name"], why in each["reason"]) for each in result["failed"]] == [
            (path.name, True)
        ]
        assert "with Git" in result["failed"][0]["reason"]
        assert [each for each in result["skipped"] if "known" in each["reason"]] == []
    assert len(server.request("hfs/listSessions")["sessions"]) == 2
    for source in (folder, packed(folder)):
        done = run("import", str(source))
        assert (done.code, done.stderr.count(path.name)) == (1, 1)
        assert why in done.stderr


def test_all_files_of_an_export_that_cannot_be_read_are_named(
    server: Client, run: Run, folder: Path
) -> None:
    exports = [path for path in folder.iterdir() if path.name != MANIFEST]
    for path in exports:
        path.write_bytes(b"")
    with pytest.raises(Refused) as refused:
        imported(server, folder)
    named = {each["name"] for each in refused.value.data["failed"]}
    assert named == {path.name for path in exports}
    done = run("import", str(folder))
    assert done.code == 1
    for path in exports:
        assert path.name in done.stderr


def one_character(path: Path) -> None:
    before = path.read_bytes()
    path.write_bytes(before.replace(b'"again"', b'"agaim"'))
    assert path.read_bytes() != before


def fewer_messages(path: Path) -> None:
    value = json.loads(path.read_bytes())
    del value["messages"][-1]
    path.write_text(json.dumps(value), "utf-8")


@pytest.mark.parametrize("change", [one_character, fewer_messages])
@pytest.mark.parametrize("count", [1, 3])
def test_a_file_that_is_not_as_the_manifest_lists_it_is_named_and_imported(
    start: Any, run: Run, folder: Path, change: Damage, count: int
) -> None:
    for path in sorted(path for path in folder.iterdir() if path.name != MANIFEST)[count:]:
        path.unlink()
    change(first(folder))
    if count == 1:
        keep_in_manifest(folder, first(folder).name)
    for number, source in enumerate((folder, packed(folder))):
        result = imported(start(folder.parent / f"{number}.db"), source)
        assert (len(result["sessions"]), result["failed"]) == (count, [])
        (warning,) = result["warnings"]
        assert warning.startswith(f"{first(folder).name}: Its checksum is not that of the manifest")
    done = run("import", str(folder))
    assert (done.code, done.stderr.count(first(folder).name)) == (0, 1)


def keep_in_manifest(folder: Path, name: str) -> None:
    manifest = json.loads((folder / MANIFEST).read_bytes())
    manifest["files"] = {name: manifest["files"][name]}
    (folder / MANIFEST).write_text(json.dumps(manifest), "utf-8")


def test_files_that_are_only_newer_than_the_manifest_or_were_checked_out_are_not_named(
    start: Any, server: Client, folder: Path
) -> None:
    """An export that was killed has not written its manifest; Git may change the ends of lines."""
    manifest = (folder / MANIFEST).read_bytes()
    other = start(folder.parent / "other" / "sessions.db")
    add(other, "Two", message("Two"), message("again"), message("and more"))
    assert export_all(other, folder)["written"] == 1
    (folder / MANIFEST).write_bytes(manifest)
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    for source in (folder, packed(folder)):
        assert (result := imported(server, source))["warnings"] == []
        assert (result["failed"], len(result["sessions"])) == ([], 3)


@pytest.mark.parametrize("content", [b"", b"{", CONFLICT % (b"{}\n", b"{}\n"), b"[]"])
def test_a_manifest_that_cannot_be_read_is_named_and_the_sessions_are_imported(
    server: Client, folder: Path, content: bytes
) -> None:
    (folder / MANIFEST).write_bytes(content)
    for source in (folder, packed(folder)):
        (failed,) = imported(server, source)["failed"]
        assert (failed["name"], "export again" in failed["reason"]) == (MANIFEST, True)
    assert len(server.request("hfs/listSessions")["sessions"]) == 3


def test_damage_is_named_also_without_a_manifest_and_in_a_folder_below(
    server: Client, folder: Path
) -> None:
    below = folder.parent / "all" / "below"
    below.parent.mkdir()
    folder.rename(below)
    first(below).write_bytes(b"")
    (failed,) = imported(server, below.parent)["failed"]
    assert failed["uri"] == first(below).as_uri()
    (below / MANIFEST).unlink()
    assert imported(server, below.parent)["failed"] == [failed]
    assert imported(server, packed(below.parent))["failed"][0]["name"] == f"below/{failed['name']}"


@pytest.mark.skipif(os.name == "nt", reason="Windows links need rights")
def test_a_link_in_the_place_of_an_export_is_named(server: Client, folder: Path) -> None:
    (path := first(folder)).rename(folder.parent / "elsewhere.json")
    path.symlink_to(folder.parent / "elsewhere.json")
    (failed,) = imported(server, folder)["failed"]
    assert (failed["name"], "not a regular file" in failed["reason"]) == (path.name, True)


@pytest.mark.skipif(os.name == "nt", reason="Windows links need rights")
def test_a_file_is_named_once_in_what_the_command_line_says_of_it(run: Run, folder: Path) -> None:
    path = first(folder).with_suffix(".deletion")
    path.symlink_to(folder / MANIFEST)
    done = run("import", str(folder))
    assert done.stderr == f"hfs-server: Cannot read {path}: it is not a regular file.\n"


def test_what_was_deleted_is_not_missing(start: Any, server: Client, folder: Path) -> None:
    """An export that was killed has removed the file, but lists it still."""
    manifest = (folder / MANIFEST).read_bytes()
    other = start(folder.parent / "other" / "sessions.db")
    session = other.request("hfs/listSessions")["sessions"][0]["id"]
    other.request("hfs/deleteSession", {"sessionId": session})
    assert export_all(other, folder)["removed"] == 1
    (folder / MANIFEST).write_bytes(manifest)
    result = imported(server, folder)
    assert (result["failed"], len(result["sessions"])) == ([], 2)


def test_a_chosen_format_is_about_sessions_not_about_manifests_and_deletions(
    start: Any, server: Client, folder: Path
) -> None:
    other = start(folder.parent / "other" / "sessions.db")
    session = other.request("hfs/listSessions")["sessions"][0]["id"]
    other.request("hfs/deleteSession", {"sessionId": session})
    export_all(other, folder)
    for source in (folder, packed(folder)):
        result = server.request("hfs/import", {"uri": source.as_uri(), "format": "hfs"})
        assert (result["failed"], len(result["sessions"])) == ([], 2)


@pytest.mark.parametrize("form", ["markdown", "html"])
def test_files_that_are_no_exports_are_skipped_and_the_first_of_them_named(
    start: Any, run: Run, folder: Path, form: str
) -> None:
    """Pages of sessions are not there to be imported, so that none of them is missing."""
    other = start(folder.parent / "other" / "sessions.db")
    pages = folder / "pages"
    export_all(other, pages, format=form)
    min(path for path in pages.iterdir() if path.name != MANIFEST).unlink()
    for number in range(7):
        (folder / f"notes-{number}.txt").write_text("mine", "utf-8")
    result = other.request("hfs/import", {"uri": folder.as_uri()})
    assert result["failed"] == []
    assert result["skipped"][-1] == {"reason": "not a session of a known format", "count": 9}
    assert result["warnings"] == []
    done = run("import", str(folder))
    assert (done.code, done.stderr) == (0, "")
    assert "Of no known format: notes-0.txt, notes-1.txt" in done.lines[-1]
    assert done.lines[-1].endswith("and 4 more.")


def test_damaged_files_of_a_tool_are_named(run: Run, tmp_path: Path) -> None:
    write_claude_code(tmp_path / "home" / ".claude", range(2))
    folder = min((tmp_path / "home").rglob("*.jsonl")).parent
    (folder / "broken.jsonl").write_bytes(bytes(99))
    (folder / "empty.jsonl").write_bytes(b"")
    named = "Of no known format: broken.jsonl, empty.jsonl."
    (result,) = json.loads(run("import", "--from", "claude-code", "--dry-run", "--json").stdout)
    assert result["warnings"] == [named]
    for tool in ("claude-code", "all"):
        trial = run("import", "--from", tool, "--dry-run")
        assert trial.stderr == f"hfs-server: {named}\n"
    done = run("import", "--from", "claude-code")
    assert (done.code, done.lines[-1]) == (
        0,
        "Sessions: 2 created, 2 skipped (not a session of a known format).",
    )
    assert done.stderr == f"hfs-server: {named}\n"
