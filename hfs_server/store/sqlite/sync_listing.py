"""The first page of the list for a process that does nothing else, without an event loop."""

from __future__ import annotations

from pathlib import Path

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.store.results import SessionPage
from hfs_server.store.sqlite.listing import page
from hfs_server.store.sqlite.ready_store import NotReady, ready_store


def first_page(
    path: Path, limit: int, query: str | None, filters: Filters = EVERYTHING
) -> SessionPage | None:
    """The first page; None if ``Database`` must prepare, wait for, or reject the store."""
    try:
        with ready_store(path) as connection:
            return page(connection, limit, None, query, None, filters)
    except NotReady:
        return None
