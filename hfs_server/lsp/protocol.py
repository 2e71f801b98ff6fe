"""Params and results of every method on the wire, in camelCase, as protocol.md documents them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    model_validator,
)
from pydantic.alias_generators import to_camel

from hfs_server.exporters import FORMATS
from hfs_server.files.paths import path_from_uri
from hfs_server.lsp.methods import EXPORT, IMPORT, LIST_SESSIONS, TEXT_DOCUMENT_CONTENT
from hfs_server.text import require_unicode, show_nul

_INT64 = 2**63


def exporter_name(name: object) -> object:
    """The name of an exporter. Raises ValueError for any other value."""
    if name not in FORMATS:
        raise ValueError(f"expected {' or '.join(map(repr, FORMATS))}")
    return name


Text = Annotated[str, AfterValidator(require_unicode)]
Shown = Annotated[str, AfterValidator(show_nul)]
FileUri = Annotated[Path, BeforeValidator(path_from_uri)]
Id = Annotated[int, Field(ge=-_INT64, lt=_INT64)]
Format = Annotated[str, BeforeValidator(exporter_name)]


class Wire(BaseModel):
    """An object on the wire; unknown members are ignored."""

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, strict=True, arbitrary_types_allowed=True
    )


class ProgressParams(Wire):
    """Params of work that can report progress."""

    work_done_token: int | str | None = None


class ListSessionsParams(Wire):
    """Params of ``hfs/listSessions``."""

    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Text | None = None
    query: Text | None = None


class SessionSummary(Wire):
    """A session in a list."""

    id: int
    name: Shown
    created_at: str
    updated_at: str | None
    message_count: int
    checkpoint_count: int
    preview: Shown | None


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


class ExportResult(Wire):
    """Result of ``hfs/export``."""

    session_id: int
    format: Format
    uri: str
    bytes: int
    message_count: int
    checkpoint_count: int
    schema_version: str


class ImportParams(ProgressParams):
    """Params of ``hfs/import``: exactly one of ``uri`` and ``content``."""

    uri: FileUri | None = None
    content: str | None = None
    name: Annotated[Text, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> ImportParams:
        if (self.uri is None) == (self.content is None):
            raise ValueError("expected exactly one of uri and content")
        return self


class ImportedSession(Wire):
    """A session that was imported."""

    id: int
    name: str
    message_count: int
    checkpoint_count: int


class ImportResult(Wire):
    """Result of ``hfs/import``."""

    sessions: list[ImportedSession]
    migrated: bool
    original_version: str
    schema_version: str
    warnings: list[str]


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
    IMPORT: (ImportParams, ImportResult),
    TEXT_DOCUMENT_CONTENT: (TextDocumentContentParams, TextDocumentContentResult),
}
"""The params and the result of every method."""
