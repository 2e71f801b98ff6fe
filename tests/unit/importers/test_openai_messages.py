"""Lists of messages in the form of OpenAI's API, alone and in rows."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hfs_server.errors import HfsError
from hfs_server.importers import identify
from hfs_server.importers.openai_messages import OpenAiMessages
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, lines_of, sessions_in

Json = dict[str, Any]
ASKED = {"role": "user", "content": "What is 2 * 3?"}
CALL = {"id": "c1", "type": "function"}
CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{**CALL, "function": {"name": "multiply", "arguments": '{"a": 2}'}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "6"}
ANSWER = {"role": "assistant", "content": "It is 6.", "reasoning_content": "Hm"}
PNG = base64.b64encode(b"png").decode()
SESSION = [{"role": "system", "content": "Be short."}, ASKED, CALLED, RESULT, ANSWER]
SHOWN = [
    ("system*", "Be short."),
    ("user", "What is 2 * 3?"),
    ("assistant", ""),
    ("tool", "6"),
    ("assistant", "It is 6."),
]


def read(value: Any) -> list[Found]:
    return sessions_in(OpenAiMessages(), json.dumps(value).encode())


def rows(*values: Json) -> list[Found]:
    return sessions_in(OpenAiMessages(), lines_of(*values))


@pytest.mark.parametrize("value", [SESSION, {"messages": SESSION}, {"body": {"messages": SESSION}}])
def test_a_list_of_messages_is_a_session_alone_and_in_an_object(value: Any) -> None:
    extra = {"custom_id": "r-1"} if "body" in value else {}
    (found,) = read({**value, **extra} if isinstance(value, dict) else value)
    assert found.shown() == SHOWN
    assert found.name == "What is 2 * 3?"
    call, result, answer = found.messages[2:]
    assert call["tool_calls"] == [{"id": "c1", "name": "multiply", "input": {"a": 2}}]
    assert (result["tool_call_id"], result["tool_name"]) == ("c1", "multiply")
    assert answer["thinking"] == "Hm"


def test_the_model_is_that_of_the_request() -> None:
    (found,) = read({"model": "gpt-x", "messages": [ASKED]})
    assert found.facts["models"] == ["gpt-x"]


def test_each_line_and_each_item_of_an_array_is_a_session() -> None:
    both = {"messages": [ASKED, ANSWER]}, {"messages": [{**ASKED, "content": "And now?"}]}
    for found in (rows(*both), read([*both])):
        assert [one.name for one in found] == ["What is 2 * 3?", "And now?"]


def test_rows_that_begin_alike_are_different_sessions_and_the_same_ones_again() -> None:
    def row(text: str) -> Json:
        return {"messages": [SESSION[0], ASKED, {"role": "assistant", "content": text}]}

    ids = [one.facts["session_id"] for one in rows(row("6"), row("5"), row("4"))]
    assert len(set(ids)) == 3
    assert [one.facts["session_id"] for one in rows(row("6"), row("5"), row("4"))] == ids


def test_a_session_that_went_on_keeps_its_id() -> None:
    first, second = (read({"model": "m", "messages": SESSION[:n]})[0] for n in (3, 5))
    assert first.facts["session_id"] == second.facts["session_id"]


def test_a_file_of_one_row_is_a_session() -> None:
    assert len(rows({"conversations": [{"from": "human", "value": "Hi"}]})) == 1


PARTS: list[tuple[Json, Json]] = [
    ({"type": "text", "text": "see"}, {"content": "see"}),
    ({"type": "text", "value": "see"}, {"content": "see"}),
    ({"type": "output_text", "text": "see"}, {"content": "see"}),
    ({"type": "refusal", "refusal": "No."}, {"content": "No."}),
    ({"type": "reasoning", "value": "Hm"}, {"thinking": "Hm"}),
    ({"type": "thinking", "thinking": "Hm"}, {"thinking": "Hm"}),
    ({"type": "tool_call", "value": '{"name": "f", "arguments": {"a": 1}}'},
     {"tool_calls": [{"id": "", "name": "f", "input": {"a": 1}}]}),
    ({"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}},
     {"tool_calls": [{"id": "t", "name": "f", "input": {"a": 1}}]}),
]  # fmt: skip


@pytest.mark.parametrize(("part", "expected"), PARTS)
def test_parts_of_a_content_are_read_by_their_type(part: Json, expected: Json) -> None:
    content = [part, {"type": "text", "text": "end"}]
    (found,) = read({"model": "m", "messages": [{"role": "assistant", "content": content}]})
    (message,) = found.messages
    text = expected.get("content")
    assert message["content"] == (f"{text}\n\nend" if text else "end")
    assert {key: message[key] for key in expected if key != "content"} == {
        key: value for key, value in expected.items() if key != "content"
    }


FILES: list[tuple[Json, str]] = [
    ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}, "image/png"),
    ({"type": "input_image", "image_url": f"data:image/png;base64,{PNG}"}, "image/png"),
    ({"type": "input_audio", "input_audio": {"data": PNG, "format": "mp3"}}, "audio/mp3"),
    ({"type": "file", "file": {"file_data": f"data:text/plain;base64,{PNG}"}}, "text/plain"),
    ({"type": "image", "source": {"data": PNG, "media_type": "image/png"}}, "image/png"),
]


@pytest.mark.parametrize(("part", "media_type"), FILES)
def test_images_sounds_and_files_are_attachments(part: Json, media_type: str) -> None:
    (found,) = read({"model": "m", "messages": [{"role": "user", "content": [part]}]})
    (attachment,) = found.messages[0]["attachments"]
    assert (attachment["media_type"], attachment["size"]) == (media_type, 3)


def test_results_within_a_message_of_the_user_are_messages_of_the_tool() -> None:
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t", "is_error": True}
    result["content"] = [{"type": "text", "text": "no"}]
    messages = [{"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}]
    (found,) = read({"model": "m", "messages": messages})
    assert found.shown() == [("assistant", ""), ("tool", "no")]
    assert (found.messages[1]["tool_name"], found.messages[1]["is_error"]) == ("f", True)


LEGACY: list[Any] = [
    [ASKED, {"role": "assistant", "content": "6"}],
    {"messages": [ASKED]},
    {"name": "N", "messages": [{**ASKED, "created_at": "2026-01-01T00:00:00Z"}]},
    {"session_name": "N", "messages": [CALLED]},
    {"metadata": {"note": 1}, "model": "m", "messages": [ASKED]},
    [{**ASKED, "ts": 1.5}],
]


@pytest.mark.parametrize("value", LEGACY)
def test_messages_with_only_a_role_and_a_text_are_legacy_documents_of_hfs(value: Any) -> None:
    file = file_with(json.dumps(value).encode())
    assert OpenAiMessages().recognizes(file) is None
    assert identify(file)[0].tool == "hfs"


def test_legacy_documents_are_read_when_the_format_is_requested() -> None:
    for value in LEGACY[:3]:
        file = file_with(json.dumps(value).encode())
        importer, evidence = identify(file, "openai-messages")
        assert evidence == "openai-messages: requested"
        (found,) = importer.sessions(file)
        assert next(iter(found.batches())).messages[0]["content"] == "What is 2 * 3?"


def test_lines_of_single_messages_are_a_session_when_the_format_is_requested() -> None:
    file = file_with(lines_of(*SESSION))
    assert OpenAiMessages().recognizes(file) is None
    (found,) = identify(file, "openai-messages")[0].sessions(file)
    assert len(next(iter(found.batches())).messages) == len(SESSION)


def test_a_list_of_turns_of_sharegpt_is_a_session() -> None:
    (found,) = read([{"from": "human", "value": "Q"}, {"from": "gpt", "value": "A"}])
    assert found.shown() == [("user", "Q"), ("assistant", "A")]


OTHERS: list[Any] = [
    {"v": 1, "id": "T-1", "messages": [{"role": "user", "content": [{"type": "text"}]}]},
    [{"role": "user", "content": [{"type": "text", "text": "<task>\nFix it\n</task>"}]}],
    [{"role": "user", "content": "<task>\nFix it\n</task>"}, {**ANSWER, "name": "n"}],
    {"meta": {"agentId": "a"}, "messages": [CALLED]},
    {"conversations": [{"conversation": {}, "responses": []}]},
    {"messages": [{"role": "user", "segments": []}]},
    {"metadata": {"schema_version": "1.1.0"}, "messages": [CALLED]},
    [{"id": "l", "model": "m", "prompt": "Q", "response": "A", "conversation_id": "c"}],
    {"messages": 5}, [5], {}, 5, [[]],
]  # fmt: skip


@pytest.mark.parametrize("value", OTHERS)
def test_files_of_other_tools_are_not_recognized(value: Any) -> None:
    assert OpenAiMessages().recognizes(file_with(json.dumps(value).encode())) is None


def test_a_file_without_messages_is_rejected() -> None:
    for content in (b"", b"{}", b"[5]", b"nonsense", b'{"messages": []}'):
        with pytest.raises(HfsError):
            list(OpenAiMessages().sessions(file_with(content)))


@pytest.mark.parametrize(
    "content",
    [json.dumps(SESSION).encode(), lines_of({"messages": SESSION}, {"messages": []})],
)
def test_damaged_files_are_read_or_rejected(content: bytes) -> None:
    assert survive(OpenAiMessages(), content) > 50
