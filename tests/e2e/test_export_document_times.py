"""Times in an export document: every accepted form keeps its instant, others are rejected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from testing.client import Client
from testing.documents import document, message, text
from testing.requests import import_refused, imported_and_exported


def spelled(moment: datetime, digits: int, offset: str) -> str:
    fraction = f"{moment.microsecond:06}000000"[:digits]
    return f"{moment:%Y-%m-%dT%H:%M:%S}".zfill(19) + (fraction and f".{fraction}") + offset


KEPT_TIMES = {
    spelled(datetime(2026, 2, 1, 10, 30, 5, 123456), digits, "Z"): None for digits in range(13)
}


OFFSETS = ["+14:00", "-14:00", "+23:59", "-23:59", "+00:00", "-00:00", "+0530", "+01", "+01:00:30"]


EDGES = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00.000001Z",
    "0001-01-01T00:00:00-23:59",
    "1582-10-10T00:00:00Z",
    "1969-12-31T23:59:59.999999Z",
    "2024-02-29T23:59:59Z",
    "2038-01-19T03:14:08Z",
    "9999-12-31T23:59:59.999999Z",
    "9999-12-31T23:59:59.999999+23:59",
    "2026-02-01",
    "20260201T103000Z",
    "2026-02-01T10:30",
    "2026-02-01T10Z",
    "2026-W05-7",
    "2026-W05",
    "2020-W53-7T23:00:00Z",
    "2026-02-01 10:30:00",
    "2026-02-01T10:30:00,5Z",
    "2026-02-01t10:30:00z",
    *KEPT_TIMES,
    *(f"2026-02-01T10:30:00.25{offset}" for offset in OFFSETS),
]


NO_TIMES = [
    "0000-12-31T23:59:59Z",
    "10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "+002026-02-01T10:30:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "2016-12-31T23:59:60Z",
    "2026-02-01T10:60:00Z",
    "2026-02-01T25:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-W54-1",
    "2026-W00-1",
    "2026-032",
    "2026-02",
    "2026",
    "1700000000",
    "T10:30:00Z",
    "2026-02-01T10:30:00+24:00",
    "2026-02-01T10:30:00ZZ",
    "2026-02-01T10:30:00 UTC",
    " 2026-02-01T10:30:00Z",
    "\uff12\uff10\uff12\uff16-02-01T10:30:00Z",
    "now",
    "2026-02-01+10:00",
    "2026-02-01-10:00",
    "2026-02-01x10:00",
    "2026-02-01T10:30:00Z\0",
    "2026-02-01T10:00:00x+00:00",
    "2026-02-01T10:00:00.+00:00",
    "2020-01-01T12345678",
    "2026-02-01T10.5",
    "2026-02-01T10:30:00+01:60",
    "2026-02-01T24:00:01Z",
]


def with_time(time: str) -> dict[str, Any]:
    moment = {"trigger": "t", "message_index": 1, "created_at": time, "state": {}}
    times = {"session_created_at": time, "session_updated_at": time}
    return document("Times", message(created_at=time), metadata=times, checkpoints=[moment])


def instant(time: str) -> datetime:
    moment = datetime.fromisoformat(time.upper())
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@pytest.mark.parametrize("time", EDGES)
def test_a_time_at_an_edge_keeps_its_meaning_wherever_it_stands(shared: Client, time: str) -> None:
    found = imported_and_exported(shared, text(with_time(time)))
    kept = {
        found["messages"][0]["created_at"],
        found["checkpoints"][0]["created_at"],
        found["metadata"]["session_created_at"],
        found["metadata"]["session_updated_at"],
    }
    assert len(kept) == 1
    assert instant(kept.pop()) - instant(time) == timedelta()


@pytest.mark.parametrize("time", NO_TIMES)
def test_what_is_not_a_time_is_rejected_with_its_path(shared: Client, time: str) -> None:
    error = import_refused(shared, {"content": text(with_time(time))})
    assert [problem["path"] for problem in error.data["problems"]] == [
        "messages[0].created_at",
        "checkpoints[0].created_at",
        "metadata.session_created_at",
        "metadata.session_updated_at",
    ]


@pytest.mark.parametrize(
    "time",
    [
        "2026-02-01T10:30:00.1234567Z",
        "2026-02-01T10:30:00.123456000001+02:00",
        "20260201T103000,9999999Z",
        "2026-W05T103000.1234567",
    ],
)
def test_every_truncated_time_is_counted(shared: Client, time: str) -> None:
    result = shared.request("hfs/import", {"content": text(with_time(time))})
    (warning,) = result["warnings"]
    assert warning == "4 timestamps were truncated to microseconds."
