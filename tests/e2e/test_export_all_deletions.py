"""``hfs/exportAll`` and ``hfs/import``: deletions and restorations that machines exchange."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.command_line import hfs
from testing.documents import message
from testing.exports import MANIFEST, add, counts, export_all, files


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
    late = {"role": "user", "content": "later", "created_at": "2999-01-01T00:00:00Z"}
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


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 9999,
        b'{"format": "hfs-session-state", "version": 2}',
        b'{"format": "hfs-session-state", "version": 1, "session_id": "hfs:other", "deleted": true,'
        b' "changed_at": "2999-01-01T00:00:00Z"}',
        b'{"format": "hfs-session-state", "version": 1, "session_id": 5, "deleted": true,'
        b' "changed_at": "never"}',
    ],
    ids=range(6),
)
def test_a_state_that_cannot_be_read_deletes_nothing(
    server: Client, other: Client, tmp_path: Path, content: bytes
) -> None:
    folder = tmp_path / "shared"
    add(server, "Kept")
    export_all(server, folder)
    (name,) = files(folder).keys() - {MANIFEST}
    (folder / f"{Path(name).stem}.deletion").write_bytes(content)
    imported(server, folder)
    imported(other, folder)
    assert names(server) == names(other) == ["Kept"]
    result = export_all(server, folder)
    assert counts(result) == (0, 1, 0)
    assert "Delete it" in result["warnings"][0]


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
