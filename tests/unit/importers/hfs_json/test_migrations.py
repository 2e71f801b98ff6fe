"""Versions and the steps between them, with the real ones and with invented later ones."""

import copy
import io
import json
from itertools import pairwise

import pytest

from hfs_server.errors import InvalidDocument, UnsupportedVersion
from hfs_server.export import migrate_export
from hfs_server.importers.hfs_json.migrations import LEGACY_VERSION, STEPS, Migration, Step
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.session import EXPORT_SCHEMA_VERSION


def _to(version):
    def change(envelope):
        metadata = {**envelope["metadata"], "schema_version": version}
        return {**envelope, "metadata": metadata, "trail": envelope.get("trail", "") + version[0]}

    return change


INVENTED = (
    *STEPS,
    Step("1.1.0", "2.0.0", _to("2.0.0"), message=lambda m: {**m, "content": m["content"] + "2"}),
    Step("2.0.0", "3.0.0", _to("3.0.0"), checkpoint=lambda c: {**c, "trigger": c["trigger"] + "3"}),
)


def test_the_chain_has_no_gap_and_ends_at_the_current_version():
    assert STEPS[0].from_version == LEGACY_VERSION
    assert all(a.to_version == b.from_version for a, b in pairwise(STEPS))
    assert STEPS[-1].to_version == EXPORT_SCHEMA_VERSION


def test_steps_are_applied_one_at_a_time_in_their_order():
    document = {
        "messages": [{"role": "user", "content": "x"}],
        "checkpoints": [{"trigger": "t", "message_index": 0}],
    }
    reader = DocumentReader(io.BytesIO(json.dumps(document).encode()), steps=INVENTED)
    (batch,) = reader.batches()
    assert batch.messages[0]["content"] == "x2"
    assert batch.checkpoints[0]["trigger"] == "t3"
    assert reader.header.unknown_members == {"trail": "23"}
    assert Migration(None, INVENTED).envelope({})["metadata"]["schema_version"] == "3.0.0"


def test_a_document_begins_at_its_own_version():
    migration = Migration({"schema_version": "2.0.0"}, INVENTED)
    assert migration.message({"content": "x"}) == {"content": "x"}
    assert migration.migrated


def test_a_current_document_is_not_migrated():
    assert not Migration({"schema_version": EXPORT_SCHEMA_VERSION}).migrated


@pytest.mark.parametrize("version", ["1.1.1", "1.2.0", "2.0.0", "10.0.0"])
def test_a_version_newer_in_any_part_is_rejected(version):
    with pytest.raises(UnsupportedVersion) as caught:
        Migration({"schema_version": version})
    assert caught.value.data == {"found": version, "supported": EXPORT_SCHEMA_VERSION}


def test_a_step_that_forgets_its_version_is_a_bug():
    broken = (Step("0.0.0", "1.0.0", envelope=dict),)
    with pytest.raises(RuntimeError, match="did not set its version"):
        Migration(None, broken).envelope({"metadata": {"schema_version": "0.0.0"}})


def test_migrating_leaves_the_callers_object_as_it_was():
    data = {"name": "N", "messages": [{"role": "user", "content": "x"}], "checkpoints": None}
    before = copy.deepcopy(data)
    migrated = migrate_export(data)
    assert data == before
    assert migrated["metadata"] == {"session_name": "N", "schema_version": "1.0.0"}
    migrated["messages"][0]["content"] = "changed"
    assert data == before


@pytest.mark.parametrize("data", [{}, {"messages": None}, {"metadata": {}, "messages": "x"}])
def test_migrating_what_has_no_messages_is_rejected(data):
    with pytest.raises(InvalidDocument):
        migrate_export(data)
