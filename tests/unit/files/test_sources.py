"""What is imported is a regular file, and not the store."""

import os
import socket

import pytest

from hfs_server.errors import SourceNotReadable
from hfs_server.files.sources import open_source

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def test_the_store_is_not_a_source(tmp_path):
    store = tmp_path / "sessions.db"
    store.write_bytes(b"store")
    with pytest.raises(SourceNotReadable, match="the store itself"), open_source(store, [store]):
        pass


def test_a_file_that_grows_is_read_up_to_its_first_end(tmp_path):
    path = tmp_path / "growing.json"
    path.write_bytes(b"first")
    with open_source(path, []) as source, path.open("ab") as growing:
        growing.write(b" and more")
        growing.flush()
        assert [source.read(100), source.read(100)] == [b"first", b""]


@posix
def test_a_source_is_a_regular_file(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("fifo", "socket", "absent", "", "/dev/zero", "x" * 300, "nul\0"):
            with pytest.raises(SourceNotReadable), open_source(tmp_path / name, []):
                pass
