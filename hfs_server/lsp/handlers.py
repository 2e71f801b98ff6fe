"""The requests of this protocol, answered from one store.

Loaded after ``initialize`` was answered, since pydantic and the store take a while to load.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from hfs_server.errors import HfsError
from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.export_session import (
    LARGEST_TEXT,
    export_to_file,
    export_to_folder,
    export_to_text,
)
from hfs_server.exporters import ExportOptions, exporter_named
from hfs_server.find_secrets import find_secrets
from hfs_server.import_session import import_file, import_paths, import_tools
from hfs_server.importers.source_file import file_of
from hfs_server.list_sources import list_sources
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
from hfs_server.lsp.export_all_protocol import ExportAllParams, ExportAllResult, FailedExport
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
    EXPORT,
    EXPORT_ALL,
    FIND_SECRETS,
    IMPORT,
    LIST_SESSIONS,
    LIST_SOURCES,
    RENAME_SESSION,
    RESTORE_SESSION,
    SEARCH,
    SESSIONS_OF_FILE,
    STATISTICS,
    TEXT_DOCUMENT_CONTENT,
)
from hfs_server.lsp.progress import NotifyProgress, work_done
from hfs_server.lsp.redaction_protocol import (
    FindSecretsParams,
    FindSecretsResult,
    find_secrets_result,
    redactions_of,
)
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
from hfs_server.store import ImportRules, InvalidCursor, open_store
from hfs_server.transforms.redaction import Redactor
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
        self.store = open_store(settings.database_path)
        """The only one of this process, since two would not see each other's locks."""
        self._show_message = show_message
        self._notify_progress = notify_progress
        self._lists = RequestLimit(MAX_LIST_REQUESTS, wait_until_writable)
        self._statistics = RequestLimit(MAX_STATISTICS_REQUESTS, wait_until_writable)
        self._files = RequestLimit(MAX_FILE_REQUESTS, wait_until_writable)
        self._texts = RequestLimit(MAX_TEXT_REQUESTS, wait_until_writable, LARGEST_TEXT)
        self.by_method: dict[str, Callable[[Any], Awaitable[Wire]]] = {
            LIST_SESSIONS: self.list_sessions,
            EXPORT: self.export,
            FIND_SECRETS: self.find_secrets,
            EXPORT_ALL: self.export_all,
            IMPORT: self.import_,
            LIST_SOURCES: self.list_sources,
            SEARCH: self.search,
            SESSIONS_OF_FILE: self.sessions_of_file,
            STATISTICS: self.statistics,
            RENAME_SESSION: self.rename_session,
            DELETE_SESSION: self.delete_session,
            RESTORE_SESSION: self.restore_session,
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
        return protocol.ListSessionsResult.model_validate(page, from_attributes=True)

    async def export(self, params: protocol.ExportParams) -> protocol.ExportResult:
        """Writes a session to a file."""
        exporter = exporter_named(params.format)
        target = (self.store, params.session_id, exporter)
        options = ExportOptions(params.thinking, params.tool_calls, params.archive)
        redactor = Redactor(params.redact_also, params.redact_except) if params.redact else None
        if params.destination is None:
            self._settings.require_export_directory()
        with self._progress(params, "Exporting session") as on_progress:
            await self._files.admit()
            if params.destination is None:
                folder = self._settings.export_directory
                exported = await export_to_folder(*target, folder, on_progress, options, redactor)
            else:
                exported = await export_to_file(
                    *target,
                    params.destination,
                    overwrite=params.overwrite,
                    on_progress=on_progress,
                    options=options,
                    redactor=redactor,
                )
        return protocol.ExportResult(
            session_id=params.session_id,
            format=params.format,
            uri=exported.path.absolute().as_uri(),
            bytes=exported.size,
            message_count=exported.message_count,
            checkpoint_count=exported.checkpoint_count,
            schema_version=exported.schema_version,
            redactions=redactions_of(redactor.redactions if redactor else {}),
        )

    async def find_secrets(self, params: FindSecretsParams) -> FindSecretsResult:
        """What an export would redact."""
        redactor = Redactor(params.redact_also)
        with self._progress(params, "Looking for secrets") as on_progress:
            await self._files.admit()
            findings = await find_secrets(self.store, params.session_id, redactor, on_progress)
        return find_secrets_result(params.session_id, findings)

    async def export_all(self, params: ExportAllParams) -> ExportAllResult:
        """Writes a file for each session."""
        options = ExportOptions(params.thinking, params.tool_calls)
        exporter = exporter_named(params.format)
        choice = Choice(exporter, options, params.redact, tuple(params.redact_also))
        with self._progress(params, "Exporting all sessions") as on_progress:
            await self._files.admit()
            report = await export_all(
                self.store, params.destination, choice, params.filters(), on_progress
            )
        return ExportAllResult(
            uri=report.path.as_uri(),
            written=report.written,
            unchanged=report.unchanged,
            removed=report.removed,
            failed=[FailedExport.model_validate(each.as_data()) for each in report.failed],
            warnings=report.warnings,
        )

    async def import_(self, params: protocol.ImportParams) -> protocol.ImportResult:
        """Imports files, a text, or the sessions of tools on this machine."""
        rules = ImportRules(params.on_conflict, params.name, params.dry_run)
        with self._progress(params, "Importing sessions") as on_progress:
            await self._files.admit()
            if params.tools is not None:
                work = import_tools(self.store, params.tools, rules, on_progress=on_progress)
            elif params.content is not None:
                file = file_of(params.content)
                work = import_file(self.store, file, rules, params.format, on_progress)
            else:
                paths = params.uris or [params.uri or Path()]
                work = import_paths(self.store, paths, rules, params.format, on_progress)
            report = await work
        return protocol.import_result(report)

    async def list_sources(self, params: protocol.ListSourcesParams) -> protocol.ListSourcesResult:
        """What the tools on this machine have for an import."""
        with self._progress(params, "Looking for sessions") as on_progress:
            await self._files.admit()
            found = await list_sources(self.store, params.tools, on_progress=on_progress)
        return protocol.ListSourcesResult(
            sources=[
                protocol.ToolSource.model_validate(each, from_attributes=True) for each in found
            ]
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
