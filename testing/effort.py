"""How long a torture test goes on, and how much it tries, with one seed for all that is random."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

MINUTES = float(os.environ.get("HFS_TORTURE_MINUTES") or 0)
"""How long each test may go on; 0 for a few seconds."""

SEED = int(os.environ.get("HFS_TORTURE_SEED") or 4)
"""The seed of all that is random."""

IS_LONG = MINUTES > 0


def seconds(quick: float, share: float = 1.0) -> float:
    """How long something goes on: ``quick``, or its share of the minutes that were asked for."""
    return MINUTES * 60 * share if IS_LONG else quick


def rounds(quick: int, share: float = 1.0) -> Iterator[int]:
    """Numbers from 0: ``quick`` of them, or as many as there is time for."""
    end = time.monotonic() + seconds(0, share)
    for number in count():
        if time.monotonic() >= end if IS_LONG else number == quick:
            return
        yield number


def chosen(values: Sequence[Any], quick: int) -> list[Any]:
    """All values, or ``quick`` of them, spread evenly and with both ends."""
    if IS_LONG or len(values) <= quick:
        return list(values)
    return spread(values, quick)


def spread(values: Sequence[Any], count: int) -> list[Any]:
    """So many of the values, spread evenly and with both ends."""
    count = min(count, len(values))
    return [values[round(n * (len(values) - 1) / max(1, count - 1))] for n in range(count)]
