"""Redaction: secrets in exports become markers, and what was redacted says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from testing.client import Client
from testing.documents import document, message, text


def path_of(result: dict[str, Any]) -> Path:
    return Path(url2pathname(urlsplit(result["uri"]).path))


KEY = "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_an_export_can_be_redacted(emptied: Client, tmp_path: Path, form: str) -> None:
    said = [
        message(content=f"Use {KEY}"),
        message(content=f"{KEY} of me@mail.example", role="assistant", thinking=f"So {KEY}."),
    ]
    moments = [{"trigger": KEY, "message_index": 1, "created_at": None, "state": {"k": KEY}}]
    content = text(document(f"Use {KEY}", *said, checkpoints=moments))
    session = emptied.request("hfs/import", {"content": content})["sessions"][0]["id"]
    params = {"sessionId": session, "format": form, "redact": True, "redactAlso": ["mail"]}
    result = emptied.request("hfs/export", {**params, "destination": tmp_path.as_uri()})
    counts = {each["rule"]: each["count"] for each in result["redactions"]}
    assert counts["mail-address"] == 1
    assert counts["github-token"] >= 5
    path = path_of(result)
    exported = path.read_text(encoding="utf-8")
    assert KEY not in path.name + exported
    assert "mail.example" not in exported
    if form != "json":
        assert "Secrets that were found are replaced by markers." in exported
    else:
        assert json.loads(exported)["metadata"]["redacted"] is True
        again = emptied.request("hfs/import", {"uri": path.as_uri(), "onConflict": "copy"})
        assert any("redacted" in warning for warning in again["warnings"])


def test_an_export_is_not_redacted_unless_asked(emptied: Client, tmp_path: Path) -> None:
    content = text(document("x", message(KEY)))
    session = emptied.request("hfs/import", {"content": content})["sessions"][0]["id"]
    params = {"sessionId": session, "format": "json", "destination": tmp_path.as_uri()}
    result = emptied.request("hfs/export", params)
    assert result["redactions"] == []
    exported = json.loads(path_of(result).read_text(encoding="utf-8"))
    assert exported["messages"][0]["content"] == KEY
    assert "redacted" not in exported["metadata"]


def test_an_original_cannot_be_redacted(emptied: Client) -> None:
    content = text(document())
    session = emptied.request("hfs/import", {"content": content})["sessions"][0]["id"]
    params = {"sessionId": session, "format": "original", "redact": True}
    refused = emptied.refusal("hfs/export", params)
    assert refused.code == -32602
    assert "original" in refused.message
