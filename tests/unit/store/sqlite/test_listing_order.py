"""The order of the list: by the time of the last activity, in any format."""

import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hfs_server.cli.output import print_sessions
from hfs_server.store import Store
from hfs_server.store.results import SessionSummary
from hfs_server.store.sqlite.listing import _AFTER_CURSOR, _BY_ACTIVITY, _OTHER_TIMES
from tests.unit.store.sqlite.sessions import use

KNOWN = {
    "'2026-02-01 10:30:00.250184'": "2026-02-01T10:30:00.250184Z",
    "'2026-02-01 10:30:00.000000'": "2026-02-01T10:30:00Z",
    "'2026-02-01T10:30:00.250183'": "2026-02-01T10:30:00.250183Z",
    "'2026-02-01T10:30:00Z'": "2026-02-01T10:30:00Z",
    "'2026-02-01 10:30:00'": "2026-02-01T10:30:00Z",
    "'2026-02-01 10:30'": "2026-02-01T10:30:00Z",
    "'2026-02-01'": "2026-02-01T00:00:00Z",
    "'20260201T103001Z'": "2026-02-01T10:30:01Z",
    "'2026-02-01 10:30:00.25'": "2026-02-01T10:30:00.250000Z",
    "'2026-02-01 10:30:00.25018Z'": "2026-02-01T10:30:00.250180Z",
    "'2026-02-01 10:30:00.250+01'": "2026-02-01T09:30:00.250000Z",
    "'2026-02-01 10:30:00.250-01'": "2026-02-01T11:30:00.250000Z",
    "'2026-02-01T00:30:00+14:00'": "2026-01-31T10:30:00Z",
    "'2026-02-01T23:30:00-12:00'": "2026-02-02T11:30:00Z",
    "'2026-02-01 10:30:00,250185'": "2026-02-01T10:30:00.250185Z",
    "'2026-W05-7 10:30:00.250186'": "2026-02-01T10:30:00.250186Z",
    "'2024-02-29 10:30:00.250184'": "2024-02-29T10:30:00.250184Z",
    "'2026-02-01T24:00'": "2026-02-02T00:00:00Z",
    "'0001-01-01 00:00:00.000000'": "0001-01-01T00:00:00Z",
    "'9999-12-31 23:59:59.999999'": "9999-12-31T23:59:59.999999Z",
}
"""A time of an SQL row, and what it means."""

UNKNOWN = [
    "5",
    "20260201",
    "1769941800",
    "1769941800.5",
    "9e999",
    "-9e999",
    "''",
    "'yesterday'",
    "x'323032362d30322d30312031303a33303a30302e323530313834'",
    "x'ff'",
    "'2026-02-30 10:30:00.250184'",
    "'2025-02-29 10:30:00.250184'",
    "'2026-04-31 10:30:00.250184'",
    "'2026-00-01 10:30:00.250184'",
    "'2026-13-01 10:30:00.250184'",
    "'2026-02-00 10:30:00.250184'",
    "'2026-02-01 24:30:00.250184'",
    "'2026-02-01 10:60:00.250184'",
    "'2026-02-01 10:30:60.250184'",
    "'0000-02-01 10:30:00.250184'",
    "'-001-02-01 10:30:00.250184'",
    "'2026--1-01 10:30:00.250184'",
    "'2026-02-01 10:30:00.-50184'",
    "'2026-02-01 10:30:00.+50184'",
    "'2026-02-01 10:30: 0.250184'",
    "'2026-02-01 10:30:00.25018 '",
    "'2026-02-01 10:30:00.25018x'",
    "'2026-02-01x10:30:00.250184'",
    "'2026-02-01 10:30:00.250184' || char(0)",
    "'2026-02-01 10:30:00.250184' || char(0) || 'x'",
    "'2026-02-01 10:30:00.25018' || char(65298)",
    "CAST(x'323032362d30322d30312031303a33303a30302e3235303138ff' AS TEXT)",
    "'9999-12-31 23:59:59.999999-14:00'",
    "hex(zeroblob(50000))",
    "NULL",
]
"""Values that are not times. As text some would sort after every time, others before."""

LAX = (
    "CREATE TABLE sessions (id INTEGER PRIMARY KEY, name VARCHAR(255), created_at DATETIME,"
    " updated_at DATETIME)"
)


def add(path: Path, times: Iterable[tuple[str, str]], first: int = 1) -> None:
    """Sessions whose ``created_at`` and ``updated_at`` are these, in SQL."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, (created, updated) in enumerate(times, first):
            connection.execute(
                "INSERT INTO sessions (id, name, created_at, updated_at)"
                f" VALUES ({number}, 'n', {created}, {updated})"
            )


def store_with(path: Path, times: Iterable[tuple[str, str]]) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(LAX)
    paged(path, 1)
    add(path, times)


def paged(path: Path, limit: int, query: str | None = None) -> list[SessionSummary]:
    """All sessions, page by page."""

    async def run(store: Store) -> list[SessionSummary]:
        found: list[SessionSummary] = []
        cursor = None
        while True:
            page = await store.list(limit, cursor, query)
            assert len(page.sessions) <= limit
            found += page.sessions
            cursor = page.next_cursor
            if cursor is None:
                return found

    return use(path, run)


def meant(created: str, updated: str) -> str:
    """The last activity as it sorts; empty if none is known."""
    iso = KNOWN.get(updated) or KNOWN.get(created) or ""
    return iso if "." in iso or not iso else iso.replace("Z", ".000000Z")


def expected_order(times: list[tuple[str, str]]) -> list[int]:
    positions = [(meant(*pair), number) for number, pair in enumerate(times, 1)]
    return [number for _, number in sorted(positions, reverse=True)]


@pytest.mark.parametrize("limit", [1, 7, 500])
def test_times_of_any_format_sort_in_order_and_unknown_ones_come_last(
    tmp_path: Path, limit: int
) -> None:
    every = [*KNOWN, *UNKNOWN]
    times = [(created, "NULL") for created in every]
    times += [("'2026-02-01 10:30:00.250184'", updated) for updated in every]
    random.Random(limit).shuffle(times)
    path = tmp_path / "sessions.db"
    store_with(path, times)
    found = paged(path, limit)
    assert [session.id for session in found] == expected_order(times)
    assert [session.id for session in paged(path, limit, "N")] == expected_order(times)
    for session in found:
        created, updated = times[session.id - 1]
        assert session.created_at == KNOWN.get(created, "")
        assert session.updated_at == KNOWN.get(updated)


time = st.sampled_from([*KNOWN, *UNKNOWN])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(time, time), max_size=30),
    st.lists(st.tuples(time, time), max_size=10),
    st.integers(1, 9),
)
def test_pages_hold_each_session_once_while_others_are_added(
    tmp_path_factory: pytest.TempPathFactory,
    times: list[tuple[str, str]],
    later: list[tuple[str, str]],
    limit: int,
) -> None:
    path = tmp_path_factory.getbasetemp() / "mixed.db"
    store_with(path, times)

    async def run(store: Store) -> list[int]:
        seen: list[int] = []
        cursor, turn = None, 0
        while True:
            page = await store.list(limit, cursor)
            seen += [session.id for session in page.sessions]
            add(path, later[turn : turn + 1], 1000 + turn)
            cursor, turn = page.next_cursor, turn + 1
            if cursor is None:
                return seen

    seen = use(path, run)
    assert len(seen) == len({*seen})
    assert [number for number in seen if number < 1000] == expected_order(times)


def test_a_page_is_read_from_the_indexes_and_nothing_is_sorted(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    store_with(path, [])
    plans = []
    with closing(sqlite3.connect(path)) as connection:
        connection.create_function("hfs_casefold", 1, str)
        questions = [_BY_ACTIVITY.format(more=more) for more in ("", f" AND {_AFTER_CURSOR}")]
        for sql in (*questions, _OTHER_TIMES):
            values = {"time": "x", "id": 1, "limit": 50}
            explained = connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)
            plans.append([row[-1] for row in explained])
    assert "SCAN sessions USING INDEX hfs_sessions_by_activity" in plans[0]
    assert any("SEARCH sessions USING INDEX hfs_sessions_by_activity" in step for step in plans[1])
    assert any("USING INDEX hfs_sessions_of_other_times" in step for step in plans[2])
    assert not any("TEMP B-TREE" in step for plan in plans for step in plan)


def test_times_as_the_terminal_program_writes_them_are_all_found_by_the_index(
    tmp_path: Path,
) -> None:
    """Except a 29th of February, since SQLite does not check whether that day exists."""
    path = tmp_path / "sessions.db"
    days = "WITH RECURSIVE day(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM day WHERE n < 1600)"
    store_with(path, [])
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            f"{days} INSERT INTO sessions (name, created_at) SELECT n,"
            " strftime('%Y-%m-%d %H:%M:%f000', '2024-01-01', n || ' days', (61 * n) || ' seconds')"
            " FROM day"
        )
        others = connection.execute(_OTHER_TIMES).fetchall()
    assert [created[:10] for _, created, _ in others] == ["2024-02-29", "2028-02-29"]
    assert len(paged(path, 500)) == 1601


def test_a_line_of_the_list_shows_no_time_that_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sessions.db"
    store_with(path, [("5", "NULL"), ("'2026-02-01T10:30:00+01:00'", "'x'")])
    print_sessions(paged(path, 50))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["2", "2026-02-01", "09:30", "0", "n"], ["1", "-", "0", "n"]]
