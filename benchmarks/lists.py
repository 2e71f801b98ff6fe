"""Rows 5, 6 and 12: the list of a large store, and one more session in it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import material
from benchmarks.client import BARE, Client, serving
from benchmarks.costs import Cost, Meter, measured
from benchmarks.figures import Figure, Pairs, Scale, ratio, ratio_figure, seconds
from hfs_server.store import open_store
from hfs_server.store.sqlite.sort_key import HAS_STANDARD_TIME

PAGE = 50
_STEP = 500
_SMALL_STORE = 1000
_LIST_RUNS = 200
_ROUND_TRIPS = 200
_ADDED = 15
_ADDED_MESSAGES = 20
_MORE_SECONDS = 0.001

_COLUMNS = """
    SELECT id, name, created_at, updated_at,
        (SELECT count(*) FROM messages WHERE session_id = sessions.id),
        (SELECT count(*) FROM checkpoints WHERE session_id = sessions.id),
        (SELECT substr(content, 1, 120) FROM messages
            WHERE session_id = sessions.id AND role = 'user' ORDER BY id LIMIT 1)
    FROM sessions
"""
_ORDER = "ORDER BY coalesce(updated_at, created_at) DESC, id DESC LIMIT ?"
# The plain program, too, may use the index, which holds the times in the usual form.
_FIRST_PAGE = f"{_COLUMNS} WHERE {HAS_STANDARD_TIME} {_ORDER}"
_LATER_PAGE = f"""{_COLUMNS}
    WHERE {HAS_STANDARD_TIME} AND coalesce(updated_at, created_at) <= ?
        AND (coalesce(updated_at, created_at) < ? OR id < ?) {_ORDER}
"""


def pages(scale: Scale, _: Path) -> list[Figure]:
    """Row 5: a page as the store returns it, against the same rows by plain SQL."""
    large = asyncio.run(_pages(material.sessions_store(scale.sessions), scale.sessions))
    small = asyncio.run(_pages(material.sessions_store(_SMALL_STORE), _SMALL_STORE))
    figures = []
    for what in ("first", "middle"):
        figures.append(page_figure(5, f"{what} page of {scale.sessions:,} sessions", large[what]))
        same = Pairs(small[what].ours, large[what].ours)
        figures.append(
            ratio_figure(5, f"{what} page, against {_SMALL_STORE:,} sessions", same, 1.2)
        )
    return figures


def round_trips(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 6: the first page over stdio, against a bare server that has it ready."""
    store = material.sessions_store(scale.sessions)
    answer = scratch / "page.json"
    with serving(scratch, store) as ours:
        page = ours.request("hfs/listSessions", {"limit": PAGE})
        answer.write_text(json.dumps(page))
        with serving(scratch, command=(*BARE, str(answer))) as bare:
            assert bare.request("hfs/listSessions", {"limit": PAGE}) == page
            pairs = Pairs().measure(_ROUND_TRIPS, lambda: _list(bare), lambda: _list(ours))
    with closing(sqlite3.connect(store)) as connection:
        taken = [_plain(connection, _FIRST_PAGE, (PAGE,)) for _ in range(_LIST_RUNS)]
    plain = Cost(*(median(each) for each in zip(*taken, strict=True)))
    without = Pairs(pairs.floors, [cost.less(plain) for cost in pairs.ours])
    return [
        Figure(
            6,
            f"round trip of {PAGE}, less {seconds(plain.seconds)} of SQL",
            seconds(pairs.floor_seconds),
            seconds(pairs.our_seconds),
            f"{without.ratio:.2f}",
            without.spread(),
            "≤ 1.2",
            max(without.ratio, without.processor) <= 1.2,
            ratio(without.processor),
        )
    ]


def additions(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 12: one small session imported into the large store, and into an empty one."""
    large = material.sessions_store(scale.sessions)
    content = _small_document()
    try:
        with serving(scratch, large) as full, serving(scratch, scratch / "empty.db") as empty:
            for client in (full, empty):
                _add(client, content)
            pairs = Pairs().measure(
                _ADDED * 2, lambda: _add(empty, content), lambda: _add(full, content)
            )
    finally:
        _remove_later_sessions(large, scale.sessions)
    return [ratio_figure(12, f"one session added to {scale.sessions:,}", pairs, 1.2)]


async def _pages(path: Path, sessions: int) -> dict[str, Pairs]:
    store = open_store(path)
    cursor = None
    for _ in range(sessions // 2 // _STEP):
        cursor = (await store.list(_STEP, cursor)).next_cursor
    assert cursor is not None
    found = {"first": Pairs(), "middle": Pairs()}
    with closing(sqlite3.connect(path)) as connection:
        last = connection.execute(
            "SELECT coalesce(updated_at, created_at), id FROM sessions ORDER BY"
            " coalesce(updated_at, created_at) DESC, id DESC LIMIT 1 OFFSET ?",
            (sessions // 2 // _STEP * _STEP - 1,),
        ).fetchone()
        for _ in range(_LIST_RUNS):
            for what, sql, values, start in (
                ("first", _FIRST_PAGE, (PAGE,), None),
                ("middle", _LATER_PAGE, (last[0], last[0], last[1], PAGE), cursor),
            ):
                found[what].floors.append(_plain(connection, sql, values))
                meter = Meter()
                await store.list(PAGE, start)
                found[what].ours.append(meter.cost())
    await store.close()
    return found


def page_figure(row: int, what: str, pairs: Pairs) -> Figure:
    """A page, which may take a millisecond more than its ratio says."""
    floor, ours = pairs.floor_seconds, pairs.our_seconds
    return Figure(
        row,
        what,
        seconds(floor),
        seconds(ours),
        f"{pairs.ratio:.2f}",
        pairs.spread(),
        "≤ 1.5 + 1 ms",
        ours <= 1.5 * floor + _MORE_SECONDS,
        ratio(pairs.processor),
    )


def _plain(connection: sqlite3.Connection, sql: str, values: tuple[Any, ...]) -> Cost:
    return measured(lambda: connection.execute(sql, values).fetchall())


def _list(client: Client) -> Cost:
    return client.measured("hfs/listSessions", {"limit": PAGE}).cost


def _add(client: Client, content: str) -> Cost:
    return client.measured("hfs/import", {"content": content}).cost


def _small_document() -> str:
    messages = [
        {"role": role, "content": content, "created_at": created_at}
        for role, content, created_at in material.rows(_ADDED_MESSAGES)
    ]
    metadata = {"schema_version": "1.0.0", "session_name": "A small session"}
    return json.dumps({"metadata": metadata, "messages": messages})


def _remove_later_sessions(store: Path, kept: int) -> None:
    """Restores the store for the next run."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("DELETE FROM messages WHERE session_id > ?", (kept,))
        connection.execute("DELETE FROM sessions WHERE id > ?", (kept,))
        connection.commit()
