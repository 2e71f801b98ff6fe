"""The log of a session of VS Code's chat is replayed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.copilot_chat import CopilotChat
from hfs_server.importers.copilot_chat.log import replayed
from hfs_server.importers.foreign import Draft
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive

Json = dict[str, Any]
FIRST = {"kind": 0, "v": {"version": 3, "sessionId": "s", "creationDate": 1, "requests": []}}


def lines(*entries: Json | str) -> bytes:
    texts = (entry if isinstance(entry, str) else json.dumps(entry) for entry in entries)
    return "".join(f"{text}\n" for text in texts).encode()


def replay(*entries: Json | str) -> tuple[Json, list[str]]:
    file = file_with(lines(*entries))
    draft = Draft("copilot-chat", file)
    return replayed(file, draft), draft.all_warnings


def pushed(*values: Any, at: int | None = None) -> Json:
    entry = {"kind": 2, "k": ["requests"], "v": [*values]}
    return entry if at is None else {**entry, "i": at}


def test_members_are_set_and_deleted_and_items_pushed_and_cut() -> None:
    state, warnings = replay(
        FIRST,
        pushed({"requestId": "a"}, {"requestId": "b"}),
        {"kind": 1, "k": ["requests", 1, "response"], "v": [{"value": "x"}]},
        {"kind": 2, "k": ["requests", 1, "response"], "v": [{"value": "y"}]},
        {"kind": 2, "k": ["requests", 0, "response"], "v": ["made"]},
        {"kind": 1, "k": ["requests", 1, "response", 0], "v": {"value": "z"}},
        {"kind": 2, "k": ["requests", 1, "response"], "i": 1},
        {"kind": 1, "k": ["customTitle"], "v": "T"},
        {"kind": 3, "k": ["creationDate"]},
        pushed("c", at=2),
        pushed("d", at=2),
    )
    assert state["requests"] == [
        {"requestId": "a", "response": ["made"]},
        {"requestId": "b", "response": [{"value": "z"}]},
        "d",
    ]
    assert (state["customTitle"], state["creationDate"]) == ("T", None)
    assert warnings == []


def test_a_later_first_state_replaces_all() -> None:
    state, _ = replay(FIRST, pushed("a"), {"kind": 0, "v": {"requests": ["b"]}})
    assert state == {"requests": ["b"]}


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": 1, "k": [], "v": 1},
        {"kind": 1, "v": 1},
        {"kind": 1, "k": ["requests", 10**9], "v": 1},
        {"kind": 1, "k": ["requests", -1], "v": 1},
        {"kind": 1, "k": ["requests", "0"], "v": 1},
        {"kind": 1, "k": ["requests", True], "v": 1},
        {"kind": 1, "k": ["requests", 0, "x"], "v": 1},
        {"kind": 1, "k": ["lost", "x"], "v": 1},
        {"kind": 1, "k": ["sessionId", "x"], "v": 1},
        {"kind": 1, "k": [["x"]], "v": 1},
        {"kind": 2, "k": ["sessionId"], "v": ["x"]},
        {"kind": 3, "k": ["requests", 5, "x"]},
    ],
)
def test_a_change_that_does_not_fit_is_skipped_and_counted(entry: Json) -> None:
    state, warnings = replay(FIRST, entry, pushed("a"))
    assert state == {**FIRST["v"], "requests": ["a"]}
    assert warnings == ["1 change does not fit what the log has before, and was skipped."]


def test_unknown_kinds_and_damaged_lines_cost_only_themselves() -> None:
    state, warnings = replay(FIRST, {"kind": 9}, "damaged", pushed("a"), '{"kind": 1, "k": ["x"')
    assert state["requests"] == ["a"]
    assert len(warnings) == 2
    assert "kind 9 (1)" in warnings[0]
    assert "2 lines" in warnings[1]


def test_a_log_without_its_first_state_is_rejected() -> None:
    with pytest.raises(InvalidDocument, match="lacks its first entry"):
        replay(pushed("a"), {"kind": 1, "k": ["x"], "v": 1})


def test_the_session_of_a_log_is_read() -> None:
    asked = {"requestId": "r", "message": {"text": "Hi"}, "timestamp": 1760000000000}
    answer = {"kind": 2, "k": ["requests", 0, "response"], "v": [{"value": "Hello"}]}
    ended = {"kind": 1, "k": ["requests", 0, "modelState"], "v": {"completedAt": 1760000009000}}
    (source,) = CopilotChat().sessions(file_with(lines(FIRST, pushed(asked), answer, ended)))
    found = [message for batch in source.batches() for message in batch.messages]
    assert [message["content"] for message in found] == ["Hi", "Hello"]
    assert source.header.facts["session_id"] == "copilot-chat:s"
    assert source.header.updated_at == "2025-10-09T08:53:29Z"


def test_100_000_changes_are_no_problem() -> None:
    entries = [{"kind": 2, "k": ["requests"], "v": [n]} for n in range(100_000)]
    state, _ = replay(FIRST, *entries)
    assert len(state["requests"]) == 100_000


def test_damaged_logs_are_read_or_rejected() -> None:
    asked = {"requestId": "r", "message": {"text": "Hi"}, "timestamp": 1760000000000}
    answer = {"kind": 2, "k": ["requests", 0, "response"], "v": [{"value": "Hello"}], "i": 0}
    ended = {"kind": 1, "k": ["requests", 0, "modelState"], "v": {"completedAt": 1}}
    gone = {"kind": 3, "k": ["customTitle"]}
    assert survive(CopilotChat(), lines(FIRST, pushed(asked), answer, ended, gone), "s.jsonl") > 100
