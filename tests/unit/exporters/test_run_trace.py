"""The trace of a run as neutral sections, which any exporter can render."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from hfs_server.exporters.report import Phase, Row, Section
from hfs_server.exporters.run_trace import (
    timeline_section,
    total_duration,
    total_tokens,
    trace_sections,
)

GOLDEN = Path(__file__).parent / "markdown" / "golden" / "full.json"
SNAPSHOT: dict[str, Any] = json.loads(GOLDEN.read_text("utf-8"))["run_snapshot"]


def every(sections: Any) -> Iterator[Section]:
    for section in sections:
        yield section
        yield from every(section.sections)


def titled(title: str) -> Section:
    return next(section for section in every(trace_sections(SNAPSHOT)) if section.title == title)


def test_totals_are_in_units_people_read() -> None:
    assert total_tokens(SNAPSHOT) == "1,500"
    assert total_duration(SNAPSHOT) == "30 s"
    assert total_tokens(None) == total_duration([]) == ""


def test_texts_of_a_snapshot_are_not_escaped() -> None:
    agent = {"agent_id": "**a** | b", "current_action": "# <b>"}
    (section,) = trace_sections(
        {"agent_tree": {"triads": [{"triad_id": "_t_", "agents": [agent]}]}}
    )
    (triad,) = section.sections
    assert triad.title == "_t_"
    assert triad.table
    assert triad.table.rows == (Row(("**a** | b", "# <b>")),)


def test_columns_of_numbers_and_rows_of_totals_are_marked() -> None:
    table = titled("By agent").table
    assert table
    assert [column.is_number for column in table.columns] == [False, True, True, True]
    assert [row.is_total for row in table.rows] == [False] * (len(table.rows) - 1) + [True]
    assert table.rows[-1].cells == ("Total", "1,200", "300", "1,500")


def test_a_table_has_no_empty_column_and_no_empty_row() -> None:
    phases = [{"phase_name": "a", "duration_ms": 5}, {}, {"phase_name": "b"}]
    section = timeline_section({"phases": phases})
    assert section
    assert section.table
    assert [column.title for column in section.table.columns] == ["Phase", "Time taken"]
    assert [row.cells for row in section.table.rows] == [("a", "5 ms"), ("b", "")]


def test_a_phase_is_running_until_it_has_an_end() -> None:
    phases = [
        {
            "phase_name": "a",
            "started_at": "2026-02-01T10:00:00Z",
            "ended_at": "2026-02-01T10:00:05Z",
        },
        {"phase_name": "b", "started_at": "2026-02-01T11:00:05+01:00"},
    ]
    section = timeline_section({"phases": phases, "ended_at": "2026-02-01T10:00:09Z"})
    assert section
    assert section.timeline == [
        Phase(1, "a", at(0), at(5), is_running=False),
        Phase(2, "b", at(5), at(9), is_running=True),
    ]


def at(second: int) -> datetime:
    return datetime(2026, 2, 1, 10, 0, second)


@pytest.mark.parametrize("usage", [{"total_tokens": 7}, {"total_tokens": 7, "by_agent": "x"}])
def test_a_total_alone_is_said_in_a_note(usage: Any) -> None:
    (section,) = trace_sections({"usage": usage})
    assert section == Section("Token usage", note="7 tokens in all.", sections=[])
