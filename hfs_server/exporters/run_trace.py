"""The trace of a run as Markdown: who did what, who won, what it cost, how long it took.

The rule not to break: a snapshot may lack anything and hold anything; what cannot be
shown is left out, and nothing raises.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hfs_server.exporters.markdown.formatting import (
    count,
    duration,
    moment,
    names,
    number,
    one_line,
)
from hfs_server.exporters.markdown.tables import member, records, table
from hfs_server.exporters.markdown.timeline import timeline_section
from hfs_server.session import JsonObject

_AGENT_COLUMNS = ("Role", "Agent", "Status", "Time taken", "Blocked by", "Doing")
_SECTION_COLUMNS = ("Section", "Owner", "Status", "Claimants")
_CONTEST_COLUMNS = ("Section", "Round", "Claimants", "Winner", "Resolution")
_PHASE_COLUMNS = ("Phase", "Agent", "Prompt", "Completion", "Total")
_USAGE_COLUMNS = ("Agent", "Prompt", "Completion", "Total")
_KINDS = ("prompt_tokens", "completion_tokens", "total_tokens")


def trace_sections(snapshot: Any) -> str:
    """The sections that have something to show, each after a blank line."""
    return (
        _agent_section(member(snapshot, "agent_tree"))
        + _negotiation_section(member(snapshot, "negotiation"))
        + _usage_section(member(snapshot, "usage"))
        + timeline_section(member(snapshot, "timeline"))
    )


def total_tokens(snapshot: Any) -> str:
    """All tokens of the run, "1,500"; "" where that is not known."""
    return count(member(snapshot, "usage", "total_tokens"))


def total_duration(snapshot: Any) -> str:
    """How long the run took, "30 s"; "" where that is not known."""
    return duration(member(snapshot, "timeline", "total_duration_ms"))


def _agent_section(tree: Any) -> str:
    triads = "".join(map(_triad, records(tree, "triads")))
    return triads and f"\n## Agent activity\n{triads}"


def _triad(triad: JsonObject) -> str:
    name = one_line(triad.get("triad_id")) or "Unnamed triad"
    preset = one_line(triad.get("preset"))
    heading = f"{name} ({preset})" if preset else name
    agents = table(_AGENT_COLUMNS, [_agent(agent) for agent in records(triad, "agents")])
    return f"\n### {heading}\n\n{agents or 'No agents.' + chr(10)}"


def _agent(agent: JsonObject) -> tuple[str, ...]:
    return (
        one_line(agent.get("role")),
        one_line(agent.get("agent_id")),
        one_line(agent.get("status")),
        _time_taken(agent),
        one_line(agent.get("blocking_reason")),
        _doing(agent),
    )


def _time_taken(agent: JsonObject) -> str:
    if found := duration(agent.get("duration_ms")):
        return found
    start, end = moment(agent.get("started_at")), moment(agent.get("ended_at"))
    return duration((end - start).total_seconds() * 1_000) if start and end else ""


def _doing(agent: JsonObject) -> str:
    progress = number(agent.get("progress"))
    is_share = progress is not None and 0 <= progress <= 1
    shown = f"{progress:.0%}" if is_share else one_line(agent.get("progress"))
    return ", ".join(filter(None, (one_line(agent.get("current_action")), shown)))


def _negotiation_section(negotiation: Any) -> str:
    sections = records(negotiation, "sections")
    parts = (
        _negotiation_state(negotiation),
        table(_SECTION_COLUMNS, [_section(section) for section in sections]),
        _contests(sections),
    )
    shown = "\n".join(filter(None, parts))
    return shown and f"\n## Negotiation\n\n{shown}"


def _negotiation_state(negotiation: Any) -> str:
    facts = {
        "Round": count(member(negotiation, "round")),
        "Temperature": count(member(negotiation, "temperature")),
        "Contested sections": count(member(negotiation, "contested_count")),
    }
    return "".join(f"- **{name}:** {value}\n" for name, value in facts.items() if value)


def _section(section: JsonObject) -> tuple[str, ...]:
    return (
        one_line(section.get("section_name")),
        one_line(section.get("owner")),
        one_line(section.get("status")),
        names(section.get("claimants")),
    )


def _contests(sections: list[JsonObject]) -> str:
    rows = [
        (
            one_line(section.get("section_name")),
            count(contest.get("round")),
            names(contest.get("claimants")),
            one_line(contest.get("winner")) or "none yet",
            one_line(contest.get("resolution")) or "open",
        )
        for section in sections
        for contest in records(section, "contest_history")
    ]
    return f"### Contests\n\n{table(_CONTEST_COLUMNS, rows)}" if rows else ""


def _usage_section(usage: Any) -> str:
    phases = records(usage, "by_phase")
    agents = records(usage, "by_agent") or _summed_by_agent(phases)
    total = count(member(usage, "total_tokens"))
    by_phase = table(_PHASE_COLUMNS, _phase_rows(phases, total), numbers=3)
    by_agent = table(_USAGE_COLUMNS, _usage_rows(agents, total), numbers=3)
    parts = (
        by_phase and f"### By phase\n\n{by_phase}",
        by_agent and f"### By agent\n\n{by_agent}",
    )
    shown = "\n".join(filter(None, parts)) or (total and f"{total} tokens in all.\n")
    return shown and f"\n## Token usage\n\n{shown}"


def _phase_rows(phases: list[JsonObject], total: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for phase in phases:
        name = one_line(phase.get("phase_name"))
        agents = records(phase, "agents")
        rows += [(name, *_usage(agent)) for agent in agents]
        if len(agents) != 1:
            sums = _sums(agents, count(phase.get("total_tokens")))
            rows.append((name, "all" if agents else "", *sums))
    sums = _sums([agent for phase in phases for agent in records(phase, "agents")], total)
    return [*rows, _bold("Total", "", *sums)] if rows else []


def _usage_rows(agents: list[JsonObject], total: str) -> list[tuple[str, ...]]:
    rows = [_usage(agent) for agent in agents]
    return [*rows, _bold("Total", *_sums(agents, total))] if rows else []


def _usage(agent: JsonObject) -> tuple[str, ...]:
    return (one_line(agent.get("agent_id")), *(count(agent.get(kind)) for kind in _KINDS))


def _sums(agents: list[JsonObject], total: str) -> list[str]:
    """Prompt, completion and total tokens; the total that the snapshot tells goes first."""
    sums = [_sum(agent.get(kind) for agent in agents) for kind in _KINDS]
    return [*sums[:2], total or sums[2]]


def _sum(values: Iterable[Any]) -> str:
    known = [value for value in map(number, values) if value is not None]
    return count(sum(known)) if known else ""


def _summed_by_agent(phases: list[JsonObject]) -> list[JsonObject]:
    sums: defaultdict[str, JsonObject] = defaultdict(dict)
    for phase in phases:
        for agent in records(phase, "agents"):
            name = agent.get("agent_id")
            known = sums[name if isinstance(name, str) else ""]
            known["agent_id"] = name
            for kind in _KINDS:
                known[kind] = (known.get(kind) or 0) + (number(agent.get(kind)) or 0)
    return list(sums.values())


def _bold(*cells: str) -> tuple[str, ...]:
    return tuple(cell and f"**{cell}**" for cell in cells)
