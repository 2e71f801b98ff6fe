"""Documents that are imported into a store, and exported from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.shapes import ImportRules
from tests.unit.importers.hfs_json.facts import Document, text_of
from tests.unit.store.sqlite.sessions import read, use

DOCUMENTS = Path(__file__).parents[1] / "importers/hfs_json/documents"


def through_the_store(place: StorePlace, given: Document) -> tuple[ImportReport, bytes]:
    """The import of a document, and its export, without what it says about the export."""

    async def work(store: Store) -> tuple[ImportReport, str]:
        imported = await import_file(store, file_of(json.dumps(given)), ImportRules("copy"))
        (saved,) = imported.sessions
        assert saved.id is not None
        return imported, await export_to_text(store, saved.id, exporter_named("json"))

    imported, text = use(place, work)
    written = json.loads(text)
    del written["metadata"]["exported_at"], written["metadata"]["hfs_version"]
    return imported, text_of(written)


def header_of(place: StorePlace, session_id: int = 1) -> Any:
    return use(place, lambda store: read(store, session_id))[0]


def without_export(given: Document) -> Document:
    metadata = {**given["metadata"]}
    for about in ("exported_at", "hfs_version"):
        metadata.pop(about, None)
    return {**given, "metadata": metadata}
