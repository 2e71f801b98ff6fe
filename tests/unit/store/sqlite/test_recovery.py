"""What interrupted imports leave is removed, and nothing else."""

from hfs_server.store.sqlite.import_lock import ImportLock
from tests.unit.store.sqlite.sessions import execute, message, names, save, use


def test_the_rows_of_a_killed_import_are_removed_and_no_others(path):
    async def work(store):
        await save(store, [message("stays")])
        orphan = "INSERT INTO messages (session_id, role, content, created_at) VALUES (?,'','','')"
        for owner in (101, 101, 201):
            execute(path, orphan, owner)
        pending = "INSERT INTO hfs_pending_imports VALUES (?, ?, ?, ?)"
        execute(path, pending, b"d" * 16, 101, 2, 3)
        execute(path, pending, b"a" * 16, 201, 4, 4)
        execute(path, "INSERT INTO sessions (id, name, created_at) VALUES (101, 'reused', '')")
        execute(path, orphan, 101)
        lock = ImportLock(path, b"a" * 16)
        lock.acquire()
        try:
            await save(store)
        finally:
            lock.release()

    use(path, work)
    assert execute(path, "SELECT id, session_id FROM messages ORDER BY id") == [
        (1, 1),
        (4, 201),
        (5, 101),
    ]
    assert execute(path, "SELECT session_id FROM hfs_pending_imports") == [(201,)]


def test_lock_files_of_killed_imports_are_removed_and_no_other_files(path):
    use(path, names)
    left = path.with_name(f"{path.name}-import-{'a' * 32}")
    others = [
        path.with_name(f"{path.name}-import-{'b' * 32}"),
        path.with_name(f"{path.name}-import-{'c' * 31}"),
        path.with_name(f"other-{path.name}-import-{'d' * 32}"),
    ]
    left.touch()
    for number, other in enumerate(others):
        other.write_text("mine" if number == 0 else "")
    use(path, names)
    assert not left.exists()
    assert all(other.exists() for other in others)


def test_the_lock_file_of_an_import_whose_rows_are_removed_is_removed_too(path):
    use(path, names)
    left = path.with_name(f"{path.name}-import-{(b'd' * 16).hex()}")
    left.touch()
    execute(path, "INSERT INTO hfs_pending_imports VALUES (?, 101, 2, 3)", b"d" * 16)
    use(path, names)
    assert not left.exists()
    assert execute(path, "SELECT * FROM hfs_pending_imports") == []


def test_the_rows_of_an_import_by_an_earlier_version_are_removed(path):
    use(path, lambda store: save(store, [message("stays")]))
    for statement in (
        "DROP TABLE hfs_pending_imports",
        "DROP TABLE hfs_reserved_ids",
        """CREATE TABLE hfs_arriving (
            session_id INTEGER NOT NULL, first_message_id INTEGER NOT NULL,
            last_message_id INTEGER NOT NULL, moved_at REAL NOT NULL)""",
        "INSERT INTO hfs_arriving VALUES (101, 2, 2, 0), (101, 3, 3, 0), (202, 4, 4, 9e12)",
        "INSERT INTO messages (session_id, role, content, created_at)"
        " VALUES (101, '', '', ''), (101, '', '', ''), (202, '', '', '')",
        "PRAGMA user_version = 1",
    ):
        execute(path, statement)
    use(path, names)
    assert execute(path, "SELECT content FROM messages") == [("stays",)]
    assert execute(path, "SELECT 1 FROM sqlite_master WHERE name = 'hfs_arriving'") == []
    assert execute(path, "SELECT * FROM hfs_pending_imports") == []
    assert execute(path, "SELECT session_id FROM hfs_reserved_ids") == [(101,), (202,)]
