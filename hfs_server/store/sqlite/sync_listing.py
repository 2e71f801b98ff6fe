"""A page of the list for a process that does nothing else, without the price of an event loop.

To load asyncio takes twice as long as to list the sessions of a store that is ready.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from hfs_server.errors import StoreUnusable
from hfs_server.store import SessionPage
from hfs_server.store.sqlite.listing import casefold, page
from hfs_server.store.sqlite.migrations import is_current
from hfs_server.store.sqlite.rows import ENCODING, lenient_text
from hfs_server.store.sqlite.store_file import READABLE, WRITABLE, access_to, has_log, is_cut
from hfs_server.store.sqlite.versions import Schema, look


def page_at_once(path: Path, limit: int, query: str | None) -> SessionPage | None:
    """The first page; None for whatever ``Database`` must see to, wait for or refuse."""
    try:
        if not path.is_file() or not access_to(path).is_writable:
            return None
        # The last to close a store writes its log back, also into one that is not ours.
        access = READABLE if has_log(path) else WRITABLE
        uri = f"{path.absolute().as_uri()}?{access.query}"
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=0)) as connection:
            return _page(connection, path, limit, query)
    except (sqlite3.Error, OSError, StoreUnusable):
        return None


def _page(
    connection: sqlite3.Connection, path: Path, limit: int, query: str | None
) -> SessionPage | None:
    connection.text_factory = lenient_text
    ((encoding,),) = connection.execute("PRAGMA encoding")
    ((pages,),) = connection.execute("PRAGMA page_count")
    ((page_size,),) = connection.execute("PRAGMA page_size")
    if encoding != ENCODING or is_cut(path, pages * page_size):
        return None
    if not is_current(_schema(connection)):
        return None
    ((is_moving,),) = connection.execute("SELECT EXISTS (SELECT 1 FROM hfs_pending_imports)")
    if is_moving:
        return None
    connection.create_function("hfs_casefold", 1, casefold, deterministic=True)
    questions = page(limit, None, query)
    try:
        sql, values = next(questions)
        while True:
            sql, values = questions.send(connection.execute(sql, values).fetchall())
    except StopIteration as done:
        found: SessionPage = done.value
        return found


def _schema(connection: sqlite3.Connection) -> Schema:
    questions = look()
    sql = next(questions)
    try:
        while True:
            sql = questions.send(connection.execute(sql).fetchall())
    except StopIteration as done:
        found: Schema = done.value
        return found
