"""Documents in any store: they come out as they were imported."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.session import METADATA_FACTS
from hfs_server.store.address import StorePlace
from tests.unit.importers.hfs_json.facts import MISFITS, NAMES, document, text_of
from tests.unit.store.sqlite.sessions import BEGUN, message, read, use
from tests.unit.store.stored_documents import (
    DOCUMENTS,
    header_of,
    through_the_store,
    without_export,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\U0010ffff01\\\t\n"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def test_a_document_of_1_1_0_is_stored_with_all_that_it_holds(place: StorePlace) -> None:
    made = json.loads((DOCUMENTS / "1.1.0.json").read_text("utf-8"))
    imported, exported = through_the_store(place, made)
    assert exported == text_of(without_export(made))
    assert (imported.migrated, imported.schema_version) == (False, "1.1.0")
    header = header_of(place)
    assert header.facts == {name: made["metadata"][name] for name in METADATA_FACTS}


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=20,
)
@given(TEXTS, TEXTS, TEXTS, VALUES, st.none() | st.just(BEGUN))
def test_any_text_and_any_value_comes_back(
    place: StorePlace, name: str, role: str, content: str, value: object, time: str | None
) -> None:
    metadata = {"session_name": name, "session_created_at": time, "k": value}
    checkpoint = {"trigger": role, "message_index": 1, "created_at": time, "state": value}
    made = document("1.0.0", metadata, message(content, time, role, k=value), message("", None))
    made |= {"checkpoints": [checkpoint], "run_snapshot": value, "member": value}
    _, exported = through_the_store(place, made)
    assert json.loads(exported) == json.loads(text_of(made))


@pytest.mark.parametrize("kind", NAMES)
def test_what_does_not_fit_is_exported_as_1_0_0_where_it_was(place: StorePlace, kind: str) -> None:
    for index in range(6):
        keys = {name: values[index % len(values)] for name, values in MISFITS[kind].items()}
        keys = {"a": 1, **keys, "z": 2}
        made = document("1.0.0", *((keys, {}) if kind == "metadata" else ({}, keys, {"b": 1})))
        imported, exported = through_the_store(place, made)
        assert exported == text_of(made)
        assert (imported.migrated, imported.schema_version) == (False, "1.0.0")


def test_a_message_that_does_not_fit_is_read_with_it_under_unknown(place: StorePlace) -> None:
    through_the_store(place, document("1.0.0", {}, {"x": 1, "model": 5, "usage": "much"}))
    (found,) = use(place, lambda store: read(store, 1))[1]
    assert found == {
        **message("", None),
        "x": 1,
        "unknown": {"model": 5, "usage": "much"},
    }


def test_every_frozen_document_is_the_same_after_the_store(place: StorePlace) -> None:
    for file in sorted(DOCUMENTS.glob("*.json")):
        reader = DocumentReader(io.BytesIO(file.read_bytes()))
        for _ in reader.batches():
            pass
        made = json.loads(file.read_text("utf-8"))
        imported, exported = through_the_store(place, made)
        assert imported.schema_version == reader.header.schema_version
        again = through_the_store(place, json.loads(exported))[1]
        assert again == exported
