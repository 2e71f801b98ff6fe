"""Plots as SVG, both axes logarithmic: a straight line that climbs one for one is linear growth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 400, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 70, 48
_COLOURS = ("#0072b2", "#d55e00", "#009e73")


@dataclass(frozen=True, slots=True)
class Line:
    """A line's name and its points, all greater than zero."""

    name: str
    points: Sequence[tuple[float, float]]


def plot(across: str, panels: Sequence[tuple[str, Sequence[Line]]]) -> str:
    """The panels side by side, each with the name of its upright axis and its lines."""
    drawn = "".join(
        f'<g transform="translate({number * _WIDTH} 0)">{_panel(across, name, lines)}</g>\n'
        for number, (name, lines) in enumerate(panels)
    )
    width = _WIDTH * len(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_HEIGHT}" width="{width}"'
        f' height="{_HEIGHT}" font-family="sans-serif" font-size="11">\n'
        f'<rect width="100%" height="100%" fill="white"/>\n{drawn}</svg>\n'
    )


def _panel(across: str, upward: str, lines: Sequence[Line]) -> str:
    xs = _Axis([x for line in lines for x, _ in line.points], _LEFT, _WIDTH - _RIGHT)
    ys = _Axis([y for line in lines for _, y in line.points], _HEIGHT - _BOTTOM, _TOP)
    grid = [
        f'<path d="M{xs.at(tick):.1f} {_TOP}V{_HEIGHT - _BOTTOM}" stroke="#ddd"/>'
        + _text(xs.at(tick), _HEIGHT - _BOTTOM + 16, f"{tick:,g}", "middle")
        for tick in xs.ticks()
    ]
    grid += [
        f'<path d="M{_LEFT} {ys.at(tick):.1f}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
        + _text(_LEFT - 6, ys.at(tick) + 4, f"{tick:,g}", "end")
        for tick in ys.ticks()
    ]
    names = [
        _text(_WIDTH / 2, _HEIGHT - 12, across, "middle"),
        _text(_LEFT, 16, upward, "start"),
    ]
    drawn = [_line(line, xs, ys, number) for number, line in enumerate(lines)]
    return "\n".join([*grid, *names, *drawn])


def _line(line: Line, xs: _Axis, ys: _Axis, number: int) -> str:
    colour = _COLOURS[number % len(_COLOURS)]
    places = [(xs.at(x), ys.at(y)) for x, y in line.points]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'
        + _text(_LEFT + 110 * number, 40, line.name, "start", colour)
    )


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#333") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} fill="{colour}">{escape(text)}</text>'


class _Axis:
    """Powers of ten between two places in the drawing."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self._first = math.floor(math.log10(min(values)))
        self._last = max(math.ceil(math.log10(max(values))), self._first + 1)
        self._start = start
        self._end = end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self._first) / (self._last - self._first)
        return self._start + share * (self._end - self._start)

    def ticks(self) -> list[float]:
        return [10.0**power for power in range(self._first, self._last + 1)]
