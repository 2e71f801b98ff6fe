"""Sessions of Gemini CLI: documents, and logs in which later lines replace earlier ones."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.importers.gemini_cli import GeminiCli
from hfs_server.importers.places import Places
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in
from tests.unit.importers.truth import differences

HEADING = {
    "sessionId": "s-1",
    "projectHash": "abc",
    "startTime": "2026-04-23T12:52:52.759Z",
    "lastUpdated": "2026-04-23T12:59:00.000Z",
}


def said(kind: str, number: int, content: Any, **more: Any) -> JsonObject:
    time = f"2026-04-23T12:53:{number:02}.000Z"
    return {"id": f"m{number}", "timestamp": time, "type": kind, "content": content, **more}


CALLED = {
    "id": "c1",
    "name": "read_file",
    "args": {"path": "a"},
    "status": "success",
    "timestamp": "2026-04-23T12:53:03.500Z",
    "result": [{"functionResponse": {"id": "c1", "response": {"output": "text of a"}}}],
}
REPLY = said(
    "gemini", 3, "It is short.",
    model="gemini-2.5-pro",
    thoughts=[{"subject": "Reading", "description": "I read."}, {"subject": "Done"}],
    tokens={"input": 100, "cached": 40, "output": 7, "thoughts": 5, "tool": 1, "total": 113},
    toolCalls=[CALLED, {"id": "c2", "name": "shell", "args": {}, "status": "cancelled"},
               {"id": "c3", "name": "shell", "args": {}}],
)  # fmt: skip
ADDED = {"text": "\n--- Content from referenced files ---\nx"}
MESSAGES = [
    said("info", 1, "Connected."),
    said("user", 2, [{"text": "Is @a short?"}, ADDED]),
    REPLY,
]  # fmt: skip
SESSION = {**HEADING, "messages": MESSAGES}
LOG = (HEADING, *MESSAGES, {"$set": {"lastUpdated": "2026-04-23T13:00:00.000Z"}})


def read(*records: JsonObject) -> Found:
    (found,) = sessions_in(GeminiCli(), lines_of(*records))
    return found


def document(session: Any) -> Found:
    (found,) = sessions_in(GeminiCli(), json.dumps(session, indent=2).encode(), "session.json")
    return found


@pytest.mark.parametrize("found", [document(SESSION), read(*LOG)], ids=["document", "log"])
def test_prompts_replies_and_results_are_messages_and_the_rest_is_synthetic(found: Found) -> None:
    assert found.shown() == [
        ("system*", "Connected."),
        ("user", "Is @a short?"),
        ("user*", "--- Content from referenced files ---\nx"),
        ("assistant", "It is short."),
        ("tool", "text of a"),
        ("tool", ""),
    ]
    assert (found.name, found.facts["session_id"]) == ("Is @a short?", "gemini-cli:s-1")
    assert (found.created_at, found.warnings) == ("2026-04-23T12:52:52.759000Z", [])


def test_a_reply_has_its_model_its_thoughts_its_calls_and_its_usage() -> None:
    reply = document(SESSION).messages[3]
    assert reply["model"] == "gemini-2.5-pro"
    assert reply["thinking"] == "**Reading**\n\nI read.\n\n**Done**"
    assert [call["id"] for call in reply["tool_calls"]] == ["c1", "c2", "c3"]
    assert reply["usage"] == {
        "input_tokens": 61, "output_tokens": 12, "cache_read_tokens": 40, "reasoning_tokens": 5,
    }  # fmt: skip


def test_a_session_without_a_hash_of_its_project_is_recognized_without_a_reply() -> None:
    heading = {key: value for key, value in HEADING.items() if key != "projectHash"}
    for messages, is_known in ((MESSAGES[:2], True), ([said("qwen", 1, "x")], False), ([], False)):
        content = json.dumps({**heading, "messages": messages}).encode()
        assert (GeminiCli().recognizes(file_with(content)) is not None) is is_known


def test_a_call_that_was_refused_has_a_result_and_one_that_never_ran_has_none() -> None:
    results = [made for made in document(SESSION).messages if made["role"] == "tool"]
    assert [(made["tool_call_id"], made.get("is_error", False)) for made in results] == [
        ("c1", False), ("c2", True),
    ]  # fmt: skip


def test_what_the_user_saw_is_the_prompt_and_what_was_sent_is_synthetic() -> None:
    sent = said("user", 4, [{"text": "a long prompt"}], displayContent=[{"text": "/init"}])
    assert read(HEADING, sent).shown() == [("user", "/init"), ("user*", "a long prompt")]


def test_a_prompt_that_the_program_wrote_is_synthetic() -> None:
    shown = [{"functionResponse": {"id": "c1"}}]
    record = said("user", 4, [{"text": "System: Please continue."}], displayContent=shown)
    assert read(HEADING, record).shown() == [("user*", "System: Please continue.")]


def test_a_message_that_is_written_again_replaces_the_earlier_one_in_its_place() -> None:
    first, second = said("gemini", 1, "draft", model="m"), said("user", 2, "next")
    final = {**first, "content": "final"}
    assert read(HEADING, first, second, final).shown() == [("assistant", "final"), ("user", "next")]
    found = document({**HEADING, "messages": [first, second, final]})
    assert found.shown() == [("assistant", "final"), ("user", "next")]


def test_what_was_taken_back_is_counted_and_left_out() -> None:
    found = read(
        HEADING, said("user", 1, "one"), said("gemini", 2, "answer"), said("user", 3, "two"),
        {"$rewindTo": "m2"}, {"$rewindTo": "unknown"}, said("user", 4, "three"),
    )  # fmt: skip
    assert found.shown() == [("user", "one"), ("user", "three")]
    assert found.warnings == [
        "2 messages that were taken back (/rewind) are kept only in the original."
    ]


def test_an_update_of_all_messages_never_takes_away_any() -> None:
    messages = [said("user", 1, "one"), said("user", 9, "<state_snapshot>")]
    found = read(
        HEADING, said("user", 1, "one"), said("gemini", 2, "a"), {"$set": {"messages": messages}}
    )
    assert found.shown() == [("user", "one"), ("assistant", "a"), ("user*", "<state_snapshot>")]


def test_a_message_that_stands_only_in_an_update_is_read_where_it_was_written() -> None:
    one, two, three = said("user", 1, "one"), said("gemini", 2, "two"), said("user", 3, "three")
    again = said("user", 4, "three")
    update = {"$set": {"messages": [one, two, three, again]}}
    found = read(HEADING, one, two, update, said("gemini", 5, "five"), update)
    assert found.shown() == [
        ("user", "one"), ("assistant", "two"), ("user", "three"), ("user", "three"),
        ("assistant", "five"),
    ]  # fmt: skip
    replacing = read(HEADING, one, {"$set": {"messages": [three]}}, two)
    assert replacing.shown() == [("user", "one"), ("user", "three"), ("assistant", "two")]


def test_an_update_that_repeats_messages_under_other_ids_adds_none() -> None:
    one, two, three = said("user", 1, "one"), said("gemini", 2, "two"), said("user", 3, "three")
    repeated = [{**one, "id": "x1"}, {**two, "id": None}, three]
    found = read(HEADING, one, two, {"$set": {"messages": repeated}})
    assert found.shown() == [("user", "one"), ("assistant", "two"), ("user", "three")]


def test_a_result_in_an_update_is_that_of_its_call() -> None:
    picture = {"inlineData": {"mimeType": "image/png", "data": "YQ=="}}
    result = said("user", 4, [{"functionResponse": {"id": "c1", "response": {}}}, picture])
    found = read(HEADING, REPLY, {"$set": {"messages": [REPLY, result]}})
    assert [role for role, _ in found.shown()] == ["assistant", "tool", "tool"]


def test_what_stands_only_in_an_update_can_be_taken_back() -> None:
    one, two, three = said("user", 1, "one"), said("user", 2, "two"), said("user", 3, "three")
    update = {"$set": {"messages": [one, two]}}
    found = read(HEADING, one, update, {"$rewindTo": "m2"}, three)
    assert found.shown() == [("user", "one"), ("user", "three")]


def test_a_log_whose_messages_stand_only_in_updates_is_read() -> None:
    one, two = said("user", 1, "one"), said("gemini", 2, "two")
    found = read(HEADING, {"$set": {"messages": [one]}}, {"$set": {"messages": [one, two]}})
    assert found.shown() == [("user", "one"), ("assistant", "two")]


def test_a_log_without_a_heading_is_read() -> None:
    found = read(said("user", 1, "one"), said("gemini", 2, "two"))
    assert found.shown() == [("user", "one"), ("assistant", "two")]


def test_files_in_a_prompt_are_attachments() -> None:
    data = {"mimeType": "image/png", "data": base64.b64encode(b"a picture").decode()}
    link = {"mimeType": "text/plain", "fileUri": "gs://b/a.txt"}
    (made,) = read(HEADING, said("user", 1, [{"inlineData": data}, {"fileData": link}])).messages
    assert [item["media_type"] for item in made["attachments"]] == ["image/png", "text/plain"]
    assert (made["attachments"][0]["size"], made["attachments"][1]["uri"]) == (9, "gs://b/a.txt")


def test_the_summary_that_it_stored_is_the_name() -> None:
    assert document({**SESSION, "summary": "Length of a"}).name == "Length of a"
    assert read(*LOG, {"$set": {"summary": "Length of a"}}).name == "Length of a"


def test_unknown_types_are_counted_and_damaged_lines_are_skipped() -> None:
    (found,) = sessions_in(GeminiCli(), lines_of(*LOG, said("new", 9, "x")) + b'{"torn')
    assert any("new (1)" in warning for warning in found.warnings)
    assert any("Line 7 is not a JSON object" in warning for warning in found.warnings)


def test_an_incomplete_document_is_read_as_far_as_it_goes() -> None:
    content = json.dumps(SESSION, indent=2).encode()[:-40]
    (session,) = GeminiCli().sessions(file_with(content))
    assert [message for batch in session.batches() for message in batch.messages]
    assert "The file ends too early; what it holds was imported." in session.warnings


def test_a_subagent_and_its_project_are_found_by_where_the_file_lies(tmp_path: Path) -> None:
    chats = tmp_path / "tmp" / "project" / "chats" / "parent-1"
    chats.mkdir(parents=True)
    (tmp_path / "tmp" / "project" / ".project_root").write_text("/work\n", "utf-8")
    project = hashlib.sha256(b"/work").hexdigest()
    heading = {**HEADING, "kind": "subagent", "projectHash": project}
    (chats / "s.jsonl").write_bytes(lines_of(heading, said("user", 1, "look"), REPLY))
    (session,) = read_sessions(chats / "s.jsonl")
    assert session["metadata"]["parent_session_id"] == "gemini-cli:parent-1"
    assert session["metadata"]["working_directory"] == "/work"
    assert session["messages"][0]["synthetic"] is True


@pytest.mark.parametrize("content", [json.dumps(SESSION).encode(), lines_of(*LOG)])
def test_damaged_files_never_raise_anything_else(content: bytes) -> None:
    assert survive(GeminiCli(), content) > 100


def test_its_folder_follows_its_environment_variable() -> None:
    places = Places(Path("/home/ada"), {"GEMINI_CLI_HOME": "/elsewhere"}, "linux")
    assert list(GeminiCli().folders(places)) == [Path("/elsewhere/.gemini/tmp")]
    assert list(GeminiCli().folders(Places(Path("/home/ada"), {}, "darwin"))) == [
        Path("/home/ada/.gemini/tmp")
    ]


def test_all_real_sessions_are_read_as_they_are() -> None:
    assert differences("gemini") == []
