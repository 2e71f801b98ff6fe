"""Export → import → export gives the same document, for any content of the session."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client
from testing.documents import document, message, same_but_for_export_time, text, write_large
from testing.nasty_texts import NASTY_TEXTS
from testing.requests import exported_and_imported

NASTY_STATES: dict[str, Any] = {
    "empty": {},
    "null": None,
    "text": "plain",
    "JSON text": '{"a": 1}',
    "text of text": '"{}"',
    "list": [1, [2, [3]]],
    "numbers": [
        0,
        -0.0,
        1.0,
        1.5,
        1e300,
        5e-324,
        2**63 - 1,
        -(2**63) + 1,
        0.1,
        1e22,
        123456789.123,
    ],
    "false": False,
    "zero": 0,
    "keys": {"": 1, "jsonrpc": "2.0", "class": 2, "a b": 3, "\0": 4, "ü🙂": 5, "state_json": "6"},
    "deep": {},
}


def imported_id(client: Client, value: Any) -> int:
    number: int = client.request("hfs/import", {"content": text(value)})["sessions"][0]["id"]
    return number


@pytest.mark.parametrize("name", NASTY_TEXTS)
def test_any_text_is_kept_in_every_member(shared: Client, name: str) -> None:
    nasty = NASTY_TEXTS[name]
    whole = document(
        nasty,
        message(nasty, nasty, **{f"x{nasty[:50]}": nasty}),
        metadata={"unknown": nasty},
        checkpoints=[
            {"trigger": nasty, "message_index": 1, "created_at": None, "state": {"a": nasty}}
        ],
        run_snapshot={"run_id": nasty},
        more=nasty,
    )
    found = exported_and_imported(shared, imported_id(shared, whole))
    assert found["metadata"]["session_name"] == nasty
    assert found["metadata"]["unknown"] == nasty
    assert found["messages"] == whole["messages"]
    assert found["checkpoints"] == whole["checkpoints"]
    assert (found["run_snapshot"], found["more"]) == ({"run_id": nasty}, nasty)
    markdown = f"hfs:/sessions/{imported_id(shared, whole)}.md"
    assert shared.request("workspace/textDocumentContent", {"uri": markdown})["text"]


@pytest.mark.parametrize("name", NASTY_STATES)
def test_any_state_is_exported_as_it_was_imported(shared: Client, name: str) -> None:
    state = NASTY_STATES[name]
    if name == "deep":
        for _ in range(90):
            state = {"deeper": [state]} if len(json.dumps(state)) % 2 else {"d": state}
            if depth(state) >= 90:
                break
    moments = [{"trigger": "t", "message_index": 1, "created_at": None, "state": state}]
    whole = document("States", checkpoints=moments, run_snapshot=state, more=state)
    found = exported_and_imported(shared, imported_id(shared, whole))
    assert text(found["checkpoints"]) == text(moments)
    assert text(found["run_snapshot"]) == text(state)
    assert text(found["more"]) == text(state)


def test_an_integer_that_the_parser_does_not_take_is_rejected_and_not_changed(
    shared: Client,
) -> None:
    for number in (-(2**63), 2**63):
        content = text(document("n", message(least=number)))
        error = shared.refusal("hfs/import", {"content": content})
        assert "64 bits" in error.message


def depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    members = value.values() if isinstance(value, dict) else value
    return 1 + max(map(depth, members), default=0)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("2026-02-01T10:00:00Z", "2026-02-01T10:00:00Z"),
        ("2026-02-01T10:00:00", "2026-02-01T10:00:00Z"),
        ("2026-02-01 10:00:00.250184", "2026-02-01T10:00:00.250184Z"),
        ("2026-02-01T10:00:00.000001Z", "2026-02-01T10:00:00.000001Z"),
        ("2026-02-01T12:00:00+02:00", "2026-02-01T10:00:00Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_a_time_is_kept_to_the_microsecond(shared: Client, given: Any, expected: Any) -> None:
    moments = [{"trigger": "t", "message_index": 1, "created_at": given, "state": {}}]
    whole = document("Times", message(created_at=given), message(), checkpoints=moments)
    found = exported_and_imported(shared, imported_id(shared, whole))
    assert found["messages"][0]["created_at"] == expected
    assert found["checkpoints"][0]["created_at"] == expected


def test_every_form_of_a_checkpoint_is_imported_completely(shared: Client) -> None:
    moments = [
        {"trigger": "run.ended", "message_index": 2},
        {"trigger": "manual", "message_index": 5, "state_json": "{}"},
        {"trigger": "manual", "message_index": 5, "state_json": '{"a": [1.50]}'},
        {"trigger": "manual", "message_index": -1, "state_json": "nonsense"},
        {"trigger": "", "message_index": 2**63 - 1, "state_json": {"already": "an object"}},
    ]
    found = exported_and_imported(
        shared, imported_id(shared, document("In use", checkpoints=moments))
    )
    states = [moment["state"] for moment in found["checkpoints"]]
    assert states == [{}, {}, {"a": [1.5]}, "nonsense", {"already": "an object"}]
    assert [moment["created_at"] for moment in found["checkpoints"]] == [None] * 5


def test_a_checkpoint_with_a_state_and_a_text_of_it_loses_neither(shared: Client) -> None:
    moments = [
        {
            "trigger": "t",
            "message_index": 1,
            "created_at": None,
            "state": {"the": "state"},
            "state_json": '{"the": "text"}',
        }
    ]
    found = exported_and_imported(
        shared, imported_id(shared, document("Both", checkpoints=moments))
    )
    assert found["checkpoints"][0]["state"] == {"the": "state"}
    assert found["checkpoints"] == moments


def test_unknown_keys_are_kept_wherever_they_stand(shared: Client) -> None:
    keys = ("id", "hfs_extra", "jsonrpc", "class", "foo-bar", "", "model_extra", "created", "a.b")
    unknown = {key: {"kept": [key, None, 1.5]} for key in keys}
    whole = document(
        "Unknown keys",
        message(**unknown),
        metadata=unknown,
        checkpoints=[
            {"trigger": "t", "message_index": 1, "created_at": None, "state": {}, **unknown}
        ],
        run_snapshot=unknown,
        **unknown,
    )
    found = exported_and_imported(shared, imported_id(shared, whole))
    assert found["messages"] == whole["messages"]
    assert found["checkpoints"] == whole["checkpoints"]
    assert found["run_snapshot"] == unknown
    assert {key: found["metadata"][key] for key in keys} == unknown
    assert {key: found[key] for key in keys} == unknown


def test_nulls_and_empty_lists_are_exported_as_the_server_writes_them(shared: Client) -> None:
    for value in (document("None", checkpoints=None), document("None", checkpoints=[])):
        found = exported_and_imported(shared, imported_id(shared, value))
        assert found["checkpoints"] == []
        assert found["run_snapshot"] is None


def test_numbers_are_kept_to_the_last_digit(shared: Client) -> None:
    numbers = [0.1, 1 / 3, math.pi * 1e100, -1.7976931348623157e308, 9007199254740993]
    found = exported_and_imported(
        shared, imported_id(shared, document("n", message(numbers=numbers)))
    )
    assert found["messages"][0]["numbers"] == numbers


def test_a_session_of_some_megabytes_is_kept_by_files(shared: Client, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    write_large(given, messages=600)
    imported = shared.request("hfs/import", {"uri": given.as_uri()})
    texts = []
    for number in range(2):
        path = tmp_path / f"export {number}.json"
        session_id = imported["sessions"][0]["id"]
        params = {"sessionId": session_id, "format": "json", "destination": path.as_uri()}
        assert shared.request("hfs/export", params)["messageCount"] == 600
        texts.append(path.read_text(encoding="utf-8"))
        imported = shared.request("hfs/import", {"uri": path.as_uri()})
    first, second = (same_but_for_export_time(text) for text in texts)
    assert first == second
