"""Keys of schema 1.1.0 in the library, which reads and writes documents without a store."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.export import export_to_json, export_to_markdown
from hfs_server.session import MESSAGE_FACTS
from hfs_server.sources import read_sessions
from tests.unit.importers.hfs_json.facts import MISFITS, document, text_of

FACTS = {"source_id": "m", "thinking": "t"}


def test_a_misfit_is_rejected_by_its_place_and_none_is_no_value() -> None:
    for name in MESSAGE_FACTS:
        for value in MISFITS["message"][name]:
            message = {"role": "user", "content": "", name: value}
            if value is not None:
                for export in (export_to_json, export_to_markdown):
                    with pytest.raises(InvalidDocument) as caught:
                        export("n", [message])
                    assert caught.value.data["path"].startswith(f"messages[0].{name}")
                continue
            plain = json.loads(export_to_json("n", [message]))
            assert plain["metadata"]["schema_version"] == "1.0.0"
            assert plain["messages"] == [{**message, "created_at": None}]
            newer = json.loads(export_to_json("n", [message, {**message, **FACTS}]))
            assert newer["metadata"]["schema_version"] == "1.1.0"
            assert newer["messages"][0].keys() == {"role", "content", "created_at"}


def test_a_file_is_read_as_the_same_document(tmp_path: Path) -> None:
    for number, before in enumerate(
        (
            document("1.0.0", {"tags": 5}, {"x": 1, "model": 5, "y": 2}),
            document("1.1.0", {"tags": ["a"]}, {"model": "m", "y": 2}),
        )
    ):
        path = tmp_path / f"{number}.json"
        path.write_bytes(text_of(before))
        (found,) = read_sessions(path)
        assert text_of(found) == text_of(before)
