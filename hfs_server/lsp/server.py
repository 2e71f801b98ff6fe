"""The language server of one client, from ``initialize`` to ``exit``, and its notifications."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from hfs_server.cancellation import cancel
from hfs_server.internal_error import log_internal_error
from hfs_server.lsp import garbage
from hfs_server.lsp.background_progress import BackgroundProgress
from hfs_server.lsp.limits import WaitUntilWritable, always_writable
from hfs_server.lsp.loading import load_handlers, loading_in_advance
from hfs_server.lsp.methods import (
    ALL_COMMANDS,
    ANNOTATIONS,
    DID_CHANGE_SESSIONS,
    EXECUTE_COMMAND,
    capabilities,
)
from hfs_server.lsp.open_documents import LARGEST_DOCUMENT, LARGEST_SESSION
from hfs_server.lsp.parent_process import gone, watched
from hfs_server.lsp.registrations import (
    SESSION_REQUESTS,
    announce_documents,
    announce_session_files,
    can_register,
    refresh_of_lenses,
    refreshes_lenses,
    registration,
)
from hfs_server.lsp.rpc import RpcServer
from hfs_server.lsp.session_documents import SessionDocuments, begins_as_json
from hfs_server.settings import Settings, resolve
from hfs_server.store import open_store

if TYPE_CHECKING:
    from hfs_server.lsp.handlers import Handlers

WATCH_SECONDS = 0.5
"""How often the store is checked for changes by other programs."""

QUIET_SECONDS = 0.25
"""How long nothing is requested before modules are loaded in advance."""


class HfsServer(RpcServer):
    """A server for one client; its settings are known from ``initialize`` on."""

    def __init__(
        self,
        *,
        write: Callable[[bytes], None],
        on_exit: Callable[[int], None],
        wait_until_writable: WaitUntilWritable = always_writable,
        database: str | None = None,
    ) -> None:
        super().__init__(write, on_exit)
        self.settings: Settings
        self._wait_until_writable = wait_until_writable
        self._database = database
        self._background: list[asyncio.Future[None]] = []
        self._loading: asyncio.Future[Handlers] | None = None
        self._client: object = None
        self._sessions: SessionDocuments | None = None
        self._refreshes = 0
        self._is_watch_failing = False
        self._last_request = time.monotonic()

    def on_initialize(
        self, params: types.InitializeParams, capabilities: types.ServerCapabilities
    ) -> None:
        """Reads the client's options, and announces what pygls cannot know."""
        self.settings = resolve(params.initialization_options, database=self._database)
        logging.getLogger("hfs_server").setLevel(self.settings.log_level)
        if params.process_id is not None:
            self._exit_with(params.process_id)
        _announce(capabilities)
        if self.settings.annotate:
            self.annotations = ANNOTATIONS
            _announce_annotations(capabilities)
        self._client = params.capabilities.experimental
        if self._follows_session_files():
            self._begin_to_follow(capabilities)

    def on_initialized(self) -> None:
        """Shows which settings are invalid, and begins to watch the store."""
        for problem in self.settings.problems:
            self._warn(problem)
        if self._registers_session_files():
            self.protocol.ask(registration(self._client))
        has_store = open_store(self.settings.database).exists()
        self._background.append(asyncio.ensure_future(self._watch(has_store=has_store)))
        self._background.append(asyncio.ensure_future(self._load_in_advance()))
        if self.settings.keep:
            self._background.append(asyncio.ensure_future(self._keep()))

    async def answer(self, method: str, params: Any) -> bytes:
        """The result of one of ``REQUESTS`` or of ``annotations`` as JSON."""
        self._last_request = time.monotonic()
        handlers = await self.handlers()
        if method == EXECUTE_COMMAND and self._opens_session(params):
            return b"null"
        if method not in self.annotations:
            return await handlers.answer(method, params)
        if self._sessions is not None:
            from hfs_server.lsp.session_requests import session_answer

            result = await session_answer(self._sessions, handlers, method, params)
            if result is not None:
                return result
        if not self.settings.annotate:
            return b"null" if method == types.TEXT_DOCUMENT_HOVER else b"[]"
        from hfs_server.lsp.annotations import annotation

        return await annotation(handlers.store, self.documents, method, params)

    def on_document(self, method: str, params: dict[str, Any]) -> None:
        """Follows an open document."""
        super().on_document(method, params)
        if self._sessions is not None:
            self._sessions.notify(method, params)
            if method == types.TEXT_DOCUMENT_DID_SAVE:
                self._refresh_lenses()

    def _refresh_lenses(self) -> None:
        """Asks the client to ask for the lenses again: a file or the store has changed."""
        is_any = self._sessions is not None and self._sessions.is_any_open()
        if is_any and refreshes_lenses(self._client):
            self._refreshes += 1
            self.protocol.ask(refresh_of_lenses(self._refreshes))

    def _opens_session(self, params: Any) -> bool:
        """Shows a session if that is the command; an editor may do so by itself."""
        from hfs_server.lsp.session_lens import session_to_open, shown_document

        session_id = session_to_open(params)
        if session_id is not None:
            self.protocol.ask({"jsonrpc": "2.0", **shown_document(session_id, self._client)})
        return session_id is not None

    async def handlers(self) -> Handlers:
        """What answers requests; loaded in a thread after ``initialize`` was answered."""
        if self._loading is None:
            self._loading = asyncio.ensure_future(self._load())
        return await asyncio.shield(self._loading)

    async def close(self) -> None:
        """Cancels all requests, waits for them, and closes the store."""
        requests = self.protocol.running()
        for future in (*requests, *self._background):
            future.cancel()
        if self._sessions is not None:
            await self._sessions.close()
        if requests:
            await asyncio.wait(requests)
        await cancel(self._background)
        if self._loading is not None:
            await (await self._loading).close()

    def _follows_session_files(self) -> bool:
        """Only explicitly if all that the client has attached to the server would be sent."""
        chosen = self.settings.session_files
        return (self.settings.annotate or can_register(self._client)) if chosen is None else chosen

    def _registers_session_files(self) -> bool:
        """Whether the client is to send only some documents: with annotations it sends all."""
        follows = self._sessions is not None and not self.settings.annotate
        return follows and can_register(self._client)

    def _begin_to_follow(self, capabilities: types.ServerCapabilities) -> None:
        annotates = self.settings.annotate
        self.annotations = SESSION_REQUESTS
        self.documents.largest = lambda text: (
            LARGEST_SESSION if begins_as_json(text) else LARGEST_DOCUMENT if annotates else 0
        )
        self._sessions = SessionDocuments(
            self.documents, self.protocol.notify, self.handlers, keeps_others=annotates
        )
        if not self._registers_session_files():
            announce_session_files(capabilities)

    def _exit_with(self, process_id: int) -> None:
        is_gone = watched(process_id)
        if is_gone is not None:
            client = asyncio.ensure_future(gone(is_gone))
            client.add_done_callback(lambda done: done.cancelled() or self.on_exit(1))
            self._background.append(client)

    async def _load(self) -> Handlers:
        try:
            handlers = await asyncio.to_thread(load_handlers)
        except BaseException:
            # The next request tries again.
            self._loading = None
            raise
        garbage.resume()
        return handlers(
            self.settings,
            self.protocol.notify_progress,
            self._wait_until_writable,
            self._show_message,
        )

    def _show_message(
        self, message: str, severity: types.MessageType = types.MessageType.Info
    ) -> None:
        shown = {"type": severity.value, "message": message}
        self.protocol.notify(types.WINDOW_SHOW_MESSAGE, shown)

    def _warn(self, problem: str) -> None:
        self._show_message(problem, types.MessageType.Warning)

    async def _keep(self) -> None:
        """Keeps sessions of tools until the server ends."""
        handlers = await self.handlers()
        from hfs_server.lsp.keeping import keep_sessions

        progress = BackgroundProgress(
            self.protocol.ask, self.protocol.notify_progress, self._client
        )
        await keep_sessions(handlers.store, self.settings, self._warn, progress)

    async def _load_in_advance(self) -> None:
        """Loads what first imports, exports and searches need, while nothing is requested."""
        handlers = await self.handlers()
        # Without an extra that is missing, or with too many open files, requests say so.
        with suppress(ImportError, OSError):
            for load in loading_in_advance(self.settings.database):
                await self._quiet()
                await asyncio.to_thread(load)
            await self._quiet()
            await handlers.prepare_search()

    async def _quiet(self) -> None:
        """Waits until no request is at work, and none has come for a while."""
        while self._is_asked():
            await asyncio.sleep(QUIET_SECONDS)

    def _is_asked(self) -> bool:
        """Whether a request is at work, or another one may follow soon."""
        quiet = time.monotonic() - self._last_request
        return bool(self.protocol.running()) or quiet < QUIET_SECONDS

    async def _watch(self, *, has_store: bool) -> None:
        """Notifies the client when any program has changed or created the store."""
        known = await self._mark(None) if has_store else None
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            mark = await self._mark(known)
            if mark != known:
                known = mark
                self.protocol.notify(DID_CHANGE_SESSIONS, {})
                self._refresh_lenses()

    async def _mark(self, known: object) -> object:
        """A value that differs after each change of the store; the ``known`` one if that fails."""
        try:
            mark = await (await self.handlers()).change_mark()
            self._is_watch_failing = False
        except Exception as error:
            # Without memory for a connection, or files to load a module from, just now.
            if not self._is_watch_failing:
                log_internal_error(error)
            self._is_watch_failing = True
            return known
        return mark


def _announce(announced: types.ServerCapabilities) -> None:
    announced.text_document_sync = None
    announced.notebook_document_sync = None
    announced.execute_command_provider = types.ExecuteCommandOptions(
        commands=list(ALL_COMMANDS), work_done_progress=True
    )
    announced.workspace = types.WorkspaceOptions(
        text_document_content=types.TextDocumentContentOptions(schemes=["hfs"])
    )
    announced.experimental = {"hfs": capabilities()}


def _announce_annotations(announced: types.ServerCapabilities) -> None:
    announce_documents(announced)
    announced.code_action_provider = types.CodeActionOptions(code_action_kinds=["source.hfs"])
