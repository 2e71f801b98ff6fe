"""A file is written completely or not at all, and nothing else is left."""

import errno
import os
import stat

import pytest

from hfs_server.errors import DestinationExists, DestinationNotWritable
from hfs_server.files.atomic import atomic_write
from hfs_server.files.batch import FileBatch, NewFile


def write(destination, data: bytes = b"new", name: str = "name.md", *, overwrite: bool = False):
    with atomic_write(destination, overwrite=overwrite) as file:
        file.write(data)
        return file.commit(name)


def entries(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_for_its_owner_alone(tmp_path):
    path = write(tmp_path / "out.md")
    assert path.read_bytes() == b"new"
    assert entries(tmp_path) == ["out.md"]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_only_replaced_when_that_is_allowed(tmp_path):
    path = tmp_path / "out.md"
    path.write_bytes(b"old")
    with pytest.raises(DestinationExists, match="already exists"):
        write(path)
    assert path.read_bytes() == b"old"
    assert write(path, overwrite=True).read_bytes() == b"new"


def test_a_file_that_appears_while_the_export_is_written_is_not_overwritten(tmp_path):
    path = tmp_path / "out.md"

    def write_beside_another() -> None:
        with atomic_write(path) as file:
            path.write_bytes(b"theirs")
            file.commit("name.md")

    with pytest.raises(DestinationExists):
        write_beside_another()
    assert path.read_bytes() == b"theirs"
    assert entries(tmp_path) == ["out.md"]


def test_nobody_sees_a_file_before_it_is_committed(tmp_path):
    path = tmp_path / "out.md"
    path.write_bytes(b"old")
    with atomic_write(path, overwrite=True) as file:
        file.write(b"new")
        assert path.read_bytes() == b"old"
        assert file.commit("name.md") == path
        assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [None, KeyError, KeyboardInterrupt])
def test_a_file_that_is_not_committed_leaves_what_was_there(tmp_path, error):
    path = tmp_path / "out.md"
    path.write_bytes(b"old")
    try:
        with atomic_write(path, overwrite=True) as file:
            file.write(b"half")
            if error is not None:
                raise error
    except (KeyError, KeyboardInterrupt):
        pass
    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["out.md"]


def test_an_error_of_the_system_says_that_the_destination_is_not_writable(tmp_path):
    with (
        pytest.raises(DestinationNotWritable, match="no space left on device"),
        atomic_write(tmp_path / "out.md"),
    ):
        raise OSError(28, os.strerror(28))
    assert entries(tmp_path) == []


def test_a_taken_name_in_a_folder_gets_a_number_and_its_file_stays(tmp_path):
    paths = [write(tmp_path, b"%d" % number) for number in range(3)]
    assert [path.name for path in paths] == ["name.md", "name_2.md", "name_3.md"]
    assert [path.read_bytes() for path in paths] == [b"0", b"1", b"2"]
    assert write(tmp_path, overwrite=True).name == "name_4.md"
    assert len(entries(tmp_path)) == 4


def test_what_a_killed_program_left_is_removed_but_not_what_is_being_written(tmp_path):
    with atomic_write(tmp_path / "other.md"):
        stale = tmp_path / ".hfs-unfinished-dead"
        stale.touch()
        os.utime(stale, (0, 0))
        write(tmp_path / "out.md")
        assert len(entries(tmp_path)) == 2
        assert not stale.exists()
    assert entries(tmp_path) == ["out.md"]


def fail_to_sync_folders(monkeypatch, number: int) -> None:
    sync = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs no folders")
@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EBADF])
def test_a_file_system_that_syncs_no_folders_is_written_to(tmp_path, monkeypatch, number):
    fail_to_sync_folders(monkeypatch, number)
    assert write(tmp_path / "out.md").read_bytes() == b"new"


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs no folders")
def test_a_disk_that_fails_to_sync_a_folder_is_an_error(tmp_path, monkeypatch):
    fail_to_sync_folders(monkeypatch, errno.EIO)
    with pytest.raises(DestinationNotWritable, match="input/output error"):
        write(tmp_path / "out.md")
    batch, placed = FileBatch(tmp_path), []
    file = NewFile(tmp_path)
    file.write(b"new")
    file.end()
    batch.add(file, "batch.md", lambda: placed.append("batch.md"), pytest.fail)
    with pytest.raises(DestinationNotWritable, match="input/output error"):
        batch.flush()
    assert (placed, entries(tmp_path)) == (["batch.md"], ["batch.md", "out.md"])
