"""Sessions with others below them that are deleted on one machine, and restored on another one."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.command_line import Run
from testing.exports import MANIFEST, add, export_all

PARENTS = {"root": None, "child": "root", "grandchild": "child"}


@pytest.fixture
def other(start: Start, tmp_path: Path) -> Client:
    """A server on another machine."""
    return start(tmp_path / "other" / "sessions.db")


@pytest.fixture
def folder(server: Client, other: Client, tmp_path: Path) -> Path:
    """A folder from which both have a session, one below it, and one below that."""
    for name, parent in PARENTS.items():
        facts = {"schema_version": "1.1.0", "session_id": f"hfs:{name}"}
        above = {"parent_session_id": f"hfs:{parent}"} if parent else {}
        add(server, name, metadata={**facts, **above})
    export_all(server, tmp_path / "shared")
    imported(other, tmp_path / "shared")
    assert ids(other).keys() == PARENTS.keys()
    return tmp_path / "shared"


def imported(client: Client, folder: Path, **params: Any) -> Any:
    return client.request("hfs/import", {"uri": folder.as_uri(), **params})


def ids(client: Client, parent: int | None = None) -> dict[str, int]:
    """The ids of all sessions by their names."""
    asked = {} if parent is None else {"parentId": parent}
    listed = client.request("hfs/listSessions", asked)["sessions"]
    found = {each["name"]: each["id"] for each in listed}
    for each in listed:
        found |= ids(client, each["id"])
    return found


def deleted(client: Client) -> list[str]:
    listed = client.request("hfs/listSessions", {"deleted": True})["sessions"]
    return [each["name"] for each in listed]


def restore(client: Client, name: str) -> None:
    listed = client.request("hfs/listSessions", {"deleted": True})["sessions"]
    (session,) = (each["id"] for each in listed if each["name"] == name)
    client.request("hfs/restoreSession", {"sessionId": session})


def test_a_tree_that_was_deleted_elsewhere_is_restored_as_one(
    server: Client, other: Client, folder: Path
) -> None:
    server.request("hfs/deleteSession", {"sessionId": ids(server)["root"]})
    export_all(server, folder)
    imported(other, folder)
    assert (ids(other), deleted(other)) == ({}, ["root"])
    restore(other, "root")
    assert ids(other).keys() == PARENTS.keys()
    export_all(other, folder)
    imported(server, folder)
    assert ids(server).keys() == PARENTS.keys()


@pytest.mark.parametrize("order", list(permutations(PARENTS)), ids=" ".join)
def test_deletions_of_a_tree_are_one_in_whatever_order_they_come(
    server: Client, other: Client, folder: Path, order: tuple[str, ...]
) -> None:
    """Files of a folder that is synchronized come one by one."""
    files = {each.name: each.read_bytes() for each in folder.iterdir() if each.name != MANIFEST}
    by_name = {
        name: file
        for name in PARENTS
        for file, data in files.items()
        if f'"{name}"'.encode() in data
    }
    server.request("hfs/deleteSession", {"sessionId": ids(server)["root"]})
    export_all(server, folder)
    states = {name: folder / f"{Path(by_name[name]).stem}.deletion" for name in PARENTS}
    contents = {name: path.read_bytes() for name, path in states.items()}
    for path in states.values():
        path.unlink()
    for name in order:
        states[name].write_bytes(contents[name])
        imported(other, folder)
    restore(other, "root")
    assert ids(other).keys() == PARENTS.keys()


def test_what_was_deleted_by_itself_is_restored_by_itself_elsewhere_too(
    server: Client, other: Client, folder: Path
) -> None:
    for name in ("child", "root"):
        server.request("hfs/deleteSession", {"sessionId": ids(server)[name]})
    export_all(server, folder)
    imported(other, folder)
    assert ids(other) == {}
    restore(other, "root")
    assert ids(other).keys() == {"root"}
    restore(other, "child")
    assert ids(other).keys() == PARENTS.keys()


@pytest.mark.parametrize("purges", [False, True])
def test_what_was_restored_elsewhere_is_reported_as_restored(
    server: Client, other: Client, folder: Path, run: Run, purges: bool
) -> None:
    server.request("hfs/deleteSession", {"sessionId": ids(server)["root"]})
    export_all(server, folder)
    imported(other, folder)
    if purges:
        assert run("purge", "--database", str(folder.parent / "other" / "sessions.db")).code == 0
    restore(server, "root")
    export_all(server, folder)
    for is_trial in (True, False):
        result = imported(other, folder, dryRun=is_trial)
        assert [each["status"] for each in result["sessions"]] == ["created"] * 3
        assert [text.endswith(_RESTORED) for text in result["warnings"]] == [True] * 3
    assert ids(other).keys() == PARENTS.keys()
    again = imported(other, folder)
    assert ({each["status"] for each in again["sessions"]}, again["warnings"]) == (
        {"unchanged"},
        [],
    )


def test_the_shell_says_that_a_session_was_restored(
    server: Client, other: Client, folder: Path, run: Run
) -> None:
    server.request("hfs/deleteSession", {"sessionId": ids(server)["root"]})
    export_all(server, folder)
    imported(other, folder)
    restore(server, "root")
    export_all(server, folder)
    words = ["import", "shared", "--database", str(folder.parent / "other" / "sessions.db")]
    assert "3 restored" in run(*words, "--dry-run").lines[-1]
    assert run(*words).lines[-1] == "Sessions: 3 restored."


_RESTORED = "It was restored on another machine, and so it was here."
