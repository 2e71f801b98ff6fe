"""The tokens that a run used, by phase and by agent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hfs_server.exporters.formatting import brief, count, number
from hfs_server.exporters.report import Row, Section, columns, table_of
from hfs_server.exporters.snapshot_values import member, records
from hfs_server.session import JsonObject

_NUMBERS = ("Prompt", "Completion", "Total")
_PHASE_COLUMNS = columns("Phase", "Agent", numbers=_NUMBERS)
_AGENT_COLUMNS = columns("Agent", numbers=_NUMBERS)
_KINDS = ("prompt_tokens", "completion_tokens", "total_tokens")


def usage_section(usage: Any) -> Section | None:
    """Tables of the usage, or only its total; None if nothing is known."""
    phases = records(usage, "by_phase")
    agents = records(usage, "by_agent") or _summed_by_agent(phases)
    total = count(member(usage, "total_tokens"))
    by_phase = table_of(_PHASE_COLUMNS, _phase_rows(phases, total))
    by_agent = table_of(_AGENT_COLUMNS, _agent_rows(agents, total))
    parts = (("By phase", by_phase), ("By agent", by_agent))
    sections = [Section(title, table=table) for title, table in parts if table]
    if not sections and not total:
        return None
    note = "" if sections else f"{total} tokens in all."
    return Section("Token usage", note=note, sections=sections)


def _phase_rows(phases: list[JsonObject], total: str) -> list[Row]:
    rows: list[Row] = []
    for phase in phases:
        name = brief(phase.get("phase_name"))
        agents = records(phase, "agents")
        rows += [Row((name, *_usage(agent))) for agent in agents]
        if len(agents) != 1:
            sums = _sums(agents, count(phase.get("total_tokens")))
            rows.append(Row((name, "all" if agents else "", *sums)))
    sums = _sums([agent for phase in phases for agent in records(phase, "agents")], total)
    return [*rows, Row(("Total", "", *sums), is_total=True)] if rows else []


def _agent_rows(agents: list[JsonObject], total: str) -> list[Row]:
    rows = [Row(_usage(agent)) for agent in agents]
    return [*rows, Row(("Total", *_sums(agents, total)), is_total=True)] if rows else []


def _usage(agent: JsonObject) -> tuple[str, ...]:
    return (brief(agent.get("agent_id")), *(count(agent.get(kind)) for kind in _KINDS))


def _sums(agents: list[JsonObject], total: str) -> tuple[str, ...]:
    """Prompt, completion and total tokens; the snapshot's own total has precedence."""
    prompt, completion, summed = (_sum(agent.get(kind) for agent in agents) for kind in _KINDS)
    return prompt, completion, total or summed


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
