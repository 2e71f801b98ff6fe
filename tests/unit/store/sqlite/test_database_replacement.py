"""The store file is replaced while it is opened: the newest file is read."""

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from hfs_server.errors import StoreBusy
from hfs_server.store import Store
from tests.unit.store.sqlite.sessions import names, use


def make(path: Path, name: str) -> None:
    """A migrated store with one session of this name."""
    use(path, names)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO sessions (name, created_at) VALUES (?, '2026-02-01 10:00:00.000000')",
            (name,),
        )


def test_a_store_that_is_replaced_while_it_is_opened_is_the_last_one(tmp_path: Path) -> None:
    """The number of a deleted file is reused, so a number alone does not identify a file."""
    path = tmp_path / "store" / "sessions.db"
    make(path, "first")
    make(tmp_path / "template.db", "name 000")
    template = (tmp_path / "template.db").read_bytes()
    assert template.count(b"name 000") == 1
    newest = "first"

    def replace(number: int) -> None:
        nonlocal newest
        for step in range(40):
            newest = f"name {(number * 40 + step) % 1000:03}"
            other = path.with_name(f"other-{step % 2}.db")
            other.write_bytes(template.replace(b"name 000", newest.encode()))
            os.replace(other, path)

    async def replace_and_look(store: Store) -> None:
        mark = await store.change_mark()
        for number in range(25):
            thread = threading.Thread(target=replace, args=(number,))
            thread.start()
            while thread.is_alive():
                try:
                    await store.change_mark()
                except StoreBusy:
                    continue
            (found,) = (await store.list()).sessions
            assert found.name == newest
            last, mark = mark, await store.change_mark()
            assert mark != last

    use(path, replace_and_look)
