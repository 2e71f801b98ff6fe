"""Requests that several test files make, with what each must return."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from testing.client import Client, Refused
from testing.documents import MARKER, same_but_for_export_time, text


def exported(client: Client, session_id: int) -> str:
    """The JSON export of a session, as text."""
    uri = f"hfs:/sessions/{session_id}.json"
    return str(client.request("workspace/textDocumentContent", {"uri": uri})["text"])


def exported_and_imported(client: Client, session_id: int) -> dict[str, Any]:
    """The document of a session, checked to be exported as it was imported."""
    first = exported(client, session_id)
    result = client.request("hfs/import", {"content": first, "onConflict": "copy"})
    made = result["sessions"][0]
    second = exported(client, made["id"])
    before, after = same_but_for_export_time(first), same_but_for_export_time(second)
    assert after == before
    assert text(after) == text(before), "the order of keys, or the form of a number, has changed"
    assert made["messageCount"] == len(before["messages"])
    assert made["checkpointCount"] == len(before["checkpoints"])
    return before


def imported_and_exported(client: Client, content: str) -> Any:
    """The export of what this text becomes in the store; the import of that gives the same."""
    found = []
    for _ in range(2):
        params = {"content": content, "onConflict": "copy"}
        session = client.request("hfs/import", params)["sessions"][0]
        content = exported(client, session["id"])
        found.append(json.loads(content))
        del found[-1]["metadata"]["exported_at"]
    assert json.dumps(found[0]) == json.dumps(found[1])
    return found[0]


def import_refused(client: Client, params: dict[str, Any]) -> Refused:
    """The error of an import, which must say where the document is wrong and quote nothing."""
    error = client.refusal("hfs/import", params)
    assert (error.code, error.kind) == (-32803, "invalidDocument")
    assert error.data["line"] >= 1
    assert len(error.message) < 400
    assert MARKER not in str(error)
    return error


def import_large(client: Client, large_file: Path, token: Any = "large") -> int:
    """Sends the import of a large file; returns the id of the request."""
    return client.send("hfs/import", {"uri": large_file.as_uri(), "workDoneToken": token})
