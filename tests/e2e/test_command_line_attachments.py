"""Files that a tool's session only names, or has as text: imported, shown, exported, imported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.command_line import Run
from testing.tool_logs import SECOND, claude_code, json_lines, write

Json = dict[str, Any]

pytestmark = pytest.mark.both_engines

TIME = "2026-02-01T10:00:00Z"
LINK = "https://files.example/plan.csv"
WORDS = "plan.csv (text/csv"


def one(value: Any) -> bytes:
    return json.dumps(value).encode()


def claude_ai() -> bytes:
    text = {"file_name": "plan.csv", "file_size": 99, "extracted_content": "a,b"}
    files = [{"file_uuid": "f-1", "file_name": "p.png"}, {"file_name": "plan.csv"}]
    said = {"uuid": "m", "sender": "human", "text": "See", "created_at": TIME}
    messages = [{**said, "attachments": [text], "files": files}]
    return one([{"uuid": "c-1", "name": "N", "chat_messages": messages}])


def chatgpt() -> bytes:
    parts = [{"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_1"}, "See"]
    said: Json = {"id": "u", "author": {"role": "user"}, "create_time": 1_770_000_000}
    said["content"] = {"content_type": "multimodal_text", "parts": parts}
    said["metadata"] = {"attachments": [{"id": "f2", "name": "plan.csv"}]}
    tree = {"r": {"id": "r", "parent": None, "children": ["u"], "message": None}}
    tree |= {"u": {"id": "u", "parent": "r", "children": [], "message": said}}
    return one([{"title": "T", "conversation_id": "c-2", "current_node": "u", "mapping": tree}])


def copilot_chat() -> bytes:
    file = {"kind": "file", "name": "plan.csv", "value": {"scheme": "file", "path": "/plan.csv"}}
    variables = [file, {"kind": "paste", "name": "p", "value": "pasted"}]
    asked: Json = {"requestId": "r", "message": {"text": "See"}, "timestamp": SECOND}
    asked |= {"response": [{"value": "Yes"}], "variableData": {"variables": variables}}
    facts = {"version": 3, "sessionId": "s-3", "responderUsername": "GitHub Copilot"}
    return one({**facts, "creationDate": SECOND, "requests": [asked]})


def copilot_cli() -> bytes:
    def event(kind: str, **data: Any) -> Json:
        return {"type": kind, "data": data, "id": "e", "timestamp": TIME, "parentId": None}

    facts = {"sessionId": "s-4", "producer": "copilot-agent", "copilotVersion": "1.0.45"}
    files = [{"type": "file", "path": "/plan.csv"}, {"type": "selection", "text": "x = 1"}]
    started = event("session.start", startTime=TIME, **facts)
    return json_lines([started, event("user.message", content="See", attachments=files)])


def openai_messages() -> bytes:
    parts = [{"type": "text", "text": "See"}, {"type": "image_url", "image_url": {"url": LINK}}]
    return one({"messages": [{"role": "user", "content": parts}]})


def opencode() -> bytes:
    about = {"sessionID": "ses_6", "messageID": "msg_1"}
    file = {"id": "p1", "type": "file", "url": "file:///plan.csv", "filename": "plan.csv", **about}
    info = {"id": "msg_1", "sessionID": "ses_6", "role": "user", "time": {"created": SECOND}}
    session: Json = {"id": "ses_6", "projectID": "p", "directory": "/work", "title": "T"}
    session |= {"version": "1.2.5", "time": {"created": SECOND, "updated": SECOND}}
    return one({"info": session, "messages": [{"info": info, "parts": [file]}]})


def open_webui() -> bytes:
    said: Json = {"id": "u", "parentId": None, "childrenIds": [], "role": "user"}
    said |= {"content": "See", "files": [{"type": "file", "id": "f", "name": "plan.csv"}]}
    history = {"currentId": "u", "messages": {"u": said}}
    return one([{"id": "c-7", "title": "T", "chat": {"title": "T", "history": history}}])


def librechat() -> bytes:
    files = [{"file_id": "f", "filepath": "/u/plan.csv", "filename": "plan.csv", "bytes": 4}]
    said: Json = {"messageId": "u", "conversationId": "c-8", "parentMessageId": None}
    said |= {"sender": "User", "isCreatedByUser": True, "text": "See", "files": files}
    about = {"conversationId": "c-8", "endpoint": "openAI", "title": "T", "branches": False}
    return one({**about, "recursive": False, "messages": [said]})


def continue_dev() -> bytes:
    broken = {"type": "imageUrl", "imageUrl": {"url": "data:image/png;base64,a"}}
    said = {"role": "user", "content": [{"type": "text", "text": "See"}, broken]}
    item = {"message": said, "contextItems": [{"name": "plan.csv", "content": "a,b"}]}
    facts = {"sessionId": "s-9", "title": "T", "workspaceDirectory": "/work"}
    return one({**facts, "history": [item]})


def gemini_cli() -> bytes:
    parts = [{"text": "See"}, {"fileData": {"fileUri": "gs://b/plan.csv"}}]
    facts = {"sessionId": "s-10", "projectHash": "abc", "startTime": TIME, "lastUpdated": TIME}
    said = {"id": "1", "timestamp": TIME, "type": "user", "content": parts}
    return one({**facts, "messages": [said]})


def claude() -> bytes:
    source = {"type": "text", "media_type": "text/plain", "data": "a,b"}
    link = {"type": "document", "source": {"type": "url", "url": LINK}}
    content = [{"type": "document", "title": "D", "source": source}, link]
    return claude_code(11, message={"role": "user", "content": content})


FILES = {
    "claude-ai": claude_ai,
    "chatgpt": chatgpt,
    "copilot-chat": copilot_chat,
    "copilot-cli": copilot_cli,
    "openai-messages": openai_messages,
    "opencode": opencode,
    "open-webui": open_webui,
    "librechat": librechat,
    "continue": continue_dev,
    "gemini-cli": gemini_cli,
    "claude-code": claude,
}


def statuses(run: Run, folder: Path) -> dict[str, set[str]]:
    """What became of the sessions of each tool."""
    ((result),) = json.loads(run("import", "--json", str(folder)).stdout)
    assert result["failed"] == []
    found: dict[str, set[str]] = {}
    for each in result["sessions"]:
        found.setdefault(each["sessionId"].partition(":")[0], set()).add(each["status"])
    return found


def test_attachments_without_their_bytes_are_shown_and_survive_a_json_export(
    tmp_path: Path, run: Run
) -> None:
    for tool, made in FILES.items():
        write(tmp_path / "in" / f"{tool}.json", made())
    assert statuses(run, tmp_path / "in") == {tool: {"created"} for tool in FILES}
    for name in ("json", "markdown", "html"):
        assert run("export", "--all", "--format", name, "-o", str(tmp_path / name)).code == 0
    documents = [*(tmp_path / "json").glob("*_*.json")]
    assert len(documents) == len(FILES)
    assert all("unknown" not in each.read_text("utf-8") for each in documents)
    for ending in ("markdown/*.md", "html/*.html"):
        texts = [each.read_text("utf-8") for each in tmp_path.glob(ending)]
        assert [WORDS in each for each in texts] == [True] * len(FILES)
        assert [each for each in texts if "0 bytes" in each] == []
    assert statuses(run, tmp_path / "json") == {tool: {"unchanged"} for tool in FILES}
