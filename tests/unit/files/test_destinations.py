"""Where an export may go, and which files it never replaces."""

import os
import stat

import pytest

from hfs_server.errors import DestinationExists, DestinationNotWritable
from hfs_server.files.destinations import check_destination, make_folder

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def test_an_existing_file_is_a_destination_only_if_overwriting_is_allowed(tmp_path):
    path = tmp_path / "out.md"
    path.write_bytes(b"old")
    with pytest.raises(DestinationExists, match="already exists"):
        check_destination(path, [], overwrite=False)
    check_destination(path, [], overwrite=True)
    assert path.read_bytes() == b"old"


def test_a_destination_in_a_missing_folder_is_rejected(tmp_path):
    with pytest.raises(DestinationNotWritable, match="does not exist"):
        check_destination(tmp_path / "no" / "out.md", [], overwrite=False)


def test_the_store_is_not_a_destination(tmp_path):
    store = tmp_path / "sessions.db"
    store.write_bytes(b"store")
    with pytest.raises(DestinationNotWritable, match="belongs to the store"):
        check_destination(store, [store], overwrite=True)


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize(
    "suffix",
    ["-wal", "-shm", "-journal", "-mj0123ABCD9EF", "-MJ0A", "-import-0a1b", "-exports-0a1b"],
)
def test_nor_is_what_is_kept_beside_it(tmp_path, suffix, exists):
    store = tmp_path / "Sessions.db"
    path = tmp_path / f"sessions.db{suffix}"
    if exists:
        path.write_bytes(b"theirs")
    with pytest.raises(DestinationNotWritable, match="belongs to the store"):
        check_destination(path, [store], overwrite=True)
    with pytest.raises(DestinationNotWritable, match="belongs to the store"):
        make_folder(path / "below", [store])


@pytest.mark.parametrize(
    "name",
    ["sessions.db-2026.md", "sessions.db-import.md", "sessions.db-importer", "other.db-wal", "db"],
)
def test_other_names_beside_the_store_are_destinations(tmp_path, name):
    check_destination(tmp_path / name, [tmp_path / "sessions.db"], overwrite=True)


@posix
def test_links_and_devices_are_not_destinations(tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "link", tmp_path / "fifo", "/dev/null", "/dev/stdout"):
        with pytest.raises(DestinationNotWritable, match="cannot replace"):
            check_destination(tmp_path / path, [], overwrite=True)
    assert target.read_bytes() == b"theirs"


@pytest.mark.parametrize(
    "name",
    ["x" * 300, f"{'x' * 300}/a.md", "y/" * 2500 + "a.md", "nul\0"],
    ids=lambda name: name[:4],
)
def test_a_name_that_no_file_can_have_is_rejected(tmp_path, name):
    with pytest.raises(DestinationNotWritable, match="Cannot write"):
        check_destination(tmp_path / name, [], overwrite=False)


@posix
def test_a_folder_and_its_parents_are_made_for_their_owner_only(tmp_path):
    make_folder(tmp_path / "a" / "b", ())
    for folder in (tmp_path / "a", tmp_path / "a" / "b"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
