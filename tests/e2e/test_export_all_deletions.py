"""``hfs/exportAll`` and ``hfs/import``: deletions and restorations that machines exchange."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import make_archive
from typing import Any

import pytest

from testing.client import Client, Start
from testing.command_line import Run, hfs
from testing.documents import message
from testing.exports import MANIFEST, add, counts, export_all, files

pytestmark = pytest.mark.both_engines


@pytest.fixture
def other(start: Start, tmp_path: Path) -> Client:
    """A server on another machine."""
    return start(tmp_path / "other" / "sessions.db")


def imported(client: Client, path: Path, **params: Any) -> Any:
    return client.request("hfs/import", {"uri": path.as_uri(), **params})


def names(client: Client, **params: Any) -> list[str]:
    listed = client.request("hfs/listSessions", params)["sessions"]
    return sorted(session["name"] for session in listed)


def sessions_in(folder: Path) -> set[str]:
    listed = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
    assert {*listed} == {name for name in files(folder) if name.endswith(".json")} - {MANIFEST}
    return {entry["name"] for entry in listed.values()}


def test_a_deletion_reaches_the_other_machine_and_so_does_its_undoing(
    server: Client, other: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    session = add(server, "Gone")["id"]
    add(server, "Kept")
    export_all(server, folder)
    imported(other, folder)
    server.request("hfs/deleteSession", {"sessionId": session})
    result = export_all(server, folder)
    assert (result["removed"], result["written"], sessions_in(folder)) == (1, 0, {"Kept"})
    for is_trial in (True, False):
        assert names(other) == ["Gone", "Kept"]
        skipped = imported(other, folder, dryRun=is_trial)["skipped"]
        assert skipped[0] == {"reason": "deleted on another machine", "count": 1}
    assert (names(other), names(other, deleted=True)) == (["Kept"], ["Gone"])
    assert counts(export_all(other, folder)) == (0, 1, 0)
    server.request("hfs/restoreSession", {"sessionId": session})
    assert export_all(server, folder)["written"] == 1
    imported(other, folder)
    assert (names(other), names(other, deleted=True)) == (["Gone", "Kept"], [])


def test_a_session_that_was_continued_after_its_deletion_comes_back(
    server: Client, other: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    asked = message("asked")
    session = add(server, "Twice", asked)["id"]
    export_all(server, folder)
    imported(other, folder)
    server.request("hfs/deleteSession", {"sessionId": session})
    export_all(server, folder)
    soon = datetime.now(UTC) + timedelta(hours=1)
    late = {"role": "user", "content": "later", "created_at": soon.isoformat()}
    add(other, "Twice", asked, late)
    assert counts(export_all(other, folder)) == (1, 0, 0)
    imported(server, folder)
    (found,) = server.request("hfs/listSessions")["sessions"]
    assert (found["name"], found["messageCount"]) == ("Twice", 2)


def test_an_export_does_not_bring_back_what_was_deleted_elsewhere(
    server: Client, other: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    for client in (server, other):
        add(client, "Gone")
    (session,) = server.request("hfs/listSessions")["sessions"]
    server.request("hfs/deleteSession", {"sessionId": session["id"]})
    export_all(server, folder)
    result = export_all(other, folder)
    assert counts(result) == (0, 0, 0)
    assert "Import the folder" in result["warnings"][0]
    assert sessions_in(folder) == set()
    imported(other, folder)
    assert names(other) == []


def test_a_session_that_was_purged_comes_back_when_it_was_restored_elsewhere(
    server: Client, other: Client, tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    session = add(server, "Back")["id"]
    export_all(server, folder)
    imported(other, folder)
    (copy,) = other.request("hfs/listSessions")["sessions"]
    other.request("hfs/deleteSession", {"sessionId": copy["id"]})
    export_all(other, folder)
    imported(server, folder)
    assert names(server) == []
    purged = hfs(tmp_path, "--database", tmp_path / "other" / "sessions.db", "purge")
    assert purged.returncode == 0, purged.stderr
    server.request("hfs/restoreSession", {"sessionId": session})
    export_all(server, folder)
    assert sessions_in(folder) == {"Back"}
    imported(other, folder)
    assert names(other) == ["Back"]


def state_file(folder: Path) -> Path:
    """Where the folder says whether its only session was deleted."""
    (name,) = (name for name in files(folder) if name != MANIFEST)
    return folder / f"{Path(name).stem}.deletion"


def identity(folder: Path) -> str:
    (entry,) = json.loads((folder / MANIFEST).read_text("utf-8"))["files"].values()
    return str(entry["session_id"])


def state(identity: str, changed_at: str, **more: Any) -> bytes:
    """A state as hfs-server writes it."""
    head = {"format": "hfs-session-state", "version": 1, "session_id": identity}
    return json.dumps({**head, "deleted": True, "changed_at": changed_at, **more}).encode()


NOT_READ = {
    "empty": (b"", "Delete it"),
    "no members": (b"{}", "Delete it"),
    "deep": (b"[" * 9999, "Delete it"),
    "large": (b" " * (1 << 20), "Delete it"),
    "conflict": (b"<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n", "Delete it"),
    "newer": (b'{"format": "hfs-session-state", "version": 2}', "Upgrade hfs-server"),
    "of another session": (state("hfs:other", "2026-03-01T00:00:00Z"), "Delete it"),
    "no time": (state("hfs:other", "never"), "Delete it"),
    "ahead": (b"2999-01-01T00:00:00Z", "Correct the clock"),
    "ahead and kept": (b"9999-12-31T23:59:59.999999Z", "Correct the clock"),
}


@pytest.mark.parametrize(
    ("case", "suffix"),
    [*((case, "") for case in NOT_READ), ("newer", ".zip"), ("ahead", ".zip")],
)
def test_a_state_that_cannot_be_read_deletes_nothing_and_is_named_everywhere(
    server: Client, other: Client, run: Run, tmp_path: Path, case: str, suffix: str
) -> None:
    folder = tmp_path / "shared"
    add(server, "Kept")
    export_all(server, folder)
    content, advice = NOT_READ[case]
    if case.startswith("ahead"):
        content = state(identity(folder), content.decode(), deleted=case == "ahead")
    (path := state_file(folder)).write_bytes(content)
    shared = tmp_path / f"shared{suffix}"
    if suffix:
        make_archive(str(folder), "zip", folder)
    for client, is_trial in ((server, True), (server, False), (other, False)):
        (failed,) = imported(client, shared, dryRun=is_trial)["failed"]
        assert (failed["name"], advice in failed["reason"]) == (path.name, True)
    assert names(server) == names(other) == ["Kept"]
    done = run("import", str(shared))
    assert (done.code, path.name in done.stderr, advice in done.stderr) == (1, True, True)
    done = run("verify", str(shared))
    kind = case.split()[0] if advice != "Delete it" else "damaged"
    assert (done.code, f"{kind}: {path.name}" in done.stdout.decode()) == (1, True)
    count = int(kind == "damaged")
    assert done.lines[-1].endswith(f"2 files read, {count} of them damaged; 1 problem.")
    result = export_all(server, shared)
    assert counts(result) == (0, 1, 0)
    (warning,) = result["warnings"]
    assert (path.name in warning, advice in warning) == (True, True)


@pytest.mark.parametrize("deletes_after", [False, True])
def test_a_state_of_a_newer_version_is_never_replaced(
    server: Client, tmp_path: Path, deletes_after: bool
) -> None:
    folder = tmp_path / "shared"
    session = add(server, "Gone")["id"]
    export_all(server, folder)
    (path := state_file(folder)).write_bytes(content := NOT_READ["newer"][0])
    if deletes_after:
        server.request("hfs/deleteSession", {"sessionId": session})
    assert "Upgrade" in export_all(server, folder)["warnings"][0]
    assert path.read_bytes() == content


def test_machines_agree_after_a_deletion_by_a_clock_that_was_ahead(
    server: Client, other: Client, tmp_path: Path, store_path: Path
) -> None:
    """The machine that deleted the session says so again, with a time that others accept."""
    folder = tmp_path / "shared"
    session = add(server, "Gone")["id"]
    export_all(server, folder)
    path = state_file(folder)
    add(server, "Kept")
    export_all(server, folder)
    imported(other, folder)
    server.request("hfs/deleteSession", {"sessionId": session})
    export_all(server, folder)
    with closing(sqlite3.connect(store_path)) as connection, connection:
        connection.execute("UPDATE hfs_deletion_states SET changed_at = '2999-01-01 00:00:00.0'")
    stated = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**stated, "changed_at": "2999-01-01T00:00:00Z"}), "utf-8")
    assert "Correct the clock" in imported(other, folder)["failed"][0]["reason"]
    assert names(other) == ["Gone", "Kept"]
    assert "Correct the clock" in export_all(server, folder)["warnings"][0]
    assert imported(other, folder)["failed"] == []
    assert names(other) == names(server) == ["Kept"]
    server.request("hfs/restoreSession", {"sessionId": session})
    export_all(server, folder)
    imported(other, folder)
    assert names(other) == names(server) == ["Gone", "Kept"]


@pytest.mark.parametrize("deletes", [0, 1])
def test_a_session_with_a_time_that_is_far_ahead_can_be_deleted_and_restored_everywhere(
    server: Client, other: Client, tmp_path: Path, deletes: int
) -> None:
    folder = tmp_path / "shared"
    add(server, "Late", {"role": "user", "content": "hi", "created_at": "2999-01-01T00:00:00Z"})
    export_all(server, folder)
    imported(other, folder)
    one, two = (server, other) if deletes == 0 else (other, server)
    (session,) = one.request("hfs/listSessions")["sessions"]
    for method, left in (("hfs/deleteSession", []), ("hfs/restoreSession", ["Late"])) * 2:
        one.request(method, {"sessionId": session["id"]})
        assert export_all(one, folder)["warnings"] == []
        assert imported(two, folder)["failed"] == []
        assert export_all(two, folder)["warnings"] == []
        assert names(one) == names(two) == left


def test_the_states_of_an_archive_count_too(server: Client, other: Client, tmp_path: Path) -> None:
    archive = tmp_path / "shared.zip"
    session = add(server, "Gone")["id"]
    export_all(server, archive)
    imported(other, archive)
    server.request("hfs/deleteSession", {"sessionId": session})
    assert export_all(server, archive)["removed"] == 1
    assert counts(export_all(server, archive)) == (0, 0, 0)
    imported(other, archive)
    assert names(other) == []
