"""The requests of ours, answered from one store; loaded when ``initialize`` has been answered."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from pydantic import ValidationError

from hfs_server.errors import SessionNotFound
from hfs_server.export_session import (
    LARGEST_TEXT,
    export_to_file,
    export_to_folder,
    export_to_text,
)
from hfs_server.exporters import EXPORTERS, exporter_for_suffix, exporter_named
from hfs_server.import_session import import_file, import_text
from hfs_server.lsp.jsonrpc import INVALID_PARAMS, MessageId, RequestRefused
from hfs_server.lsp.methods import (
    COMMANDS,
    EXECUTE_COMMAND,
    EXPORT,
    IMPORT,
    LIST_SESSIONS,
    TEXT_DOCUMENT_CONTENT,
)
from hfs_server.lsp.protocol import (
    METHODS,
    ExecuteCommandParams,
    ExportParams,
    ExportResult,
    ImportedSession,
    ImportParams,
    ImportResult,
    ListSessionsParams,
    ListSessionsResult,
    TextDocumentContentParams,
    TextDocumentContentResult,
    Wire,
)
from hfs_server.lsp.rpc import Progress
from hfs_server.lsp.turns import FILES_AT_ONCE, LISTS_AT_ONCE, TEXTS_AT_ONCE, Room, Turns, unbounded
from hfs_server.session import EXPORT_SCHEMA_VERSION
from hfs_server.settings import Settings
from hfs_server.store import InvalidCursor, open_store
from hfs_server.validation import described, joined_reason

_SUFFIXES = "|".join(re.escape(exporter.suffix) for exporter in EXPORTERS)
_DOCUMENT_URI = re.compile(
    rf"(?i:hfs):(?://)?/sessions/(-?[0-9]{{1,19}})(?:/[^/?#]*)?({_SUFFIXES})"
)

Model = TypeVar("Model", bound=Wire)
WorkDone = Callable[[MessageId | None, str], AbstractContextManager[Progress]]
"""Of a progress token and a title: what hears how far the work is."""
TellPart = Callable[[MessageId, dict[str, Any]], None]
"""Sends a part of a result, with the token that the client gave for it."""


class Handlers:
    """What a client may ask of one store; nothing is opened before it is needed."""

    def __init__(
        self,
        settings: Settings,
        work_done: WorkDone,
        tell_part: TellPart,
        room: Room = unbounded,
    ) -> None:
        self._settings = settings
        self._store = open_store(settings.database_path)
        self._work_done = work_done
        self._tell_part = tell_part
        self._lists = Turns(LISTS_AT_ONCE, room)
        self._files = Turns(FILES_AT_ONCE, room)
        self._texts = Turns(TEXTS_AT_ONCE, room, LARGEST_TEXT)
        self.handlers: dict[str, Callable[[Any], Awaitable[Wire]]] = {
            LIST_SESSIONS: self.list_sessions,
            EXPORT: self.export,
            IMPORT: self.import_,
            TEXT_DOCUMENT_CONTENT: self.text_document_content,
        }

    async def answer(self, method: str, params: Any) -> bytes:
        """The result as JSON. Raises RequestRefused, and HfsError where the work fails."""
        if method == EXECUTE_COMMAND:
            method, params = _called_by(validated(ExecuteCommandParams, params))
        request = validated(METHODS[method][0], params)
        self._settings.require_store()
        result = await self.handlers[method](request)
        return result.model_dump_json(by_alias=True).encode()

    async def change_mark(self) -> object:
        """Something that differs after each change of the store, whichever program made it."""
        self._settings.require_store()
        return await self._store.change_mark()

    async def close(self) -> None:
        """Closes the store."""
        await self._store.close()

    async def list_sessions(self, params: ListSessionsParams) -> ListSessionsResult:
        """A page of the sessions, last activity first."""
        await self._lists.begin()
        try:
            page = await self._store.list(params.limit, params.cursor, params.query)
        except InvalidCursor as error:
            raise RequestRefused(INVALID_PARAMS, f"cursor: {error}.") from None
        return ListSessionsResult.model_validate(page, from_attributes=True)

    async def export(self, params: ExportParams) -> ExportResult:
        """Writes a session to a file."""
        if params.destination is None:
            self._settings.require_export_directory()
        exporter = exporter_named(params.format)
        with self._work_done(params.work_done_token, "Exporting session") as on_progress:
            await self._files.begin()
            if params.destination is None:
                folder = self._settings.export_directory
                work = export_to_folder(
                    self._store, params.session_id, exporter, folder, on_progress
                )
            else:
                work = export_to_file(
                    self._store,
                    params.session_id,
                    exporter,
                    params.destination,
                    overwrite=params.overwrite,
                    on_progress=on_progress,
                )
            exported = await work
        return ExportResult(
            session_id=params.session_id,
            format=params.format,
            uri=exported.path.absolute().as_uri(),
            bytes=exported.size,
            message_count=exported.message_count,
            checkpoint_count=exported.checkpoint_count,
            schema_version=EXPORT_SCHEMA_VERSION,
        )

    async def import_(self, params: ImportParams) -> ImportResult:
        """Takes a file or a text into the store."""
        with self._work_done(params.work_done_token, "Importing session") as on_progress:
            await self._files.begin()
            if params.uri is not None:
                work = import_file(self._store, params.uri, params.name, on_progress)
            else:
                content = params.content or ""
                work = import_text(self._store, content, params.name, on_progress)
            imported = await work
        session = ImportedSession(
            id=imported.session_id,
            name=imported.name,
            message_count=imported.message_count,
            checkpoint_count=imported.checkpoint_count,
        )
        return ImportResult(
            sessions=[session],
            migrated=imported.migrated,
            original_version=imported.original_version,
            schema_version=EXPORT_SCHEMA_VERSION,
            warnings=imported.warnings,
        )

    async def text_document_content(
        self, params: TextDocumentContentParams
    ) -> TextDocumentContentResult:
        """The text of a read-only ``hfs:`` document."""
        match = _DOCUMENT_URI.fullmatch(params.uri)
        if match is None:
            raise RequestRefused(
                INVALID_PARAMS, "uri: expected hfs:/sessions/<id>.md, or .json, or a name below it."
            )
        session_id, exporter = int(match[1]), exporter_for_suffix(match[2])
        assert exporter is not None
        if abs(session_id) >= 2**63:
            raise SessionNotFound(f"The store has no session {session_id}.", sessionId=session_id)
        with self._work_done(params.work_done_token, "Opening session") as on_progress:
            await self._texts.begin()
            parts = self._parts(params.partial_result_token)
            text = await export_to_text(self._store, session_id, exporter, on_progress, parts)
        return TextDocumentContentResult(text=text)

    def _parts(self, token: MessageId | None) -> Callable[[str], None] | None:
        """What sends a part of a text to the client, where a token came for it."""
        return None if token is None else lambda text: self._tell_part(token, {"text": text})


def _called_by(command: ExecuteCommandParams) -> tuple[str, Any]:
    """The method that the command stands for, and its one argument as that method's params."""
    method = COMMANDS.get(command.command)
    if method is None:
        raise RequestRefused(INVALID_PARAMS, f"There is no command {command.command[:80]}.")
    argument = command.arguments[0] if command.arguments else None
    # An empty table of Lua arrives as a list.
    argument = {} if argument is None or argument == [] else argument
    if isinstance(argument, dict) and command.work_done_token is not None:
        argument = {"workDoneToken": command.work_done_token, **argument}
    return method, argument


def validated(model: type[Model], params: Any) -> Model:
    """The params as their model. Raises RequestRefused, which names the member and no value."""
    try:
        return model.model_validate(params)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        places = [problem["loc"][0] if problem["loc"] else "params" for problem in problems]
        of_one = [
            problem for problem, place in zip(problems, places, strict=True) if place == places[0]
        ]
        problem = described(str(places[0]), joined_reason(of_one))
        raise RequestRefused(INVALID_PARAMS, f"{problem}.") from None
