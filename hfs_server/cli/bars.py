"""Bars of a chart in a terminal."""

from __future__ import annotations

import sys

_EIGHTHS = "▏▎▍▌▋▊▉█"


def bar(share: float, size: int) -> str:
    """A bar of a share, from 0 to 1, of ``size`` characters; of anything at all it shows some."""
    if not _has_blocks():
        return "#" * max(round(share * size), int(share > 0))
    eighths = max(round(share * size * 8), int(share > 0))
    whole, rest = divmod(eighths, 8)
    return _EIGHTHS[-1] * whole + (_EIGHTHS[rest - 1] if rest else "")


def _has_blocks() -> bool:
    try:
        _EIGHTHS.encode(sys.stdout.encoding or "utf-8")
    except UnicodeError:
        return False
    return True
