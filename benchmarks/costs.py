"""What work costs: time by the clock, and processor time of a process with all its threads.

Processor time hardly depends on what else a machine does, nor on how fast its disk is.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Cost(NamedTuple):
    """What one piece of work took, in seconds."""

    seconds: float
    processor: float = math.nan
    """In user code and in the kernel; not a number where the system does not say it."""

    def plus(self, other: Cost) -> Cost:
        """What both took together."""
        return Cost(self.seconds + other.seconds, self.processor + other.processor)

    def less(self, other: Cost) -> Cost:
        """What it took without the other."""
        return Cost(self.seconds - other.seconds, self.processor - other.processor)


class Meter:
    """Measures from its beginning what a process takes: this one, or that of an id."""

    def __init__(self, process_id: int | None = None) -> None:
        self._process_id = process_id
        self._begun = self._now()

    def cost(self) -> Cost:
        """What it took until now."""
        return Cost(*(now - begun for now, begun in zip(self._now(), self._begun, strict=True)))

    def _now(self) -> Cost:
        return Cost(time.perf_counter(), processor_seconds(self._process_id))


def measured(work: Callable[[], object]) -> Cost:
    """What a call takes in this process."""
    meter = Meter()
    work()
    return meter.cost()


def processor_seconds(process_id: int | None = None) -> float:
    """What a process has used since its start."""
    if process_id is None:
        return time.process_time()
    # The number of another process's clock; see clock_getcpuclockid(3).
    return time.clock_gettime((~process_id << 3) | 2) if sys.platform == "linux" else math.nan


def cost_of_program(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """What a program takes from its start to its end, without its output."""
    begun, before = time.perf_counter(), _children_seconds()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return Cost(time.perf_counter() - begun, _children_seconds() - before)


def _children_seconds() -> float:
    """What the programs used that this process started, and waited for."""
    if sys.platform == "win32":
        return math.nan
    import resource

    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
