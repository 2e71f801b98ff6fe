"""Rows of training data, in the forms of several programs."""

from __future__ import annotations

import pytest

from hfs_server.importers.openai_messages import OpenAiMessages
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import lines_of
from tests.unit.importers.test_openai_messages import ANSWER, ASKED, Json, read, rows
from tests.unit.importers.truth import differences

ROWS: list[tuple[Json, list[tuple[str, str]]]] = [
    ({"conversations": [{"from": "system", "value": "S"}, {"from": "human", "value": "Q"},
                        {"from": "gpt", "value": "A"}]},
     [("system*", "S"), ("user", "Q"), ("assistant", "A")]),
    ({"conversations": [{"from": "human", "value": "Q"}], "chosen": {"from": "gpt", "value": "A"},
      "rejected": {"from": "gpt", "value": "B"}}, [("user", "Q"), ("assistant", "A")]),
    ({"prompt": "Q", "chosen": "A", "rejected": "B"}, [("user", "Q"), ("assistant", "A")]),
    ({"prompt": [ASKED], "chosen": [ANSWER], "rejected": [ANSWER]},
     [("user", "What is 2 * 3?"), ("assistant", "It is 6.")]),
    ({"prompt": "Q", "chosen": [ASKED, ANSWER], "rejected": [ASKED, ANSWER]},
     [("user", "What is 2 * 3?"), ("assistant", "It is 6.")]),
    ({"input": {"messages": [ASKED]}, "preferred_output": [ANSWER],
      "non_preferred_output": [ANSWER]},
     [("user", "What is 2 * 3?"), ("assistant", "It is 6.")]),
    ({"chosen_messages": [ASKED, ANSWER], "rejected_messages": [ASKED]},
     [("user", "What is 2 * 3?"), ("assistant", "It is 6.")]),
    ({"instruction": "Q", "input": "more", "output": "A", "system": "S", "history": [["P", "R"]]},
     [("system*", "S"), ("user", "P"), ("assistant", "R"), ("user", "Q\nmore"),
      ("assistant", "A")]),
]  # fmt: skip


@pytest.mark.parametrize(("row", "shown"), ROWS)
def test_rows_of_training_data_have_the_preferred_answer(
    row: Json, shown: list[tuple[str, str]]
) -> None:
    for found in (read(row), read([row]), rows(row)):
        (session,) = found
        assert session.shown() == shown
        rejects = any("rejected" in key or "non_" in key for key in row)
        warnings = ["1 rejected answer is only in the original."] if rejects else []
        assert session.warnings == warnings


def test_calls_and_results_of_sharegpt_are_read() -> None:
    turns = [
        {"from": "human", "value": "Q"},
        {"from": "function_call", "value": '{"name": "f", "arguments": {"a": 1}}'},
        {"from": "observation", "value": "6"},
        {"from": "narrator", "value": "?"},
    ]
    (found,) = rows({"conversations": turns})
    assert found.messages[1]["tool_calls"] == [{"id": "", "name": "f", "input": {"a": 1}}]
    assert found.shown()[2] == ("tool", "6")
    assert "role narrator (1)" in found.warnings[0]


@pytest.mark.parametrize("row", [row for row, _ in ROWS])
def test_damaged_rows_are_read_or_rejected(row: Json) -> None:
    assert survive(OpenAiMessages(), lines_of(row, row)) > 50


@pytest.mark.parametrize("name", ["openai-messages", "sharegpt"])
def test_every_number_is_found_in_every_real_file(name: str) -> None:
    assert differences(name) == []
