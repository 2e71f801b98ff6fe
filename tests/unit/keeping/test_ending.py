"""Keeping ends when it is cancelled, whatever it does at that moment."""

import asyncio
from contextlib import nullcontext, suppress

import pytest

from hfs_server.importers.places import Places
from hfs_server.keeping import keep
from hfs_server.store import open_store
from testing.tool_logs import claude_code, id_of, write


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


@pytest.mark.parametrize("turns", [0, 20, 100])
def test_keeping_ends_wherever_its_import_is_cancelled(turns, tmp_path):
    folder = tmp_path / ".claude" / "projects" / "here"
    for number in range(3):
        write(folder / f"{id_of(number)}.jsonl", claude_code(number))

    async def run():
        path = tmp_path / "sessions.db"
        store = open_store(path)
        places = Places(home=tmp_path, environment={})
        keeping = asyncio.ensure_future(keep(store, ["claude-code"], Listener(), places))
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
