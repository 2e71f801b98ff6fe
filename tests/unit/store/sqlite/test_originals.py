"""Originals: byte for byte, each piece once, and gone with their last session."""

import io
import random
import resource
import sys

import pytest

from hfs_server.errors import StoreBusy
from hfs_server.session import Original
from hfs_server.store.sqlite import committing, originals
from hfs_server.store.sqlite.originals import PIECE_BYTES, PIECES, read_piece
from testing import stores
from testing.terminal import Terminal
from tests.unit.store.sqlite.sessions import execute, use
from tests.unit.store.sqlite.tool_sessions import of_file, said, save, save_all, save_one, session

LARGE_BYTES = 200_000_000
MESSAGES = [said(0)]


def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that cannot be compressed."""
    return random.Random(seed).randbytes(size)


def original_of(path, session_id=1):
    """The original of a session, from the store."""
    with stores.opened(path) as connection:
        (digest,) = connection.execute(
            "SELECT hfs_original FROM sessions WHERE id = ?", (session_id,)
        ).fetchone()
        pieces = connection.execute(PIECES, (digest,)).fetchall()
        return b"".join(read_piece(connection, piece) for (piece,) in pieces)


def counted(path):
    """How many originals, places of pieces, and pieces a store has."""
    found = stores.counts(path)
    return found["hfs_originals"], found["hfs_original_pieces"], found["hfs_pieces"]


@pytest.mark.parametrize(
    "content",
    [
        b"\n",
        b"\xff\xfe\x00\r\n\x00",
        noise(PIECE_BYTES),
        noise(PIECE_BYTES + 1),
        noise(3 * PIECE_BYTES - 1),
        b"\x00" * (4 * PIECE_BYTES),
    ],
    ids=["a byte", "no text", "a piece", "a piece and a byte", "three pieces", "equal pieces"],
)
def test_an_original_comes_back_byte_for_byte(path, content):
    save(path, session(MESSAGES, original=content))
    assert original_of(path) == content
    ((name, size),) = execute(path, "SELECT name, size FROM hfs_originals")
    assert (name, size) == ("s.jsonl", len(content))


def test_sessions_of_one_file_share_its_original(path):
    content = noise(2 * PIECE_BYTES)
    save(path, *of_file(content, ("a", MESSAGES), ("b", MESSAGES), ("c", MESSAGES)))
    assert counted(path) == (1, 2, 2)
    assert {original_of(path, number) for number in (1, 2, 3)} == {content}


def test_the_same_bytes_in_two_files_are_kept_once(path):
    content = noise(PIECE_BYTES + 5)
    save(path, session(MESSAGES, "a", original=content), session(MESSAGES, "b", original=content))
    assert counted(path) == (1, 2, 2)


def test_equal_pieces_of_one_file_are_kept_once(path):
    save(path, session(MESSAGES, original=b"x" * (10 * PIECE_BYTES)))
    assert counted(path) == (1, 10, 1)


def test_a_file_that_grows_replaces_its_original_and_shares_its_pieces(path):
    content = noise(3 * PIECE_BYTES + 100)
    save(path, session(MESSAGES, original=content))
    before = dict(execute(path, "SELECT digest, rowid FROM hfs_pieces"))
    grown = content + b"more"
    saved = save_one(path, session([said(0), said(1)], original=grown))
    assert saved.status == "updated"
    assert original_of(path) == grown
    assert counted(path) == (1, 4, 4)
    after = dict(execute(path, "SELECT digest, rowid FROM hfs_pieces"))
    assert len(before.items() & after.items()) == 3, "the pieces that did not change stayed"


def test_one_file_whose_sessions_are_updated_one_after_the_other_keeps_one_original(path):
    old, new = noise(PIECE_BYTES, 1), noise(PIECE_BYTES + 7, 2)
    save(path, *of_file(old, ("a", MESSAGES), ("b", MESSAGES)))
    save(path, *of_file(new, ("a", [said(0), said(1)]), ("b", MESSAGES)))
    assert counted(path) == (1, 2, 2)
    assert original_of(path, 1) == original_of(path, 2) == new


def test_an_original_that_another_session_has_stays_when_one_is_replaced(path):
    old = noise(PIECE_BYTES, 1)
    save(path, *of_file(old, ("a", MESSAGES), ("b", MESSAGES)))
    save(path, of_file(noise(9, 2), ("a", [said(0), said(1)]))[0])
    assert (original_of(path, 1), original_of(path, 2)) == (noise(9, 2), old)
    assert counted(path) == (2, 2, 2)


def test_an_export_document_of_a_session_leaves_its_original(path):
    save(path, session(MESSAGES, original=b"file"))
    assert save_one(path, session([said(0), said(1)])).status == "updated"
    assert original_of(path) == b"file"


def test_originals_are_gone_after_a_purge_when_their_last_session_was_deleted(path):
    content = noise(2 * PIECE_BYTES)
    save(path, *of_file(content, ("a", MESSAGES), ("b", MESSAGES)))
    for number, left in ((1, (1, 2, 2)), (2, (0, 0, 0))):
        with Terminal(path) as terminal:
            terminal.delete_session(number)
        use(path, lambda store: store.purge())
        assert counted(path) == left
    assert path.stat().st_size < 2 * PIECE_BYTES


def test_the_original_of_a_deleted_session_stays_until_a_purge(path):
    old = noise(PIECE_BYTES, 1)
    save(path, *of_file(old, ("a", MESSAGES), ("b", MESSAGES)))
    use(path, lambda store: store.delete(2))
    save(path, of_file(noise(9, 2), ("a", [said(0), said(1)]))[0])
    use(path, lambda store: store.restore(2))
    assert original_of(path, 2) == old
    use(path, lambda store: store.delete(2))
    use(path, lambda store: store.purge())
    assert counted(path) == (1, 1, 1)


def test_pieces_of_an_import_that_failed_are_gone_after_a_purge(path, monkeypatch):
    monkeypatch.setattr(originals, "_STAGED_BYTES", PIECE_BYTES)

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(committing, "insert_messages", fail)
    with pytest.raises(KeyboardInterrupt):
        save(path, session(MESSAGES, original=noise(9 * PIECE_BYTES)))
    assert execute(path, "SELECT count(*) FROM sessions") == [(0,)]
    assert counted(path)[2] > 0, "some pieces were committed before"
    use(path, lambda store: store.purge())
    assert counted(path) == (0, 0, 0)


class RemovingPieces(io.BytesIO):
    """A file at whose end another program purges the store."""

    def __init__(self, content, path):
        super().__init__(content)
        self.path = path

    def read(self, size=-1):
        piece = super().read(size)
        if len(piece) < PIECE_BYTES:
            for table in ("hfs_originals", "hfs_original_pieces", "hfs_pieces"):
                execute(self.path, f"DELETE FROM {table}")
        return piece


def test_an_original_whose_pieces_are_removed_during_the_import_is_not_half_kept(path):
    content = noise(2 * PIECE_BYTES)
    save(path, session(MESSAGES, "a", original=content))
    execute(path, "DELETE FROM sessions")
    made = session(MESSAGES, "b", original=b"")
    made._draft.original = Original("b", lambda: RemovingPieces(content + b"x", path))
    with pytest.raises(StoreBusy, match="Try again"):
        save(path, made)
    assert execute(path, "SELECT count(*) FROM sessions") == [(0,)]
    assert counted(path) == (0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="NO MEMORY MEASURED: needs ru_maxrss in KiB")
def test_a_large_original_is_kept_with_little_memory(path, tmp_path):
    file = tmp_path / "large.jsonl"
    with file.open("wb") as target:
        for number in range(LARGE_BYTES // 1_000_000):
            target.write(noise(1_000_000, number))
    made = session(MESSAGES, original=b"")
    made._draft.original = Original("large", lambda: file.open("rb"))

    async def work(store):
        await save_all(store, session(MESSAGES, "first"))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        await save_all(store, made)
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    grown = use(path, work)
    assert grown <= 64 * 1024, f"{grown} KiB more than before"
    assert execute(path, "SELECT size FROM hfs_originals") == [(LARGE_BYTES,)]
