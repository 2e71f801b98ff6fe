"""The phases and the agents of a run as bars, in SVG.

The rule not to break: names are from a session, so each is clipped to its column and escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hfs_server.exporters.formatting import duration
from hfs_server.exporters.html.escaping import escaped
from hfs_server.exporters.report import Phase
from hfs_server.graphemes import clipped

_WIDTH = 760
_LEFT, _RIGHT = 180, 90
_TOP, _ROW, _BAR = 28, 26, 14
_MOST_BARS = 40
_LABEL_COLUMNS = 25
_TICKS = 4
_LEAST_WIDTH = 3.0
_LEAST_SPAN = timedelta(seconds=1)


class _Scale(NamedTuple):
    """Where times are on the drawing."""

    start: datetime
    span: timedelta

    def x(self, time: datetime) -> float:
        return _LEFT + (time - self.start) / self.span * (_WIDTH - _LEFT - _RIGHT)


def timeline_svg(phases: Sequence[Phase], agents: Sequence[Phase]) -> str:
    """The drawing, with a title and a description; "" without phases."""
    if not phases:
        return ""
    bars = [
        *(("phase", phase) for phase in phases[:_MOST_BARS]),
        *(("agent", agent) for agent in agents[:_MOST_BARS]),
    ]
    scale = _scale([bar for _, bar in bars])
    height = _TOP + _ROW * len(bars) + 6
    rows = "".join(_bar(row, kind, bar, scale) for row, (kind, bar) in enumerate(bars))
    return (
        f'<figure class="timeline"><svg viewBox="0 0 {_WIDTH} {height}" role="img" '
        'aria-labelledby="timeline-title timeline-desc">\n'
        f'<title id="timeline-title">Timeline of the run</title>\n'
        f'<desc id="timeline-desc">{escaped(_description(bars))}</desc>\n'
        f"{_axis(scale, height)}{rows}</svg></figure>\n"
    )


def _scale(bars: Sequence[Phase]) -> _Scale:
    start = min(bar.started for bar in bars)
    return _Scale(start, max(_LEAST_SPAN, max(map(_end, bars)) - start))


def _end(bar: Phase) -> datetime:
    return max(bar.started, bar.ended or bar.started)


def _axis(scale: _Scale, height: int) -> str:
    """Lines with the time since the start."""
    lines = []
    for tick in range(_TICKS + 1):
        passed = scale.span * tick / _TICKS
        x = f"{scale.x(scale.start + passed):.1f}"
        words = duration(passed.total_seconds() * 1_000) if tick else "0"
        lines.append(
            f'<line class="tick" x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{height - 4}"/>'
            f'<text class="tick" x="{x}" y="14" text-anchor="middle">{words}</text>\n'
        )
    return "".join(lines)


def _bar(row: int, kind: str, bar: Phase, scale: _Scale) -> str:
    top = _TOP + row * _ROW
    middle = top + _ROW / 2 + 4
    left = scale.x(bar.started)
    width = max(_LEAST_WIDTH, scale.x(_end(bar)) - left)
    name = clipped(bar.name or kind, _LABEL_COLUMNS)
    running = " running" if bar.is_running else ""
    return (
        f"<g><title>{escaped(_words(kind, bar))}</title>"
        f'<text class="{kind}" x="{_LEFT - 12}" y="{middle:.0f}" text-anchor="end">'
        f"{escaped(name)}</text>"
        f'<rect class="{kind}{running}" x="{left:.1f}" y="{top + (_ROW - _BAR) / 2:.0f}" '
        f'width="{width:.1f}" height="{_BAR}" rx="3"/>'
        f'<text class="tick" x="{left + width + 6:.1f}" y="{middle:.0f}">{_length(bar)}</text>'
        "</g>\n"
    )


def _length(bar: Phase) -> str:
    return duration((_end(bar) - bar.started).total_seconds() * 1_000)


def _words(kind: str, bar: Phase) -> str:
    started = f"{bar.started.replace(microsecond=0)} UTC"
    return f"{bar.name or kind}: from {started}, {_length(bar)}"


def _description(bars: Sequence[tuple[str, Phase]]) -> str:
    return "; ".join(_words(kind, bar) for kind, bar in bars)
