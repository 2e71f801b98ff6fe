"""Params and result of the question which sessions edited a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from hfs_server.files.paths import path_from_uri
from hfs_server.lsp.session_summary import SessionSummary, Shown
from hfs_server.lsp.wire import Wire

Kind = Literal["create", "edit", "delete", "read"]


class SessionsOfFileParams(Wire):
    """Params of ``hfs/sessionsOfFile``."""

    uri: Annotated[Path, BeforeValidator(path_from_uri)]
    line: Annotated[int, Field(ge=0)] | None = None
    text: str | None = None
    kinds: Annotated[list[Kind], Field(min_length=1)] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    show: bool = False


class FileEdit(Wire):
    """What a session did to a file."""

    session: SessionSummary
    message_index: int
    created_at: str | None
    kind: str
    model: Shown | None
    prompt: Shown | None
    uri: str


class SessionsOfFileResult(Wire):
    """Result of ``hfs/sessionsOfFile``."""

    edits: list[FileEdit]
    is_complete: bool
