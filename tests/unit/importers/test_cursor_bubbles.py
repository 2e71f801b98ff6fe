"""Bubbles of Cursor's editor: prompts, and calls of tools."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.session import JsonObject
from tests.unit.importers.test_cursor import document_of, session

PICTURE = base64.b64encode(b"picture").decode()


def messages_of(tmp_path: Path, *bubbles: JsonObject, **keys: Any) -> list[JsonObject]:
    named = [{"bubbleId": f"b{number}", **item} for number, item in enumerate(bubbles)]
    tables = {"cursorDiskKV": session("s", named, **keys)}
    found: list[JsonObject] = document_of(tables, tmp_path)["messages"]
    return found


def test_what_cursor_adds_to_a_prompt_was_typed_by_nobody(tmp_path: Path) -> None:
    text = "<user_info>OS: x</user_info>\n<user_query>\nFix it\n</user_query>\n<system_reminder>y"
    typed, added = messages_of(tmp_path, {"type": 1, "text": text})
    assert typed["content"] == "Fix it"
    assert added["synthetic"] is True
    assert "OS: x" in added["content"]
    assert "<system_reminder>y" in added["content"]


def test_rich_text_and_images_are_prompts_too(tmp_path: Path) -> None:
    paragraph = {"type": "paragraph", "children": [{"text": "Fix "}, {"text": "it"}]}
    rich = json.dumps({"root": {"children": [paragraph, paragraph]}})
    first, second = messages_of(
        tmp_path,
        {"type": 1, "text": "", "richText": rich},
        {"type": 1, "images": [{"data": PICTURE, "mimeType": "image/png"}, {"path": "/a/b.png"}]},
    )
    assert first["content"] == "Fix it\nFix it"
    assert [item["size"] for item in second["attachments"]] == [7, 0]


@pytest.mark.parametrize(
    ("tool", "content", "is_error"),
    [
        ({"status": "error", "error": '{"clientVisibleErrorMessage": "No"}'}, "No", True),
        ({"status": "cancelled"}, "", True),
        ({"status": "completed", "result": '{"rows": [1]}'}, '{"rows": [1]}', False),
        ({"status": "completed", "result": "plain"}, "plain", False),
    ],
)
def test_results_of_tools_are_read_in_all_their_forms(
    tmp_path: Path, tool: JsonObject, content: str, is_error: bool
) -> None:
    bubble = {"type": 2, "toolFormerData": {"name": "x", "toolCallId": "c", **tool}}
    _, result = messages_of(tmp_path, bubble)
    assert (result["content"], result.get("is_error", False)) == (content, is_error)


def test_a_call_that_never_ended_has_no_result(tmp_path: Path) -> None:
    tool = {"tool": 15, "toolCallId": "c", "status": "loading", "params": "{}"}
    (reply,) = messages_of(tmp_path, {"type": 2, "toolFormerData": tool})
    assert reply["tool_calls"] == [{"id": "c", "name": "15", "input": {}}]


def test_a_reply_that_only_thinks_again_after_its_text_is_the_next_one(tmp_path: Path) -> None:
    first, second = messages_of(
        tmp_path,
        {"type": 2, "text": "One"},
        {"type": 2, "text": "Two"},
        {"type": 2, "isThought": True, "text": "Hm"},
        {"type": 2, "text": "<|eos|>"},
    )
    assert (first["content"], second["content"]) == ("One\n\nTwo", "")
    assert second["thinking"] == "Hm"
