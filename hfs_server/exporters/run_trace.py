"""The trace of a run as sections: agents, negotiation, token usage and timeline.

The rule not to break: a snapshot may lack anything and contain anything. What cannot be shown is
left out, and nothing raises.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hfs_server.exporters.formatting import (
    brief,
    count,
    duration,
    names,
    number,
    point_in_time,
    utc_time,
)
from hfs_server.exporters.report import Phase, Row, Section, columns, table_of
from hfs_server.exporters.snapshot_values import member, records
from hfs_server.exporters.token_usage import usage_section
from hfs_server.session import JsonObject

_AGENT_COLUMNS = columns("Role", "Agent", "Status", "Time taken", "Blocked by", "Doing")
_SECTION_COLUMNS = columns("Section", "Owner", "Status", "Claimants")
_CONTEST_COLUMNS = columns("Section", "Round", "Claimants", "Winner", "Resolution")
_TIMELINE_COLUMNS = columns("Phase", "Started", "Ended", "Time taken", "Complete")


def trace_sections(snapshot: Any) -> list[Section]:
    """The sections that have something to show."""
    agents = member(snapshot, "agent_tree")
    sections = (
        _agent_section(agents),
        _negotiation_section(member(snapshot, "negotiation")),
        usage_section(member(snapshot, "usage")),
        timeline_section(member(snapshot, "timeline"), agents),
    )
    return [section for section in sections if section]


def total_tokens(snapshot: Any) -> str:
    """All tokens of the run, "1,500"; "" if unknown."""
    return count(member(snapshot, "usage", "total_tokens"))


def total_duration(snapshot: Any) -> str:
    """The duration of the run, "30 s"; "" if unknown."""
    return duration(member(snapshot, "timeline", "total_duration_ms"))


def timeline_section(timeline: Any, tree: Any = None) -> Section | None:
    """The phases of the run, as a table and as bars; None if no phase is known.

    The agents in the tree are bars too.
    """
    phases = records(timeline, "phases")
    table = table_of(_TIMELINE_COLUMNS, [_timeline_row(phase) for phase in phases])
    if table is None:
        return None
    run_end = utc_time(member(timeline, "ended_at"))
    agents = [agent for triad in records(tree, "triads") for agent in records(triad, "agents")]
    return Section(
        "Timeline",
        table=table,
        timeline=_bars(phases, "phase_name", run_end),
        agents=_bars(agents, "agent_id", run_end),
    )


def _agent_section(tree: Any) -> Section | None:
    triads = [_triad(triad) for triad in records(tree, "triads")]
    return Section("Agent activity", sections=triads) if triads else None


def _triad(triad: JsonObject) -> Section:
    name = brief(triad.get("triad_id")) or "Unnamed triad"
    preset = brief(triad.get("preset"))
    table = table_of(_AGENT_COLUMNS, [_agent(agent) for agent in records(triad, "agents")])
    title = f"{name} ({preset})" if preset else name
    return Section(title, note="" if table else "No agents.", table=table)


def _agent(agent: JsonObject) -> Row:
    return Row(
        (
            brief(agent.get("role")),
            brief(agent.get("agent_id")),
            brief(agent.get("status")),
            _time_taken(agent),
            brief(agent.get("blocking_reason")),
            _doing(agent),
        )
    )


def _time_taken(agent: JsonObject) -> str:
    if found := duration(agent.get("duration_ms")):
        return found
    start, end = utc_time(agent.get("started_at")), utc_time(agent.get("ended_at"))
    return duration((end - start).total_seconds() * 1_000) if start and end else ""


def _doing(agent: JsonObject) -> str:
    progress = number(agent.get("progress"))
    is_share = progress is not None and 0 <= progress <= 1
    shown = f"{progress:.0%}" if is_share else brief(agent.get("progress"))
    return ", ".join(filter(None, (brief(agent.get("current_action")), shown)))


def _negotiation_section(negotiation: Any) -> Section | None:
    facts = (
        ("Round", count(member(negotiation, "round"))),
        ("Temperature", count(member(negotiation, "temperature"))),
        ("Contested sections", count(member(negotiation, "contested_count"))),
    )
    sections = records(negotiation, "sections")
    table = table_of(_SECTION_COLUMNS, [_section(section) for section in sections])
    contests = _contests(sections)
    if not (table or contests or any(value for _, value in facts)):
        return None
    return Section("Negotiation", facts, table=table, sections=contests)


def _section(section: JsonObject) -> Row:
    return Row(
        (
            brief(section.get("section_name")),
            brief(section.get("owner")),
            brief(section.get("status")),
            names(section.get("claimants")),
        )
    )


def _contests(sections: list[JsonObject]) -> list[Section]:
    rows = [
        Row(
            (
                brief(section.get("section_name")),
                count(contest.get("round")),
                names(contest.get("claimants")),
                brief(contest.get("winner")) or "none yet",
                brief(contest.get("resolution")) or "open",
            )
        )
        for section in sections
        for contest in records(section, "contest_history")
    ]
    return [Section("Contests", table=table_of(_CONTEST_COLUMNS, rows))] if rows else []


def _timeline_row(phase: JsonObject) -> Row:
    return Row(
        (
            brief(phase.get("phase_name")),
            point_in_time(phase.get("started_at")),
            point_in_time(phase.get("ended_at")),
            duration(phase.get("duration_ms")),
            brief(phase.get("is_complete")),
        )
    )


def _bars(records: list[JsonObject], name: str, run_end: datetime | None) -> list[Phase]:
    bars = [_bar(number, record, name, run_end) for number, record in enumerate(records, start=1)]
    return [bar for bar in bars if bar]


def _bar(number: int, record: JsonObject, name: str, run_end: datetime | None) -> Phase | None:
    start = utc_time(record.get("started_at"))
    if start is None:
        return None
    end = utc_time(record.get("ended_at"))
    return Phase(number, brief(record.get(name)), start, end or run_end, is_running=end is None)
