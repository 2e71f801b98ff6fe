"""``hfs/exportAll``: a file for each session, in a folder or a zip archive."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import zipfile
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import MARKER, message
from testing.exports import MANIFEST, add, counts, export_all, files, stamps
from testing.terminal import Terminal
from testing.tool_logs import FORMATS

pytestmark = pytest.mark.both_engines


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_a_restored_store_exports_the_same_bytes(
    filled: Client, start: Start, tmp_path: Path, name: str
) -> None:
    with Terminal(tmp_path / "store" / "sessions.db") as terminal:
        session = terminal.add_session("Of the terminal", "one")
        terminal.add_message(session, "assistant", "two")
    first, second = tmp_path / "a" / name, tmp_path / "b" / name
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    written, unchanged, failed = counts(export_all(filled, first))
    assert (written > len(FORMATS), unchanged, failed) == (True, 0, 0)
    other = start(tmp_path / "other" / "sessions.db")
    result = other.request("hfs/import", {"uri": first.as_uri()})
    assert (result["failed"], result["skipped"]) == ([], [])
    assert counts(export_all(other, second)) == (written, 0, 0)
    if first.is_dir():
        assert files(first) == files(second)
    else:
        assert first.read_bytes() == second.read_bytes()
    assert counts(export_all(other, first)) == (0, written, 0)


@pytest.mark.parametrize("form", ["json", "markdown"])
def test_what_has_not_changed_is_not_touched(filled: Client, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "out"
    total = export_all(filled, folder, format=form)["written"]
    before = stamps(folder)
    assert counts(export_all(filled, folder, format=form)) == (0, total, 0)
    assert stamps(folder) == before
    new = add(filled, "Another one")
    result = export_all(filled, folder, format=form)
    assert counts(result) == (1, total, 0)
    (added,) = files(folder).keys() - before.keys()
    assert {
        name: stamp for name, stamp in stamps(folder).items() if name not in (added, MANIFEST)
    } == {name: stamp for name, stamp in before.items() if name != MANIFEST}
    listed = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    assert (listed[added]["session_id"], listed[added]["name"]) == (new["sessionId"], "Another one")


def test_a_zip_archive_in_which_nothing_has_changed_is_not_touched(
    filled: Client, tmp_path: Path
) -> None:
    archive = tmp_path / "out.ZIP"
    total = export_all(filled, archive)["written"]
    before = archive.stat()
    assert counts(export_all(filled, archive)) == (0, total, 0)
    assert (archive.stat().st_ino, archive.stat().st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )
    add(filled, "Another one")
    assert counts(export_all(filled, archive)) == (1, total, 0)
    with zipfile.ZipFile(archive) as found:
        assert found.testzip() is None
        assert len(found.namelist()) == total + 2
        assert found.namelist()[0] == MANIFEST
        assert found.namelist()[1:] == sorted(found.namelist()[1:])
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".hfs")] == []


def test_little_is_read_where_little_has_changed(
    server: Client, tmp_path: Path, store_path: Path
) -> None:
    """Messages that were changed behind the server's back are not read, so they stay unnoticed."""
    sessions = [add(server, f"No {number}", message(f"{MARKER} {number}")) for number in range(20)]
    folder = tmp_path / "out"
    export_all(server, folder)
    with sqlite3.connect(store_path) as connection:
        connection.execute("UPDATE messages SET content = 'changed'")
    connection.close()
    with Terminal(store_path) as terminal:
        terminal.add_message(sessions[3]["id"], "assistant", "more")
    assert counts(export_all(server, folder)) == (1, 19, 0)


def test_a_file_that_was_damaged_is_written_again(filled: Client, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    total = export_all(filled, folder)["written"]
    before = files(folder)
    names = sorted(before.keys() - {MANIFEST})
    (folder / names[0]).write_bytes(before[names[0]][:-5])
    (folder / names[1]).unlink()
    (folder / names[2]).write_bytes(b"")
    assert counts(export_all(filled, folder)) == (3, total - 3, 0)
    assert files(folder) == before


def test_a_lost_manifest_is_written_again(filled: Client, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    total = export_all(filled, folder)["written"]
    before = files(folder)
    times = stamps(folder)
    (folder / MANIFEST).unlink()
    assert counts(export_all(filled, folder)) == (0, total, 0)
    assert files(folder) == before
    del times[MANIFEST]
    assert stamps(folder).items() >= times.items()


def test_filters_select_what_is_exported_and_leave_the_rest(filled: Client, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    total = export_all(filled, folder)["written"]
    before = files(folder)
    result = export_all(filled, folder, tools=["hfs"])
    assert counts(result) == (0, 2, 0)
    assert files(folder) == before
    assert export_all(filled, tmp_path / "other", tools=["hfs"])["written"] == 2
    assert total > 2


def test_versions_of_a_session_that_differ_each_have_a_file(
    server: Client, start: Start, tmp_path: Path
) -> None:
    begun = {"session_created_at": "2026-01-01T00:00:00Z", "session_id": "hfs:one"}
    for answer in ("yes", "no"):
        add(server, "Twins", message("asked"), message(answer, "assistant"), metadata=begun)
    folder = tmp_path / "out"
    assert counts(export_all(server, folder)) == (2, 0, 0)
    assert counts(export_all(server, folder)) == (0, 2, 0)
    other = start(tmp_path / "other" / "sessions.db")
    assert len(other.request("hfs/import", {"uri": folder.as_uri()})["sessions"]) == 2
    export_all(other, tmp_path / "again")
    assert files(tmp_path / "again") == files(folder)


def test_what_another_machine_has_exported_is_not_lost(
    server: Client, start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    other = start(tmp_path / "other" / "sessions.db")
    begun = {"session_created_at": "2026-01-01T00:00:00Z"}
    asked, yes, no = message("asked"), message("yes", "assistant"), message("no", "assistant")
    add(server, "Mine", asked, metadata=begun)
    add(other, "Yours", asked, yes, metadata=begun)
    export_all(other, folder)
    before = files(folder)
    result = export_all(server, folder)
    assert counts(result) == (0, 1, 0)
    assert "Import the folder" in result["warnings"][0]
    assert files(folder) == before
    third = start(tmp_path / "third" / "sessions.db")
    add(third, "Theirs", asked, no, metadata=begun)
    assert counts(export_all(third, folder)) == (1, 0, 0)
    for client in (server, other, third):
        client.request("hfs/import", {"uri": folder.as_uri()})
        export_all(client, folder)
        found = client.request("hfs/listSessions")["sessions"]
        assert len(found) == 2
    whole = files(folder)
    for client in (server, other, third):
        client.request("hfs/import", {"uri": folder.as_uri()})
        assert export_all(client, folder)["written"] == 0
    assert files(folder) == whole


def test_an_export_is_private_and_leaves_no_other_files(filled: Client, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    export_all(filled, folder)
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]
    if os.name != "nt":
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
        assert folder.stat().st_mode & 0o777 == 0o700


def test_an_empty_store_exports_an_empty_folder(server: Client, tmp_path: Path) -> None:
    assert counts(export_all(server, tmp_path / "out")) == (0, 0, 0)
    assert [*files(tmp_path / "out")] == [MANIFEST]


def test_two_exports_to_one_folder_give_all_of_both(
    server: Client, start: Start, tmp_path: Path
) -> None:
    other = start(tmp_path / "other" / "sessions.db")
    for number in range(30):
        add(server, f"Mine {number}")
        add(other, f"Yours {number}")
    params = {"destination": (tmp_path / "out").as_uri()}
    sent = [(client, client.send("hfs/exportAll", params)) for client in (server, other)]
    for client, number in sent:
        assert counts(client.result(number)) == (30, 0, 0)
    listed = json.loads((tmp_path / "out" / MANIFEST).read_text("utf-8"))["files"]
    assert len(listed) == len(files(tmp_path / "out")) - 1 == 60


def test_notes_that_are_damaged_only_cost_time(
    filled: Client, tmp_path: Path, store_path: Path
) -> None:
    folder = tmp_path / "out"
    total = export_all(filled, folder)["written"]
    notes = Path(f"{store_path}-exports")
    for content in (b"", b"[1]", b'{"version":1,"folders":{"x":5}}', b"[" * 9999):
        notes.write_bytes(content)
        assert counts(export_all(filled, folder)) == (0, total, 0)
    shutil.rmtree(folder)
    assert counts(export_all(filled, folder)) == (total, 0, 0)
    stores.check_whole_and_free(store_path)
