"""Params and result of ``hfs/statistics``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator

from hfs_server.lsp.filter_params import FilterParams
from hfs_server.lsp.wire import ProgressParams, Wire
from hfs_server.statistics import Statistics, Tally, most_first
from hfs_server.text import show_nul

Shown = Annotated[str, AfterValidator(show_nul)]


class StatisticsParams(FilterParams, ProgressParams):
    """Params of ``hfs/statistics``."""


class UsageSums(Wire):
    """The usage of messages; what none of them has is null."""

    input_tokens: int | None
    output_tokens: int | None
    cache_read_tokens: int | None
    cache_write_tokens: int | None
    reasoning_tokens: int | None
    cost_usd: float | None


class ModelStatistics(Wire):
    """What a model wrote."""

    model: Shown | None
    sessions: int
    messages: int
    tool_calls: int
    usage: UsageSums


class ToolStatistics(Wire):
    """The sessions of a tool."""

    tool: Shown
    sessions: int
    messages: int
    prompts: int
    tool_calls: int
    usage: UsageSums


class DayStatistics(Wire):
    """The messages of a day."""

    day: str
    sessions: int
    messages: int
    prompts: int
    tool_calls: int
    usage: UsageSums


class ProjectStatistics(Wire):
    """The sessions of a working directory."""

    project: Shown | None
    sessions: int
    messages: int
    prompts: int
    tool_calls: int
    usage: UsageSums


class StatisticsResult(Wire):
    """Result of ``hfs/statistics``."""

    sessions: int
    messages: int
    prompts: int
    tool_calls: int
    usage: UsageSums
    by_tool: list[ToolStatistics]
    by_model: list[ModelStatistics]
    by_day: list[DayStatistics]
    by_project: list[ProjectStatistics]


def statistics_result(found: Statistics) -> StatisticsResult:
    """The statistics as they are sent: days in order, all else with most messages first."""
    return StatisticsResult(
        **_sums(found.total),
        by_tool=[ToolStatistics(tool=key, **_sums(of)) for key, of in most_first(found.by_tool)],
        by_model=[
            ModelStatistics(model=key, **_sums(of)) for key, of in most_first(found.by_model)
        ],
        by_day=[DayStatistics(day=key, **_sums(of)) for key, of in sorted(found.by_day.items())],
        by_project=[
            ProjectStatistics(project=key, **_sums(of)) for key, of in most_first(found.by_project)
        ],
    )


def _sums(tally: Tally) -> dict[str, Any]:
    return {
        "sessions": tally.sessions,
        "messages": tally.messages,
        "prompts": tally.prompts,
        "tool_calls": tally.tool_calls,
        "usage": UsageSums.model_validate(tally.usage),
    }
