"""Sessions of Qwen Code: records of contents, and documents like those of Gemini CLI."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hfs_server.importers.gemini_cli import GeminiCli
from hfs_server.importers.places import Places
from hfs_server.importers.qwen import Qwen
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in
from tests.unit.importers.truth import foreign_folder


def record(kind: str, key: str, parent: str | None, parts: Any = None, **more: Any) -> JsonObject:
    return {
        "uuid": key, "parentUuid": parent, "sessionId": "s-1", "type": kind, "cwd": "/project",
        "timestamp": "2026-08-17T12:00:00.000Z", "version": "0.21.13", "gitBranch": "main",
        "message": {"role": "user", "parts": parts or []}, **more,
    }  # fmt: skip


CONTEXT = "<qwen:user-prompt-submit-context>\nhook\n</qwen:user-prompt-submit-context>"
CALL = {"functionCall": {"id": "c1", "name": "read_file", "args": {"path": "a"}}}
RESPONSE = {"functionResponse": {"id": "c1", "name": "read_file", "response": {"output": "text"}}}
LOG = (
    record("user", "1", None, [{"text": "Is a short?"}, {"text": CONTEXT}]),
    record(
        "assistant", "2", "1", [{"text": "I read.", "thought": True}, {"text": "Look:"}, CALL],
        model="qwen3", usageMetadata={
            "promptTokenCount": 100, "cachedContentTokenCount": 40, "candidatesTokenCount": 7,
            "thoughtsTokenCount": 5,
        },
    ),
    record("tool_result", "3", "2", [RESPONSE], toolCallResult={"callId": "c1", "status": "error"}),
    record("system", "4", "3", subtype="ui_telemetry"),
)  # fmt: skip


def read(*records: JsonObject) -> Found:
    (found,) = sessions_in(Qwen(), lines_of(*records))
    return found


def system(subtype: str, **payload: Any) -> JsonObject:
    return record("system", "9", "4", subtype=subtype, systemPayload=payload)


def test_prompts_replies_and_results_are_messages_and_context_is_synthetic() -> None:
    found = read(*LOG)
    assert found.shown() == [
        ("user", "Is a short?"), ("user*", CONTEXT), ("assistant", "Look:"), ("tool", "text"),
    ]  # fmt: skip
    reply, result = found.messages[2:]
    assert (reply["thinking"], reply["model"]) == ("I read.", "qwen3")
    assert reply["usage"] == {
        "input_tokens": 60, "output_tokens": 12, "cache_read_tokens": 40, "reasoning_tokens": 5,
    }  # fmt: skip
    assert (result["tool_call_id"], result["tool_name"]) == ("c1", "read_file")
    assert result["is_error"] is True
    assert found.facts["git"] == {"branch": "main"}
    assert found.facts["session_id"] == "qwen:s-1"
    assert found.warnings == []


def test_what_the_user_saw_is_the_prompt_and_what_was_sent_is_synthetic() -> None:
    sent = record("user", "1", None, [{"text": "long"}], systemPayload={"displayText": "/init"})
    assert read(sent).shown() == [("user", "/init"), ("user*", "long")]


def test_the_content_of_files_that_a_prompt_names_is_synthetic() -> None:
    heading = "--- Content from referenced files ---"
    parts = [{"text": text} for text in ("Read @a", f"\n{heading}", "\nContent from a:\n", "1")]
    sent = record("user", "1", None, [*parts, {"inlineData": {"data": "YQ==", "mimeType": "x/y"}}])
    found = read(sent)
    assert found.shown() == [("user", "Read @a"), ("user*", f"{heading}\nContent from a:\n1")]
    assert len(found.messages[0]["attachments"]) == 1
    assert read(record("user", "1", None, [{"text": f"Why {heading}?"}])).shown() == [
        ("user", f"Why {heading}?")
    ]


def test_what_was_typed_with_the_name_of_a_file_is_the_prompt() -> None:
    typed = record("system", "0", None, subtype="at_command", systemPayload={"userText": "Read @a"})
    found = read(typed, record("user", "1", "0", [{"text": "Read @a\nContent of a: 1"}]))
    assert found.shown() == [("user", "Read @a"), ("user*", "Read @a\nContent of a: 1")]
    other = record("user", "2", "1", [{"text": "next"}])
    assert read(typed, record("user", "1", "0", [{"text": "Read @a"}]), other).shown() == [
        ("user", "Read @a"), ("user", "next"),
    ]  # fmt: skip


def test_a_notification_is_no_prompt() -> None:
    assert read(record("user", "1", None, [{"text": "done"}], subtype="notification")).shown() == [
        ("user*", "done")
    ]


def test_the_last_title_is_the_name_and_commands_are_prompts() -> None:
    found = read(
        *LOG, system("custom_title", customTitle="Length"),
        system("slash_command", phase="invocation", rawCommand="/stats"),
        system("slash_command", phase="result", outputHistoryItems=[{"text": "12 tokens"}]),
        system("chat_compression", compressedHistory=[{"parts": [{"text": "<state_snapshot>"}]}]),
        system("brand_new"),
    )  # fmt: skip
    assert found.name == "Length"
    assert found.shown()[4:] == [
        ("user", "/stats"), ("system*", "12 tokens"), ("user*", "<state_snapshot>"),
    ]  # fmt: skip
    assert "system/brand_new (1)" in found.warnings[0]


def test_what_was_taken_back_is_on_another_branch_and_counted() -> None:
    found = read(LOG[0], record("user", "x", "1", [{"text": "no"}]), *LOG[1:])
    assert ("user", "no") not in found.shown()
    assert found.warnings == [
        "1 record on other branches, with 1 prompt, are kept only in the original."
    ]


def test_a_subagent_has_its_parent_and_its_prompt_is_synthetic() -> None:
    of_agent = {"isSidechain": True, "agentId": "explore-1"}
    found = read(record("user", "1", None, [{"text": "look"}], **of_agent))
    assert found.facts["session_id"] == "qwen:s-1/explore-1"
    assert found.facts["parent_session_id"] == "qwen:s-1"
    assert found.shown() == [("user*", "look")]


def test_a_document_with_replies_of_qwen_is_not_taken_for_one_of_gemini() -> None:
    messages = [
        {"id": "1", "type": "user", "content": "hi", "timestamp": "2025-12-19T15:30:05.000Z"},
        {"id": "2", "type": "qwen", "content": [{"text": "Hello"}], "model": "qwen3"},
    ]
    document = {"sessionId": "s-1", "projectHash": "abc", "messages": messages}
    content = json.dumps(document, indent=1).encode()
    assert GeminiCli().recognizes(file_with(content)) is None
    (found,) = sessions_in(Qwen(), content)
    assert found.shown() == [("user", "hi"), ("assistant", "Hello")]
    assert found.facts["session_id"] == "qwen:s-1"


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(Qwen(), lines_of(*LOG, system("slash_command", phase="result"))) > 100


def test_its_folder_is_in_the_home_folder() -> None:
    assert list(Qwen().folders(Places(Path("/home/ada"), {}, "linux"))) == [Path("/home/ada/.qwen")]


def test_the_real_session_is_read_as_it_is() -> None:
    (session,) = read_sessions(foreign_folder() / "qwen" / "agent-sessions-qwen-001.jsonl")
    typed = [item for item in session["messages"] if not item.get("synthetic")]
    assert [item["role"] for item in typed] == ["user", "assistant", "tool", "assistant"]
