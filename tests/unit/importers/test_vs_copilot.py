"""Traces of Copilot in Visual Studio: spans of a model, of tools and of an agent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.places import Places
from hfs_server.importers.vs_copilot import VsCopilot
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, lines_of, sessions_in
from tests.unit.importers.truth import foreign_folder

Json = dict[str, Any]
START = 1_700_000_000_000_000_000
NAME = "20260615T234102_b45c_VSGitHubCopilot_traces.jsonl"


def wrapped(values: Json) -> list[Json]:
    return [{"key": key, "value": {"stringValue": value}} for key, value in values.items()]


def span(second: int, operation: str, status: Json | None = None, **values: str) -> Json:
    named = {f"gen_ai.{key.replace('__', '.')}": value for key, value in values.items()}
    attributes = {"gen_ai.conversation.id": "c-1", "gen_ai.operation.name": operation, **named}
    start = START + second * 1_000_000_000
    made = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 500_000_000)}
    return {**made, "attributes": wrapped(attributes), "status": status or {}}


def line(*spans: Json, service: str = "vs-copilot") -> Json:
    resource = {"attributes": wrapped({"service.name": service, "service.version": "18.6"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [*spans]}]}]}


def talk(role: str, *parts: Json) -> str:
    return json.dumps([{"role": role, "parts": [*parts]}])


ASKED = talk("user", {"type": "text", "content": "Run the tests"})
CALL = {"type": "tool_call", "id": "t1", "name": "run", "arguments": '{"command": "test"}'}
CALLING = span(
    1, "chat", input__messages=ASKED,
    output__messages=talk("assistant", {"type": "text", "content": "Sure"}, CALL),
    response__model="gpt-5", usage__input_tokens="9", usage__output_tokens="3",
)  # fmt: skip
RUN = span(
    2, "execute_tool", tool__name="run", tool__call__id="t1",
    tool__call__arguments='{"command": "test"}', tool__call__result="Passed",
)  # fmt: skip
DONE = span(
    3, "chat", input__messages=ASKED,
    output__messages=talk("assistant", {"type": "text", "content": "Done"}),
)  # fmt: skip
AGENT = span(0, "invoke_agent", request__model="gpt-5.5")


def read(*lines: Json) -> list[Found]:
    return sessions_in(VsCopilot(), lines_of(*lines), NAME)


def test_calls_of_the_model_and_of_tools_are_a_session_in_the_order_of_their_times() -> None:
    (found,) = read(line(DONE), line(RUN, CALLING), line(AGENT))
    assert found.shown() == [
        ("user", "Run the tests"), ("assistant", "Sure"), ("tool", "Passed"),
        ("assistant", "Done"),
    ]  # fmt: skip
    reply, result = found.messages[1:3]
    assert reply["tool_calls"] == [{"id": "t1", "name": "run", "input": {"command": "test"}}]
    assert (reply["model"], reply["usage"]) == ("gpt-5", {"input_tokens": 9, "output_tokens": 3})
    assert (result["tool_call_id"], result["tool_name"]) == ("t1", "run")
    assert found.created_at == "2023-11-14T22:13:21Z"
    assert found.facts["models"] == ["gpt-5", "gpt-5.5"]
    assert found.facts["source"]["tool_version"] == "18.6"


def test_a_session_in_several_files_is_a_session_in_each() -> None:
    (found,) = read(line(CALLING))
    stem = NAME.partition(".")[0]
    assert found.facts["source"]["session_id"] == f"c-1/{stem}"


def test_a_call_that_no_reply_has_is_read_from_its_tool() -> None:
    failed = {"code": 2}
    (found,) = read(line(RUN), line(span(4, "execute_tool", failed, tool__name="x")))
    assert found.shown() == [("assistant", ""), ("tool", "Passed"), ("assistant", ""), ("tool", "")]
    assert found.messages[0]["tool_calls"][0]["input"] == {"command": "test"}
    assert found.messages[3]["is_error"] is True


def test_sessions_in_a_file_are_apart_and_unknown_spans_are_named() -> None:
    other = span(9, "new")
    other["attributes"][0]["value"] = {"stringValue": "c-2"}
    first, second = read(line(CALLING, other))
    assert len(first.messages) == 3 - 1
    assert "new (1)" in second.warnings[0]


@pytest.mark.parametrize("value", [{}, {"resourceSpans": 5}, line(AGENT, service="copilot-chat")])
def test_other_files_are_not_recognized(value: Json) -> None:
    assert VsCopilot().recognizes(file_with(json.dumps(value).encode())) is None


def test_a_file_without_sessions_is_rejected() -> None:
    with pytest.raises(InvalidDocument):
        list(VsCopilot().sessions(file_with(b"{}")))


def test_damaged_files_are_read_or_rejected() -> None:
    assert survive(VsCopilot(), lines_of(line(CALLING), line(RUN, AGENT)), NAME) > 300


def test_a_real_trace_is_read() -> None:
    (found,) = read_sessions(foreign_folder() / "vs-copilot" / "agentsview-sample-3.jsonl")
    roles = [item["role"] for item in found["messages"]]
    assert roles == ["assistant", "tool", "assistant", "tool"]
    assert found["messages"][1]["content"] == "Passed! - Failed: 0, Passed: 12."
    assert found["metadata"]["models"] == ["gpt-5.5"]


def test_the_folder_is_that_of_windows() -> None:
    places = Places(Path("/home/ada"), {"LOCALAPPDATA": "/local"}, "win32")
    expected = Path("/local/Temp/VSGitHubCopilotLogs/traces")
    assert list(VsCopilot().folders(places)) == [expected]
