"""What the sessions of a store amount to: in all, by tool, by model, by day and by project.

The rule not to break: the days are those of local time, and every sum is exact, however large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from hfs_server.folders import comparable

USAGE = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cost_usd",
)
"""The kinds of usage, in the order in which they are kept."""

Key = TypeVar("Key", str, str | None)

QUARTER = timedelta(minutes=15)
"""A quarter of an hour: the midnights of all zones are at the end of one."""

EPOCH = datetime(1970, 1, 1)
"""The first quarter, in UTC."""

UNNAMED = ""
"""The model of a reply that names none."""

Sums = Sequence[float | None]
"""Messages, prompts (messages that a person typed), tool calls, and each kind of usage.

None is a kind that no message has; the last kinds may be missing if they are.
"""


class CountedSession(NamedTuple):
    """What the messages of a session amount to."""

    whole: Sums
    by_model: Sequence[tuple[str, Sums]]
    """What each model wrote; ``UNNAMED`` are replies that name none."""
    by_quarter: Sequence[tuple[int, Sums]]
    """By the quarter since the epoch; messages without a known time are in none."""


class Tally:
    """Sums over sessions, or over parts of them."""

    __slots__ = ("sessions", "sums")

    def __init__(self) -> None:
        self.sessions = 0
        self.sums: list[Any] = [0, 0, 0, *[None] * len(USAGE)]

    def add(self, sums: Sums) -> None:
        """Adds sums, but no session."""
        own = self.sums
        for number, value in enumerate(sums):
            if value is not None:
                own[number] = (own[number] or 0) + value

    @property
    def messages(self) -> int:
        """All messages."""
        return int(self.sums[0])

    @property
    def prompts(self) -> int:
        """Messages that a person typed."""
        return int(self.sums[1])

    @property
    def tool_calls(self) -> int:
        """Calls of tools."""
        return int(self.sums[2])

    @property
    def usage(self) -> dict[str, Any]:
        """The usage by kind; None if no message has it."""
        return dict(zip(USAGE, self.sums[3:], strict=True))


class Statistics:
    """The sums over all sessions that were added."""

    def __init__(self) -> None:
        self.total = Tally()
        self.by_tool: dict[str, Tally] = {}
        self.by_model: dict[str | None, Tally] = {}
        """Only what models wrote; None for those that are not known."""
        self.by_day: dict[str, Tally] = {}
        """By the date of each message."""
        self.by_project: dict[str | None, Tally] = {}
        """By the working directory; None for sessions without one."""
        self._days: dict[int, str] = {}
        self._projects: dict[str, str] = {}

    def add(self, tool: str, project: str | None, session: CountedSession) -> None:
        """Adds a session."""
        project = self._project(project)
        for tally in (
            self.total,
            _tally(self.by_tool, tool),
            _tally(self.by_project, project),
        ):
            tally.sessions += 1
            tally.add(session.whole)
        for model, sums in session.by_model:
            tally = _tally(self.by_model, model or None)
            tally.sessions += 1
            tally.add(sums)
        days = set()
        for quarter, sums in session.by_quarter:
            day = self._day(quarter)
            tally = _tally(self.by_day, day)
            tally.sessions += day not in days
            days.add(day)
            tally.add(sums)

    def _day(self, quarter: int) -> str:
        if quarter not in self._days:
            self._days[quarter] = local_day(quarter)
        return self._days[quarter]

    def _project(self, folder: str | None) -> str | None:
        """The same text for all ways to write a folder: the first one that was met."""
        return None if not folder else self._projects.setdefault(comparable(folder), folder)


def most_first(tallies: Mapping[Key, Tally]) -> list[tuple[Key, Tally]]:
    """Those with most messages first; those with as many by their names."""
    return sorted(tallies.items(), key=lambda item: (-item[1].messages, item[0] or ""))


def _tally(tallies: dict[Any, Tally], key: str | None) -> Tally:
    found = tallies.get(key)
    if found is None:
        found = tallies[key] = Tally()
    return found


def quarter_of(time: datetime) -> int:
    """The quarter of a time in UTC without a zone."""
    return (time - EPOCH) // QUARTER


def local_day(quarter: int) -> str:
    """The date on which a quarter is, in local time."""
    time = EPOCH + quarter * QUARTER
    try:
        return time.replace(tzinfo=UTC).astimezone().date().isoformat()
    except (ValueError, OverflowError, OSError):
        # Neither the first nor the last year has all zones, nor has Windows any before 1970.
        return time.date().isoformat()
