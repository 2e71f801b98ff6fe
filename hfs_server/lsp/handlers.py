"""The requests of this protocol, answered from one store.

Loaded after ``initialize`` was answered, since pydantic and the store take a while to load.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from typing import Any, TypeVar

from pydantic import ValidationError

from hfs_server.errors import HfsError
from hfs_server.export_session import (
    LARGEST_TEXT,
    export_to_text,
)
from hfs_server.lsp import protocol
from hfs_server.lsp.deletion_protocol import (
    DeleteSessionParams,
    DeleteSessionResult,
    RenameSessionParams,
    RestoreSessionParams,
    SessionResult,
)
from hfs_server.lsp.document_uri import document_of
from hfs_server.lsp.edit_texts import sessions_text
from hfs_server.lsp.edits_protocol import (
    SessionsOfFileParams,
    SessionsOfFileResult,
)
from hfs_server.lsp.file_requests import FileRequests
from hfs_server.lsp.find_protocol import FindSessionParams, FindSessionResult, find_result
from hfs_server.lsp.jsonrpc import INVALID_PARAMS, MessageId, RequestRefused
from hfs_server.lsp.limits import (
    MAX_FILE_REQUESTS,
    MAX_LIST_REQUESTS,
    MAX_STATISTICS_REQUESTS,
    MAX_TEXT_REQUESTS,
    RequestLimit,
    WaitUntilWritable,
    always_writable,
)
from hfs_server.lsp.methods import (
    COMMANDS,
    DELETE_SESSION,
    EXECUTE_COMMAND,
    FIND_SESSION,
    LIST_SESSIONS,
    RENAME_SESSION,
    RESTORE_SESSION,
    SEARCH,
    SESSIONS_OF_FILE,
    STATISTICS,
    TEXT_DOCUMENT_CONTENT,
)
from hfs_server.lsp.progress import NotifyProgress, work_done
from hfs_server.lsp.search_protocol import SearchParams, SearchResult
from hfs_server.lsp.statistics_protocol import (
    StatisticsParams,
    StatisticsResult,
    statistics_result,
)
from hfs_server.lsp.wire import ProgressParams, Wire
from hfs_server.session import Progress
from hfs_server.sessions_of_file import CHANGES, sessions_of_file, writers_of_line
from hfs_server.settings import Settings
from hfs_server.store import open_store
from hfs_server.store.shapes import InvalidCursor
from hfs_server.validation import described, joined_reason

Model = TypeVar("Model", bound=Wire)


class Handlers:
    """What a client may request of one store; nothing is opened before it is needed."""

    def __init__(
        self,
        settings: Settings,
        notify_progress: NotifyProgress,
        wait_until_writable: WaitUntilWritable = always_writable,
        show_message: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self.store = open_store(settings.database)
        """The only one of this process, since two would not see each other's locks."""
        self._show_message = show_message
        self._notify_progress = notify_progress
        self._lists = RequestLimit(MAX_LIST_REQUESTS, wait_until_writable)
        self._statistics = RequestLimit(MAX_STATISTICS_REQUESTS, wait_until_writable)
        self._texts = RequestLimit(MAX_TEXT_REQUESTS, wait_until_writable, LARGEST_TEXT)
        limit = RequestLimit(MAX_FILE_REQUESTS, wait_until_writable)
        files = FileRequests(self.store, settings, limit, self._progress)
        self.by_method: dict[str, Callable[[Any], Awaitable[Wire]]] = {
            **files.by_method,
            LIST_SESSIONS: self.list_sessions,
            SEARCH: self.search,
            SESSIONS_OF_FILE: self.sessions_of_file,
            STATISTICS: self.statistics,
            RENAME_SESSION: self.rename_session,
            DELETE_SESSION: self.delete_session,
            RESTORE_SESSION: self.restore_session,
            FIND_SESSION: self.find_session,
            TEXT_DOCUMENT_CONTENT: self.text_document_content,
        }

    async def answer(self, method: str, params: Any) -> bytes:
        """The result as JSON. Raises RequestRefused, and HfsError if the work fails."""
        if method == EXECUTE_COMMAND:
            method, params = _called_by(validated(protocol.ExecuteCommandParams, params))
        request = validated(protocol.METHODS[method][0], params)
        self._settings.require_store()
        result = await self.by_method[method](request)
        return result.model_dump_json(by_alias=True).encode()

    async def change_mark(self) -> object:
        """A value that differs after each change of the store; None while it is not readable."""
        try:
            self._settings.require_store()
            return await self.store.change_mark() if self.store.exists() else None
        except HfsError:
            return None

    async def prepare_search(self) -> None:
        """Has the store prepare for a search; if that fails, the search will say so."""
        with suppress(HfsError):
            self._settings.require_store()
            if self.store.exists():
                await self.store.prepare_search()

    async def close(self) -> None:
        """Closes the store."""
        await self.store.close()

    async def list_sessions(
        self, params: protocol.ListSessionsParams
    ) -> protocol.ListSessionsResult:
        """A page of the sessions, last activity first."""
        await self._lists.admit()
        try:
            page = await self.store.list(
                params.limit,
                params.cursor,
                params.query,
                params.parent_id,
                params.filters(),
                deleted=params.deleted,
            )
        except InvalidCursor as error:
            raise RequestRefused(INVALID_PARAMS, f"cursor: {error}.") from None
        # A dict is validated twice as fast as attributes (row 6 of the benchmarks).
        sessions = [session._asdict() for session in page.sessions]
        return protocol.ListSessionsResult.model_validate(
            {"sessions": sessions, "next_cursor": page.next_cursor}
        )

    async def search(self, params: SearchParams) -> SearchResult:
        """What is found in sessions, one match of each, or all matches of one session."""
        await self._lists.admit()
        try:
            page = await self.store.search(
                params.query,
                params.filters(),
                params.roles or (),
                params.limit,
                params.cursor,
                params.session_id,
            )
        except InvalidCursor as error:
            raise RequestRefused(INVALID_PARAMS, f"cursor: {error}.") from None
        return SearchResult.model_validate(page, from_attributes=True)

    async def statistics(self, params: StatisticsParams) -> StatisticsResult:
        """What the sessions amount to."""
        with self._progress(params, "Counting messages") as on_progress:
            await self._statistics.admit()
            found = await self.store.statistics(params.filters(), on_progress)
        return statistics_result(found)

    async def sessions_of_file(self, params: SessionsOfFileParams) -> SessionsOfFileResult:
        """What sessions did to a file, or which of them wrote a line of it."""
        await self._lists.admit()
        kinds = params.kinds or CHANGES
        if params.line is None and params.text is None:
            found = await sessions_of_file(self.store, params.uri, kinds, params.limit)
        else:
            line = params.line or 0
            found = await writers_of_line(
                self.store, params.uri, line, params.text, params.limit, kinds
            )
        if params.show:
            self._show_message(sessions_text(params.uri, found.edits))
        return SessionsOfFileResult.model_validate(found, from_attributes=True)

    async def rename_session(self, params: RenameSessionParams) -> SessionResult:
        """Gives a session another name."""
        await self._lists.admit()
        renamed = await self.store.rename(params.session_id, params.name)
        return SessionResult.model_validate({"session": renamed}, from_attributes=True)

    async def delete_session(self, params: DeleteSessionParams) -> DeleteSessionResult:
        """Deletes a session, with those below it."""
        await self._lists.admit()
        deletion = await self.store.delete(params.session_id)
        return DeleteSessionResult.model_validate(deletion, from_attributes=True)

    async def restore_session(self, params: RestoreSessionParams) -> SessionResult:
        """Restores a deleted session, with those that were deleted with it."""
        await self._lists.admit()
        restored = await self.store.restore(params.session_id)
        return SessionResult.model_validate({"session": restored}, from_attributes=True)

    async def find_session(self, params: FindSessionParams) -> FindSessionResult:
        """One session, by its id or its identity, and how its tool continues it."""
        await self._lists.admit()
        return await asyncio.to_thread(find_result, await self.store.find(params.session))

    async def text_document_content(
        self, params: protocol.TextDocumentContentParams
    ) -> protocol.TextDocumentContentResult:
        """The text of a read-only ``hfs:`` document."""
        session_id, exporter = document_of(params.uri)
        with self._progress(params, "Opening session") as on_progress:
            await self._texts.admit()
            on_text = self._partial_results(params.partial_result_token)
            text = await export_to_text(self.store, session_id, exporter, on_progress, on_text)
        return protocol.TextDocumentContentResult(text=text)

    def _progress(self, params: ProgressParams, title: str) -> AbstractContextManager[Progress]:
        return work_done(self._notify_progress, params.work_done_token, title)

    def _partial_results(self, token: MessageId | None) -> Callable[[str], None] | None:
        """What sends a part of a text to the client, if it sent a token."""
        return None if token is None else lambda text: self._notify_progress(token, {"text": text})


def _called_by(command: protocol.ExecuteCommandParams) -> tuple[str, Any]:
    """The method of a command, and its params, which are the command's one argument."""
    method = COMMANDS.get(command.command)
    if method is None:
        raise RequestRefused(INVALID_PARAMS, f"Unknown command {command.command[:80]}.")
    argument = command.arguments[0] if command.arguments else None
    # Lua clients send an empty table as a list.
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
        members = [problem["loc"][0] if problem["loc"] else "params" for problem in problems]
        of_first = [
            problem
            for problem, member in zip(problems, members, strict=True)
            if member == members[0]
        ]
        problem = described(str(members[0]), joined_reason(of_first))
        raise RequestRefused(INVALID_PARAMS, f"{problem}.") from None
