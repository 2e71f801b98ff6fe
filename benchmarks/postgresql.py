"""Rows 29 to 32: a store on PostgreSQL, against plain SQL, plain COPY and SQLite.

The server runs on this machine, on a socket, with the settings of ``team_store``. Row 32 fills a
store with a million messages first, which takes minutes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks import material, transfers
from benchmarks.client import serving
from benchmarks.costs import Cost, Meter, measured
from benchmarks.figures import Figure, Pairs, Scale, quantile, ratio_figure, seconds
from benchmarks.lists import PAGE, page_figure
from benchmarks.pings import PARAMS, PING
from benchmarks.team_store import MESSAGES, fill, restart, team_server
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.store import open_store
from hfs_server.store.address import Address
from testing.postgresql import Server

QUERIES = (
    "the", "error", "the error", '"the error"', "err*", "t*", "error -server", "-the", "nosuchword",
    "role:user error", "project:project3 error", "error file server test", "qbcdef", "Session 77",
)  # fmt: skip
_LIST_RUNS = 200
_SEARCH_RUNS = 10
_MOST_SECONDS = 0.1
_PAGE = f"""
    SELECT s.id, s.created_at, s.updated_at, s.name, s.message_count, s.checkpoint_count,
        s.preview, s.tool, s.working_directory, s.usage, s.models, s.tags,
        (SELECT min(p.id) FROM hfs.sessions AS p
            WHERE p.identity = s.parent_identity AND p.deleted_at IS NULL),
        (SELECT count(*) FROM hfs.sessions AS c
            WHERE c.parent_identity = s.identity AND c.deleted_at IS NULL)
    FROM hfs.sessions AS s WHERE s.deleted_at IS NULL AND (s.parent_identity IS NULL
        OR NOT EXISTS (SELECT 1 FROM hfs.sessions AS p
            WHERE p.identity = s.parent_identity AND p.deleted_at IS NULL))
    ORDER BY s.activity DESC, s.id DESC LIMIT {PAGE}
"""
_COPY = "COPY public.plain (session_id, position, role, content, created_at, extra) FROM STDIN"
_ROWS = """
    SELECT session_id, position, role, content, created_at::text, extra FROM hfs.messages
"""


def lists(scale: Scale, _: Path) -> list[Figure]:
    """Row 29: the first page as the store returns it, against the same rows by plain SQL."""
    with _filled(scale.sessions, 1) as (_server, address):
        pairs = asyncio.run(_pages(address))
    return [page_figure(29, f"PostgreSQL: first page of {scale.sessions:,} sessions", pairs)]


def imports(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 30: a file into an empty store, against its parsing and a plain COPY of its rows."""
    document = material.document(scale.messages)
    pairs = Pairs()
    with team_server() as server:
        for _ in range(scale.runs):
            address = server.new_database()
            pairs.ours.append(_import(document, address, scratch))
            pairs.floors.append(measured(lambda: _parse(document)).plus(_copied(address)))
            server.drop(address)
    size = f"{document.stat().st_size / 1e6:.0f} MB"
    return [ratio_figure(30, f"PostgreSQL: import of {size}", pairs, 1.5)]


def exports(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 31: a session into a file, against the same from SQLite."""
    sqlite = material.session_store(scale.messages)
    figures = []
    with team_server() as server:
        address = server.new_database()
        _import(material.document(scale.messages), address, scratch)
        for kind in transfers.FORMATS:
            pairs = Pairs()
            for _ in range(scale.runs):
                for store, took in (
                    (sqlite, pairs.floors),
                    (address.connection_string, pairs.ours),
                ):
                    took.append(transfers.export(store, kind, scratch / "export").cost)
            what = f"PostgreSQL: {kind} export, {scale.messages:,} messages"
            figures.append(ratio_figure(31, what, pairs, 1.2))
    return figures


def searches(scale: Scale, _: Path) -> list[Figure]:
    """Row 32: common words, rare words, phrases, beginnings and filters, in a large store."""
    with _filled(scale.sessions, MESSAGES) as (_server, address):
        took = asyncio.run(_searches(address))
    worst = max(took, key=lambda query: quantile(took[query], 0.95))
    p95 = quantile([each for query in took for each in took[query]], 0.95)
    return [
        Figure(
            32,
            f"PostgreSQL: queries in {scale.sessions * MESSAGES:,} messages, p95",
            "-",
            seconds(p95),
            "-",
            f"slowest {worst}: {seconds(quantile(took[worst], 0.95))}",
            f"≤ {seconds(_MOST_SECONDS)}",
            p95 <= _MOST_SECONDS,
        )
    ]


@contextmanager
def _filled(sessions: int, messages: int) -> Iterator[tuple[Server, Address]]:
    with team_server(is_loading=True) as server:
        address = server.new_database()
        asyncio.run(fill(address, sessions, messages))
        restart(server)
        yield server, address


async def _pages(address: Address) -> Pairs:
    store, pairs = open_store(address), Pairs()
    await store.list(PAGE)
    with psycopg.connect(address.connection_string, autocommit=True) as connection:
        for _ in range(_LIST_RUNS):
            pairs.floors.append(measured(lambda: connection.execute(_PAGE.encode()).fetchall()))
            meter = Meter()
            await store.list(PAGE)
            pairs.ours.append(meter.cost())
    await store.close()
    return pairs


async def _searches(address: Address) -> dict[str, list[float]]:
    store = open_store(address)
    took: dict[str, list[float]] = {query: [] for query in QUERIES}
    await store.search("")
    for _ in range(_SEARCH_RUNS):
        for query in QUERIES:
            begun = time.perf_counter()
            await store.search(query)
            took[query].append(time.perf_counter() - begun)
    await store.close()
    return took


def _import(document: Path, address: Address, scratch: Path) -> Cost:
    with serving(scratch, address.connection_string) as client:
        client.request(PING, PARAMS)
        return client.measured("hfs/import", {"uri": document.as_uri()}).cost


def _parse(document: Path) -> None:
    with document.open("rb") as file:
        for batch in DocumentReader(file).batches():
            for _ in batch.messages:
                pass


def _copied(address: Address) -> Cost:
    with psycopg.connect(address.connection_string, autocommit=True) as connection:
        connection.execute("CREATE TABLE public.plain (LIKE hfs.messages INCLUDING ALL)")
        rows: list[tuple[Any, ...]] = connection.execute(_ROWS.encode()).fetchall()
        meter = Meter()
        with connection.cursor().copy(_COPY.encode()) as copy:
            for row in rows:
                copy.write_row(row)
        return meter.cost()
