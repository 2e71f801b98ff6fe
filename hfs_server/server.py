"""The language server: its state, its life from initialize to exit, and its handlers."""

from __future__ import annotations

import asyncio
import logging
import re
from functools import partial

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from hfs_server import __version__, protocol
from hfs_server.documents import Format
from hfs_server.errors import HfsError, SessionNotFound
from hfs_server.exchange import Exchange
from hfs_server.export.models import EXPORT_SCHEMA_VERSION
from hfs_server.parent import can_be_seen, gone
from hfs_server.rpc import INVALID_PARAMS, HfsProtocol, RequestRefused
from hfs_server.settings import Settings, resolve
from hfs_server.store.database import Database
from hfs_server.store.repository import InvalidCursor, SessionRepository

WATCH_SECONDS = 0.5
"""How often the store is looked at for changes by other programs."""

_DOCUMENT_URI = re.compile(r"(?i:hfs):(?://)?/sessions/([0-9]{1,19})(?:/[^/?#]*)?\.(md|json)")
_FORMATS: dict[str, Format] = {"md": "markdown", "json": "json"}


class HfsServer(LanguageServer):
    """A server for one client; its store and exchange are there from ``initialize`` on."""

    protocol: HfsProtocol

    def __init__(self) -> None:
        super().__init__("hfs-server", __version__, protocol_cls=HfsProtocol)
        self.settings: Settings
        self.database: Database
        self.sessions: SessionRepository
        self.exchange: Exchange
        self.background: list[asyncio.Future[None]] = []

    def configure(self, settings: Settings) -> None:
        """Sets what the handlers work with; nothing is opened before it is needed."""
        self.settings = settings
        self.database = Database(settings.database_path)
        self.sessions = SessionRepository(self.database)
        self.exchange = Exchange(self.sessions, settings.database_path, settings.export_directory)
        logging.getLogger("hfs_server").setLevel(settings.log_level)

    async def close(self) -> None:
        """Cancels all work, waits for it, and closes the store."""
        work = [*self.protocol.running(), *self.background]
        for future in work:
            future.cancel()
        if work:
            await asyncio.wait(work)
        if hasattr(self, "database"):
            await self.database.close()


def create_server() -> HfsServer:
    """A server that is ready to be given frames; importing this module has no effect."""
    server = HfsServer()
    server.protocol.on_initialize = partial(initialize, server)
    server.protocol.on_initialized = partial(initialized, server)
    server.protocol.handlers = {
        protocol.LIST_SESSIONS: partial(list_sessions, server),
        protocol.EXPORT: partial(export, server),
        protocol.IMPORT: partial(import_, server),
        protocol.TEXT_DOCUMENT_CONTENT: partial(text_document_content, server),
    }
    return server


def initialize(
    server: HfsServer, params: types.InitializeParams, capabilities: types.ServerCapabilities
) -> None:
    """Takes the client's options, and announces what the server can do and pygls cannot know."""
    server.configure(resolve(params.initialization_options))
    if params.process_id is not None and can_be_seen(params.process_id):
        client = asyncio.ensure_future(gone(params.process_id))
        client.add_done_callback(lambda done: done.cancelled() or server.protocol.on_exit(1))
        server.background.append(client)
    capabilities.text_document_sync = None
    capabilities.notebook_document_sync = None
    capabilities.execute_command_provider = types.ExecuteCommandOptions(
        commands=list(protocol.COMMANDS), work_done_progress=True
    )
    capabilities.workspace = types.WorkspaceOptions(
        text_document_content=types.TextDocumentContentOptions(schemes=["hfs"])
    )
    capabilities.experimental = {"hfs": protocol.capabilities(EXPORT_SCHEMA_VERSION)}


def initialized(server: HfsServer) -> None:
    """Tells the user of settings that could not be used, and begins to watch the store."""
    for problem in server.settings.problems:
        warning = {"type": types.MessageType.Warning.value, "message": problem}
        server.protocol.tell(types.WINDOW_SHOW_MESSAGE, warning)
    has_store = server.settings.database_path.exists()
    server.background.append(asyncio.ensure_future(watch(server, has_store)))


async def list_sessions(
    server: HfsServer, params: protocol.ListSessionsParams
) -> protocol.ListSessionsResult:
    """A page of the sessions, last activity first."""
    try:
        page = await server.sessions.list(params.limit, params.cursor, params.query)
    except InvalidCursor as error:
        raise RequestRefused(INVALID_PARAMS, f"cursor: {error}.") from None
    summaries = [
        protocol.SessionSummary.model_validate(session, from_attributes=True)
        for session in page.sessions
    ]
    return protocol.ListSessionsResult(sessions=summaries, next_cursor=page.next_cursor)


async def export(server: HfsServer, params: protocol.ExportParams) -> protocol.ExportResult:
    """Writes a session to a file."""
    with server.protocol.work_done(params.work_done_token, "Exporting session") as on_progress:
        exported = await server.exchange.export(
            params.session_id, params.format, params.destination, params.overwrite, on_progress
        )
    return protocol.ExportResult(
        session_id=params.session_id,
        format=params.format,
        uri=exported.path.absolute().as_uri(),
        bytes=exported.size,
        message_count=exported.message_count,
        checkpoint_count=exported.checkpoint_count,
        schema_version=EXPORT_SCHEMA_VERSION,
    )


async def import_(server: HfsServer, params: protocol.ImportParams) -> protocol.ImportResult:
    """Takes a file or a text into the store."""
    with server.protocol.work_done(params.work_done_token, "Importing session") as on_progress:
        if params.uri is not None:
            work = server.exchange.import_file(params.uri, params.name, on_progress)
        else:
            work = server.exchange.import_text(params.content or "", params.name, on_progress)
        imported = await work
    session = protocol.ImportedSession(
        id=imported.session_id,
        name=imported.name,
        message_count=imported.message_count,
        checkpoint_count=imported.checkpoint_count,
    )
    return protocol.ImportResult(
        sessions=[session],
        migrated=imported.migrated,
        original_version=imported.original_version,
        schema_version=EXPORT_SCHEMA_VERSION,
        warnings=imported.warnings,
    )


async def text_document_content(
    server: HfsServer, params: protocol.TextDocumentContentParams
) -> protocol.TextDocumentContentResult:
    """The text of a read-only ``hfs:`` document."""
    match = _DOCUMENT_URI.fullmatch(params.uri)
    if match is None:
        raise RequestRefused(
            INVALID_PARAMS, "uri: expected hfs:/sessions/<id>.md, or .json, or a name below it."
        )
    session_id, ending = int(match[1]), match[2]
    if session_id >= 2**63:
        raise SessionNotFound(f"The store has no session {session_id}.", sessionId=session_id)
    text = await server.exchange.text(session_id, _FORMATS[ending])
    return protocol.TextDocumentContentResult(text=text)


async def watch(server: HfsServer, has_store: bool) -> None:
    """Tells the client when the store has changed, or come, whichever program did it."""
    known = await _mark(server) if has_store else None
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        mark = await _mark(server)
        if mark != known:
            known = mark
            server.protocol.tell(protocol.DID_CHANGE_SESSIONS, {})


async def _mark(server: HfsServer) -> object:
    """The store's mark, or None while there is no store that can be read."""
    if not server.settings.database_path.exists():
        return None
    try:
        return await server.sessions.change_mark()
    except HfsError:
        return None
