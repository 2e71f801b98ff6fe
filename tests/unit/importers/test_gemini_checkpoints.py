"""Checkpoints of Gemini CLI: contents with roles and parts, without times."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.gemini_cli import GeminiCli
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in

CONTENTS: list[Any] = [
    {"role": "user", "parts": [{"text": "This is the Gemini CLI. We are setting up the context"}]},
    {"role": "model", "parts": [{"text": "Got it. Thanks for the context!"}]},
    {"role": "user", "parts": [{"text": "read both"}]},
    {
        "role": "model",
        "parts": [
            {"text": "I must read.", "thought": True},
            {"functionCall": {"name": "read_file", "args": {"path": "a"}}},
            {"functionCall": {"name": "read_file", "args": {"path": "b"}}},
        ],
    },
    {
        "role": "user",
        "parts": [
            {"functionResponse": {"name": "read_file", "response": {"output": "A"}}},
            {"functionResponse": {"name": "read_file", "response": {"error": "no b"}}},
        ],
    },
    {"role": "model", "parts": [{"text": "Only a "}, {"text": "is there."}]},
]


def checkpoint(value: Any) -> Found:
    (found,) = sessions_in(GeminiCli(), json.dumps(value).encode(), "checkpoint-a.json")
    return found


@pytest.mark.parametrize(
    "value",
    [CONTENTS, {"history": CONTENTS, "authType": "x"}, {"history": [], "clientHistory": CONTENTS}],
    ids=["list", "history", "client history"],
)
def test_the_contents_of_a_checkpoint_are_messages(value: Any) -> None:
    assert checkpoint(value).shown()[2:] == [
        ("user", "read both"), ("assistant", ""), ("tool", "A"), ("tool", "no b"),
        ("assistant", "Only a is there."),
    ]  # fmt: skip


def test_the_context_that_the_program_sent_is_synthetic_and_so_is_its_answer() -> None:
    found = checkpoint(CONTENTS)
    assert [role for role, _ in found.shown()[:2]] == ["user*", "assistant*"]
    assert found.name == "read both"


def test_responses_belong_to_the_calls_of_their_function_in_order() -> None:
    made = checkpoint(CONTENTS).messages
    calls = [call["id"] for call in made[3]["tool_calls"]]
    assert [made[4]["tool_call_id"], made[5]["tool_call_id"]] == calls
    assert len(set(calls)) == 2
    assert (made[3]["thinking"], made[5]["is_error"]) == ("I must read.", True)


def test_messages_of_other_apis_are_not_recognized() -> None:
    for value in ([{"role": "user", "content": "x"}], [{"role": "user", "parts": "x"}], [], [5]):
        assert GeminiCli().recognizes(file_with(json.dumps(value).encode())) is None


def test_a_file_without_contents_is_rejected_in_a_sentence() -> None:
    with pytest.raises(InvalidDocument, match="no contents with roles and parts"):
        [list(session.batches()) for session in GeminiCli().sessions(file_with(b"[]"))]


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(GeminiCli(), json.dumps(CONTENTS).encode()) > 50
