"""The phases of a run, as a table and as a Mermaid gantt diagram."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from hfs_server.exporters.markdown.formatting import duration, moment, one_line, point_in_time
from hfs_server.exporters.markdown.tables import member, records, table
from hfs_server.session import JsonObject

_COLUMNS = ("Phase", "Started", "Ended", "Time taken", "Complete")
# All else could end a task's name or mean something to Mermaid.
_NOT_IN_NAMES = re.compile(r"[^\w .()/+\-]+")
_LONGEST_NAME = 60


def timeline_section(timeline: Any) -> str:
    """The section with its heading; "" where no phase is known."""
    phases = records(timeline, "phases")
    rows = table(_COLUMNS, [_row(phase) for phase in phases])
    if not rows:
        return ""
    return f"\n## Timeline\n\n{rows}{_gantt(phases, moment(member(timeline, 'ended_at')))}"


def _row(phase: JsonObject) -> tuple[str, ...]:
    return (
        one_line(phase.get("phase_name")),
        point_in_time(phase.get("started_at")),
        point_in_time(phase.get("ended_at")),
        duration(phase.get("duration_ms")),
        one_line(phase.get("is_complete")),
    )


def _gantt(phases: list[JsonObject], run_end: datetime | None) -> str:
    tasks = [_task(number, phase, run_end) for number, phase in enumerate(phases, start=1)]
    if not any(tasks):
        return ""
    return (
        "\n```mermaid\ngantt\n"
        "    title Phases (UTC)\n"
        "    dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n"
        "    axisFormat %H:%M:%S\n"
        f"{''.join(tasks)}```\n"
    )


def _task(number: int, phase: JsonObject, run_end: datetime | None) -> str:
    start = moment(phase.get("started_at"))
    if start is None:
        return ""
    end = moment(phase.get("ended_at"))
    state = "active" if end is None else "done"
    end = end or run_end
    # A phase that is still going, or ends before it starts, is shown as a moment.
    span = _stamp(end) if end is not None and end > start else "1s"
    # The number keeps a name from being read as one of Mermaid's own words.
    return f"    {number} {_name(phase)} :{state}, p{number}, {_stamp(start)}, {span}\n"


def _name(phase: JsonObject) -> str:
    name = phase.get("phase_name")
    text = _NOT_IN_NAMES.sub(" ", name[: 4 * _LONGEST_NAME]) if isinstance(name, str) else ""
    return " ".join(text.split())[:_LONGEST_NAME].strip() or "phase"


def _stamp(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")
