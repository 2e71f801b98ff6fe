"""``hfs/import`` of folders and of several files: each item by itself, and nothing twice."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from testing import stores, tool_logs
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.programs import OPENING, PATIENT
from testing.tool_logs import FORMATS, claude_code, id_of, write, write_claude_code

pytestmark = pytest.mark.both_engines

UNCHANGED = "not changed since the last import"
UNKNOWN = "not a session of a known format"


def imported(client: Client, *paths: Path, **params: Any) -> Any:
    return client.request("hfs/import", {"uris": [path.as_uri() for path in paths], **params})


def statuses(result: Any) -> list[str]:
    return [session["status"] for session in result["sessions"]]


def skipped(result: Any) -> dict[str, int]:
    return {each["reason"]: each["count"] for each in result["skipped"]}


def one_of_each(folder: Path) -> Path:
    """A folder with a session of each tool, and files that are none."""
    for number, (tool, made) in enumerate(FORMATS.items()):
        write(folder / tool / "deep" / f"{number}.data", made(number, 2))
    write(folder / "hfs" / "export.json", text(document("An export")).encode())
    write(folder / "README.md", b"# Not a session\n")
    write(folder / "notes.bin", bytes(range(256)))
    write(folder / "empty.jsonl", b"")
    return folder


def test_a_folder_gives_the_sessions_of_all_tools_in_it_and_below(
    server: Client, tmp_path: Path
) -> None:
    folder = one_of_each(tmp_path / "all")
    result = imported(server, folder)
    assert {session["tool"] for session in result["sessions"]} == {"hfs", *FORMATS}
    assert statuses(result) == ["created"] * 7
    assert {session["messageCount"] for session in result["sessions"]} == {2, 4}
    assert (result["failed"], skipped(result)) == ([], {UNKNOWN: 3})
    assert len(result["evidence"]) == 7
    assert all(": " in line for line in result["evidence"])
    listed = server.request("hfs/listSessions")["sessions"]
    assert {each["id"] for each in listed} == {each["id"] for each in result["sessions"]}


def test_a_dry_run_writes_nothing_and_has_the_same_result_with_null_ids(
    server: Client, tmp_path: Path, store_path: Path
) -> None:
    folder = one_of_each(tmp_path / "all")
    write(folder / "bad.json", b'{"metadata": {"schema_version": "1.0.0"}, "messages": [5]}')
    tried = imported(server, folder, dryRun=True)
    assert not store_path.exists()
    done = imported(server, folder)
    assert tried["sessions"] == [{**each, "id": None} for each in done["sessions"]]
    assert {**tried, "sessions": []} == {**done, "sessions": []}
    before = stores.counts(store_path)
    assert {each["id"] for each in imported(server, folder, dryRun=True)["sessions"]} <= {None}
    assert stores.counts(store_path) == before


def test_one_bad_file_of_many_is_reported_and_the_others_are_imported(
    server: Client, tmp_path: Path
) -> None:
    good = write_claude_code(tmp_path, range(3))
    bad = write(tmp_path / "bad.json", text(document("Bad")).encode() + b"\n}\n")
    gone = tmp_path / "gone.json"
    cut = write(tmp_path / "cut.json", b'{"metadata": {"session_name": "x"},\n"messages": [\n{"ro')
    result = imported(server, good[0], bad, gone, good[1], cut, good[2])
    assert statuses(result) == ["created"] * 3
    failed = {each["name"]: each for each in result["failed"]}
    assert failed.keys() == {"bad.json", "gone.json", "cut.json"}
    assert failed["gone.json"]["uri"] == gone.as_uri()
    assert "no such file" in failed["gone.json"]["reason"]
    assert (failed["cut.json"]["uri"], failed["cut.json"]["line"]) == (cut.as_uri(), 3)
    assert all(each["reason"].endswith((".", ")")) for each in result["failed"])


def test_an_import_of_which_all_failed_is_an_error(server: Client, tmp_path: Path) -> None:
    folder = tmp_path / "bad"
    write(folder / "bad.json", b'{"metadata": {"schema_version": "1.0.0"}, "messages": [5]}')
    write(folder / "other.txt", b"not a session")
    for paths in ([folder], [folder / "bad.json", tmp_path / "gone"], [tmp_path / "gone"]):
        uris = {"uris": [path.as_uri() for path in paths]}
        for dry in (True, False):
            refused = server.refusal("hfs/import", {**uris, "dryRun": dry})
            assert refused.code == -32803
            assert refused.kind in ("invalidDocument", "sourceNotReadable")
    assert server.request("hfs/listSessions")["sessions"] == []


def test_a_file_that_grew_updates_its_session_and_no_other_is_touched(
    server: Client, tmp_path: Path
) -> None:
    files = write_claude_code(tmp_path, range(3))
    first = imported(server, tmp_path)
    files[1].write_bytes(claude_code(1, 4))
    result = imported(server, tmp_path)
    ((session),) = result["sessions"]
    assert (session["status"], session["messageCount"]) == ("updated", 8)
    assert session["id"] in [each["id"] for each in first["sessions"]]
    assert skipped(result) == {UNCHANGED: 2}


def test_a_second_run_opens_no_file(launch: Start, tmp_path: Path, store_path: Path) -> None:
    """Neither sessions, nor files of unknown formats, nor archives."""
    folder = one_of_each(tmp_path / "all")
    tool_logs.write_cursor_state(folder / "editor" / "state.vscdb", [7, 8])
    shutil.make_archive(str(tmp_path / "all" / "packed"), "zip", folder / "codex")
    opened = tmp_path / "opened"
    client = launch(program=OPENING, environment={"OPENED": str(opened)})
    client.initialize(databasePath=str(store_path))
    first = imported(client, folder)
    assert statuses(first).count("created") == 9
    assert any(str(folder) in line for line in opened.read_text().splitlines())
    opened.write_text("")
    second = imported(client, folder)
    assert second["sessions"] == []
    assert skipped(second)[UNCHANGED] == 12
    assert [line for line in opened.read_text().splitlines() if str(folder) in line] == []
    write(folder / "codex" / "deep" / "1.data", tool_logs.codex(1, 3))
    third = imported(client, folder)
    assert statuses(third) == ["updated"]
    of_folder = [line for line in opened.read_text().splitlines() if str(folder) in line]
    assert {line.strip("'") for line in of_folder} == {str(folder / "codex" / "deep" / "1.data")}


def test_what_is_only_in_the_log_of_a_database_is_imported(server: Client, tmp_path: Path) -> None:
    import sqlite3

    path = tool_logs.write_cursor_state(tmp_path / "User" / "state.vscdb", [1], "WAL")
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        assert statuses(imported(server, tmp_path)) == ["created"]
        size, time = path.stat().st_size, path.stat().st_mtime_ns
        tool_logs.add_to_cursor_state(connection, 2)
        assert (path.stat().st_size, path.stat().st_mtime_ns) == (size, time)
        assert sorted(statuses(imported(server, tmp_path))) == ["created", "unchanged"]
    finally:
        connection.close()


def test_skipped_sessions_are_updated_by_a_later_import(server: Client, tmp_path: Path) -> None:
    (file,) = write_claude_code(tmp_path, [1])
    imported(server, tmp_path)
    file.write_bytes(claude_code(1, 3))
    assert statuses(imported(server, tmp_path, onConflict="skip")) == ["skipped"]
    assert statuses(imported(server, tmp_path)) == ["updated"]


def test_subagents_are_listed_under_their_parent_only(server: Client, tmp_path: Path) -> None:
    parent = write_claude_code(tmp_path, [1])[0]
    below = parent.with_suffix("") / "subagents"
    for agent in ("a1b2", "c3d4"):
        write(below / f"agent-{agent}.jsonl", tool_logs.subagent(1, agent))
    result = imported(server, tmp_path)
    by_parent = {each["parentId"] for each in result["sessions"]}
    (main,) = (each for each in result["sessions"] if each["parentId"] is None)
    assert (len(result["sessions"]), by_parent) == (3, {None, main["id"]})
    (listed,) = server.request("hfs/listSessions")["sessions"]
    assert (listed["id"], listed["childCount"]) == (main["id"], 2)
    children = server.request("hfs/listSessions", {"parentId": main["id"]})["sessions"]
    assert {each["parentId"] for each in children} == {main["id"]}
    assert len(children) == 2


def test_links_are_not_followed_so_that_a_loop_ends(server: Client, tmp_path: Path) -> None:
    folder = tmp_path / "looping"
    (file,) = write_claude_code(folder, [1])
    (folder / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "again.jsonl").symlink_to(file)
    (folder / "itself").symlink_to(folder / "itself")
    (folder / "nothing.jsonl").symlink_to(tmp_path / "nothing")
    assert statuses(imported(server, folder)) == ["created"]
    link = tmp_path / "link"
    link.symlink_to(folder, target_is_directory=True)
    assert statuses(imported(server, link)) == ["unchanged"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_pipes_and_sockets_in_a_folder_are_not_opened(server: Client, tmp_path: Path) -> None:
    write_claude_code(tmp_path, [1])
    os.mkfifo(tmp_path / "pipe.jsonl")
    result = imported(server, tmp_path)
    assert (statuses(result), result["failed"]) == (["created"], [])


def test_a_folder_as_deep_as_the_system_allows_is_read(server: Client, tmp_path: Path) -> None:
    made = 0
    here = os.open(tmp_path, os.O_RDONLY) if os.name != "nt" else None
    folder = tmp_path
    while here is not None and made < 1200 and len(str(folder)) < 3900:
        os.mkdir("d", dir_fd=here)
        deeper = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here, folder, made = deeper, folder / "d", made + 1
    if here is None:
        pytest.skip("NOT TESTED: Windows has no such deep folders")
    deep = os.open("deep.jsonl", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(deep, claude_code(2))
    os.close(deep)
    os.close(here)
    write_claude_code(tmp_path, [1])
    assert made == 1200
    result = imported(server, tmp_path)
    assert statuses(result) == ["created"] * 2
    subprocess.run(["rm", "-r", str(tmp_path / "d")], check=True)


def test_the_folder_of_the_store_gives_what_else_is_in_it(server: Client, store_path: Path) -> None:
    server.request("hfs/listSessions")
    write_claude_code(store_path.parent, [1])
    result = imported(server, store_path.parent)
    assert (statuses(result), result["failed"]) == (["created"], [])
    refused = server.refusal("hfs/import", {"uri": store_path.as_uri()})
    assert "the store itself" in refused.message


def test_cancelling_in_the_middle_keeps_what_was_saved_and_nothing_half(
    start: Start, tmp_path: Path, store_path: Path
) -> None:
    count = 400
    write_claude_code(tmp_path, range(count), turns=20)
    client = start(store_path, program=PATIENT)
    client.request("hfs/listSessions")
    params = {"uri": tmp_path.as_uri(), "workDoneToken": "many"}
    request = client.send("hfs/import", params)
    client.wait_for_progress("many", 10)
    with stores.held(store_path):
        client.cancel(request)
        # The session that is saved now waits for the store, and is cancelled there.
        assert client.refusal_of(request).code == -32800
    assert client.progress("many")[-1]["kind"] == "end"
    kept = stores.rows(store_path, "SELECT session_id, count(*) FROM messages GROUP BY session_id")
    assert 0 < len(kept) < count
    assert {messages for _, messages in kept} == {40}
    assert stores.counts(store_path)["sessions"] == len(kept)
    result = imported(client, tmp_path)
    done = statuses(result).count("created")
    assert done == count - len(kept)
    again = statuses(result).count("unchanged") + skipped(result).get(UNCHANGED, 0)
    assert again == len(kept)


def test_progress_rises_over_all_files(server: Client, tmp_path: Path) -> None:
    write_claude_code(tmp_path, range(40), turns=10)
    server.request("hfs/import", {"uri": tmp_path.as_uri(), "workDoneToken": "p"})
    values = server.progress("p")
    percentages = [each["percentage"] for each in values if "percentage" in each]
    assert percentages == sorted(set(percentages))
    assert len(percentages) > 20
    assert (values[0]["kind"], values[-1]["kind"]) == ("begin", "end")


def test_a_session_whose_file_is_named_otherwise_is_the_same(
    server: Client, tmp_path: Path
) -> None:
    one = write(tmp_path / "a" / f"{id_of(1)}.jsonl", claude_code(1))
    two = write(tmp_path / "b" / f"{id_of(1)}.jsonl", claude_code(1))
    assert statuses(imported(server, one, two)) == ["created", "unchanged"]


def test_legacy_documents_in_a_folder_are_imported(server: Client, tmp_path: Path) -> None:
    said = '[{"role": "user", "content": "hello"}]'
    write(tmp_path / "in" / "a.json", f'{{"session_name": "Old", "messages": {said}}}'.encode())
    write(tmp_path / "in" / "b.json", b'{"metadata": {"session_name": "x"}, "messages": []}')
    result = imported(server, tmp_path / "in")
    assert (statuses(result), result["migrated"]) == (["created", "created"], True)


def test_a_file_of_two_tools_is_rejected_unless_its_format_is_given(
    server: Client, tmp_path: Path
) -> None:
    mixed = write(tmp_path / "mixed.jsonl", claude_code(1) + tool_logs.codex(2))
    refused = server.refusal("hfs/import", {"uri": mixed.as_uri()})
    assert (refused.kind, "more than one tool" in refused.message) == ("unknownFormat", True)
    result = server.request("hfs/import", {"uri": mixed.as_uri(), "format": "codex"})
    assert [each["tool"] for each in result["sessions"]] == ["codex"]


def test_what_a_killed_export_and_git_have_left_is_not_read(server: Client, tmp_path: Path) -> None:
    folder = tmp_path / "sessions"
    data = text(document("Mine", message("one"))).encode()
    write(folder / ".hfs-unfinished-0123456789abcdef", data)
    write(folder / ".git" / "objects" / "one.json", data)
    write(folder / "two.json", text(document("Other", message("two"))).encode())
    result = server.request("hfs/import", {"uri": folder.as_uri()})
    assert [each["name"] for each in result["sessions"]] == ["Other"]
    assert result["skipped"] == []


@pytest.mark.parametrize("conflict", ["update", "copy"])
def test_a_file_that_is_named_twice_is_imported_once(
    server: Client, tmp_path: Path, conflict: str
) -> None:
    folder = tmp_path / "in"
    file = write(folder / "a.json", text(document("A")).encode())
    write(folder / "b.json", text(document("B")).encode())
    for paths in ([file, file], [file, folder, folder], [folder, file]):
        result = imported(server, *paths, onConflict=conflict)
        names = [session["name"] for session in result["sessions"]]
        assert (len(names), names.count("A")) == (len({*names}), 1)
    missing = folder / "missing.json"
    failed = imported(server, file, missing, missing)["failed"]
    assert [each["uri"] for each in failed] == [missing.as_uri()]
