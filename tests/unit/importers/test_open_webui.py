"""Exports of Open WebUI: trees of messages, whose answers are items or HTML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify
from hfs_server.importers.open_webui import OpenWebUi
from tests.unit.importers.attached import beside, with_text
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in

Json = dict[str, Any]


def node(name: str, parent: str | None = None, *children: str, **keys: Any) -> Json:
    """A message whose text is its id; those of the user begin with "u"."""
    made: Json = {"id": name, "parentId": parent, "childrenIds": [*children], "content": name}
    made |= {"role": "user" if name.startswith("u") else "assistant", "timestamp": 1_700_000_000}
    return {**made, **keys}


def entry(*nodes: Json, current: str | None = None, **keys: Any) -> Json:
    messages = {item["id"]: item for item in nodes}
    history = {"currentId": current or nodes[-1]["id"], "messages": messages}
    inner = {"title": "T", "models": ["m"], "history": history, **keys}
    made = {"id": "s-1", "user_id": "u", "title": "T", "chat": inner}
    return {**made, "created_at": 1_700_000_000, "updated_at": 1_700_000_100}


def read(*entries: Json) -> list[Found]:
    return sessions_in(OpenWebUi(), json.dumps([*entries]).encode(), "export.json")


def answer(content: str = "", **keys: Any) -> Found:
    (found,) = read(entry(node("u1", None, "a1"), node("a1", "u1", content=content, **keys)))
    return found


def test_a_session_has_its_id_title_times_tags_and_models() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3,
             "prompt_tokens_details": {"cached_tokens": 4}}  # fmt: skip
    value = entry(node("u1", None, "a1"), node("a1", "u1", model="llama", usage=usage))
    (found,) = read({**value, "meta": {"tags": ["code"]}})
    assert (found.name, found.facts["session_id"]) == ("T", "open-webui:s-1")
    assert (found.facts["models"], found.facts["tags"]) == (["llama"], ["code"])
    assert found.created_at == "2023-11-14T22:13:20Z"
    assert found.shown() == [("user", "u1"), ("assistant", "a1")]
    assert found.messages[1]["usage"] == {
        "input_tokens": 5, "output_tokens": 3, "cache_read_tokens": 4,
    }  # fmt: skip


@pytest.mark.parametrize(("current", "path"), [("a2", "u1 a2"), ("a1", "u1 a1"), ("x", "u1 a2")])
def test_only_the_active_branch_is_read(current: str, path: str) -> None:
    nodes = node("u1", None, "a1", "a2"), node("a1", "u1"), node("a2", "u1")
    (found,) = read(entry(*nodes, current=current))
    assert " ".join(message["content"] for message in found.messages) == path
    assert found.warnings == ["1 message is on other branches, and only in the original."]


def test_items_of_an_answer_win_over_its_text() -> None:
    output = [
        {"type": "reasoning", "content": [{"type": "output_text", "text": "Hm"}]},
        {"type": "function_call", "call_id": "c", "name": "f", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c",
         "output": [{"type": "input_text", "text": "found"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "Done"}]},
        {"type": "open_webui:code_interpreter", "id": "i", "code": "1+1", "output": {"result": 2}},
        {"type": "new"},
    ]  # fmt: skip
    found = answer("<details>…</details>", output=output)
    _, reply, first, second = found.messages
    assert (reply["content"], reply["thinking"]) == ("Done", "Hm")
    assert reply["tool_calls"] == [
        {"id": "c", "name": "f", "input": {"a": 1}},
        {"id": "i", "name": "code_interpreter", "input": "1+1"},
    ]
    assert (first["content"], first["tool_name"]) == ("found", "f")
    assert (second["content"], second["tool_call_id"]) == ('{"result": 2}', "i")
    assert "new (1)" in found.warnings[0]


THOUGHT = (
    '<details type="reasoning" done="true" duration="3">\n<summary>Thought for 3 seconds'
    "</summary>\n&gt; First &lt;a&gt;\n&gt; second\n</details>\n"
)
CALLED = (
    '<details type="tool_calls" done="true" id="c" name="f" '
    'arguments="&quot;{\\&quot;a\\&quot;: 1}&quot;" result="&quot;found&quot;">\n'
    "<summary>Tool Executed</summary>\n</details>\n"
)


def test_details_in_a_text_are_thinking_calls_and_results() -> None:
    found = answer(f"{THOUGHT}Let me look.\n{CALLED}Done <details>x</details>")
    _, reply, result = found.messages
    assert reply["thinking"] == "First <a>\nsecond"
    assert reply["content"] == "Let me look.\n\nDone <details>x</details>"
    (call,) = reply["tool_calls"]
    assert (call["id"], call["name"]) == ("c", "f")
    assert (result["content"], result["tool_name"]) == ("found", "f")


def test_a_result_in_the_body_of_older_details_is_read() -> None:
    body = "<summary>Tool Executed</summary>&quot;18 C&quot;"
    found = answer(f'<details type="tool_calls">{body}</details>It is warm.')
    assert found.shown()[1:] == [("assistant", "It is warm."), ("tool", "18 C")]


def test_details_without_an_end_are_text_and_many_are_no_problem() -> None:
    assert answer(f"{THOUGHT[:-11]}").messages[1]["content"].startswith("<details")
    many = "<details type='x'>" * 100_000
    assert answer(many + "</details>").messages[1]["content"].startswith("<details")


def test_files_errors_and_prompts_of_the_system_are_read() -> None:
    about = {"content_type": "application/pdf", "size": 9}
    files = [
        {"type": "image", "url": "data:image/png;base64,cG5n"},
        {"type": "file", "id": "f-1", "name": "a.txt"},
        {"type": "file", "id": "f-2", "file": {"filename": "b", "meta": about}},
        {"type": "file", "id": "f-3", "file": {"filename": "c.md", "data": {"content": "# C"}}},
    ]
    nodes = (
        node("u1", None, "a1", files=files),
        node("a1", "u1", content="", error={"content": "E"}),
    )
    (found,) = read(entry(*nodes, params={"system": "S"}))
    assert found.shown() == [("system*", "S"), ("user", "u1"), ("system*", "E")]
    image, file, *stored = found.messages[1]["attachments"]
    assert stored == [
        beside("b", "application/pdf", "f-2", 9),
        with_text("c.md", "text/markdown", "# C", uri="f-3"),
    ]
    assert (image["size"], file) == (3, beside("a.txt", "text/plain", "f-1"))


def test_a_session_without_a_tree_is_read_as_a_list() -> None:
    inner = {"title": "T", "messages": [node("u1"), node("a1"), node("x", role="robot"), 5]}
    (found,) = read({"id": "s", "chat": inner})
    assert found.shown() == [("user", "u1"), ("assistant", "a1")]
    assert "role robot (1)" in found.warnings[0]


def test_a_cycle_ends() -> None:
    (found,) = read(entry(node("u1", "a1", "a1"), node("a1", "u1", "u1")))
    assert len(found.messages) == 2


@pytest.mark.parametrize("content", ["{}", '[{"chat": {}}]', '[{"chat": 5}]', "5", "[[]]"])
def test_other_files_are_not_recognized(content: str) -> None:
    assert OpenWebUi().recognizes(file_with(content.encode())) is None


def test_an_export_is_recognized_however_long_its_first_message_is() -> None:
    content = json.dumps([entry(node("u1", content="long " * 50_000))]).encode()
    assert identify(file_with(content))[1] == "open-webui: chat.history"


def test_a_file_without_sessions_is_rejected() -> None:
    with pytest.raises(InvalidDocument):
        list(OpenWebUi().sessions(file_with(b'[{"chat": 5}]')))


def test_damaged_files_are_read_or_rejected() -> None:
    output = [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}]
    value = entry(
        node("u1", None, "a1", files=[{"type": "file", "id": "f", "name": "a"}]),
        node("a1", "u1", "a2", output=output, usage={"prompt_tokens": 1}),
        node("a2", "a1", content=THOUGHT + CALLED),
    )
    assert survive(OpenWebUi(), json.dumps([value]).encode()) > 300
