"""Exports of LibreChat, as a list and as a tree, and those of Chatbot UI."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify
from hfs_server.importers.librechat import LibreChat
from tests.unit.importers.attached import beside
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in
from tests.unit.importers.truth import differences

Json = dict[str, Any]
ROOT = "00000000-0000-0000-0000-000000000000"


def said(name: str, parent: str | None = ROOT, **keys: Any) -> Json:
    """A message whose text is its id; those of the user begin with "u"."""
    is_user = name.startswith("u")
    made: Json = {"messageId": name, "parentMessageId": parent, "isCreatedByUser": is_user}
    made |= {"text": name, "createdAt": "2024-05-29T00:33:03.661Z", "error": False}
    made |= {"sender": "User" if is_user else "GPT", "model": None if is_user else "gpt-4o"}
    return {**made, **keys}


def export(messages: Any, **keys: Any) -> Json:
    made = {"conversationId": "c-1", "endpoint": "openAI", "title": "T", "branches": True}
    return {**made, "messages": messages, **keys}


def read(value: Json) -> Found:
    (found,) = sessions_in(LibreChat(), json.dumps(value).encode(), "export.json")
    return found


def text_of(found: Found) -> str:
    return " ".join(message["content"] for message in found.messages)


def test_a_session_has_its_id_title_times_and_model() -> None:
    found = read(export([said("u1"), said("a1", "u1", tokenCount=7)]))
    assert (found.name, found.facts["session_id"]) == ("T", "librechat:c-1")
    assert found.facts["models"] == ["gpt-4o"]
    assert found.shown() == [("user", "u1"), ("assistant", "a1")]
    assert found.messages[1]["usage"] == {"output_tokens": 7}
    assert found.created_at == "2024-05-29T00:33:03.661000Z"


FLAT = [said("u1"), said("a1", "u1"), said("a2", "u1"), said("u2", "a2"), said("a3", "u2")]
TREE = [said("u1", children=[
    said("a1", "u1", children=[]),
    said("a2", "u1", children=[said("u2", "a2", children=[said("a3", "u2")])]),
])]  # fmt: skip


@pytest.mark.parametrize(
    "value", [export(FLAT), export(None, messagesTree=TREE), {**export(TREE[0])}]
)
def test_the_newest_branch_is_read_of_lists_and_trees(value: Json) -> None:
    found = read(value)
    assert text_of(found) == "u1 a2 u2 a3"
    assert found.warnings == ["1 message is on other branches, and only in the original."]


def test_a_tree_may_be_deeper_than_a_parser_goes_and_wide() -> None:
    starts = [json.dumps(said(f"a{n}"))[:-1] + ', "children": [' for n in range(3_000)]
    tree = "".join(starts) + "]}" * 3_000
    content = f'{{"conversationId": "c", "messagesTree": [{tree}]}}'.encode()
    (found,) = sessions_in(LibreChat(), content)
    assert len(found.messages) == 3_000
    siblings = [said(f"a{number}", "u1") for number in range(50_000)]
    assert text_of(read(export([said("u1"), *siblings]))) == "u1 a49999"


def test_a_cycle_ends() -> None:
    assert text_of(read(export([said("u1", "a1"), said("a1", "u1"), said("a2", "u1")]))) == (
        "a1 u1 a2"
    )


def test_parts_are_read_and_win_over_the_text() -> None:
    call = {"id": "t1", "name": "search", "args": '{"q": 1}', "output": "found"}
    older = {"id": "t2", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    code = {"id": "t3", "type": "code_interpreter", "code_interpreter": {"input": "1"}}
    parts = [
        {"type": "think", "think": "Hm"},
        {"type": "text", "text": {"value": "one"}},
        {"type": "tool_call", "tool_call": call},
        {"type": "tool_call", "tool_call": older},
        {"type": "tool_call", "tool_call": code},
        {"type": "image_file", "image_file": {"filepath": "/images/a.png"}},
        {"type": "agent_update"},
        {"type": "text", "text": "two"},
        {"type": "new"},
    ]
    found = read(export([said("a1", content=parts)]))
    answer, result = found.messages
    assert (answer["content"], answer["thinking"]) == ("one\n\ntwo", "Hm")
    assert answer["tool_calls"] == [
        {"id": "t1", "name": "search", "input": {"q": 1}},
        {"id": "t2", "name": "f", "input": {}},
        {"id": "t3", "name": "code_interpreter", "input": 1},
    ]
    assert answer["attachments"] == [beside("a.png", "image/png", "/images/a.png")]
    assert (result["content"], result["tool_call_id"]) == ("found", "t1")
    assert "new (1)" in found.warnings[0]


def test_thinking_in_front_of_a_text_files_and_errors_are_told_apart() -> None:
    files = [{"filepath": "/u/a.txt", "filename": "a.txt", "type": "text/plain", "bytes": 4}]
    found = read(export([
        said("u1", files=files),
        said("a1", "u1", text=":::thinking\nHm\n:::\nYes"),
        said("a2", "a1", text="No key", error=True),
    ]))  # fmt: skip
    assert found.shown() == [("user", "u1"), ("assistant", "Yes"), ("system*", "No key")]
    assert found.messages[1]["thinking"] == "Hm"
    assert found.messages[0]["attachments"] == [beside("a.txt", "text/plain", "/u/a.txt", 4)]


HISTORY = {
    "version": 4,
    "history": [
        {
            "id": "h1",
            "name": "N",
            "messages": [{"role": "user", "content": "Q"}, {"role": "assistant", "content": "A"}],
            "model": {"id": "gpt-4"},
            "prompt": "P",
        },
        {"id": "h2", "name": "M", "messages": []},
    ],
    "folders": [],
}


def test_each_session_of_chatbot_ui_is_read() -> None:
    first, second = sessions_in(LibreChat(), json.dumps(HISTORY).encode())
    assert (first.name, first.facts["session_id"]) == ("N", "librechat:h1")
    assert first.shown() == [("system*", "P"), ("user", "Q"), ("assistant", "A")]
    assert first.facts["models"] == ["gpt-4"]
    assert (second.name, second.messages) == ("M", [])


@pytest.mark.parametrize(
    "content",
    ["{}", '{"conversationId": 1}', '{"conversationId": "c", "messages": [{"role": "user"}]}',
     '{"history": []}', "[]", '{"version": 1, "history": [5]}'],
)  # fmt: skip
def test_other_files_are_not_recognized(content: str) -> None:
    assert LibreChat().recognizes(file_with(content.encode())) is None


def test_a_file_without_messages_is_rejected() -> None:
    for content in (b"", b"{}", b"[]", b'{"messages": []}'):
        with pytest.raises(InvalidDocument):
            list(LibreChat().sessions(file_with(content)))


def test_an_export_is_recognized_however_long_its_first_message_is() -> None:
    content = json.dumps(export([said("u1", text="long " * 50_000)])).encode()
    assert identify(file_with(content))[1] == "librechat: messages with messageId"


def test_damaged_files_are_read_or_rejected() -> None:
    call = {"id": "t1", "name": "search", "args": '{"q": 1}', "output": "found"}
    parts = [{"type": "text", "text": "x"}, {"type": "tool_call", "tool_call": call}]
    value = export([*FLAT[:2], said("a9", "a1", content=parts)])
    for content in (value, export(None, messagesTree=TREE), HISTORY):
        assert survive(LibreChat(), json.dumps(content).encode()) > 100


def test_every_number_is_found_in_every_real_file() -> None:
    assert differences("librechat") == []
