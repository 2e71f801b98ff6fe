"""Row 13: Markdown by kind of text, in processor time against writing the same text plainly.

The floor reads the messages from a store and writes them as they are; ours sanitizes each.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks import material
from benchmarks.costs import Cost
from benchmarks.figures import Figure, Pairs, Scale, ratio_figure
from benchmarks.texts import KINDS, texts
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.text import encode

_COUNT = 300
_REACH = 13.0
_REACH_OF_ALL = 5.0
_SELECT = "SELECT role, content, created_at FROM messages ORDER BY id"

Show = Callable[[str], str]


def kinds(scale: Scale, scratch: Path) -> list[Figure]:
    """Each kind of text by itself, then all of them together."""
    made = {kind: texts(kind, _COUNT) for kind in KINDS}
    sanitize("<b>\n---\n")
    figures = [_figure(f"Markdown of {kind}", made[kind], _REACH, scale, scratch) for kind in made]
    mixture = [text for of_kind in made.values() for text in of_kind]
    return [*figures, _figure("Markdown of all kinds", mixture, _REACH_OF_ALL, scale, scratch)]


def _figure(
    what: str, contents: Sequence[str], reach: float, scale: Scale, scratch: Path
) -> Figure:
    store = scratch / f"{what}.db"
    with closing(sqlite3.connect(store)) as connection:
        for statement in material.SCHEMA:
            connection.execute(statement)
        rows = [(1, "assistant", content, "2026-02-01 10:30:00") for content in contents]
        connection.executemany(material.INSERT_MESSAGE, rows)
        connection.commit()
    pairs = Pairs().measure(
        scale.runs,
        lambda: _written(store, scratch / "plain.md", str),
        lambda: _written(store, scratch / "ours.md", sanitize),
    )
    megabytes = sum(len(encode(content)) for content in contents) / 1e6
    return ratio_figure(13, f"{what}, {megabytes:.1f} MB", pairs, reach)


def _written(store: Path, destination: Path, show: Show) -> Cost:
    """What the file takes; its processor time counts as its time, too."""
    begun = time.process_time()
    with closing(sqlite3.connect(store)) as connection, open(destination, "wb") as file:
        for number, (role, content, created_at) in enumerate(connection.execute(_SELECT), start=1):
            heading = f"\n### {number}. {role.capitalize()} - {created_at}\n\n"
            file.write(encode(f"{heading}{show(content)}\n"))
    took = time.process_time() - begun
    return Cost(took, took)
