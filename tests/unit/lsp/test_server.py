"""A server that could not load or reach something works again afterwards."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

import pytest

from hfs_server.lsp.methods import DID_CHANGE_SESSIONS, LIST_SESSIONS
from hfs_server.lsp.server import HfsServer
from hfs_server.settings import resolve
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS


def test_what_could_not_be_loaded_is_loaded_by_the_next_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        server = HfsServer(write=lambda _: None, on_exit=lambda _: None)
        server.settings = resolve({"databasePath": str(tmp_path / "sessions.db")}, {})
        with monkeypatch.context() as broken:
            # Python then says that there is no such module.
            broken.setitem(sys.modules, "hfs_server.lsp.handlers", None)
            with pytest.raises(ImportError):
                await server.answer(LIST_SESSIONS, {})
        assert b'"sessions":[]' in await server.answer(LIST_SESSIONS, {})
        await server.close()

    asyncio.run(run())


def test_a_store_whose_name_is_too_long_is_absent_for_the_watch(tmp_path: Path) -> None:
    async def run() -> None:
        server = HfsServer(write=lambda _: None, on_exit=lambda _: None)
        server.settings = resolve({"databasePath": str(tmp_path / ("x" * 300))}, {})
        assert await (await server.handlers()).change_mark() is None
        await server.close()

    asyncio.run(run())


def test_a_client_s_option_wins_over_the_command_line(tmp_path: Path) -> None:
    async def store_of(options: object) -> Path:
        server = HfsServer(
            write=lambda _: None, on_exit=lambda _: None, database=str(tmp_path / "line.db")
        )
        params = {"initializationOptions": options}
        request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params}
        server.protocol.receive(json.dumps(request).encode())
        await server.close()
        return server.settings.database

    assert asyncio.run(store_of(None)) == tmp_path / "line.db"
    path = tmp_path / "option.db"
    assert asyncio.run(store_of({"databasePath": str(path)})) == path


def test_changes_are_noticed_after_there_was_no_memory_for_a_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "sessions.db"
    attempts: list[object] = []

    def without_memory(*arguments: object, **_: object) -> None:
        attempts.append(arguments)
        raise MemoryError

    async def run() -> None:
        written: list[bytes] = []
        server = HfsServer(write=written.append, on_exit=lambda _: None, database=str(path))
        initialize = {"id": 1, "method": "initialize", "params": {"capabilities": {}}}
        with monkeypatch.context() as full:
            full.setattr(sqlite3, "connect", without_memory)
            for request in (initialize, {"method": "initialized", "params": {}}):
                server.protocol.receive(json.dumps({"jsonrpc": "2.0", **request}).encode())
            while len(attempts) < 2:
                await asyncio.sleep(0.01)
        with Terminal(path) as terminal:
            terminal.add_session("Another", "message")
        while not any(DID_CHANGE_SESSIONS.encode() in each for each in written):
            await asyncio.sleep(0.01)
        await server.close()

    with Terminal(path) as terminal:
        terminal.add_session("One", "message")
    asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS))
    assert caplog.text.count("Internal error: MemoryError") == 1
