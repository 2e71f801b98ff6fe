"""Params and result of an export of all sessions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from hfs_server.exporters import FORMATS
from hfs_server.files.paths import path_from_uri
from hfs_server.lsp.filter_params import FilterParams
from hfs_server.lsp.redaction_protocol import Also
from hfs_server.lsp.session_summary import Shown
from hfs_server.lsp.wire import ProgressParams, Wire


def document_format(name: object) -> object:
    """The name of a format of documents. Raises ValueError for any other value."""
    if name not in FORMATS:
        raise ValueError(f"expected {' or '.join(map(repr, FORMATS))}")
    return name


class ExportAllParams(FilterParams, ProgressParams):
    """Params of ``hfs/exportAll``."""

    destination: Annotated[Path, BeforeValidator(path_from_uri)]
    format: Annotated[str, BeforeValidator(document_format)] = "json"
    thinking: bool = True
    tool_calls: Literal["full", "brief", "none"] = "full"
    redact: bool = False
    redact_also: Also = Field(default_factory=list)

    @model_validator(mode="after")
    def _is_possible(self) -> ExportAllParams:
        if self.redact_also and not self.redact:
            raise ValueError("redactAlso needs redact")
        return self


class FailedExport(Wire):
    """A session that was not exported."""

    session_id: int
    name: Shown
    reason: str


class ExportAllResult(Wire):
    """Result of ``hfs/exportAll``."""

    uri: str
    written: int
    unchanged: int
    removed: int
    failed: list[FailedExport]
    warnings: list[str]
