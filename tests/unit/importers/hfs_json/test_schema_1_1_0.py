"""What schema 1.1.0 added: the lowest version is written, and what does not fit is kept."""

from __future__ import annotations

import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from hfs_server.errors import InvalidDocument
from hfs_server.export import export_to_json, export_to_markdown, import_from_json, migrate_export
from hfs_server.importers.hfs_json.models import (
    ExportMetadata,
    Message,
    PlainMessage,
    PlainMetadata,
)
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.session import MESSAGE_FACTS, METADATA_FACTS, UNKNOWN
from hfs_server.session_facts import MessageFacts, MetadataFacts, misfits
from tests.unit.importers.hfs_json.facts import (
    FITTING,
    MISFITS,
    NAMES,
    Document,
    document,
    exported,
    parts,
    text_of,
)

FROZEN = Path(__file__).parent / "documents" / "1.1.0.json"
CASES = [(kind, name) for kind, names in NAMES.items() for name in names]


def document_with(version: str, kind: str, name: str, value: Any) -> Document:
    keys = {"a": 1, name: value, "z": [None]}
    return document(version, *(({}, keys) if kind == "message" else (keys, {})))


def part_of(found: Document, kind: str) -> Document:
    part: Document = found["messages"][0] if kind == "message" else found["metadata"]
    return part


def test_the_names_are_those_of_the_models() -> None:
    assert (*MESSAGE_FACTS, UNKNOWN) == tuple(MessageFacts.model_fields)
    assert (*METADATA_FACTS, UNKNOWN) == tuple(MetadataFacts.model_fields)
    assert [*Message.model_fields] == [*PlainMessage.model_fields, *MessageFacts.model_fields]
    assert [*ExportMetadata.model_fields] == [
        *PlainMetadata.model_fields,
        *MetadataFacts.model_fields,
    ]


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_does_not_fit_leaves_a_document_of_1_0_0_as_it_was(kind: str, name: str) -> None:
    for value in MISFITS[kind][name]:
        before = document_with("1.0.0", kind, name, value)
        assert exported(before) == text_of(before)
        assert migrate_export(before) == before


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_fits_becomes_a_fact_and_is_written_as_1_1_0(kind: str, name: str) -> None:
    for value in FITTING[kind][name]:
        before = document_with("1.0.0", kind, name, value)
        written = json.loads(exported(before))
        # An object was allowed as the value of any unknown key, so it needs no newer version.
        version = "1.0.0" if name == UNKNOWN else "1.1.0"
        assert written["metadata"]["schema_version"] == version
        assert text_of({"": part_of(written, kind)[name]}) == text_of({"": value})
        assert exported(text_of(written)) == text_of(written)


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_does_not_fit_beside_what_does_moves_to_unknown(kind: str, name: str) -> None:
    for value in MISFITS[kind][name]:
        before = document_with("1.0.0", kind, name, value)
        before["messages"].append({"role": "tool", "content": "", "source_id": "m2"})
        for written in (json.loads(exported(before)), migrate_export(before)):
            part = part_of(written, kind)
            assert written["metadata"]["schema_version"] == "1.1.0"
            assert text_of(part[UNKNOWN]) == text_of({name: value})
            assert (part["a"], part["z"], UNKNOWN in NAMES[kind]) == (1, [None], True)
            assert name == UNKNOWN or name not in part
        assert exported(text_of(written)) == text_of(json.loads(exported(before)))


@pytest.mark.parametrize(("kind", "name"), CASES)
def test_what_does_not_fit_in_a_document_of_1_1_0_is_an_error_with_its_place(
    kind: str, name: str
) -> None:
    place = f"messages[0].{name}" if kind == "message" else f"metadata.{name}"
    for value in MISFITS[kind][name]:
        text = json.dumps(document_with("1.1.0", kind, name, value), indent=1)
        with pytest.raises(InvalidDocument) as caught:
            import_from_json(text)
        assert caught.value.data["path"].startswith(place)
        first, last = (
            number
            for number, line in enumerate(text.splitlines(), start=1)
            if line.strip().startswith((f'"{name}":', '"z":'))
        )
        assert first <= caught.value.data["line"] < last


def test_every_key_of_1_1_0_is_kept_through_an_export_and_an_import() -> None:
    given_text = FROZEN.read_text("utf-8")
    given_document = json.loads(given_text)
    for about in ("exported_at", "hfs_version"):
        del given_document["metadata"][about]
    assert exported(given_text.encode()) == text_of(given_document)
    imported = import_from_json(given_text)
    assert imported.messages == given_document["messages"]
    assert not imported.migrated
    again = export_to_json("n", imported.messages, None, imported.checkpoints)
    assert json.loads(again)["messages"] == given_document["messages"]
    assert "Look" not in export_to_markdown("n", imported.messages[:1])


def test_the_facts_of_a_header_are_those_that_the_document_has() -> None:
    reader = DocumentReader(io.BytesIO(FROZEN.read_bytes()))
    assert reader.header.schema_version == "1.0.0"
    assert len([*reader.batches()]) == 1
    metadata = json.loads(FROZEN.read_text("utf-8"))["metadata"]
    assert reader.header.facts == {name: metadata[name] for name in METADATA_FACTS}
    assert reader.header.unknown_metadata == {"unknown": {"tags": 5}, "team": metadata["team"]}
    assert reader.header.schema_version == "1.1.0"


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0"])
def test_a_session_that_needs_no_fact_is_written_as_1_0_0(version: str) -> None:
    before = document(version, {"x": 1}, {"y": 2}, exporter="kept")
    assert exported(before) == text_of(document("1.0.0", {"x": 1}, {"y": 2}, exporter="kept"))
    imported = import_from_json(json.dumps(before))
    assert (imported.migrated, imported.original_version) == (False, version)


def test_documents_without_a_version_have_facts_too() -> None:
    bare = json.dumps([{"role": "user", "content": "", "model": "m", "usage": 5}])
    written = json.loads(exported(bare.encode()))
    assert written["metadata"]["schema_version"] == "1.1.0"
    assert written["messages"][0]["unknown"] == {"usage": 5}
    assert import_from_json(bare).migrated


def test_a_key_unknown_is_never_lost() -> None:
    fact = {"source_id": "m"}
    for earlier, found in {
        '{"a": 1}': {"a": 1, "model": 5},
        '{"model": 7}': {"unknown": {"model": 7}, "model": 5},
        '{"unknown": 7}': {"unknown": 7, "model": 5},
        '"text"': {"unknown": "text", "model": 5},
        "null": {"unknown": None, "model": 5},
    }.items():
        message = {"unknown": json.loads(earlier), "model": 5}
        assert exported(document("1.0.0", {}, message)) == text_of(document("1.0.0", {}, message))
        written = json.loads(exported(document("1.0.0", {}, message, fact)))
        assert written["messages"][0]["unknown"] == found
        assert exported(text_of(written)) == text_of(written)


def test_a_value_that_is_too_deep_to_be_moved_is_kept_as_text() -> None:
    for levels in range(93, 98):
        value = json.loads("[" * levels + "]" * levels)
        before = document("1.0.0", {"tags": value}, {"model": value})
        assert exported(before) == text_of(before)
        before["messages"].append({"role": "user", "content": "", "agent": "a"})
        written = json.loads(exported(before))
        for part in (written["metadata"], written["messages"][0]):
            (moved,) = part["unknown"].values()
            assert (json.loads(moved) if isinstance(moved, str) else moved) == value
        assert exported(text_of(written)) == text_of(written)


@given(parts("metadata", MISFITS), parts("message", MISFITS), parts("message", MISFITS))
def test_any_document_of_which_nothing_fits_stays_as_it_is(
    metadata: Document, first: Document, second: Document
) -> None:
    before = document("1.0.0", metadata, first, second)
    assert exported(before) == text_of(before)
    assert migrate_export(before) == before


@given(parts("metadata"), parts("message"), parts("message", FITTING, MISFITS))
def test_any_document_keeps_every_value_in_its_place_or_under_unknown(
    metadata: Document, first: Document, second: Document
) -> None:
    before = document("1.0.0", metadata, first, second)
    untouched = copy.deepcopy(before)
    written = json.loads(exported(before))
    migrated = migrate_export(before)
    assert before == untouched
    assert written == migrated
    if written["metadata"].pop("schema_version") == "1.0.0":
        del before["metadata"]["schema_version"]
        assert text_of(written) == text_of(before)
        return
    assert exported(text_of(migrated)) == exported(before)
    for was, now, facts in (
        (before["metadata"], written["metadata"], MetadataFacts),
        *(
            (m, n, MessageFacts)
            for m, n in zip(before["messages"], written["messages"], strict=True)
        ),
    ):
        assert not misfits(now, facts)
        for key in was.keys() - {"schema_version", UNKNOWN}:
            held = now if key in now else now[UNKNOWN]
            assert text_of({"": held[key]}) == text_of({"": was[key]})


@given(parts("message", FITTING, MISFITS), parts("metadata", FITTING, MISFITS))
def test_any_misfit_is_what_a_model_rejects(message: Document, metadata: Document) -> None:
    for part, facts in ((message, MessageFacts), (metadata, MetadataFacts)):
        rejected = set()
        for name in facts.model_fields.keys() & part.keys():
            try:
                facts.model_validate({name: part[name]})
            except ValidationError:
                rejected.add(name)
        assert misfits(part, facts) == rejected


def test_batches_of_large_attachments_stay_small() -> None:
    data = "x" * 400_000
    attachment = {"name": "a", "media_type": "m", "size": 1, "sha256": "0", "data": data}
    messages = [{"attachments": [attachment]}] * 9
    reader = DocumentReader(io.BytesIO(text_of(document("1.1.0", {}, *messages))))
    assert [len(batch.messages) for batch in reader.batches()] == [3, 3, 3, 0]
