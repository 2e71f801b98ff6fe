"""A session is read whole, wherever in its table its rows are."""

from __future__ import annotations

import pytest

from hfs_server.store import Store
from hfs_server.store.address import Address
from testing.postgresql import Server
from tests.unit.store.sqlite.sessions import message, read, save, use

TEXTS = [f"message {number}" for number in range(40)]
TABLES = ("messages", "checkpoints")


@pytest.mark.parametrize(
    "moved",
    [
        pytest.param("position + 100000", id="far from the first"),
        pytest.param("position * 50000000", id="up to the greatest"),
        pytest.param("CASE WHEN position < 17 THEN position ELSE position + 5000 END", id="a gap"),
        pytest.param("CASE WHEN position < 40 THEN position ELSE 2147483647 END", id="one far off"),
    ],
)
def test_rows_with_gaps_between_their_positions_are_all_read(
    postgresql: Server, database: Address, moved: str
) -> None:
    use(database, _fill)
    before = use(database, lambda store: read(store, 1))
    with postgresql.connected(database) as connection:
        for table in TABLES:
            # Each has its new position before another one takes its old position.
            for (position,) in connection.execute(
                f"SELECT position FROM hfs.{table} ORDER BY position DESC".encode()
            ).fetchall():
                connection.execute(
                    f"UPDATE hfs.{table} SET position = {moved} WHERE position = %s".encode(),
                    (position,),
                )
    assert use(database, lambda store: read(store, 1)) == before
    assert [each["content"] for each in before[1]] == TEXTS
    assert len(before[2]) == len(TEXTS)


def test_a_session_is_read_from_any_message_on(database: Address) -> None:
    async def work(store: Store) -> None:
        await _fill(store)
        for first in (1, 2, 16, 17, 39, 40, 41, 2**31, 2**40):
            async with store.snapshot(1) as snapshot:
                batches = [each async for each in snapshot.messages(first)]
            found = [one["content"] for batch in batches for one in batch.messages]
            assert found == TEXTS[first - 1 :]

    use(database, work)


def test_long_and_short_messages_are_read_in_their_order(database: Address) -> None:
    sizes = [1, 700_000, *[10] * 60, 2_000_000, *[100] * 300, 900_000, 900_000, 1]
    texts = [f"{number}:" + "x" * size for number, size in enumerate(sizes)]
    use(database, lambda store: save(store, [message(text) for text in texts]))
    _, messages, _ = use(database, lambda store: read(store, 1))
    assert [each["content"] for each in messages] == texts


async def _fill(store: Store) -> None:
    checkpoints = [
        {"trigger": "run.ended", "message_index": index, "created_at": None, "state": {}}
        for index in range(len(TEXTS))
    ]
    await save(store, [message(text) for text in TEXTS], checkpoints)


def test_times_of_all_years_and_fractions_are_read_as_they_were_saved(database: Address) -> None:
    times = [
        "0001-01-01T00:00:00.000001Z",
        "0999-12-31T23:59:59Z",
        "2026-02-01T10:00:00Z",
        "2026-02-01T10:00:00.100000Z",
        "2026-02-01T10:00:00.123450Z",
        "9999-12-31T23:59:59.999999Z",
    ]
    checkpoints = [
        {"trigger": "run.ended", "message_index": 1, "created_at": time, "state": {}}
        for time in times
    ]
    use(database, lambda store: save(store, [message("x", time) for time in times], checkpoints))
    _, *parts = use(database, lambda store: read(store, 1))
    assert [[each["created_at"] for each in part] for part in parts] == [times, times]
