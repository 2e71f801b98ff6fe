"""The requests that write and read files: exports and imports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.export_session import export_to_file, export_to_folder
from hfs_server.exporters import ExportOptions, exporter_named
from hfs_server.find_secrets import find_secrets
from hfs_server.import_session import import_file, import_paths, import_tools
from hfs_server.importers.source_file import file_of
from hfs_server.list_sources import list_sources
from hfs_server.lsp import protocol
from hfs_server.lsp.export_all_protocol import ExportAllParams, ExportAllResult, FailedExport
from hfs_server.lsp.limits import RequestLimit
from hfs_server.lsp.methods import EXPORT, EXPORT_ALL, FIND_SECRETS, IMPORT, LIST_SOURCES
from hfs_server.lsp.redaction_protocol import (
    FindSecretsParams,
    FindSecretsResult,
    find_secrets_result,
    redactions_of,
)
from hfs_server.lsp.wire import ProgressParams, Wire
from hfs_server.session import Progress
from hfs_server.settings import Settings
from hfs_server.store import Store
from hfs_server.store.shapes import ImportRules
from hfs_server.transforms.redaction import Redactor


class FileRequests:
    """Exports and imports of one store; a limited number of them run concurrently."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        limit: RequestLimit,
        progress: Callable[[ProgressParams, str], AbstractContextManager[Progress]],
    ) -> None:
        self._store = store
        self._settings = settings
        self._limit = limit
        self._progress = progress
        self.by_method: dict[str, Callable[[Any], Awaitable[Wire]]] = {
            EXPORT: self.export,
            FIND_SECRETS: self.find_secrets,
            EXPORT_ALL: self.export_all,
            IMPORT: self.import_,
            LIST_SOURCES: self.list_sources,
        }

    async def export(self, params: protocol.ExportParams) -> protocol.ExportResult:
        """Writes a session to a file."""
        exporter = exporter_named(params.format)
        target = (self._store, params.session_id, exporter)
        options = ExportOptions(params.thinking, params.tool_calls, archive=params.archive)
        redactor = Redactor(params.redact_also, params.redact_except) if params.redact else None
        if params.destination is None:
            self._settings.require_export_directory()
        with self._progress(params, "Exporting session") as on_progress:
            await self._limit.admit()
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
            await self._limit.admit()
            findings = await find_secrets(self._store, params.session_id, redactor, on_progress)
        return find_secrets_result(params.session_id, findings)

    async def export_all(self, params: ExportAllParams) -> ExportAllResult:
        """Writes a file for each session."""
        with self._progress(params, "Exporting all sessions") as on_progress:
            await self._limit.admit()
            report = await export_all(
                self._store, params.destination, Choice.of(params), params.filters(), on_progress
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
            await self._limit.admit()
            if params.tools is not None:
                work = import_tools(self._store, params.tools, rules, on_progress=on_progress)
            elif params.content is not None:
                file = file_of(params.content)
                work = import_file(self._store, file, rules, params.format, on_progress)
            else:
                places = params.uris or [params.uri or Path()]
                work = import_paths(self._store, places, rules, params.format, on_progress)
            report = await work
        return protocol.import_result(report)

    async def list_sources(self, params: protocol.ListSourcesParams) -> protocol.ListSourcesResult:
        """What the tools on this machine have for an import."""
        with self._progress(params, "Looking for sessions") as on_progress:
            await self._limit.admit()
            found = await list_sources(self._store, params.tools, on_progress=on_progress)
        return protocol.ListSourcesResult(
            sources=[
                protocol.ToolSource.model_validate(each, from_attributes=True) for each in found
            ]
        )
