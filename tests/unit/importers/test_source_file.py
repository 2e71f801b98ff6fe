"""Files as importers read them: UTF-8 whatever they are stored as, in little memory."""

import io
import json
import sys
import tracemalloc

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.source_file import HEAD_BYTES, SourceFile
from tests.unit.importers.files import file_with

if sys.version_info >= (3, 14):
    from compression.zstd import compress
else:
    from backports.zstd import compress

TEXT = '{"type": "x", "text": "ü🙂\u2028 of a session"}\n' * 5000
STORED = {
    "UTF-8": str.encode,
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "zstd": lambda text: compress(text.encode()),
    "zstd of UTF-16": lambda text: compress(text.encode("utf-16")),
    "zstd twice": lambda text: compress(compress(text.encode())),
}


def content_of(file: SourceFile) -> bytes:
    with file.open() as opened:
        return b"".join(iter(lambda: opened.read(1000), b""))


@pytest.mark.parametrize("kind", STORED)
def test_content_is_utf_8_however_it_is_stored(kind: str) -> None:
    stored = STORED[kind](TEXT)
    file = file_with(stored)
    assert content_of(file) == content_of(file) == TEXT.encode()
    with file.open() as lines:
        assert sum(1 for _ in lines) == 5000
    assert file.head == TEXT.encode()[: len(file.head)]
    assert file.records[0] == json.loads(TEXT.partition("\n")[0])
    with file.open() as opened:
        opened.read(100)
        assert (opened.seek(7), opened.read(9)) == (7, TEXT.encode()[7:16])
        assert (opened.seek(90_000), opened.read(9)) == (90_000, TEXT.encode()[90_000:90_009])
        assert opened.seek(0, io.SEEK_END) == len(TEXT.encode())
        assert (opened.seek(0), opened.read(5)) == (0, TEXT.encode()[:5])
    assert file.open_original().read() == stored


@pytest.mark.parametrize("tail", [b"\x00", b"\x00\xd8", b"\x00\xd8x\x00"])
def test_utf_16_that_ends_in_the_middle_of_a_character_is_replaced(tail: bytes) -> None:
    whole = "text".encode("utf-16-le")
    content = content_of(file_with(b"\xff\xfe" + whole + tail)).decode()
    assert content.startswith("text\ufffd")


def test_a_large_file_in_utf_16_is_read_in_little_memory() -> None:
    stored = TEXT.encode("utf-16") * 20
    file = SourceFile(lambda: io.BytesIO(stored), "large")
    tracemalloc.start()
    with file.open() as opened:
        while opened.read(1 << 16):
            pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(stored) + (4 << 20)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_compressed_file_that_is_cut_is_rejected_in_words(share: float) -> None:
    stored = compress(TEXT.encode() + bytes(range(256)) * 4000)
    with pytest.raises(InvalidDocument, match="damaged or incomplete"):
        content_of(file_with(stored[: int(len(stored) * share)]))


def test_a_compressed_file_cannot_be_a_bomb() -> None:
    bomb = compress(b"x" * (65 << 20))
    file = SourceFile(lambda: io.BytesIO(bomb), "bomb.jsonl.zst")
    assert file.head == b"x" * HEAD_BYTES
    with file.open() as content, pytest.raises(InvalidDocument, match="compressed more than"):
        list(iter(lambda: content.read(1 << 20), b""))


def test_a_file_that_is_compressed_again_and_again_is_rejected() -> None:
    content = TEXT.encode()
    for _ in range(50):
        content = compress(content)
    with pytest.raises(InvalidDocument, match="more often"):
        SourceFile(lambda: io.BytesIO(content), "x.zst").head  # noqa: B018
