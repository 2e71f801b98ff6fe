"""A store of which somebody has removed a table, a column, or another part."""

from __future__ import annotations

import pytest

from hfs_server.cli.access_checks import access_checks
from hfs_server.errors import HfsError, StoreUnusable
from hfs_server.store import Store, health_of
from hfs_server.store.address import Address
from hfs_server.store.postgresql.migrations import NEWEST
from hfs_server.store.postgresql.roles import roles_script
from hfs_server.store.postgresql.schema import parts
from testing.postgresql import Server
from tests.unit.store.postgresql.works import ALL, fill
from tests.unit.store.sqlite.sessions import use

REMOVALS = {
    "table words": "DROP TABLE hfs.words",
    "table sessions": "DROP TABLE hfs.sessions CASCADE",
    "table messages": "ALTER TABLE hfs.messages RENAME TO messages_2",
    "table schema_version": "DROP TABLE hfs.schema_version",
    "column sessions.tool": "ALTER TABLE hfs.sessions DROP COLUMN tool",
    "column messages.extra": "ALTER TABLE hfs.messages RENAME extra TO extra_2",
    "column originals.size": "ALTER TABLE hfs.originals DROP COLUMN size",
    "function sessions_with": "DROP FUNCTION hfs.sessions_with",
    "index deletion_states_by_identity": "DROP INDEX hfs.deletion_states_by_identity",
    "trigger changed": "ALTER TABLE hfs.sessions DISABLE TRIGGER changed",
}


@pytest.mark.parametrize("part", REMOVALS)
def test_a_missing_part_is_named_by_the_doctor_and_each_call_says_what_to_do(
    postgresql: Server, database: Address, part: str
) -> None:
    use(database, fill)
    assert health_of(database, []).sessions == 2
    with postgresql.connected(database) as connection:
        connection.execute(REMOVALS[part].encode())
    with pytest.raises(StoreUnusable, match=rf"{part}\b.*Restore it from a backup"):
        health_of(database, [])

    async def failures(store: Store) -> list[HfsError]:
        found = []
        for work in ALL.values():
            try:
                await work(store)
            except HfsError as error:
                found.append(error)
        return found

    found = use(database, failures)
    # Without the index a state may be there twice, and without the trigger nobody is notified.
    assert bool(found) == (not part.startswith(("index", "trigger")))
    for error in found:
        assert isinstance(error, StoreUnusable)
        assert "from a backup, or ask its administrator" in error.message


def test_a_missing_index_is_a_warning_of_the_doctor(postgresql: Server, database: Address) -> None:
    use(database, fill)
    with postgresql.connected(database) as connection:
        connection.execute("DROP INDEX hfs.words_by_word, hfs.sessions_by_activity")
    access = health_of(database, []).access
    assert access is not None
    assert access.missing_indexes == ["sessions_by_activity", "words_by_word"]
    (warning,) = [line for line in access_checks(access) if line[0] == "indexes of the store"]
    assert warning[1:3] == ("missing: sessions_by_activity, words_by_word", "warning")
    for name in access.missing_indexes:
        assert f"CREATE INDEX {name} " in roles_script()


def test_the_parts_that_are_expected_are_those_of_a_new_store(
    postgresql: Server, database: Address
) -> None:
    use(database, fill)
    expected = [*parts(NEWEST)]
    assert len(expected) == len({*expected})
    with postgresql.connected(database) as connection:
        columns = connection.execute(
            """SELECT concat('column ', table_name, '.', column_name)
            FROM information_schema.columns WHERE table_schema = 'hfs'
                AND table_name <> 'schema_version'"""
        ).fetchall()
        tables = connection.execute(
            """SELECT 'table ' || tablename FROM pg_tables WHERE schemaname = 'hfs'
                AND tablename <> 'schema_version'"""
        ).fetchall()
    assert {each for each in expected if each.startswith("column")} == {each for (each,) in columns}
    assert {each for each in expected if each.startswith("table")} == {each for (each,) in tables}
