"""The pieces of originals: cut at fixed places, compressed, each known by its digest."""

from __future__ import annotations

import sys
from hashlib import sha256
from typing import Any

if sys.version_info >= (3, 14):
    from compression.zstd import ZstdError, compress, decompress
else:
    from backports.zstd import ZstdError, compress, decompress

PIECE_BYTES = 1 << 20


def digest_of(piece: bytes) -> bytes:
    """What a piece is known by."""
    return sha256(piece).digest()


def compressed(piece: bytes) -> bytes:
    """A piece as stores keep it."""
    return compress(piece, 1)


def decompressed(data: Any, digest: bytes) -> bytes | None:
    """The bytes of a piece; None if it is damaged."""
    try:
        piece = decompress(data)
    except (TypeError, ZstdError):
        return None
    return piece if digest_of(piece) == digest else None
