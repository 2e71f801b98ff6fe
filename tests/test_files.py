"""Files of the user's: every kind of source and destination, and what a failure leaves."""

import os
import socket
import stat
from contextlib import suppress

import pytest

from hfs_server.errors import DestinationExists, DestinationNotWritable, SourceNotReadable
from hfs_server.files.atomic import Destination, NewFile, open_source
from hfs_server.files.filenames import safe_name

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


def write(destination: Destination, data: bytes = b"new", name: str = "A name"):
    with destination.opened() as file:
        file.write(data)
        return destination.finish(file, name, ".md")


def entries(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_for_its_owner_alone(tmp_path):
    path = write(Destination(tmp_path / "out.md", False, []))
    assert path.read_bytes() == b"new"
    assert entries(tmp_path) == ["out.md"]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_there_is_only_replaced_when_that_is_allowed(tmp_path):
    path = tmp_path / "out.md"
    path.write_bytes(b"old")
    with pytest.raises(DestinationExists, match="exists already"):
        Destination(path, False, [])
    assert path.read_bytes() == b"old"
    assert write(Destination(path, True, [])).read_bytes() == b"new"


def test_a_file_that_appears_while_the_export_is_written_is_not_overwritten(tmp_path):
    destination = Destination(tmp_path / "out.md", False, [])
    (tmp_path / "out.md").write_bytes(b"theirs")
    with pytest.raises(DestinationExists):
        write(destination)
    assert (tmp_path / "out.md").read_bytes() == b"theirs"
    assert entries(tmp_path) == ["out.md"]


def test_an_export_that_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "out.md"
    path.write_bytes(b"old")
    with suppress(KeyError), Destination(path, True, []).opened() as file:
        file.write(b"half")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert entries(tmp_path) == ["out.md"]


def test_names_in_a_folder_are_made_safe_and_numbered(tmp_path):
    paths = [write(Destination(tmp_path, False, [])) for _ in range(3)]
    stems = [path.stem for path in paths]
    assert len(set(stems)) == 3
    assert all(
        stem.startswith("A_name_2") and path.suffix == ".md"
        for stem, path in zip(stems, paths, strict=True)
    )


NAMES = {
    "plain": "plain",
    "": "session",
    " - 2026-02-01": "2026-02-01",
    "-rf ; $(id) `x`!": "rf_id_x",
    "#1 plan [v2]": "1_plan_v2",
    "../../etc/passwd": "etc_passwd",
    'a<b>:"c|d?*e\\f': "a_b_c_d_e_f",
    "line\nbreak\ttab": "line_break_tab",
    "..hidden..": "hidden",
    "bidi \u202eexe\x00\x1b": "bidi_exe",
    "Größe 你好": "Größe_你好",
    "x" * 90: "x" * 60,
    "🙂" * 90: "🙂" * 50,
    "e\u0301": "\u00e9",
    "CON": "CON",
    "nul.txt.old": "nul_txt.old",
    " .Com1. .": "Com1",
    "lpt\u00b9.x": "lpt\u00b9_x",
    "console.log": "console.log",
}


@pytest.mark.parametrize(("name", "safe"), NAMES.items())
def test_a_session_name_becomes_a_file_name_for_any_system(name, safe):
    assert safe_name(name) == safe


def test_a_destination_in_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DestinationNotWritable, match="no folder"):
        Destination(tmp_path / "no" / "out.md", False, [])


def test_the_store_is_no_destination_and_no_source(tmp_path):
    store = tmp_path / "sessions.db"
    store.write_bytes(b"store")
    with pytest.raises(DestinationNotWritable, match="may replace"):
        Destination(store, True, [store])
    with pytest.raises(SourceNotReadable, match="the store itself"), open_source(store, [store]):
        pass


@posix
def test_links_and_devices_are_no_destination(tmp_path):
    target = tmp_path / "target"
    target.write_bytes(b"theirs")
    (tmp_path / "link").symlink_to(target)
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "link", tmp_path / "fifo", "/dev/null", "/dev/stdout"):
        with pytest.raises(DestinationNotWritable):
            Destination(tmp_path / path, True, [])
    assert target.read_bytes() == b"theirs"


@posix
def test_a_source_is_a_regular_file(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("fifo", "socket", "absent", "", "/dev/zero", "x" * 300, "nul\0"):
            with pytest.raises(SourceNotReadable), open_source(tmp_path / name, []):
                pass


def test_what_a_killed_program_left_is_swept_but_not_what_is_at_work(tmp_path):
    at_work = NewFile(tmp_path)
    dead = tmp_path / ".hfs-unfinished-dead"
    dead.touch()
    os.utime(dead, (0, 0))
    write(Destination(tmp_path / "out.md", False, []))
    assert len(entries(tmp_path)) == 2
    at_work.discard()
    assert entries(tmp_path) == ["out.md"]
