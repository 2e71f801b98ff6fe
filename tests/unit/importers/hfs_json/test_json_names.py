"""JSON of every kind, alone and within a document: read unchanged, or rejected with its place."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.exporters import SessionOverview
from hfs_server.exporters.hfs_json import JsonWriter
from hfs_server.importers.hfs_json.reader import DocumentReader
from tests.unit.importers.hfs_json.json_accepted import ACCEPTED, LEFT_OPEN, ROUNDED, TWICE
from tests.unit.importers.hfs_json.json_rejected import REJECTED

METADATA = b'{"metadata": {"schema_version": "1.0.0", "session_name": "n"},\n'
PLACES = {
    "the document": METADATA + b'"messages": [],\n"x": %b}',
    "the metadata": b'{"messages": [],\n"metadata": {"schema_version": "1.0.0",\n"x": %b}}',
    "a message": METADATA + b'"messages": [{"role": "user", "content": "",\n"x": %b}]}',
    "a checkpoint": METADATA + b'"messages": [], "checkpoints": [{"trigger": "t",\n'
    b'"message_index": 0, "x": %b}]}',
    "a state": METADATA + b'"messages": [], "checkpoints": [{"trigger": "t", "message_index": 0,\n'
    b'"state": %b}]}',
    "the snapshot": METADATA + b'"messages": [],\n"run_snapshot": %b}',
}
"""Places of a value in a document, never on the first line."""

UNREADABLE = {**REJECTED, **TWICE, **LEFT_OPEN}


def read(data: bytes) -> dict[str, Any]:
    """What an export of this document would hold."""
    reader = DocumentReader(io.BytesIO(data))
    messages: list[Any] = []
    checkpoints: list[Any] = []
    for batch in reader.batches():
        messages += batch.messages
        checkpoints += batch.checkpoints
    session = SessionOverview(reader.header, len(messages), checkpoints, None)
    writer = JsonWriter(session, "2026-02-01T10:30:00Z")
    pieces = [writer.head(), writer.messages(messages), writer.checkpoints(checkpoints)]
    exported: dict[str, Any] = json.loads(b"".join([*pieces, writer.tail()]))
    return exported


def rejected(data: bytes) -> InvalidDocument:
    """The error, which names the line and quotes nothing."""
    with pytest.raises(InvalidDocument) as caught:
        read(data)
    error = caught.value
    assert 1 <= error.data["line"] <= data.count(b"\n") + 1
    assert f"line {error.data['line']}" in error.message
    assert "lexical error" not in error.message
    assert len(error.message) < 300
    return error


def held(place: str, exported: dict[str, Any]) -> Any:
    """The value in its place in an export."""
    match place:
        case "the document":
            return exported["x"]
        case "the metadata":
            return exported["metadata"]["x"]
        case "a message":
            return exported["messages"][0]["x"]
        case "a checkpoint":
            return exported["checkpoints"][0]["x"]
        case "a state":
            return exported["checkpoints"][0]["state"]
    return exported["run_snapshot"]


@pytest.mark.parametrize("name", {**ACCEPTED, **ROUNDED})
def test_json_within_a_document_comes_through_unchanged(name: str) -> None:
    value = {**ACCEPTED, **ROUNDED}[name]
    for place, around in PLACES.items():
        found = held(place, read(around % value))
        # As texts, so that 1, 1.0 and true are not the same.
        assert json.dumps(found) == json.dumps(json.loads(value)), place


@pytest.mark.parametrize("name", ACCEPTED)
def test_json_that_is_not_a_session_is_rejected_with_a_reason(name: str) -> None:
    value = ACCEPTED[name]
    assert any(word in rejected(value).message for word in ("message", "an object"))


@pytest.mark.parametrize("name", UNREADABLE)
def test_invalid_json_is_rejected_as_a_whole_document(name: str) -> None:
    rejected(UNREADABLE[name])


@pytest.mark.parametrize("name", UNREADABLE)
def test_invalid_json_is_rejected_within_a_document(name: str) -> None:
    for place, around in PLACES.items():
        assert rejected(around % UNREADABLE[name]).data["line"] > 1, place


@pytest.mark.parametrize("name", [*UNREADABLE, *ACCEPTED, *ROUNDED])
def test_a_state_as_text_is_the_value_or_stays_the_text(name: str) -> None:
    data = {**UNREADABLE, **ACCEPTED, **ROUNDED}[name]
    text = data.decode("utf-8", "replace")
    moment = {"trigger": "t", "message_index": 0, "state_json": text}
    document = {"metadata": {"schema_version": "1.0.0"}, "messages": [], "checkpoints": [moment]}
    state = read(json.dumps(document).encode())["checkpoints"][0]["state"]
    is_json = name in ACCEPTED or name in ROUNDED
    is_json = is_json or (name in LEFT_OPEN and name.endswith("BOM_empty_object"))
    if is_json:
        assert json.dumps(state) == json.dumps(json.loads(data))
    elif b"\xff" not in data and text.encode() == data:
        assert state == text


def test_the_names_are_all_there() -> None:
    assert len(ACCEPTED) + len(TWICE) >= 95
    assert len(REJECTED) >= 185
