"""The importer of a file is found by the file's content."""

from __future__ import annotations

import pytest

from hfs_server import importers
from hfs_server.errors import InvalidDocument, UnknownFormat
from hfs_server.exporters import SessionOverview
from hfs_server.exporters.html.writer import HtmlWriter
from hfs_server.importers import IMPORTERS, identify
from hfs_server.importers.source_file import file_of
from hfs_server.session import SessionHeader
from tests.unit.importers.files import file_with

EXPORT_DOCUMENTS = [
    b"{}", b' {"messages": []}', b'\xef\xbb\xbf\n{\n "a": 1}', b"[]", b'[ {"role": "user"}]',
]  # fmt: skip
MARKDOWN = [
    (b"# Title", ""), (b"\xef\xbb\xbf\n\n## A", ".json"), (b"[a link](x)", ".md"),
    (b"{% include x %}", ".markdown"), (b"", ".MD"),
]  # fmt: skip


@pytest.mark.parametrize("content", EXPORT_DOCUMENTS)
def test_an_export_document_is_recognized_whatever_its_name(content: bytes) -> None:
    importer, _ = identify(file_with(content, "session.txt"))
    assert importer.tool == "hfs"


def test_the_evidence_of_an_export_document_is_its_metadata() -> None:
    _, evidence = identify(file_with(b'{"metadata": {"schema_version": "1.0.0"}}'))
    assert evidence == "hfs: metadata.schema_version"


@pytest.mark.parametrize(("content", "suffix"), MARKDOWN)
def test_markdown_is_rejected_as_markdown(content: bytes, suffix: str) -> None:
    with pytest.raises(InvalidDocument, match="Markdown cannot be imported"):
        identify(file_with(content, f"session{suffix}"))


def test_a_page_of_ours_is_rejected_as_html() -> None:
    session = SessionOverview(SessionHeader("n", None, None), 0, [], None)
    page = HtmlWriter(session, "2026-02-01T10:30:00Z").head()
    with pytest.raises(InvalidDocument, match="HTML cannot be imported"):
        identify(file_with(page, "session.html"))
    with pytest.raises(UnknownFormat):
        identify(file_with(b"<!DOCTYPE html>\n<html><title>another page</title>", "x.html"))


@pytest.mark.parametrize("content", [b"", b"[1, 2", b'\xff\xfe{\0"\0'])
def test_unknown_json_gets_the_errors_of_export_documents(content: bytes) -> None:
    file = file_with(content)
    importer, _ = identify(file)
    with pytest.raises(InvalidDocument, match=r"^Not a valid HFS export: line 1: "):
        [list(session.batches()) for session in importer.sessions(file)]


@pytest.mark.parametrize("content", [b"nonsense", b"\x89PNG\r\n", b"\0\0"])
def test_a_file_that_is_no_json_is_of_no_known_format(content: bytes) -> None:
    with pytest.raises(UnknownFormat, match="hfs-server reads sessions of HFS"):
        identify(file_with(content))


NO_EXPORT = [
    b'{"version": 1, "metadata": {"title": "x"}, "messages_path": "a.json"}',
    b'{"conversation": {}, "replies": []}',
    b'[{"kind": 5, "at": 1}, {"kind": 6, "at": 2}]',
    b'{"type": "system", "content": "x"}\n{"type": "user", "content": "y"}\n',
]


@pytest.mark.parametrize("content", NO_EXPORT)
def test_json_with_nothing_of_an_export_is_of_no_known_format(content: bytes) -> None:
    with pytest.raises(UnknownFormat, match="no known format"):
        identify(file_with(content))


PARTS = [
    b'{"metadata": {"schema_version": 5}}', b'{"metadata": 5}', b'{"messages": 5}',
    b'{"checkpoints": []}', b'{"session_name": "x"}', b'[{"role": "user"}]', b"{}", b"[]",
    b'{"conversation": []}', b'{"version": 1, "title": "x", "pa', b'[{"messages": [], "a": 5}]',
]  # fmt: skip


@pytest.mark.parametrize("content", PARTS)
def test_json_with_a_part_of_an_export_is_read_as_one(content: bytes) -> None:
    assert identify(file_with(content))[0].tool == "hfs"


def test_a_file_that_two_importers_recognize_is_rejected_unless_its_format_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importers, "IMPORTERS", IMPORTERS * 2)
    file = file_with(b'{"metadata": {"session_name": "x"}}')
    with pytest.raises(UnknownFormat, match="more than one tool"):
        identify(file)
    assert identify(file, "hfs")[0].tool == "hfs"


def test_a_text_with_a_lone_surrogate_is_not_a_document() -> None:
    assert file_of("ü").head == "ü".encode()
    with pytest.raises(InvalidDocument, match="lone surrogate"):
        file_of("\ud800")
