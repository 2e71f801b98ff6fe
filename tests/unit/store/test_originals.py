"""Originals in any store: byte for byte, shared by the sessions of a file, and replaced."""

from __future__ import annotations

import random

import pytest

from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.pieces import PIECE_BYTES
from tests.unit.store.sqlite.sessions import use
from tests.unit.store.sqlite.tool_sessions import of_file, said, save, save_one, session

MESSAGES = [said(0)]


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that cannot be compressed."""
    return random.Random(seed).randbytes(size)


def original_of(place: StorePlace, session_id: int = 1) -> bytes:
    """The original of a session, from the store."""

    async def read(store: Store) -> bytes:
        async with store.snapshot(session_id) as snapshot:
            assert snapshot.original_name is not None
            return b"".join([piece async for piece in snapshot.original()])

    return use(place, read)


@pytest.mark.parametrize(
    "content",
    [b"\n", b"\xff\xfe\0\r\n\0", noise(PIECE_BYTES), noise(PIECE_BYTES + 1), b"\0" * (3 << 20)],
    ids=["a byte", "no text", "a piece", "a piece and a byte", "equal pieces"],
)
def test_an_original_is_read_byte_for_byte(place: StorePlace, content: bytes) -> None:
    save(place, session(MESSAGES, original=content))
    assert original_of(place) == content


def test_a_file_that_grew_replaces_the_original(place: StorePlace) -> None:
    content = noise(2 * PIECE_BYTES + 100)
    save(place, session(MESSAGES, original=content))
    saved = save_one(place, session([said(0), said(1)], original=content + b"more"))
    assert saved.status == "updated"
    assert original_of(place) == content + b"more"
    assert save_one(place, session([said(0), said(1)], original=content)).status == "unchanged"


def test_sessions_of_one_file_have_its_original(place: StorePlace) -> None:
    old, new = noise(PIECE_BYTES, 1), noise(PIECE_BYTES + 7, 2)
    save(place, *of_file(old, ("a", MESSAGES), ("b", MESSAGES)))
    save(place, of_file(new, ("a", [said(0), said(1)]))[0])
    assert (original_of(place, 1), original_of(place, 2)) == (new, old)
    use(place, lambda store: store.delete(2))
    use(place, lambda store: store.purge())
    assert original_of(place, 1) == new


def test_the_original_of_a_session_that_came_back_is_there(place: StorePlace) -> None:
    save(place, session(MESSAGES, original=b"file"))
    use(place, lambda store: store.delete(1))
    use(place, lambda store: store.restore(1))
    assert original_of(place) == b"file"
