"""Documents read piece by piece: some are accepted, others rejected with the place."""

import io
import json
from pathlib import Path

import pytest

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.importers.hfs_json import batches
from hfs_server.importers.hfs_json.models import DEFAULT_SESSION_NAME
from hfs_server.importers.hfs_json.reader import DocumentReader

DOCUMENTS = Path(__file__).parent / "documents"


def read(document) -> tuple[DocumentReader, list, list]:
    text = document if isinstance(document, str) else json.dumps(document)
    reader = DocumentReader(io.BytesIO(text.encode()))
    messages, checkpoints = [], []
    for batch in reader.batches():
        messages += batch.messages
        checkpoints += batch.checkpoints
    return reader, messages, checkpoints


def rejected(document) -> InvalidDocument:
    with pytest.raises(InvalidDocument) as caught:
        read(document)
    return caught.value


def with_messages(*messages, **members):
    metadata = {"schema_version": "1.0.0", "session_name": "n"}
    return {"metadata": metadata, "messages": list(messages), **members}


def test_every_frozen_document_is_read():
    names = {}
    for path in sorted(DOCUMENTS.glob("*.json")):
        reader, messages, _ = read(path.read_text(encoding="utf-8"))
        assert messages, path.name
        names[path.name] = (reader.schema_version, reader.header.name)
    assert names == {
        "0.0.0-bare-list.json": ("0.0.0", DEFAULT_SESSION_NAME),
        "0.0.0-no-metadata.json": ("0.0.0", "A chat from long ago"),
        "0.0.0-no-version.json": ("0.0.0", "Without a version"),
        "0.9.0.json": ("0.9.0", "Nine"),
        "1.0.0.json": ("1.0.0", "Line one\nline *two* 🙂"),
        "1.1.0.json": ("1.1.0", "Why does the build fail?"),
    }


def test_unknown_keys_are_kept_wherever_they_stand():
    text = (DOCUMENTS / "1.0.0.json").read_text(encoding="utf-8")
    reader, messages, checkpoints = read(text)
    assert reader.header.unknown_metadata == {"team": {"kept": [1, 2.5, True, None]}}
    assert reader.header.unknown_members == {"exporter": "kept"}
    assert messages[1]["model"] == "kept"
    assert checkpoints[1]["note"] == "kept"


def test_metadata_may_stand_after_the_messages():
    document = {
        "messages": [{"role": "user", "content": "x"}],
        "metadata": {"schema_version": "1.0.0", "session_name": "late"},
    }
    reader, messages, _ = read(document)
    assert (reader.header.name, len(messages)) == ("late", 1)
    assert reader.schema_version == "1.0.0"


def test_a_newer_version_is_rejected_before_the_messages_are_read():
    metadata = {"schema_version": "1.1.1"}
    with pytest.raises(UnsupportedVersion, match=r"1\.1\.1.*1\.1\.0.*Upgrade hfs-server"):
        DocumentReader(io.BytesIO(json.dumps({"metadata": metadata, "messages": 5}).encode()))


@pytest.mark.parametrize(
    "version", ["v1", 1, "1.0.0-beta", None, "1.0", "", "1.0.0\n", "\u0967.\u0966.\u0966"]
)
def test_a_version_that_is_none_is_rejected(version):
    error = rejected({"metadata": {"schema_version": version}, "messages": []})
    assert error.data["path"] == "metadata.schema_version"


@pytest.mark.parametrize("document", ["{}", '{"metadata": {}}', "5", '"messages"', "null"])
def test_what_has_no_list_of_messages_is_not_an_empty_session(document):
    assert "message" in rejected(document).message


@pytest.mark.parametrize("member", ["messages", "checkpoints"])
@pytest.mark.parametrize("value", [{}, "x", 3])
def test_a_list_that_is_no_list_is_rejected_with_its_path(member, value):
    document = {**with_messages(), member: value}
    assert rejected(document).data["path"] == member


def test_checkpoints_may_be_null_and_have_their_state_as_text():
    assert read(with_messages(checkpoints=None))[2] == []
    checkpoints = [
        {"trigger": "a", "message_index": 0, "state_json": '{"version": 7}'},
        {"trigger": "b", "message_index": 0, "state_json": "not json"},
        {"trigger": "c", "message_index": 0},
    ]
    states = [checkpoint["state"] for checkpoint in read(with_messages(checkpoints=checkpoints))[2]]
    assert states == [{"version": 7}, "not json", {}]


TIMES = {
    "2026-02-01T10:30:00Z": "2026-02-01T10:30:00Z",
    "2026-02-01T10:30:00": "2026-02-01T10:30:00Z",
    "2026-02-01 10:30:00.5": "2026-02-01T10:30:00.500000Z",
    "2026-02-01T10:30:00.250184+02:00": "2026-02-01T08:30:00.250184Z",
    "0001-01-01T00:00:00Z": "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999Z": "9999-12-31T23:59:59.999999Z",
}


@pytest.mark.parametrize(("written", "meant"), TIMES.items())
def test_times_are_brought_to_utc(written, meant):
    message = {"role": "user", "content": "", "created_at": written}
    assert read(with_messages(message))[1][0]["created_at"] == meant


@pytest.mark.parametrize(
    "time", ["yesterday", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", 5, "", True]
)
def test_a_time_that_is_none_is_rejected_with_its_place(time):
    error = rejected(with_messages({"role": "user", "content": "", "created_at": time}))
    assert error.data["path"] == "messages[0].created_at"


def test_missing_and_truncated_times_are_warnings():
    messages = [
        {"role": "user", "content": "", "created_at": None},
        {"role": "user", "content": "", "created_at": "2026-02-01T10:30:00.123456789Z"},
        {"role": "user", "content": "", "created_at": "2026-02-01T10:30:00.123456000Z"},
    ]
    warnings = read(with_messages(*messages))[0].warnings
    assert warnings == [
        "1 message has no timestamp and will be exported without one.",
        "1 timestamp was truncated to microseconds.",
    ]
    warnings = read(with_messages(*messages[:2] * 2))[0].warnings
    assert warnings == [
        "2 messages have no timestamp and will be exported without one.",
        "2 timestamps were truncated to microseconds.",
    ]


def test_many_errors_become_twenty_and_a_count_without_a_value():
    bad = [{"role": "user", "content": {"secret": "hush"}} for _ in range(1000)]
    error = rejected(with_messages(*bad))
    assert len(error.data["problems"]) == 20
    assert error.data["problemCount"] == 1000
    assert "hush" not in json.dumps(error.data) + error.message


def test_each_problem_has_its_line():
    text = '{"messages": [\n{"role": "user"},\n{"role": "user", "content": "x"},\n7]}'
    problems = rejected(text).data["problems"]
    assert [(p["path"], p["line"]) for p in problems] == [
        ("messages[0].content", 2),
        ("messages[2]", 4),
    ]


def test_a_document_truncated_anywhere_is_rejected():
    text = (DOCUMENTS / "1.0.0.json").read_text(encoding="utf-8").rstrip()
    for end in range(0, len(text) - 1, 7):
        rejected(text[:end])


def test_batches_stay_small_whatever_the_messages_are(monkeypatch):
    monkeypatch.setattr(batches, "_MOST_CHARACTERS", 1000)
    document = with_messages(*({"role": "user", "content": "x" * 600} for _ in range(20)))
    reader = DocumentReader(io.BytesIO(json.dumps(document).encode()))
    assert [len(batch.messages) for batch in reader.batches()] == [2] * 10 + [0]
