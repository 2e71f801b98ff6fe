"""Imports, exports and searches, and fails if that loads a module of the store: ``PLACE``."""

import asyncio
import sys
from importlib import import_module

from hfs_server.lsp.loading import load_handlers
from hfs_server.session import no_progress
from hfs_server.settings import resolve
from hfs_server.store import modules_of, open_store
from tests.unit.store.sqlite.sessions import message, read, save

load_handlers()
place = resolve({}, database=sys.argv[1]).database
for module in modules_of(place):
    import_module(module)


async def run() -> None:
    """Does what a first user does."""
    store = open_store(place)
    before = set(sys.modules)
    await save(store, [message("a word")])
    await read(store, 1)
    await store.update_index(no_progress)
    assert len((await store.search("word")).matches) == 1
    await store.close()
    loaded = sorted(each for each in set(sys.modules) - before if each.startswith("hfs_server"))
    assert loaded == [], loaded


asyncio.run(run())
