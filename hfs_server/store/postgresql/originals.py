"""The bytes that sessions were read from: compressed, in chunks, each kept once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from typing import BinaryIO

from hfs_server.errors import StoreUnusable
from hfs_server.session import Original
from hfs_server.store.pieces import PIECE_BYTES, compressed, decompressed, digest_of
from hfs_server.store.postgresql.access import MINE
from hfs_server.store.postgresql.connections import Raw, execute, fetch
from hfs_server.store.postgresql.texts import to_column


class Originals:
    """The originals that one import keeps."""

    def __init__(self) -> None:
        self._open: Callable[[], BinaryIO] | None = None
        self._digest = ""

    def keep(self, raw: Raw, original: Original) -> str:
        """Adds an original to the store, in a transaction that has begun; returns its digest."""
        digest = self.digest_of(original)
        if fetch(raw, _HAS_ORIGINAL, (digest,)):
            return digest
        size, chunks = 0, []
        for chunk in _chunks(original):
            size += len(chunk)
            chunks.append(digest_of(chunk))
            _keep_chunk(raw, chunks[-1], chunk)
        added = execute(raw, _INSERT_ORIGINAL, (digest, to_column(original.name), size))
        for position, each in enumerate(chunks if added else (), start=1):
            execute(raw, _INSERT_PLACE, (digest, position, each))
        return digest

    def digest_of(self, original: Original) -> str:
        """The digest of the digests of the chunks, which sessions of the same file share."""
        if original.open != self._open:
            found = sha256(b"".join(map(digest_of, _chunks(original)))).hexdigest()
            self._open, self._digest = original.open, found
        return self._digest


def chunks_of(raw: Raw, original: str | None) -> list[bytes]:
    """The digests of the chunks of an original."""
    return [digest for (digest,) in fetch(raw, _CHUNKS, (original, original))]


def read_chunk(raw: Raw, digest: bytes) -> bytes:
    """The bytes of a chunk. Raises StoreUnusable if it is missing or damaged."""
    rows = fetch(raw, "SELECT data FROM hfs.chunks WHERE digest = %s LIMIT 1", (digest,))
    chunk = decompressed(rows[0][0], digest) if rows else None
    if chunk is None:
        raise StoreUnusable("The original of the session is damaged in the store.")
    return chunk


def remove_unused(raw: Raw) -> None:
    """Removes originals that no session refers to, in a transaction that has begun."""
    execute(raw, f"{_DELETE_ORIGINALS} AND {_IS_UNUSED}")
    execute(raw, f"{_DELETE_CHUNKS} AND {_IS_UNPLACED}")


def remove_replaced(raw: Raw, original: str) -> None:
    """Removes one original if no session refers to it, in a transaction that has begun."""
    chunks = chunks_of(raw, original)
    if execute(raw, f"{_DELETE_ORIGINALS} AND digest = %s AND {_IS_UNUSED}", (original,)):
        execute(raw, f"{_DELETE_CHUNKS} AND digest = ANY(%s) AND {_IS_UNPLACED}", (chunks,))


def _chunks(original: Original) -> Iterator[bytes]:
    with closing(original.open()) as file:
        while chunk := file.read(PIECE_BYTES):
            yield chunk


def _keep_chunk(raw: Raw, digest: bytes, chunk: bytes) -> None:
    if not fetch(raw, _HAS_CHUNK, (digest,)):
        execute(raw, _INSERT_CHUNK, (digest, compressed(chunk)))


_HAS_ORIGINAL = f"SELECT 1 FROM hfs.originals WHERE digest = %s AND {MINE} FOR KEY SHARE"
_HAS_CHUNK = f"SELECT 1 FROM hfs.chunks WHERE digest = %s AND {MINE} FOR KEY SHARE"
_INSERT_ORIGINAL = """
    INSERT INTO hfs.originals (digest, name, size) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING
"""
_INSERT_PLACE = "INSERT INTO hfs.original_chunks (original, position, chunk) VALUES (%s, %s, %s)"
_INSERT_CHUNK = "INSERT INTO hfs.chunks (digest, data) VALUES (%s, %s) ON CONFLICT DO NOTHING"
# Each owner has originals of their own, which are the same if their digests are.
_CHUNKS = """
    SELECT chunk FROM hfs.original_chunks WHERE original = %s
        AND owner = (SELECT owner FROM hfs.originals WHERE digest = %s LIMIT 1) ORDER BY position
"""
_DELETE_ORIGINALS = f"DELETE FROM hfs.originals AS o WHERE {MINE}"
_IS_UNUSED = """
    NOT EXISTS (SELECT 1 FROM hfs.sessions AS s WHERE original = o.digest AND s.owner = o.owner)
"""
_DELETE_CHUNKS = f"DELETE FROM hfs.chunks AS c WHERE {MINE}"
_IS_UNPLACED = """
    NOT EXISTS (SELECT 1 FROM hfs.original_chunks AS p WHERE chunk = c.digest AND p.owner = c.owner)
"""
