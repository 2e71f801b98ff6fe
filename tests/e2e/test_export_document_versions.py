"""Versions of the export document: older ones are migrated, newer ones are rejected."""

from __future__ import annotations

import json
from typing import Any

import pytest

from testing.client import Client
from testing.documents import document, text
from testing.requests import exported


@pytest.mark.parametrize(
    ("content", "name", "original"),
    [
        ({"messages": [{"role": "user", "content": "Hi"}]}, "Imported Session", "0.0.0"),
        ([{"role": "user", "content": "Hi"}], "Imported Session", "0.0.0"),
        ({"name": "Carried", "messages": []}, "Carried", "0.0.0"),
        ({"session_name": "Carried", "messages": []}, "Carried", "0.0.0"),
        ({"metadata": {"session_name": "Carried"}, "messages": []}, "Carried", "0.0.0"),
        ({"metadata": {}, "messages": []}, "Imported Session", "0.0.0"),
        ({"metadata": {"schema_version": "0.9.0"}, "messages": []}, "Imported Session", "0.9.0"),
        ({"messages": [], "metadata": {"schema_version": "0.0.1"}}, "Imported Session", "0.0.1"),
    ],
    ids=repr,
)
def test_older_documents_are_migrated(
    shared: Client, content: Any, name: str, original: str
) -> None:
    result = shared.request("hfs/import", {"content": json.dumps(content)})
    assert result["sessions"][0]["name"] == name
    assert (result["migrated"], result["originalVersion"]) == (True, original)
    found = json.loads(exported(shared, result["sessions"][0]["id"]))
    assert found["metadata"]["schema_version"] == "1.0.0"


@pytest.mark.parametrize("version", ["2.0.0", "1.2.0", "1.1.1", "999999999.0.0"])
def test_a_newer_document_is_rejected_with_advice_to_upgrade(shared: Client, version: str) -> None:
    before = shared.request("hfs/listSessions")
    content = text(document(metadata={"schema_version": version}))
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "unsupportedVersion")
    assert version in error.message
    assert "1.1.0" in error.message
    assert "pgrade hfs-server" in error.message
    assert (error.data["found"], error.data["supported"]) == (version, "1.1.0")
    assert shared.request("hfs/listSessions") == before


@pytest.mark.parametrize(
    "version",
    [
        *("v1", "1.0", "1.0.0.0", "1.0.0-beta", "", " 1.0.0", "1.0.0\n", "٢.0.0", "-1.0.0"),
        *("+1.0.0", "1_0.0.0", 1, 1.0, True, None, [], {}),
    ],
    ids=repr,
)
def test_an_invalid_version_is_rejected(shared: Client, version: Any) -> None:
    content = text(document(metadata={"schema_version": version}))
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "invalidDocument")
    assert error.data["path"] == "metadata.schema_version"
