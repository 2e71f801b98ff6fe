"""Very long lines of sessions that started each other."""

from testing.postgresql import Server
from tests.unit.store.sqlite.deletions import save_family
from tests.unit.store.sqlite.sessions import names, use

SIZE = 5_000
INSERT = """
    INSERT INTO hfs.sessions (identity, parent_identity, name, folded_name, created_at, models,
        tags, message_count, checkpoint_count, digest, has_facts)
    SELECT identity, parent, identity, identity, '2026-01-01', '{}', '{}', 0, 0, '', false FROM (
        SELECT 1 AS part, n, 'up ' || n AS identity, 'up ' || n - 1 AS parent
            FROM generate_series(1, %(size)s) AS n
        UNION ALL SELECT 2, n, 'down ' || n, 'down ' || n + 1
            FROM generate_series(1, %(size)s) AS n) AS lines
    ORDER BY part, n
"""


def test_long_lines_of_parents_are_listed(postgresql: Server, database):
    """Each session has a higher id than the one that started it, or a lower one."""

    async def work(store):
        await save_family(store, ("0", None))
        with postgresql.connected(database) as connection:
            connection.execute(INSERT, {"size": SIZE})
        return await names(store)

    assert {*use(database, work)} == {"0", "up 1", f"down {SIZE}"}
