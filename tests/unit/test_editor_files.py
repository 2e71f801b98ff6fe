"""Plugins are copied and updated; what their user changed is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from hfs_server.editor_files import MANIFEST, State, compare, files_of, install
from hfs_server.errors import DestinationExists, DestinationNotWritable

POSIX = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: links need a right on Windows")

DAMAGED = {
    "empty": b"",
    "list": b"[1]",
    "not UTF-8": b"\xff",
    "text": b'"x"',
    "deep": b"[" * 500_000,
    "deep object": b'{"a":' * 500_000,
    "large": b" " * (2 << 20) + b"{}",
    "large number": b'{"a": ' + b"9" * 5000 + b"}",
    "values that are no text": b'{"plugin.lua": 1, "lua": null, "a": [], "b": {}}',
    "values that are empty": b'{"plugin.lua": "", "lua": "", "": "", ".": ""}',
    "NUL": b'{"\\u0000": "x", "a\\u0000b": "x"}',
    "half a character": b'{"\\ud800": "x"}',
    "dots": b'{"": "x", ".": "x", "..": "x", "lua/..": "x", "lua/.": "x", "/": "x", "lua/": "x"}',
    "long": b'{"%s": "x", "%sx": "x"}' % (b"a" * 5000, b"a/" * 5000),
    "a folder": b'{"lua": "x", "lua/hfs": "x"}',
}
"""Manifests that say nothing about the files."""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A plugin of two files."""
    folder = tmp_path / "package"
    (folder / "lua" / "hfs").mkdir(parents=True)
    (folder / "plugin.lua").write_bytes(b"plugin 1\n")
    (folder / "lua" / "hfs" / "init.lua").write_bytes(b"init 1\n")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where it is copied to; the folder and its parent do not exist."""
    return tmp_path / "editor" / "hfs"


def contents(folder: Path) -> dict[str, bytes]:
    found = files_of(folder)
    del found[MANIFEST]
    return found


def states(installed: dict[str, State]) -> set[State]:
    return {*installed.values()}


def test_a_plugin_is_copied_whole_and_copying_it_again_changes_nothing(
    source: Path, folder: Path
) -> None:
    assert states(install(source, folder, force=False)) == {State.MISSING}
    assert contents(folder) == files_of(source)
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert states(install(source, folder, force=False)) == {State.CURRENT}
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == times


def test_a_newer_version_replaces_adds_and_removes_files(source: Path, folder: Path) -> None:
    install(source, folder, force=False)
    (source / "plugin.lua").unlink()
    (source / "lua" / "hfs" / "init.lua").write_bytes(b"init 2\n")
    (source / "lua" / "hfs" / "more.lua").write_bytes(b"more\n")
    assert install(source, folder, force=False) == {
        "lua/hfs/init.lua": State.OUTDATED,
        "lua/hfs/more.lua": State.MISSING,
        "plugin.lua": State.OBSOLETE,
    }
    assert contents(folder) == files_of(source)


@pytest.mark.parametrize("is_newer", [False, True])
def test_a_changed_file_stops_an_installation_before_anything_is_written(
    source: Path, folder: Path, is_newer: bool
) -> None:
    install(source, folder, force=False)
    (folder / "plugin.lua").write_bytes(b"mine\n")
    if is_newer:
        (source / "plugin.lua").write_bytes(b"plugin 2\n")
        (source / "lua" / "hfs" / "init.lua").write_bytes(b"init 2\n")
    before = contents(folder)
    with pytest.raises(DestinationExists, match=r"changed.*: plugin\.lua\. Nothing was written"):
        install(source, folder, force=False)
    assert contents(folder) == before
    assert install(source, folder, force=True)["plugin.lua"] is State.CHANGED
    assert contents(folder) == files_of(source)


def test_files_that_are_not_of_the_plugin_stay(source: Path, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "mine.lua").write_bytes(b"mine\n")
    (folder / "plugin.lua").write_bytes(b"mine\n")
    with pytest.raises(DestinationExists):
        install(source, folder, force=False)
    assert {path.name for path in folder.iterdir()} == {"mine.lua", "plugin.lua"}
    install(source, folder, force=True)
    assert contents(folder) == {**files_of(source), "mine.lua": b"mine\n"}


def test_a_file_that_the_next_version_lacks_stays_if_it_was_changed(
    source: Path, folder: Path
) -> None:
    install(source, folder, force=False)
    (folder / "plugin.lua").write_bytes(b"mine\n")
    (source / "plugin.lua").unlink()
    install(source, folder, force=False)
    assert (folder / "plugin.lua").read_bytes() == b"mine\n"


def test_only_other_ends_of_lines_are_no_change(source: Path, folder: Path) -> None:
    install(source, folder, force=False)
    (folder / "plugin.lua").write_bytes(b"plugin 1\r\n")
    assert states(compare(source, folder)) == {State.CURRENT}


def test_what_editors_make_of_the_files_is_no_part_of_a_plugin(source: Path, folder: Path) -> None:
    (source / "doc").mkdir()
    (source / "doc" / "tags").write_bytes(b"tags\n")
    (source / "main.el").write_bytes(b"1\n")
    (source / "main.elc").write_bytes(b"compiled\n")
    installed = install(source, folder, force=False)
    assert not {"doc/tags", "main.elc"} & installed.keys()
    (folder / "doc").mkdir()
    (folder / "doc" / "tags").write_bytes(b"tags\n")
    (folder / "main.elc").write_bytes(b"compiled of 1\n")
    assert states(install(source, folder, force=False)) == {State.CURRENT}
    assert (folder / "main.elc").exists()
    (source / "main.el").write_bytes(b"2\n")
    install(source, folder, force=False)
    assert not (folder / "main.elc").exists()
    assert (folder / "doc" / "tags").exists()


@pytest.mark.parametrize("manifest", DAMAGED.values(), ids=DAMAGED.keys())
def test_a_damaged_manifest_makes_files_count_as_changed(
    source: Path, folder: Path, manifest: bytes
) -> None:
    install(source, folder, force=False)
    (folder / MANIFEST).write_bytes(manifest)
    assert states(install(source, folder, force=False)) == {State.CURRENT}
    (folder / MANIFEST).write_bytes(manifest)
    (source / "plugin.lua").write_bytes(b"plugin 2\n")
    with pytest.raises(DestinationExists):
        install(source, folder, force=False)


def test_a_manifest_cannot_remove_files_outside(source: Path, folder: Path, tmp_path: Path) -> None:
    install(source, folder, force=False)
    outside = tmp_path / "outside"
    outside.write_bytes(b"plugin 1\n")
    (checksum,) = {*json.loads((folder / MANIFEST).read_text("utf-8")).values()} - {
        json.loads((folder / MANIFEST).read_text("utf-8"))["lua/hfs/init.lua"]
    }
    names = (str(outside), "../../outside", "../../editor/../outside", f"c:{outside}")
    (folder / MANIFEST).write_text(json.dumps(dict.fromkeys(names, checksum)), encoding="utf-8")
    install(source, folder, force=True)
    assert outside.read_bytes() == b"plugin 1\n"


def test_a_file_in_place_of_the_folder_is_reported(source: Path, folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_bytes(b"")
    with pytest.raises(DestinationNotWritable):
        install(source, folder, force=True)
    assert folder.read_bytes() == b""


def test_a_folder_in_place_of_a_file_is_reported(source: Path, folder: Path) -> None:
    (folder / "plugin.lua" / "mine").mkdir(parents=True)
    with pytest.raises(DestinationNotWritable):
        install(source, folder, force=True)
    assert (folder / "plugin.lua" / "mine").is_dir()


@POSIX
def test_others_can_read_an_installed_plugin(source: Path, folder: Path) -> None:
    install(source, folder, force=False)
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in written} == {0o644}


@POSIX
def test_a_link_to_the_package_needs_no_copies(source: Path, folder: Path) -> None:
    before = files_of(source)
    folder.parent.mkdir()
    folder.symlink_to(source)
    assert states(install(source, folder, force=True)) == {State.CURRENT}
    assert files_of(source) == before
    assert folder.is_symlink()


@POSIX
@pytest.mark.parametrize("exists", [False, True])
def test_a_link_is_replaced_only_by_force_and_what_it_leads_to_stays(
    source: Path, folder: Path, tmp_path: Path, exists: bool
) -> None:
    install(source, folder, force=False)
    kept = tmp_path / "kept.lua"
    if exists:
        kept.write_bytes(b"plugin 1\n")
    (folder / "plugin.lua").unlink()
    (folder / "plugin.lua").symlink_to(kept)
    (source / "plugin.lua").write_bytes(b"plugin 2\n")
    with pytest.raises(DestinationExists):
        install(source, folder, force=False)
    install(source, folder, force=True)
    assert contents(folder) == files_of(source)
    assert not (folder / "plugin.lua").is_symlink()
    assert kept.exists() == exists
