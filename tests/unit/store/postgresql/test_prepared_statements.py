"""Statements that are planned once, and used as long as a connection is there."""

from __future__ import annotations

import pytest

from hfs_server.store import Store
from hfs_server.store.address import Address
from hfs_server.store.postgresql.connections import fetch
from tests.unit.store.sqlite.deletions import save_family
from tests.unit.store.sqlite.sessions import message, save, use

_PREPARED = "SELECT name FROM pg_prepared_statements ORDER BY name"


async def _prepared(store: Store) -> list[str]:
    """The names of the statements that the connection of the last read has prepared."""
    async with store._database.reading() as connection:  # type: ignore[attr-defined]
        return [name for (name,) in await connection.run(fetch, _PREPARED)]


def test_the_end_of_a_read_leaves_its_statements_prepared(database: Address) -> None:
    use(database, lambda store: save(store, [message()]))

    async def work(store: Store) -> None:
        await store.list()
        prepared = await _prepared(store)
        assert prepared
        for _ in range(2):
            await store.list()
            assert await _prepared(store) == prepared

    use(database, work)


@pytest.mark.parametrize(
    ("family", "statements"),
    [
        ([("a", None), ("b", "a"), ("c", "b"), ("d", "a")], 1),
        ([("b", "a"), ("d", "a"), ("a", None), ("e", "missing")], 1),
        ([("a", "b"), ("b", "a"), ("c", None)], 2),
        ([("a", "a")], 2),
    ],
    ids=["later children", "earlier children", "ancestors of each other", "its own ancestor"],
)
def test_only_a_page_with_sessions_that_may_be_their_own_ancestors_is_read_twice(
    database: Address, family: list[tuple[str, str | None]], statements: int
) -> None:
    use(database, lambda store: save_family(store, *family))

    async def work(store: Store) -> None:
        await store.list()
        assert len(await _prepared(store)) == statements

    use(database, work)
