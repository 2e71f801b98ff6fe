"""The first page of a search for a process that does nothing else, without an event loop."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from hfs_server.store.results import SearchPage
from hfs_server.store.sqlite.ready_store import NotReady, ready_store
from hfs_server.store.sqlite.search.index_place import complete_stamp, index_paths, is_index
from hfs_server.store.sqlite.search.searching import Request, search
from hfs_server.store.sqlite.store_file import READABLE, WRITABLE, content_stamp, has_wal

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class _Direct:
    """A connection that runs functions where they are called."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def run(
        self,
        work: Callable[[sqlite3.Connection, *Arguments], Result],
        *arguments: *Arguments,
        **_: bool,
    ) -> Result:
        """The result of ``work``."""
        return work(self._connection, *arguments)


def first_page(path: Path, request: Request) -> SearchPage | None:
    """The first page; None if the store or its index is not ready, or not all is indexed."""
    stamp = content_stamp(path)
    index_path = next(filter(Path.is_file, index_paths(path)), None)
    if not stamp or index_path is None or index_path.is_symlink():
        return None
    try:
        with ready_store(path) as store, _open(index_path) as index:
            if not is_index(index) or complete_stamp(index) != stamp:
                return None
            return _result(search(_Direct(store), _Direct(index), request))
    except NotReady:
        return None


def _open(index: Path) -> closing[sqlite3.Connection]:
    mode = READABLE if has_wal(index) else WRITABLE
    uri = f"{index.absolute().as_uri()}?{mode.query}"
    return closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0))


def _result(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        found: Result = end.value
        return found
    raise AssertionError("It waits.")
