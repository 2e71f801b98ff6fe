"""A server that has nothing to do loads what first requests need."""

import asyncio
import json
from pathlib import Path

import pytest

from hfs_server.exporters.html.highlighting import LEXERS, USUAL, lexer
from hfs_server.lsp.server import HfsServer
from hfs_server.store import modules_of
from hfs_server.transforms.secret_patterns import quick_search
from testing.waiting import PATIENCE_SECONDS


def test_a_server_without_work_loads_modules_languages_and_the_search_for_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    for compiled in (lexer, quick_search):
        compiled.cache_clear()
    monkeypatch.setattr("hfs_server.lsp.loading.import_module", loaded.append)
    place = tmp_path / "sessions.db"

    async def run() -> None:
        server = HfsServer(write=lambda _: None, on_exit=lambda _: None, database=str(place))
        work: list[asyncio.Future[None]] = [asyncio.Future()]
        looks: list[int] = []

        def running() -> list[asyncio.Future[None]]:
            looks.append(len(loaded))
            return work

        monkeypatch.setattr(server.protocol, "running", running)
        server.protocol.receive(_message("initialize", id=1))
        server.protocol.receive(_message("initialized"))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(looks) < 3:
                await asyncio.sleep(0.01)
            assert loaded == []
            work.clear()
            while not quick_search.cache_info().currsize:
                await asyncio.sleep(0.01)
        assert loaded == [*modules_of(place), "hfs_server.transforms.redacted_snapshot"]
        assert lexer.cache_info().currsize == len(USUAL)
        await server.close()

    asyncio.run(run())


def test_the_usual_languages_are_highlighted() -> None:
    assert set(USUAL) <= set(LEXERS.values())


def _message(method: str, **members: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "method": method, "params": {}, **members}).encode()
