"""``RESULTS.md``: a section for each state of the project that was measured."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.figures import Figure, table

RESULTS = Path(__file__).with_name("RESULTS.md")

_HEAD = """# Results

Each figure stands beside a floor: a plain program that does the least of the same work,
measured in the same run, in turn with ours. Times are medians, the ratio is the median of the
ratios of neighbouring runs, and the spread is the middle half of them. `python -m benchmarks -h`
says how to measure; `floors.py` and `bare_server.py` are the floors. Where the floor of row 7 is
itself beyond the reach, the machine was too busy for that row to tell anything.

![Growth of time and memory with the number of messages](growth.svg)
"""
_PACKAGES = ("pygls", "aiosqlite", "ijson", "pydantic", "psycopg")


def write(title: str, command: str, figures: Sequence[Figure]) -> None:
    """Puts the table into the section of this title, and leaves the others as they are."""
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else _HEAD
    kept = re.sub(rf"\n## {re.escape(title)}\n.*?(?=\n## |\Z)", "", text, flags=re.DOTALL)
    section = f"\n## {title}\n\n{_circumstances(command)}\n\n{table(figures)}\n"
    RESULTS.write_text(kept.rstrip("\n") + "\n" + section, encoding="utf-8")


def _circumstances(command: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return "\n".join(
        (
            f"- **Command:** `{command}`",
            f"- **Date:** {datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            f"- **Machine:** {_processor()}, {os.cpu_count()} cores, {platform.system()}"
            f" {platform.release().partition('-')[0]}; load at the end {_load()}",
            f"- **With:** Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
            f" {packages}",
        )
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"model name\s*: (.+)", text)
    return found[1] if found else platform.machine()


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not known"
