"""The memory of a process in KiB, as Linux tells it in ``/proc``; 0 on other systems."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.costs import Cost


@dataclass(frozen=True, slots=True)
class Run:
    """What one piece of work took: seconds, and KiB at its highest over idle."""

    cost: Cost
    kibibytes: int


def present_kibibytes(process_id: int) -> int:
    """What the process holds now."""
    return _status(process_id, "VmRSS")


def peak_kibibytes(process_id: int) -> int:
    """The most that it has held since its beginning, or since ``forget_peak``."""
    return _status(process_id, "VmHWM")


def forget_peak(process_id: int) -> None:
    """From now on the peak is counted anew; see ``clear_refs`` in proc(5)."""
    with suppress(OSError):
        Path(f"/proc/{process_id}/clear_refs").write_text("5")


def _status(process_id: int, key: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
    return 0
