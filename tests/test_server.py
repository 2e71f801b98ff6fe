"""A server whose surroundings fail for a while works when the cause is gone."""

import asyncio
import sys
from pathlib import Path

import pytest

from hfs_server.lsp import server as servers
from hfs_server.lsp.methods import LIST_SESSIONS
from hfs_server.lsp.server import create_server
from hfs_server.settings import resolve


def test_what_could_not_be_loaded_is_loaded_by_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        server = create_server()
        server.settings = resolve({"databasePath": str(tmp_path / "sessions.db")}, {})
        with monkeypatch.context() as broken:
            # Python then says that there is no such module.
            broken.setitem(sys.modules, "hfs_server.lsp.handlers", None)
            with pytest.raises(ImportError):
                await server.answer(LIST_SESSIONS, {})
        assert b'"sessions":[]' in await server.answer(LIST_SESSIONS, {})
        await server.close()

    asyncio.run(run())


def test_a_store_that_cannot_be_looked_for_is_none_for_the_watch(tmp_path: Path) -> None:
    async def run() -> None:
        server = create_server()
        server.settings = resolve({"databasePath": str(tmp_path / ("x" * 300))}, {})
        assert await servers._mark(server.settings, await server.handlers()) is None
        await server.close()

    asyncio.run(run())
