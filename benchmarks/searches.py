"""Rows 21 to 27: the search index and its queries, against bare FTS5 in the same run."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks import material
from benchmarks.client import Client, serving
from benchmarks.costs import Cost, Meter, cost_of_program
from benchmarks.figures import Figure, Pairs, Scale, quantile, ratio_figure, seconds
from benchmarks.pings import pings_while_idle
from hfs_server.session import no_progress
from hfs_server.store import Store, open_store
from hfs_server.store.sqlite.search.index import SCHEMA

QUERIES = ("größer", "transaction cursor", '"branch commit"', "migrat*")
ANY_QUERIES = ("a", "the", "a*", "t*", "of the and", '"the of the of"', "-the", "role:tool the", "")
TYPED = "transaction migration"
_RUNS = 50
_TYPING_SECONDS = 1 / 15
_MORE_SECONDS = 0.003
_BATCH = 1_000


def building(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 21: the index of a store, against a plain INSERT of its texts; and its size."""
    source = material.sessions_store(scale.messages // material.MESSAGES_PER_SESSION)
    store = Path(shutil.copy(source, scratch / "store.db"))
    runs = max(2, scale.runs // 2)
    pairs = Pairs().measure(
        runs, lambda: _plain(store, scratch / "plain.db"), lambda: _build(store)
    )
    with closing(sqlite3.connect(store)) as connection:
        sql = "SELECT sum(length(CAST(content AS BLOB))) FROM messages"
        (text,) = connection.execute(sql).fetchone()
    share = _index(store).stat().st_size / text
    size = f"{_index(store).stat().st_size >> 20} MiB"
    return [
        ratio_figure(21, f"index of {scale.messages:,} messages", pairs, 1.3),
        Figure(
            21, "its size", f"{text >> 20} MiB", size, f"{share:.2f}", "-", "≤ 0.5", share <= 0.5
        ),
    ]


def queries(scale: Scale, scratch: Path) -> list[Figure]:
    """Rows 22 and 23: queries against the bare index by rank, and any query at all."""
    with _indexed(scale.messages, scratch) as store:
        figures = [_against_rank(store, query) for query in QUERIES]
        took = asyncio.run(_searches(store, [*ANY_QUERIES, *QUERIES], _RUNS))
    worst = quantile([each for times in took.values() for each in times], 0.95)
    return [*figures, _within(23, f"any query, {scale.messages:,} messages, p95", worst, 0.05)]


def typing(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 24: the answer to the last letter; each query cancels the one before."""
    with _indexed(scale.messages, scratch) as store, serving(scratch, store) as client:
        client.request("hfs/search", {"query": ""})
        took = [_typed(client) for _ in range(5)]
    return [_within(24, "typing, after the last letter", quantile(took, 0.95), 0.08)]


def additions(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 25: one message more, until it is found, in a large store and in a small one."""
    stores = [_made(1_000, scratch / "small"), _made(scale.messages, scratch / "large")]
    small, large = (asyncio.run(_added(store)) for store in stores)
    pairs = Pairs(small, large)
    return [ratio_figure(25, f"one message more in {scale.messages:,}, until found", pairs, 1.5)]


def commands(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 26: a search in the shell, against a list."""
    with _indexed(scale.messages, scratch) as store:
        pairs = Pairs().measure(
            15, lambda: _run(store, "list"), lambda: _run(store, "search", "sql")
        )
    return [ratio_figure(26, "search in the shell, against list", pairs, 2.0)]


def pings(scale: Scale, scratch: Path) -> list[Figure]:
    """Row 27: pings while the index is built."""
    source = material.sessions_store(scale.messages // material.MESSAGES_PER_SESSION)
    store = Path(shutil.copy(source, scratch / "store.db"))
    with serving(scratch, store) as client:
        took: list[float] = []
        while not client.request("hfs/search", {"query": "sql", "limit": 1})["isComplete"]:
            took += pings_while_idle(client, 0.5)
    reach = 0.04 if scale.is_slow else 0.015
    return [_within(27, "ping while the index is built, p99", quantile(took, 0.99), reach)]


def _index(store: Path) -> Path:
    return store.with_name(store.name + "-search")


def _plain(store: Path, path: Path) -> Cost:
    path.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as plain,
        closing(sqlite3.connect(store)) as source,
    ):
        plain.execute("PRAGMA journal_mode = WAL")
        for statement in SCHEMA:
            if "INTO texts" in statement or "TABLE texts" in statement:
                plain.execute(statement)
        meter = Meter()
        rows = source.execute("SELECT id, content FROM messages ORDER BY id")
        while some := rows.fetchmany(_BATCH):
            plain.execute("BEGIN")
            plain.executemany("INSERT INTO texts (rowid, text) VALUES (?, ?)", some)
            plain.execute("COMMIT")
        return meter.cost()


def _build(path: Path) -> Cost:
    for file in path.parent.glob(f"{path.name}-search*"):
        file.unlink()

    async def build(store: Store) -> Cost:
        meter = Meter()
        await store.update_index(no_progress)
        return meter.cost()

    return asyncio.run(_with(path, build))


async def _with(path: Path, work: Callable[[Store], Awaitable[Cost]]) -> Cost:
    store = open_store(path)
    try:
        return await work(store)
    finally:
        await store.close()


def _made(messages: int, folder: Path) -> Path:
    folder.mkdir()
    source = material.sessions_store(messages // material.MESSAGES_PER_SESSION)
    store = Path(shutil.copy(source, folder / "store.db"))
    _build(store)
    return store


@contextmanager
def _indexed(messages: int, scratch: Path) -> Iterator[Path]:
    yield _made(messages, scratch / "indexed")


def _against_rank(store: Path, query: str) -> Figure:
    sql = "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 50"
    bare: list[float] = []
    with closing(sqlite3.connect(_index(store))) as connection:
        for _ in range(_RUNS // 5):
            begun = time.perf_counter()
            connection.execute(sql, (query,)).fetchall()
            bare.append(time.perf_counter() - begun)
    ours = quantile(asyncio.run(_searches(store, [query], _RUNS))[query], 0.95)
    floor = quantile(bare, 0.95)
    return Figure(
        22,
        f"query {query}, p95",
        seconds(floor),
        seconds(ours),
        f"{ours / floor:.2f}",
        "-",
        "≤ 1.5 + 3 ms",
        ours <= 1.5 * floor + _MORE_SECONDS,
    )


async def _searches(path: Path, texts: list[str], runs: int) -> dict[str, list[float]]:
    store = open_store(path)
    found: dict[str, list[float]] = {text: [] for text in texts}
    await store.search("")
    for _ in range(runs):
        for text in texts:
            begun = time.perf_counter()
            await store.search(text)
            found[text].append(time.perf_counter() - begun)
    await store.close()
    return found


def _typed(client: Client) -> float:
    previous = None
    for end in range(1, len(TYPED) + 1):
        if previous is not None:
            client.send({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": previous}})
            time.sleep(_TYPING_SECONDS)
        previous = client.begin("hfs/search", {"query": f"{TYPED[:end]}*"})
    begun = time.perf_counter()
    while (message := client.receive(10.0)) is not None and message.get("id") != previous:
        pass
    return time.perf_counter() - begun


async def _added(path: Path) -> list[Cost]:
    store = open_store(path)
    await store.update_index(no_progress)
    took = []
    with closing(sqlite3.connect(path, isolation_level=None)) as terminal:
        for number in range(30):
            terminal.execute(
                "INSERT INTO messages (session_id, role, content, created_at)"
                " VALUES (1, 'user', ?, '2026-03-01 10:00:00.000000')",
                (f"needle{number}",),
            )
            meter = Meter()
            while not (await store.search(f"needle{number}")).matches:
                await asyncio.sleep(0.001)
            took.append(meter.cost())
    await store.close()
    return took


def _run(store: Path, *words: str) -> Cost:
    return cost_of_program([sys.executable, "-m", "hfs_server", *words, "--database", str(store)])


def _within(row: int, what: str, took: float, reach: float) -> Figure:
    return Figure(row, what, "-", seconds(took), "-", "-", f"≤ {seconds(reach)}", took <= reach)
