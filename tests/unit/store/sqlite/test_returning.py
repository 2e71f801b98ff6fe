"""Importing sessions that were deleted: what stays deleted, and what comes back."""

from __future__ import annotations

from hfs_server.store.shapes import DELETED
from testing.terminal import Terminal
from tests.unit.store.sqlite.sessions import execute, message, save, save_source, source, use

SAID = [message("one"), message("two")]


def longer():
    return source([*SAID, message("three")], name="from its file")


async def delete_one(store):
    await save(store, SAID, name="n")
    await store.rename(1, "by the user")
    await store.delete(1)


def test_sessions_of_the_terminal_program_are_known_again(path):
    async def work(store):
        async with store.snapshot(1) as snapshot:
            header = snapshot.header
        await store.delete(1)
        document = source([message("hello", header.created_at)], created_at=header.created_at)
        saved = await save_source(store, document, restores_deleted=False)
        assert saved.reason == DELETED
        document = source([message("hello", header.created_at)], created_at=header.created_at)
        assert (await save_source(store, document)).id == 1
        assert execute(path, "SELECT hfs_identity FROM sessions") == [(None,)]

    with Terminal(path) as terminal:
        terminal.add_session("first", "hello")
    use(path, work)
