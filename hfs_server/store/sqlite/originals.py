"""The bytes that sessions were read from: compressed, in pieces, each kept once.

The digest of an original is one of the digests of its pieces. The rule not to break: pieces are
cut at fixed places, so that a file that grew shares all but its last pieces with what is kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from hashlib import sha256
from typing import BinaryIO

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import StoreBusy, StoreUnusable
from hfs_server.session import Original
from hfs_server.store.pieces import PIECE_BYTES, compressed, decompressed, digest_of
from hfs_server.store.sqlite.connections import Connection, transaction

PIECES = "SELECT piece FROM hfs_original_pieces WHERE original = ? ORDER BY number"
"""The digests of the pieces of an original."""
_PIECES_PER_CALL = 4
_STAGED_BYTES = 16 << 20
"""How much is committed under one lock."""


def create_original_stage(connection: sqlite3.Connection) -> None:
    """Creates the temporary table."""
    connection.execute("CREATE TEMP TABLE staged_pieces (digest BLOB PRIMARY KEY, data BLOB)")


class Originals:
    """The originals that one import keeps; ``connection`` has the temporary table."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: Callable[[], BinaryIO] | None = None
        self._digest = ""
        self._name = ""
        self._pieces: list[bytes] = []
        self._size = 0
        self._staged_bytes = 0

    async def stage(self, original: Original) -> str:
        """Reads an original, and returns its digest; ``insert`` then adds it to the store.

        What is large is committed in parts, which nothing refers to before that.
        """
        if (digest := self.digest_of(original)) is not None:
            return digest
        self._open, self._name, self._pieces, self._size = None, original.name, [], 0
        with await run_in_thread(original.open) as file:
            while await self._connection.run(self._stage_some, file):
                if self._staged_bytes > _STAGED_BYTES:
                    async with transaction(self._connection):
                        await self._connection.run(self._insert_pieces)
        self._open, self._digest = original.open, sha256(b"".join(self._pieces)).hexdigest()
        return self._digest

    def digest_of(self, original: Original) -> str | None:
        """The digest of the original that was staged last, if it is this one."""
        return self._digest if original.open == self._open else None

    def insert(self, connection: sqlite3.Connection) -> None:
        """Adds the staged original to the store, in a transaction that has begun.

        Raises StoreBusy if pieces that the store had were removed since.
        """
        if connection.execute(_EXISTS, (self._digest,)).fetchall():
            return
        self._insert_pieces(connection)
        rows = [(self._digest, number, piece) for number, piece in enumerate(self._pieces)]
        connection.executemany(_INSERT_PLACE, rows)
        if connection.execute(_LACKS_PIECE, (self._digest,)).fetchall():
            raise StoreBusy(
                "Another program removed data from the store while this was imported. Try again."
            )
        connection.execute(_INSERT_ORIGINAL, (self._digest, self._name, self._size))

    def _stage_some(self, connection: sqlite3.Connection, file: BinaryIO) -> bool:
        """Reads and stages some pieces in one call; False after the last one."""
        for _ in range(_PIECES_PER_CALL):
            piece = file.read(PIECE_BYTES)
            if not piece:
                return False
            self._stage(connection, piece)
        return True

    def _stage(self, connection: sqlite3.Connection, piece: bytes) -> None:
        digest = digest_of(piece)
        self._pieces.append(digest)
        self._size += len(piece)
        if not connection.execute(_HAS_PIECE, (digest, digest)).fetchall():
            data = compressed(piece)
            self._staged_bytes += len(data)
            connection.execute("INSERT INTO staged_pieces VALUES (?, ?)", (digest, data))

    def _insert_pieces(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT OR IGNORE INTO hfs_pieces SELECT digest, data FROM staged_pieces"
        )
        connection.execute("DELETE FROM staged_pieces")
        self._staged_bytes = 0


def read_piece(connection: sqlite3.Connection, digest: bytes) -> bytes:
    """The bytes of a piece. Raises StoreUnusable if it is missing or damaged."""
    rows = connection.execute("SELECT data FROM hfs_pieces WHERE digest = ?", (digest,)).fetchall()
    piece = decompressed(rows[0][0], digest) if rows else None
    if piece is None:
        raise StoreUnusable("The original of the session is damaged in the store.")
    return piece


def copy_original(connection: sqlite3.Connection, digest: str, most_bytes: int) -> bool:
    """Copies an original of the store that is attached as ``other``, in a transaction.

    False if it is larger than ``most_bytes``, or not intact there.
    """
    if connection.execute(_EXISTS, (digest,)).fetchall():
        return True
    found = connection.execute(_OTHER_ORIGINAL, (digest,)).fetchall()
    places = connection.execute(_OTHER_PLACES, (digest,)).fetchall()
    pieces = b"".join(piece for _, _, piece in places if isinstance(piece, bytes))
    if not found or found[0][2] > most_bytes or sha256(pieces).hexdigest() != digest:
        return False
    for _, _, piece in places:
        if connection.execute(
            "SELECT 1 FROM main.hfs_pieces WHERE digest = ?", (piece,)
        ).fetchall():
            continue
        rows = connection.execute(_OTHER_PIECE, (piece,)).fetchall()
        if not rows or decompressed(rows[0][1], piece) is None:
            return False
        connection.execute("INSERT INTO main.hfs_pieces VALUES (?, ?)", rows[0])
    connection.executemany(_INSERT_PLACE, places)
    connection.execute(_INSERT_ORIGINAL, found[0])
    return True


def remove_unused(connection: sqlite3.Connection) -> None:
    """Removes originals that no session refers to, in a transaction that has begun."""
    for statement in _REMOVE_UNUSED:
        connection.execute(statement)


def remove_replaced(connection: sqlite3.Connection, digest: str) -> None:
    """Removes one original if no session refers to it, in a transaction that has begun."""
    if connection.execute(_IS_USED, (digest,)).fetchall():
        return
    connection.execute("DELETE FROM hfs_originals WHERE digest = ?", (digest,))
    pieces = connection.execute(_PIECES, (digest,)).fetchall()
    connection.execute("DELETE FROM hfs_original_pieces WHERE original = ?", (digest,))
    connection.executemany(_DELETE_PIECE, [(piece, piece) for (piece,) in pieces])


_EXISTS = "SELECT 1 FROM hfs_originals WHERE digest = ?"
_HAS_PIECE = """
    SELECT 1 FROM hfs_pieces WHERE digest = ?
    UNION ALL SELECT 1 FROM staged_pieces WHERE digest = ? LIMIT 1
"""
_INSERT_PLACE = "INSERT INTO hfs_original_pieces (original, number, piece) VALUES (?, ?, ?)"
_LACKS_PIECE = """
    SELECT 1 FROM hfs_original_pieces WHERE original = ?
        AND NOT EXISTS (SELECT 1 FROM hfs_pieces WHERE digest = piece) LIMIT 1
"""
_INSERT_ORIGINAL = "INSERT INTO hfs_originals (digest, name, size) VALUES (?, ?, ?)"
_OTHER_ORIGINAL = "SELECT digest, name, size FROM other.hfs_originals WHERE digest = ?"
_OTHER_PLACES = """
    SELECT original, number, piece FROM other.hfs_original_pieces WHERE original = ?
    ORDER BY number
"""
_OTHER_PIECE = "SELECT digest, data FROM other.hfs_pieces WHERE digest = ?"
_IS_USED = """
    SELECT 1 FROM sessions WHERE hfs_original = ?1
    UNION ALL SELECT 1 FROM hfs_deleted_sessions WHERE hfs_original = ?1 LIMIT 1
"""
_PIECES = "SELECT DISTINCT piece FROM hfs_original_pieces WHERE original = ?"
_DELETE_PIECE = """
    DELETE FROM hfs_pieces WHERE digest = ?
        AND NOT EXISTS (SELECT 1 FROM hfs_original_pieces WHERE piece = ?)
"""
_REMOVE_UNUSED = (
    """DELETE FROM hfs_originals WHERE NOT EXISTS (
        SELECT 1 FROM sessions WHERE hfs_original = hfs_originals.digest)""",
    """DELETE FROM hfs_original_pieces WHERE NOT EXISTS (
        SELECT 1 FROM hfs_originals WHERE digest = hfs_original_pieces.original)""",
    """DELETE FROM hfs_pieces WHERE NOT EXISTS (
        SELECT 1 FROM hfs_original_pieces WHERE piece = hfs_pieces.digest)""",
)
