"""Params and results of every method on the wire, in camelCase, as protocol.md documents them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue, model_validator

from hfs_server.exporters import EXPORT_FORMATS, ORIGINAL, exporter_named
from hfs_server.files.paths import path_from_uri
from hfs_server.import_report import ImportReport
from hfs_server.importers import TOOLS
from hfs_server.lsp.deletion_protocol import (
    DeleteSessionParams,
    DeleteSessionResult,
    RenameSessionParams,
    RestoreSessionParams,
    SessionResult,
)
from hfs_server.lsp.edits_protocol import SessionsOfFileParams, SessionsOfFileResult
from hfs_server.lsp.export_all_protocol import ExportAllParams, ExportAllResult
from hfs_server.lsp.filter_params import FilterParams
from hfs_server.lsp.find_protocol import FindSessionParams, FindSessionResult
from hfs_server.lsp.methods import (
    DELETE_SESSION,
    EXPORT,
    EXPORT_ALL,
    FIND_SECRETS,
    FIND_SESSION,
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
from hfs_server.lsp.redaction_protocol import (
    Also,
    FindSecretsParams,
    FindSecretsResult,
    Redaction,
)
from hfs_server.lsp.search_protocol import SearchParams, SearchResult
from hfs_server.lsp.session_summary import SessionSummary, Shown
from hfs_server.lsp.statistics_protocol import (
    StatisticsParams,
    StatisticsResult,
)
from hfs_server.lsp.wire import Id, ProgressParams, Text, Wire
from hfs_server.store.address import Address, StorePlace, is_address
from hfs_server.store.shapes import OnConflict
from hfs_server.text import path_text, require_unicode


def exporter_name(name: object) -> object:
    """The name of an exporter. Raises ValueError for any other value."""
    if name not in EXPORT_FORMATS:
        raise ValueError(f"expected {' or '.join(map(repr, EXPORT_FORMATS))}")
    return name


def tool_id(name: object) -> object:
    """The id of a tool whose files are read. Raises ValueError for any other value."""
    if name not in TOOLS:
        raise ValueError(f"expected one of {', '.join(TOOLS)}")
    return name


def place_from_uri(uri: object) -> StorePlace:
    """A file, or a store on a server. Raises ValueError, which does not quote the URI."""
    if isinstance(uri, str) and is_address(uri):
        return Address(require_unicode(uri))
    return path_from_uri(uri)


FileUri = Annotated[Path, BeforeValidator(path_from_uri)]
SourceUri = Annotated[Path | Address, BeforeValidator(place_from_uri)]
"""A file, a folder, an archive or a store."""
FileText = Annotated[str, BeforeValidator(path_text)]
Tool = Annotated[str, BeforeValidator(tool_id)]
Format = Annotated[str, BeforeValidator(exporter_name)]


class ListSessionsParams(FilterParams):
    """Params of ``hfs/listSessions``."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Text | None = None
    query: Text | None = None
    parent_id: Id | None = None
    deleted: bool = False


class ListSessionsResult(Wire):
    """Result of ``hfs/listSessions``."""

    sessions: list[SessionSummary]
    next_cursor: str | None


class ExportParams(ProgressParams):
    """Params of ``hfs/export``."""

    session_id: Id
    format: Format
    destination: FileUri | None = None
    overwrite: bool = False
    thinking: bool = True
    tool_calls: Literal["full", "brief", "none"] = "full"
    archive: bool = False
    redact: bool = False
    redact_also: Also = Field(default_factory=list)
    redact_except: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_possible(self) -> ExportParams:
        if self.redact and self.format == ORIGINAL.name:
            raise ValueError("an original cannot be redacted; choose another format")
        if (self.redact_also or self.redact_except) and not self.redact:
            raise ValueError("redactAlso and redactExcept need redact")
        if self.archive and not exporter_named(self.format).takes_archive:
            raise ValueError(f"an archive is for Markdown, not for {self.format} exports")
        return self


class ExportResult(Wire):
    """Result of ``hfs/export``."""

    session_id: int
    format: Format
    uri: str
    bytes: int
    message_count: int
    checkpoint_count: int
    schema_version: str
    redactions: list[Redaction]


class ImportParams(ProgressParams):
    """Params of ``hfs/import``: exactly one of ``uri``, ``uris``, ``content`` and ``tools``."""

    uri: SourceUri | None = None
    uris: Annotated[list[SourceUri], Field(min_length=1)] | None = None
    content: str | None = None
    tools: Annotated[list[Tool], Field(min_length=1)] | None = None
    name: Annotated[Text, Field(min_length=1)] | None = None
    format: Tool | None = None
    on_conflict: OnConflict = "update"
    dry_run: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> ImportParams:
        given = [self.uri, self.uris, self.content, self.tools]
        if len([each for each in given if each is not None]) != 1:
            raise ValueError("expected exactly one of uri, uris, content and tools")
        return self


class ImportedSession(Wire):
    """What became of a session."""

    id: int | None
    name: str
    message_count: int
    checkpoint_count: int
    status: str
    tool: str
    session_id: str
    parent_id: int | None


class FailedImport(Wire):
    """A file or a session that was not imported."""

    uri: str | None
    name: Shown
    reason: str
    line: int | None


class SkippedImports(Wire):
    """How many sessions or files were skipped for a reason."""

    reason: str
    count: int


class ImportResult(Wire):
    """Result of ``hfs/import``."""

    sessions: list[ImportedSession]
    migrated: bool
    original_version: str
    schema_version: str
    warnings: list[str]
    failed: list[FailedImport]
    skipped: list[SkippedImports]
    evidence: list[str]


def import_result(report: ImportReport) -> ImportResult:
    """The report of an import as it is sent."""
    return ImportResult(
        sessions=[
            ImportedSession(
                id=saved.id,
                name=saved.name,
                message_count=saved.message_count,
                checkpoint_count=saved.checkpoint_count,
                status=saved.status,
                tool=saved.tool,
                session_id=saved.identity,
                parent_id=report.parents.get(saved.parent_identity or ""),
            )
            for saved in report.sessions
        ],
        migrated=report.migrated,
        original_version=report.original_version or report.schema_version,
        schema_version=report.schema_version,
        warnings=report.warnings,
        failed=[FailedImport.model_validate(failed.as_data()) for failed in report.failed],
        skipped=[
            SkippedImports(reason=reason, count=count) for reason, count in report.skipped.items()
        ],
        evidence=report.evidence,
    )


class ListSourcesParams(ProgressParams):
    """Params of ``hfs/listSources``."""

    tools: list[Tool] | None = None


class ToolSource(Wire):
    """A folder of a tool on this machine."""

    tool: str
    name: str
    location: FileText
    found: int
    new: int
    changed: int
    bytes: int
    last_activity: str | None
    problem: str | None


class ListSourcesResult(Wire):
    """Result of ``hfs/listSources``."""

    sources: list[ToolSource]


class TextDocumentContentParams(ProgressParams):
    """Params of ``workspace/textDocumentContent``."""

    uri: str
    partial_result_token: int | str | None = None


class TextDocumentContentResult(Wire):
    """Result of ``workspace/textDocumentContent``."""

    text: str


class ExecuteCommandParams(ProgressParams):
    """Params of ``workspace/executeCommand``: one argument, the method's params."""

    command: str
    arguments: Annotated[list[JsonValue], Field(max_length=1)] | None = None


METHODS: dict[str, tuple[type[Wire], type[Wire]]] = {
    LIST_SESSIONS: (ListSessionsParams, ListSessionsResult),
    EXPORT: (ExportParams, ExportResult),
    FIND_SECRETS: (FindSecretsParams, FindSecretsResult),
    EXPORT_ALL: (ExportAllParams, ExportAllResult),
    IMPORT: (ImportParams, ImportResult),
    LIST_SOURCES: (ListSourcesParams, ListSourcesResult),
    SEARCH: (SearchParams, SearchResult),
    SESSIONS_OF_FILE: (SessionsOfFileParams, SessionsOfFileResult),
    STATISTICS: (StatisticsParams, StatisticsResult),
    RENAME_SESSION: (RenameSessionParams, SessionResult),
    DELETE_SESSION: (DeleteSessionParams, DeleteSessionResult),
    RESTORE_SESSION: (RestoreSessionParams, SessionResult),
    FIND_SESSION: (FindSessionParams, FindSessionResult),
    TEXT_DOCUMENT_CONTENT: (TextDocumentContentParams, TextDocumentContentResult),
}
"""The params and the result of every method."""
