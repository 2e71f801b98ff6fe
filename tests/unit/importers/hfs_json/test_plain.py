"""Messages that are taken as they are, many at a time."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from hfs_server.importers.hfs_json.models import PlainMessage
from hfs_server.importers.hfs_json.plain import plain_times
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.timestamps import iso_from_text

TIME = "2026-02-01T10:30:00.250184Z"
PLAIN = {"role": "user", "content": "Hello", "created_at": TIME}
CANONICAL_TIMES = (TIME, "2024-02-29T23:59:59.999999Z", "0001-01-01T00:00:00.000001Z")
OTHER_TIMES = (
    "2026-02-30T10:30:00.250184Z",
    "2026-02-29T10:30:00.250184Z",
    "0000-02-01T10:30:00.250184Z",
    "2026-13-01T10:30:00.250184Z",
    "2026-02-01T24:00:00.000001Z",
    "2026-02-01T24:00:00.000000Z",
    "2026-02-01T10:60:00.250184Z",
    "2026-02-01T10:30:60.250184Z",
    "2026-02-01T10:30:00.000000Z",
    "2026-02-01T10:30:00.250184z",
    "2026-02-01 10:30:00.250184Z",
    "2026-02-01T10:30:00,250184Z",
    "2026-W05-7T10:30:00.250184Z",
    "2026-02-01T10:30:00.25018٤Z",
    "٢٠٢٦-02-01T10:30:00.250184Z",
    "2026-02-01T10:30:00.250184",
    "2026-02-01T10:30:00Z",
    f"{TIME}\n",
    f"{TIME}\n{TIME}",
    "\n" * len(TIME),
    "",
)


@pytest.mark.parametrize("time", CANONICAL_TIMES)
def test_times_in_our_form_are_those_of_plain_messages(time: str) -> None:
    assert plain_times([PLAIN, {**PLAIN, "created_at": time}]) == (TIME, time)
    assert iso_from_text(time) == time


@pytest.mark.parametrize("time", OTHER_TIMES)
def test_a_message_with_another_time_is_validated_by_itself(time: str) -> None:
    assert plain_times([PLAIN, {**PLAIN, "created_at": time}, PLAIN]) is None


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"role": "user", "content": "Hello"},
        {**PLAIN, "model": "m"},
        {"role": "user", "content": "Hello", "created": TIME},
        dict(reversed(PLAIN.items())),
        {**PLAIN, "created_at": None},
        {**PLAIN, "created_at": 1},
        {**PLAIN, "role": None},
        {**PLAIN, "content": ["Hello"]},
        {**PLAIN, "content": True},
        [PLAIN],
        "role",
        None,
    ],
    ids=str,
)
def test_a_message_of_another_shape_is_validated_by_itself(other: Any) -> None:
    assert plain_times([other]) is None
    assert plain_times([PLAIN, other, PLAIN]) is None


def test_no_messages_are_not_plain() -> None:
    assert plain_times([]) is None


def test_a_document_has_the_same_messages_however_they_were_validated() -> None:
    messages = []
    for number in range(5_000):
        times = CANONICAL_TIMES if number % 997 else ("2026-02-01 10:30",)
        time = times[number % len(times)]
        message = {"role": "user", "content": f"{number} 🙂", "created_at": time}
        messages.append(dict(reversed(message.items())) if number % 499 == 0 else message)
    content = json.dumps({"messages": messages}).encode()
    found = [each for batch in DocumentReader(io.BytesIO(content)).batches() for each in batch[0]]
    expected = [PlainMessage.model_validate(each).as_object() for each in messages]
    assert [[*each.items()] for each in found] == [[*each.items()] for each in expected]
