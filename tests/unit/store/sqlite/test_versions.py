"""Which program ``user_version`` belongs to, and copies that lost a part of our schema."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from hfs_server.errors import StoreTooNew, StoreUnusable
from hfs_server.store import Store
from hfs_server.store.sqlite.migrations import STEPS
from hfs_server.store.sqlite.sync_listing import first_page
from testing.terminal import Terminal
from tests.unit.store.sqlite import sessions

VERSION = len(STEPS)
FIRST_SCHEMA = """
    ALTER TABLE sessions ADD COLUMN hfs_run_snapshot TEXT;
    ALTER TABLE sessions ADD COLUMN hfs_extra TEXT;
    ALTER TABLE messages ADD COLUMN hfs_extra TEXT;
    ALTER TABLE checkpoints ADD COLUMN hfs_extra TEXT;
    CREATE INDEX hfs_sessions_by_activity
        ON sessions (coalesce(updated_at, created_at) DESC, id DESC);
    CREATE INDEX hfs_messages_by_session ON messages (session_id);
    CREATE INDEX hfs_user_messages_by_session ON messages (session_id) WHERE role = 'user';
    CREATE INDEX hfs_checkpoints_by_session ON checkpoints (session_id);
    CREATE TABLE hfs_arriving (
        session_id INTEGER NOT NULL, first_message_id INTEGER NOT NULL,
        last_message_id INTEGER NOT NULL, moved_at REAL NOT NULL);
    PRAGMA user_version = 1;
"""
"""The first version of our schema."""


def names(path: Path) -> list[str]:
    """The sessions of the store, one of which was just imported."""

    async def run(store: Store) -> list[str]:
        await sessions.save(store, [sessions.message(created_at=None)], name="ours")
        return await sessions.names(store)

    return sessions.use(path, run)


def execute(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(sql)


def rows(path: Path, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def user_version(path: Path) -> int:
    return rows(path, "PRAGMA user_version")[0][0]


def record(path: Path) -> list[tuple]:
    return rows(path, "SELECT * FROM hfs_schema")


def columns(path: Path) -> set[tuple]:
    sql = """
        SELECT item.name, part.name FROM sqlite_master AS item, pragma_table_info(item.name) AS part
        WHERE item.type = 'table'
    """
    return {*rows(path, sql)}


def indexes(path: Path) -> dict[str, str]:
    found = rows(path, "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''")
    return {name: " ".join(sql.split()) for name, sql in found}


def terminal_store(path: Path) -> None:
    with Terminal(path) as terminal:
        terminal.add_session("theirs", "one")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


@pytest.fixture
def migrated(path: Path) -> Path:
    """A store of the terminal program that we have opened."""
    terminal_store(path)
    assert sorted(names(path)) == ["ours", "theirs"]
    return path


def dumped(path: Path) -> None:
    """As ``sqlite3 store .dump | sqlite3 copy`` copies it."""
    with closing(sqlite3.connect(path)) as connection:
        script = "\n".join(connection.iterdump())
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    execute(path, script)


def lose(*statements: str) -> Callable[[Path], None]:
    return lambda path: execute(path, ";".join(statements))


EVERY_INDEX = (
    "hfs_sessions_by_activity",
    "hfs_sessions_of_other_times",
    "hfs_messages_by_session",
    "hfs_user_messages_by_session",
    "hfs_checkpoints_by_session",
)
WITHOUT_INDEXES = tuple(f"DROP INDEX {name}" for name in EVERY_INDEX)
LOST = {
    "by dump and reload": dumped,
    "version": lose("PRAGMA user_version = 0"),
    "version and record": lose("PRAGMA user_version = 0", "DELETE FROM hfs_schema"),
    "version and table of it": lose("PRAGMA user_version = 0", "DROP TABLE hfs_schema"),
    "record": lose("DELETE FROM hfs_schema"),
    "table of the record": lose("DROP TABLE hfs_schema"),
    "a record that is none": lose("UPDATE hfs_schema SET version = 'x'"),
    "indexes": lose(*WITHOUT_INDEXES),
    "indexes and version": lose(*WITHOUT_INDEXES, "PRAGMA user_version = 0"),
    **{f"index {name}": lose(f"DROP INDEX {name}") for name in EVERY_INDEX},
    "index of another meaning": lose(
        "DROP INDEX hfs_messages_by_session",
        "CREATE INDEX hfs_messages_by_session ON messages (role)",
    ),
    "table of imports": lose("DROP TABLE hfs_pending_imports"),
    "table of imports and version": lose(
        "DROP TABLE hfs_pending_imports", "PRAGMA user_version = 0"
    ),
    "a table of the terminal program": lose("DROP TABLE checkpoints"),
    **{
        f"column of {table}": lose(f"ALTER TABLE {table} DROP COLUMN hfs_extra")
        for table in ("sessions", "messages", "checkpoints")
    },
    "all but a column": lose(
        *WITHOUT_INDEXES,
        "DROP TABLE hfs_pending_imports",
        "DROP TABLE hfs_schema",
        "ALTER TABLE sessions DROP COLUMN hfs_extra",
        "ALTER TABLE checkpoints DROP COLUMN hfs_extra",
        "PRAGMA user_version = 0",
    ),
}


@pytest.mark.parametrize("lose_part", LOST.values(), ids=LOST)
def test_a_copy_that_lost_a_part_of_ours_gets_it_again(
    migrated: Path, lose_part: Callable[[Path], None]
) -> None:
    before = columns(migrated), indexes(migrated)
    lose_part(migrated)
    assert first_page(migrated, 50, None) is None
    assert sorted(names(migrated)) == ["ours", "ours", "theirs"]
    assert (columns(migrated), indexes(migrated)) == before
    assert (user_version(migrated), record(migrated)) == (VERSION, [(VERSION, 1)])
    assert first_page(migrated, 50, None) is not None


@pytest.mark.parametrize("version", [1, 0])
def test_a_store_of_the_first_version_is_migrated_to_the_newest(path: Path, version: int) -> None:
    terminal_store(path)
    execute(path, f"{FIRST_SCHEMA}; PRAGMA user_version = {version}")
    assert sorted(names(path)) == ["ours", "theirs"]
    assert (user_version(path), record(path)) == (VERSION, [(VERSION, 1)])
    other = path.with_name("new.db")
    terminal_store(other)
    names(other)
    assert (columns(path), indexes(path)) == (columns(other), indexes(other))


NOT_OURS = [1, VERSION, VERSION + 1, 99, 2**31 - 1, -1, -(2**31)]


@pytest.mark.parametrize("theirs", NOT_OURS)
def test_a_version_of_the_terminal_program_is_kept_and_not_rejected(
    path: Path, theirs: int
) -> None:
    terminal_store(path)
    execute(path, f"PRAGMA user_version = {theirs}")
    assert sorted(names(path)) == ["ours", "theirs"]
    assert (user_version(path), record(path)) == (theirs, [(VERSION, 0)])
    assert first_page(path, 50, None) is not None
    # It may go on to its next version, or take it back.
    for later in (theirs ^ 64, VERSION, 0):
        execute(path, f"PRAGMA user_version = {later}")
        assert first_page(path, 50, None) is not None
        assert "ours" in names(path)
        assert (user_version(path), record(path)) == (later, [(VERSION, 0)])


def test_a_version_of_the_terminal_program_in_a_store_without_tables_is_kept(path: Path) -> None:
    execute(path, "PRAGMA user_version = 7")
    assert names(path) == ["ours"]
    assert (user_version(path), record(path)) == (7, [(VERSION, 0)])


NEW_IN_THE_TERMINAL_PROGRAM = [
    "CREATE TABLE settings (name TEXT)",
    "ALTER TABLE sessions ADD COLUMN model TEXT",
    "ALTER TABLE messages ADD COLUMN tokens INTEGER",
    "ALTER TABLE checkpoints ADD COLUMN label TEXT",
]


@pytest.mark.parametrize("change", NEW_IN_THE_TERMINAL_PROGRAM)
@pytest.mark.parametrize("has_record", [True, False])
def test_a_terminal_program_that_changes_its_tables_may_set_a_version(
    migrated: Path, change: str, has_record: bool
) -> None:
    execute(migrated, f"{change}; PRAGMA user_version = 99")
    if not has_record:
        execute(migrated, "DROP TABLE hfs_schema")
    assert "ours" in names(migrated)
    assert (user_version(migrated), record(migrated)) == (99, [(VERSION, 0)])
    execute(migrated, "PRAGMA user_version = 100")
    assert "ours" in names(migrated)


def test_a_lower_version_of_another_program_is_kept(migrated: Path) -> None:
    """Only a copy loses a version, and then it is 0."""
    execute(migrated, "PRAGMA user_version = 1")
    assert "ours" in names(migrated)
    assert (user_version(migrated), record(migrated)) == (1, [(VERSION, 0)])


NEWER = {
    "version": "PRAGMA user_version = 99",
    "version, no record": "DROP TABLE hfs_schema; PRAGMA user_version = 99",
    "record and version": "UPDATE hfs_schema SET version = 99; PRAGMA user_version = 99",
    "record": "UPDATE hfs_schema SET version = 99",
    "record of a copy": "UPDATE hfs_schema SET version = 99; PRAGMA user_version = 0",
    "record, version of another": "UPDATE hfs_schema SET version = 99, owns_user_version = 0;"
    " PRAGMA user_version = 1",
    "record, tables of another": "UPDATE hfs_schema SET version = 99; CREATE TABLE more (x)",
    "unknown tables of hfs-server": "CREATE TABLE hfs_search (x);"
    " ALTER TABLE sessions ADD COLUMN hfs_tags TEXT; PRAGMA user_version = 99",
    "statistics": "ANALYZE; PRAGMA user_version = 99",
}


@pytest.mark.parametrize("change", NEWER.values(), ids=NEWER)
def test_a_store_of_a_newer_server_is_rejected_and_not_changed(migrated: Path, change: str) -> None:
    execute(migrated, change)
    before = migrated.read_bytes()
    assert first_page(migrated, 50, None) is None
    with pytest.raises(StoreTooNew, match="Upgrade hfs-server") as refused:
        names(migrated)
    assert refused.value.data == {"found": 99, "supported": VERSION}
    assert migrated.read_bytes() == before


def test_a_database_of_another_program_is_rejected_as_such_with_any_version(path: Path) -> None:
    execute(path, "CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = 99")
    with pytest.raises(StoreUnusable, match="another program"):
        names(path)
    assert user_version(path) == 99


def test_a_terminal_program_can_write_any_value_into_a_store_that_we_opened(migrated: Path) -> None:
    """Our indexes accept any value."""
    for value in ("5", "1e300", "''", "x'00ff'", "char(0)", "CAST(x'ff' AS TEXT)", "'2026'"):
        execute(migrated, f"INSERT INTO sessions (name, created_at) VALUES ('theirs', {value})")
        execute(migrated, f"UPDATE sessions SET updated_at = {value} WHERE id = 1")
    assert rows(migrated, "PRAGMA integrity_check") == [("ok",)]
    assert len(names(migrated)) == 10
