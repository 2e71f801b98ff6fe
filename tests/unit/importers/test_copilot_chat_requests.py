"""The requests of VS Code's chat, of all generations, as messages."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.unit.importers.attached import beside, with_text
from tests.unit.importers.vscode_chats import (
    URI,
    Json,
    call,
    export,
    messages,
    read,
    request,
    rounds,
)


def test_a_request_is_one_message_of_the_user_and_one_of_the_assistant() -> None:
    reference = {"kind": "inlineReference", "inlineReference": URI}
    parts = [
        {"value": "See "},
        reference,
        {"kind": "undoStop"},
        {"value": " here."},
        {"kind": "markdownContent", "content": {"value": " End"}},
    ]
    user, assistant = messages(request(*parts, responseId="a1"))
    assert user == {
        "role": "user",
        "content": "Hi",
        "created_at": "2025-10-09T08:53:20Z",
        "source_id": "r1",
    }
    assert assistant == {
        "role": "assistant",
        "content": "See `a.py` here. End",
        "created_at": "2025-10-09T08:53:20Z",
        "model": "copilot/m",
        "source_id": "a1",
    }


@pytest.mark.parametrize(
    "text", ["old", {"text": "old"}, {"parts": [{"text": "o"}, {"text": "ld"}]}]
)
def test_questions_of_all_generations_are_read(text: Any) -> None:
    asked = request({"value": "x"}, message=text)
    assert messages(asked)[0]["content"] == "old"


@pytest.mark.parametrize(
    "response",
    [["old"], "old", {"value": "old"}, [{"kind": "markdownVuln", "content": {"value": "old"}}]],
)
def test_answers_of_all_generations_are_read(response: Any) -> None:
    assert messages(request(response=response))[1]["content"] == "old"


@pytest.mark.parametrize(
    "keys", [{"response": None}, {"response": []}, {"response": [{"kind": "progressMessage"}]}]
)
def test_a_request_without_an_answer_is_a_question(keys: Json) -> None:
    assert [message["role"] for message in messages(request(**keys))] == ["user"]


def test_what_the_program_asked_is_synthetic() -> None:
    assert messages(request(isSystemInitiated=True))[0]["synthetic"] is True


def test_thinking_is_joined_and_empty_thinking_left_out() -> None:
    parts = [("1", "a"), ("1", "b"), ("1", ""), ("2", ["c", "d"]), ("3", [])]
    thoughts = [{"kind": "thinking", "id": one, "value": value} for one, value in parts]
    _, answer = messages(request({"value": "x"}, *thoughts, {"value": "y"}))
    assert (answer["content"], answer["thinking"]) == ("x\n\ny", "ab\n\ncd")


def test_calls_have_what_the_model_sent_and_received() -> None:
    sent = {"id": "t1__vscode-1", "name": "read_file", "arguments": '{"path": "a"}'}
    tree = {
        "node": {
            "children": [{"text": "one"}, {"children": [{"text": "two", "lineBreakBefore": True}]}]
        }
    }
    received = {"t1__vscode-1": {"content": [{"value": tree}, {"value": "three"}]}}
    _, answer, result = messages(request(call(), result=rounds(sent, results=received)))
    assert answer["tool_calls"] == [{"id": "c1", "name": "read_file", "input": {"path": "a"}}]
    assert (result["role"], result["tool_call_id"], result["tool_name"]) == (
        "tool",
        "c1",
        "read_file",
    )
    assert result["content"] == "one\ntwo\nthree"


def test_calls_that_cannot_be_matched_have_what_the_user_saw() -> None:
    sent = {"id": "t1", "name": "read_file", "arguments": "{}"}
    terminal = {
        "kind": "terminal",
        "commandLine": {"original": "ls"},
        "terminalCommandOutput": {"text": "a.py"},
    }
    given = {"kind": "input", "rawInput": {"q": 1}}
    output = {"input": '{"i": 1}', "output": [{"isText": True, "value": "no"}], "isError": True}
    _, answer, *results = messages(
        request(
            call("c1", pastTenseMessage={"value": "Read a"}),
            call("c2", toolSpecificData=terminal, toolId="run"),
            call("c3", toolSpecificData=given, resultDetails=[URI]),
            call("c4", resultDetails=output),
            call("t1__vscode-9", isComplete=False),
            result=rounds(sent, {"id": "t2"}),
        )
    )
    assert [one["input"] for one in answer["tool_calls"]] == [
        "Reading a",
        {"command": "ls"},
        {"q": 1},
        {"i": 1},
        {},
    ]
    assert [one["content"] for one in results] == ["Read a", "a.py", "/home/x/a.py", "no"]
    assert [one.get("is_error") for one in results] == [None, None, None, True]


def test_a_call_that_is_written_again_is_one_call() -> None:
    _, answer, *results = messages(request(call(isComplete=False), call(), call("c2")))
    assert (len(answer["tool_calls"]), len(results)) == (2, 2)


def test_fences_around_edits_are_no_text() -> None:
    fence = {"value": "\n```\n"}
    edits = [fence, {"kind": "codeblockUri"}, {"kind": "textEditGroup"}, fence]
    assert messages(request({"value": "Done:"}, *edits))[1]["content"] == "Done:"
    assert messages(request({"value": "a"}, fence))[1]["content"] == "a\n```\n"


def test_an_error_is_a_message_of_the_program() -> None:
    failed = request(result={"errorDetails": {"message": "No network"}})
    error = messages(failed)[1]
    assert (error["role"], error["content"], error["synthetic"]) == ("system", "No network", True)


def test_usage_and_agents_other_than_the_default_are_kept() -> None:
    agent = {"name": "terminal", "isDefault": False, "extensionVersion": "0.30.1"}
    usage = {"usage": {"promptTokens": 9, "completionTokens": 2}}
    found = read(export(request({"value": "x"}, agent=agent, result=usage)))
    assert found["messages"][1]["usage"] == {"input_tokens": 9, "output_tokens": 2}
    assert found["messages"][1]["agent"] == "terminal"
    assert found["facts"]["source"]["tool_version"] == "0.30.1"


def test_files_images_and_texts_are_attachments() -> None:
    png = b"\x89PNG123"
    variables = [
        {"kind": "file", "name": "a.py", "value": URI},
        {"kind": "file", "value": {"uri": {**URI, "external": None}, "range": {}}},
        {"kind": "image", "name": "i", "value": {str(n): byte for n, byte in enumerate(png)}},
        {"kind": "image", "name": "j", "value": {"$base64": base64.b64encode(png).decode()}},
        {"kind": "paste", "name": "p", "value": "pasted"},
        {"kind": "tool", "name": "t"},
        5,
    ]
    user = messages(request(variableData={"variables": variables}))[0]
    uri = "file:///home/x/a.py"
    assert user["attachments"][:2] == [beside("a.py", "text/x-python", uri)] * 2
    assert [one["size"] for one in user["attachments"][2:]] == [7, 7, 6]
    assert user["attachments"][2]["media_type"] == "image/png"
    assert user["attachments"][4] == with_text("p", "text/plain", "pasted")


def test_which_model_was_chosen_is_no_part_of_an_answer() -> None:
    found = read(export(request({"value": "x"}, {"kind": "autoModeResolution", "resolved": {}})))
    assert found["warnings"] == []


def test_unknown_parts_are_named() -> None:
    found = read(export(request({"value": "x"}, {"kind": "hologram"})))
    assert "hologram (1)" in found["warnings"][0]


def test_edits_of_a_file_that_no_call_names_are_a_call() -> None:
    group = {"kind": "textEditGroup", "uri": URI, "edits": [[{"text": "new"}], [{"text": "last"}]]}
    (_, answer) = messages(request({"value": "Done"}, group, {**group, "edits": [[{"text": "x"}]]}))
    (made,) = answer["tool_calls"]
    assert made["name"] == "textEditGroup"
    texts = [edit["newText"] for edit in made["input"]["edits"]]
    assert (made["input"]["filePath"], texts) == ("/home/x/a.py", ["new", "last", "x"])


def test_edits_of_a_file_that_a_call_names_are_those_of_the_call() -> None:
    sent = {"id": "c1", "name": "create_file", "arguments": '{"filePath": "/home/x/a.py"}'}
    group = {"kind": "textEditGroup", "uri": URI, "edits": [[{"text": "new"}]]}
    (_, answer, _) = messages(request(call(), group, result=rounds(sent)))
    assert [made["name"] for made in answer["tool_calls"]] == ["create_file"]


READ = {"id": "t1", "name": "read_file", "arguments": '{"filePath": "/home/x/a.py"}'}
REPLACED = {"filePath": "/home/x/a.py", "oldString": "a", "newString": "b"}
REPLACE = {"id": "t2", "name": "replace_string_in_file", "arguments": json.dumps(REPLACED)}


def test_calls_that_the_user_did_not_see_are_those_that_the_model_sent() -> None:
    group = {"kind": "textEditGroup", "uri": URI, "edits": [[]], "done": True}
    received = {"t2": {"content": [{"value": "Done."}]}}
    sent = rounds(READ, REPLACE, results=received)
    _, answer, *results = messages(request(call("seen"), group, result=sent))
    assert [(one["id"], one["name"]) for one in answer["tool_calls"]] == [
        ("seen", "read_file"), ("t2", "replace_string_in_file"),
    ]  # fmt: skip
    assert answer["tool_calls"][1]["input"] == REPLACED
    assert [one["tool_call_id"] for one in results] == ["seen", "t2"]
    _, answer = messages(request({"value": "x"}, result=rounds(REPLACE)))
    assert [one["input"] for one in answer["tool_calls"]] == [REPLACED]


def test_calls_of_which_some_that_were_seen_are_not_found_are_not_added_to() -> None:
    seen = call("seen", toolId="copilot_other")
    _, answer, _ = messages(request(seen, result=rounds(READ, REPLACE)))
    assert [one["id"] for one in answer["tool_calls"]] == ["seen"]


def test_the_model_is_the_one_that_answered_where_the_choice_was_left_to_vs_code() -> None:
    resolution = {"kind": "autoModeResolution", "resolved": {"id": "m-5"}}
    parts = (resolution, {"value": "x"})
    result = {"metadata": {"resolvedModel": "m-5"}}
    for model, shown in (("copilot/auto", "copilot/m-5"), ("auto", "m-5"), ("copilot/m", None)):
        found = read(export(request(*parts, modelId=model, result=result)))
        assert found["messages"][1]["model"] == (shown or model)
        assert found["warnings"] == []
    assert messages(request(*parts, modelId="copilot/auto"))[1]["model"] == "copilot/auto"
