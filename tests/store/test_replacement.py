"""The store's file is replaced while it is being opened: what is read is what is there."""

import asyncio
import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from hfs_server.store.sqlite.repository import SessionRepository

from hfs_server.errors import StoreBusy
from hfs_server.store.sqlite.database import Database


def make(path: Path, name: str) -> None:
    """A store with one session of this name, in which nothing is left to do at the opening."""

    async def run() -> None:
        database = Database(path)
        await SessionRepository(database).list()
        await database.close()

    asyncio.run(run())
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO sessions (name, created_at) VALUES (?, '2026-02-01 10:00:00.000000')",
            (name,),
        )


def test_a_store_that_is_replaced_while_it_is_opened_is_the_last_one(tmp_path: Path) -> None:
    """Deleted files leave their numbers to new ones, so that a number alone says nothing."""
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

    async def replace_and_look(repository: SessionRepository) -> None:
        mark = await repository.change_mark()
        for number in range(25):
            thread = threading.Thread(target=replace, args=(number,))
            thread.start()
            while thread.is_alive():
                try:
                    await repository.change_mark()
                except StoreBusy:
                    continue
            (found,) = (await repository.list()).sessions
            assert found.name == newest
            last, mark = mark, await repository.change_mark()
            assert mark != last

    async def run() -> None:
        database = Database(path)
        try:
            await replace_and_look(SessionRepository(database))
        finally:
            await database.close()

    asyncio.run(run())
