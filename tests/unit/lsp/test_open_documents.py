"""Documents that are open in an editor, as it changes them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hfs_server.lsp import open_documents
from hfs_server.lsp.open_documents import OpenDocuments

OPEN, CHANGE, CLOSE = (f"textDocument/did{name}" for name in ("Open", "Change", "Close"))
URI = "file:///a.py"
TEXTS = st.text("ab\n\r\U0001f600é", max_size=12)


def opened(text: str, uri: str = URI, documents: OpenDocuments | None = None) -> OpenDocuments:
    documents = documents or OpenDocuments()
    documents.notify(OPEN, {"textDocument": {"uri": uri, "text": text}})
    return documents


def position(text: str, offset: int) -> dict[str, int]:
    """The line, and the column in UTF-16, of an offset in a text with newlines."""
    before = text[:offset].split("\n")
    return {"line": len(before) - 1, "character": len(before[-1].encode("utf-16-le")) // 2}


@given(TEXTS, st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), TEXTS), max_size=6))
def test_changes_of_ranges_are_those_of_the_text(
    text: str, changes: list[tuple[int, int, str]]
) -> None:
    text = text.replace("\r", "")
    documents = opened(text)
    for number, other, put_in in changes:
        start, end = sorted(min(each, len(text)) for each in (number, other))
        bounds = {"start": position(text, start), "end": position(text, end)}
        new = put_in.replace("\r", "")
        text = text[:start] + new + text[end:]
        change: dict[str, Any] = {"range": bounds, "text": new}
        documents.notify(CHANGE, {"textDocument": {"uri": URI}, "contentChanges": [change]})
        assert documents.lines(URI) == text.split("\n")


def test_a_position_after_the_end_is_the_end() -> None:
    documents = opened("a\nb")
    for end in ({"line": 1, "character": 99}, {"line": 2, "character": 0}):
        change = {"range": {"start": end, "end": end}, "text": "x"}
        documents.notify(CHANGE, {"textDocument": {"uri": URI}, "contentChanges": [change]})
    assert documents.lines(URI) == ["a", "bxx"]


def test_lines_end_as_in_editors() -> None:
    assert opened("a\r\nb\rc\u2028d\n").lines(URI) == ["a", "b", "c\u2028d", ""]


def test_a_document_that_was_closed_is_forgotten() -> None:
    documents = opened("a")
    documents.notify(CLOSE, {"textDocument": {"uri": URI}})
    assert documents.lines(URI) is None


def test_only_the_newest_documents_are_held_and_none_that_is_large() -> None:
    documents = OpenDocuments()
    for number in range(open_documents.MOST_DOCUMENTS + 1):
        opened("a", f"file:///{number}", documents)
    assert documents.lines("file:///0") is None
    assert documents.lines("file:///1") == ["a"]
    assert opened("a" * (open_documents.LARGEST_DOCUMENT + 1)).lines(URI) is None


def test_a_document_that_grows_without_end_is_forgotten() -> None:
    documents = opened("a")
    at = {"line": 0, "character": 0}
    text = "x" * open_documents.LARGEST_DOCUMENT
    for _ in range(3):
        change = {"range": {"start": at, "end": at}, "text": text}
        documents.notify(CHANGE, {"textDocument": {"uri": URI}, "contentChanges": [change]})
    assert documents.lines(URI) is None
