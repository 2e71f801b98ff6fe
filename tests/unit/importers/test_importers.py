"""The importer of a file is found by the file's content."""

from __future__ import annotations

import io

import pytest

from hfs_server import importers
from hfs_server.errors import InvalidDocument
from hfs_server.importers import IMPORTERS, file_of, identify

EXPORT_DOCUMENTS = [
    b"{}", b' {"messages": []}', b'\xef\xbb\xbf\n{\n "a": 1}', b"[]", b'[ {"role": "user"}]',
]  # fmt: skip
MARKDOWN = [
    (b"# Title", ""), (b"\xef\xbb\xbf\n\n## A", ".json"), (b"[a link](x)", ".md"),
    (b"{% include x %}", ".markdown"), (b"", ".MD"),
]  # fmt: skip


@pytest.mark.parametrize("content", EXPORT_DOCUMENTS)
def test_an_export_document_is_recognized_whatever_its_name(content: bytes) -> None:
    importer = identify(io.BytesIO(content), ".md")
    assert importer.tool == "hfs"
    assert importer.recognizes(content)


@pytest.mark.parametrize(("content", "suffix"), MARKDOWN)
def test_markdown_is_rejected_as_markdown(content: bytes, suffix: str) -> None:
    with pytest.raises(InvalidDocument, match="Markdown cannot be imported"):
        identify(io.BytesIO(content), suffix)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[1, 2", b"\xff\xfe{", b"5"])
def test_an_unknown_file_gets_the_errors_of_export_documents(content: bytes) -> None:
    importer = identify(io.BytesIO(content), ".json")
    with pytest.raises(InvalidDocument, match=r"^Not a valid HFS export: line 1: "):
        list(importer.open(io.BytesIO(content), lambda _: None).batches())


def test_two_importers_that_recognize_the_same_file_are_a_bug(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importers, "IMPORTERS", IMPORTERS * 2)
    with pytest.raises(RuntimeError, match="recognize the same file"):
        identify(io.BytesIO(b"{}"))


def test_a_text_with_a_lone_surrogate_is_not_a_document() -> None:
    assert file_of("ü").read() == "ü".encode()
    with pytest.raises(InvalidDocument, match="lone surrogate"):
        file_of("\ud800")
