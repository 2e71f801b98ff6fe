"""The phases of a run as a Mermaid gantt diagram."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from hfs_server.exporters.report import Phase

# Any other character could end a task's name, or has a meaning in Mermaid.
_NOT_IN_NAMES = re.compile(r"[^\w .()/+\-]+")
_LONGEST_NAME = 60


def gantt(phases: Sequence[Phase]) -> str:
    """The diagram as a code block; "" without phases."""
    if not phases:
        return ""
    return (
        "```mermaid\ngantt\n"
        "    title Phases (UTC)\n"
        "    dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n"
        "    axisFormat %H:%M:%S\n"
        f"{''.join(map(_task, phases))}```\n"
    )


def _task(phase: Phase) -> str:
    state = "active" if phase.is_running else "done"
    # A phase without an end, or with one before its start, is shown as one second.
    has_length = phase.ended is not None and phase.ended > phase.started
    span = _time(phase.ended) if phase.ended and has_length else "1s"
    # The number keeps a name from being read as one of Mermaid's own words.
    name = f"{phase.number} {_task_name(phase.name)}"
    return f"    {name} :{state}, p{phase.number}, {_time(phase.started)}, {span}\n"


def _task_name(name: str) -> str:
    words = _NOT_IN_NAMES.sub(" ", name).split()
    return " ".join(words)[:_LONGEST_NAME].strip() or "phase"


def _time(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds")
