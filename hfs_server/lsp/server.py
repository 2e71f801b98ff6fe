"""The language server: its life from initialize to exit, and what it tells unasked."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from hfs_server import __version__
from hfs_server.errors import HfsError
from hfs_server.lsp.methods import COMMANDS, DID_CHANGE_SESSIONS, capabilities
from hfs_server.lsp.parent_process import gone, watched
from hfs_server.lsp.rpc import HfsProtocol
from hfs_server.lsp.turns import Room, unbounded
from hfs_server.settings import Settings, resolve

if TYPE_CHECKING:
    from hfs_server.lsp.handlers import Handlers

WATCH_SECONDS = 0.5
"""How often the store is looked at for changes by other programs."""


_COLLECTED_AFTER = 20_000
"""How many new objects there are before the collector looks at them: some batches of messages."""


class HfsServer(LanguageServer):
    """A server for one client, whose settings are there from ``initialize`` on."""

    protocol: HfsProtocol

    def __init__(self) -> None:
        super().__init__("hfs-server", __version__, protocol_cls=HfsProtocol)
        self.settings: Settings
        self.room: Room = unbounded
        self.background: list[asyncio.Future[None]] = []
        self._loading: asyncio.Future[Handlers] | None = None

    async def handlers(self) -> Handlers:
        """What answers our own requests; the client need not wait for it to be loaded."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> Handlers:
        try:
            handlers = await asyncio.to_thread(_handlers_type)
        except BaseException:
            # The next request tries again.
            self._loading = None
            raise
        # All that was loaded stays, so there is nothing to be collected among it.
        gc.freeze()
        gc.set_threshold(_COLLECTED_AFTER)
        gc.enable()
        protocol = self.protocol
        return handlers(self.settings, protocol.work_done, protocol.tell_progress, self.room)

    async def answer(self, method: str, params: Any) -> bytes:
        """The result of one of our own requests as JSON."""
        return await (await self.handlers()).answer(method, params)

    async def close(self) -> None:
        """Cancels all work, waits for it, and closes the store."""
        work = [*self.protocol.running(), *self.background]
        for future in work:
            future.cancel()
        if work:
            await asyncio.wait(work)
        if self._loading is not None:
            await (await self._loading).close()


def _handlers_type() -> type[Handlers]:
    from hfs_server.lsp.handlers import Handlers

    return Handlers


def create_server() -> HfsServer:
    """A server that is ready to be given frames; importing this module has no effect."""
    server = HfsServer()
    server.protocol.on_initialize = partial(initialize, server)
    server.protocol.on_initialized = partial(initialized, server)
    server.protocol.answer = server.answer
    return server


def initialize(
    server: HfsServer, params: types.InitializeParams, announced: types.ServerCapabilities
) -> None:
    """Takes the client's options, and announces what the server can do and pygls cannot know."""
    server.settings = resolve(params.initialization_options)
    logging.getLogger("hfs_server").setLevel(server.settings.log_level)
    is_gone = None if params.process_id is None else watched(params.process_id)
    if is_gone is not None:
        client = asyncio.ensure_future(gone(is_gone))
        client.add_done_callback(lambda done: done.cancelled() or server.protocol.on_exit(1))
        server.background.append(client)
    announced.text_document_sync = None
    announced.notebook_document_sync = None
    announced.execute_command_provider = types.ExecuteCommandOptions(
        commands=list(COMMANDS), work_done_progress=True
    )
    announced.workspace = types.WorkspaceOptions(
        text_document_content=types.TextDocumentContentOptions(schemes=["hfs"])
    )
    announced.experimental = {"hfs": capabilities()}


def initialized(server: HfsServer) -> None:
    """Tells the user of settings that could not be used, and begins to watch the store."""
    for problem in server.settings.problems:
        warning = {"type": types.MessageType.Warning.value, "message": problem}
        server.protocol.tell(types.WINDOW_SHOW_MESSAGE, warning)
    has_store = os.path.exists(server.settings.database_path)
    server.background.append(asyncio.ensure_future(watch(server, has_store)))


async def watch(server: HfsServer, has_store: bool) -> None:
    """Tells the client when the store has changed, or come, whichever program did it."""
    handlers = await server.handlers()
    known = await _mark(server.settings, handlers) if has_store else None
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        mark = await _mark(server.settings, handlers)
        if mark != known:
            known = mark
            server.protocol.tell(DID_CHANGE_SESSIONS, {})


async def _mark(settings: Settings, handlers: Handlers) -> object:
    """The store's mark, or None while there is no store that can be read."""
    if not os.path.exists(settings.database_path):
        return None
    try:
        return await handlers.change_mark()
    except HfsError:
        return None
