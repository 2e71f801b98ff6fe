"""Keeping ends when it is cancelled, whatever it does at that moment."""

import asyncio
from contextlib import nullcontext, suppress

import psycopg
import pytest

from hfs_server.importers.places import Places
from hfs_server.keeping import keep
from hfs_server.share_settings import Sharing
from hfs_server.sharing import share
from hfs_server.store import open_store
from testing.command_line import POSIX
from testing.tool_logs import claude_code, id_of, write
from testing.waiting import PATIENCE_SECONDS, wait_until
from tests.unit.pairs_of_stores import add

TOOL = "claude-code"
WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid <> pg_backend_pid()"


class Listener:
    """Whom nothing interests."""

    def on_tools(self, kept, elsewhere):
        pass

    def importing(self):
        return nullcontext()

    def on_import(self, report):
        pass

    def on_store_error(self, error):
        raise error

    def on_share(self, report):
        pass

    def on_share_error(self, error):
        raise error


@pytest.mark.parametrize("turns", [0, 20, 100])
def test_keeping_ends_wherever_its_import_is_cancelled(turns, tmp_path):
    folder = tmp_path / ".claude" / "projects" / "here"
    for number in range(3):
        write(folder / f"{id_of(number)}.jsonl", claude_code(number))

    async def run():
        path = tmp_path / "sessions.db"
        store = open_store(path)
        places = Places(home=tmp_path, environment={})
        keeping = asyncio.ensure_future(keep(store, [TOOL], Listener(), places))
        async with asyncio.timeout(120):
            while not path.exists():
                await asyncio.sleep(0)
            for _ in range(turns):
                await asyncio.sleep(0)
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping
        await store.close()

    asyncio.run(run())


@POSIX
def test_keeping_ends_while_it_finds_that_there_is_nothing_to_share(tmp_path, database, postgresql):
    path = tmp_path / "sessions.db"
    sharing = Sharing(database, ("/home/ada/web",), True)
    add(path, claude_code(1))

    async def run(locked):
        store, shared = open_store(path), open_store(database)
        await share(store, shared, sharing, [TOOL])
        await shared.close()
        locked.execute("LOCK hfs.sessions")
        places = Places(home=tmp_path, environment={})
        keeping = asyncio.ensure_future(keep(store, [TOOL], Listener(), places, sharing))
        with postgresql.connected() as other:
            await asyncio.to_thread(wait_until, lambda: other.execute(WAITING).fetchall())
        # Now a thread reads for the sharing, which holds a cancellation back.
        keeping.cancel()
        for _ in range(10):
            await asyncio.sleep(0)
        locked.rollback()
        await asyncio.wait([keeping], timeout=PATIENCE_SECONDS)
        assert keeping.cancelled()
        await store.close()

    with psycopg.connect(database.connection_string) as locked:
        asyncio.run(run(locked))
