"""What is no regular file in the place of a plugin's files is neither read nor written through."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from hfs_server.editor_files import MANIFEST, State, compare, install
from hfs_server.errors import DestinationExists, DestinationNotWritable

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")

Put = Callable[[Path], None]

SPECIAL: dict[str, Put] = {
    "pipe": lambda path: os.mkfifo(path),
    "folder": lambda path: path.mkdir(),
}
LINKS: dict[str, Put] = {
    "link to a device without an end": lambda path: path.symlink_to("/dev/zero"),
    "link to a pipe": lambda path: (os.mkfifo(f"{path}.pipe"), path.symlink_to(f"{path}.pipe"))[1],
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to nothing": lambda path: path.symlink_to("nothing"),
    "link to a folder": lambda path: path.symlink_to(path.parent),
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A plugin of two files."""
    folder = tmp_path / "package"
    (folder / "lua" / "hfs").mkdir(parents=True)
    (folder / "plugin.lua").write_bytes(b"plugin 1\n")
    (folder / "lua" / "hfs" / "init.lua").write_bytes(b"init 1\n")
    return folder


@pytest.fixture
def folder(source: Path, tmp_path: Path) -> Path:
    """A copy of it, of an earlier version."""
    copy = tmp_path / "editor" / "hfs"
    install(source, copy, force=False)
    for name in ("plugin.lua", "lua/hfs/init.lua"):
        (source / name).write_bytes(b"2\n")
    return copy


def refused(source: Path, folder: Path, place: Path, why: str) -> None:
    """Nothing is written, with and without force, and the message is of one line."""
    before = sorted(folder.rglob("*")) if folder.is_dir() else []
    for force in (False, True):
        with pytest.raises(DestinationNotWritable) as caught:
            install(source, folder, force=force)
        expected = rf"Cannot write .*{re.escape(str(place.name))}: {why}\. Remove it, .*"
        assert re.fullmatch(expected, caught.value.message)
    if before:
        assert sorted(folder.rglob("*")) == before
        assert (folder / "plugin.lua").read_bytes() == b"plugin 1\n"


@pytest.mark.parametrize("put", SPECIAL.values(), ids=SPECIAL.keys())
def test_a_special_file_in_place_of_a_plugins_file_is_not_read_or_replaced(
    source: Path, folder: Path, put: Put
) -> None:
    path = folder / "lua" / "hfs" / "init.lua"
    path.unlink()
    put(path)
    assert compare(source, folder)["lua/hfs/init.lua"] is State.CHANGED
    refused(source, folder, path, "it is not a regular file")


@pytest.mark.parametrize("put", LINKS.values(), ids=LINKS.keys())
def test_a_link_to_what_is_no_file_is_not_read_and_replaced_only_by_force(
    source: Path, folder: Path, put: Put
) -> None:
    path = folder / "plugin.lua"
    path.unlink()
    put(path)
    assert compare(source, folder)["plugin.lua"] is State.CHANGED
    with pytest.raises(DestinationExists):
        install(source, folder, force=False)
    assert path.is_symlink()
    install(source, folder, force=True)
    assert not path.is_symlink()
    assert path.read_bytes() == b"2\n"


@pytest.mark.parametrize(
    "put", [*SPECIAL.values(), *LINKS.values()], ids=[*SPECIAL.keys(), *LINKS.keys()]
)
def test_a_special_file_in_place_of_the_manifest_is_not_read_or_replaced(
    source: Path, folder: Path, put: Put
) -> None:
    (folder / MANIFEST).unlink()
    put(folder / MANIFEST)
    assert {*compare(source, folder).values()} == {State.CHANGED}
    refused(source, folder, folder / MANIFEST, "it is not a regular file")


def test_a_manifest_that_is_larger_than_any_is_not_read(source: Path, folder: Path) -> None:
    with (folder / MANIFEST).open("ab") as file:
        file.write(b" " * (2 << 20))
    assert {*compare(source, folder).values()} == {State.CHANGED}
    install(source, folder, force=True)
    assert {*compare(source, folder).values()} == {State.CURRENT}


@pytest.mark.parametrize("inner", ["lua", "lua/hfs"])
@pytest.mark.parametrize("is_within", [False, True])
def test_nothing_is_written_through_a_linked_folder(
    source: Path, folder: Path, tmp_path: Path, inner: str, is_within: bool
) -> None:
    real = folder / "moved" if is_within else tmp_path / "outside"
    (folder / inner).rename(real)
    (folder / inner).symlink_to(real)
    refused(source, folder, folder / inner, "it is a link")
    files = [path.read_bytes() for path in real.rglob("*") if path.is_file()]
    assert files == [b"init 1\n"]


@pytest.mark.parametrize("below", ["", "doc", "a/doc"])
def test_a_link_that_leads_nowhere_is_named(source: Path, tmp_path: Path, below: str) -> None:
    link = tmp_path / "lnk"
    for target in ("nothing/there", "lnk"):
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        refused(source, link / below, link, "the link leads nowhere")


def test_a_link_that_leads_nowhere_in_the_copy_is_named(source: Path, folder: Path) -> None:
    (folder / "lua").rename(folder / "moved")
    (folder / "lua").symlink_to("nothing")
    refused(source, folder, folder / "lua", "the link leads nowhere")


@pytest.mark.parametrize("below", ["", "doc"])
def test_a_file_in_place_of_a_folder_is_named(source: Path, tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    refused(source, tmp_path / "file" / below, tmp_path / "file", "it is not a folder")


def test_a_folder_that_is_reached_through_links_is_no_obstacle(
    source: Path, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(folder.parent)
    assert {*install(source, tmp_path / "link" / "hfs", force=False).values()} == {State.OUTDATED}
