"""The manifest of a folder of exports: stable, small differences, and strict."""

from __future__ import annotations

import difflib
import io

import pytest

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.export_folder.manifest import MANIFEST_HEAD, Entry, Manifest, read_manifest
from hfs_server.export_folder.names import file_name
from hfs_server.export_folder.states import State


def entry(number: int, name: str = "A\nname \u2028 ü") -> tuple[str, Entry]:
    identity = f"hfs:{number}"
    made = Entry(
        session_id=identity, name=name, messages=1, checkpoints=0, bytes=5, sha256="0" * 64
    )
    return file_name(identity, ".json"), made


def manifest(*numbers: int) -> Manifest:
    return Manifest(export={"format": "json"}, files=dict(map(entry, numbers)))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_manifest_is_read_as_it_was_written(count: int) -> None:
    made = manifest(*range(count))
    data = made.data()
    assert data.startswith(MANIFEST_HEAD)
    assert read_manifest(io.BytesIO(data), "It") == made


def test_the_order_of_files_does_not_matter() -> None:
    assert manifest(1, 2, 3).data() == manifest(3, 1, 2).data()


def test_a_session_more_is_a_line_more() -> None:
    before = manifest(*range(50)).data().decode().split("\n")
    after = manifest(*range(51)).data().decode().split("\n")
    changed = [line for line in difflib.ndiff(before, after) if line[0] in "+-"]
    assert len([line for line in changed if line[0] == "+"]) <= 2
    assert len(changed) <= 3


def test_a_name_that_does_not_follow_from_its_session_is_rejected() -> None:
    data = manifest(1).data().replace(b"hfs:1", b"hfs:2")
    with pytest.raises(InvalidDocument):
        read_manifest(io.BytesIO(data), "It")


@pytest.mark.parametrize(
    "name", ["../x.json", "/x.json", "a/b.json", "README.md", "hfs-export.json"]
)
def test_a_name_of_no_session_is_rejected_without_an_identity_too(name: str) -> None:
    made = manifest(1).data()
    data = made.replace(file_name("hfs:1", ".json").encode(), name.encode())
    assert data != made
    with pytest.raises(InvalidDocument):
        read_manifest(io.BytesIO(data.replace(b'"session_id": "hfs:1", ', b"")), "It")


def test_a_newer_version_is_rejected_with_both_versions() -> None:
    data = manifest(1).data().replace(b'"version": 1', b'"version": 7')
    with pytest.raises(UnsupportedVersion, match=r"version 7; this hfs-server knows version 1"):
        read_manifest(io.BytesIO(data), "It")


def test_of_two_states_the_later_one_counts_and_then_the_one_that_keeps() -> None:
    early, late = "2026-02-01T10:00:00.000001Z", "2026-02-01T10:00:00.000002Z"
    assert max(State(early, True), State(late, False)) == State(late, False)
    assert max(State(late, True), State(late, False)) == State(late, True)
