"""Formats are declared once; every list of them follows, or is checked here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hfs_server.cli.arguments import parser
from hfs_server.exporters import (
    EXPORT_FORMATS,
    EXPORTERS,
    FORMATS,
    TOOL_CALLS,
    Exporter,
    ExportOptions,
    SessionOverview,
    exporter_for_suffix,
    exporter_named,
)
from hfs_server.lsp.document_uri import document_of
from hfs_server.lsp.protocol import ExportParams
from hfs_server.session import SessionHeader

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("exporter", EXPORTERS, ids=FORMATS)
def test_every_surface_knows_every_format(exporter: Exporter) -> None:
    assert exporter_named(exporter.name) is exporter
    assert all(exporter_for_suffix(suffix.upper()) is exporter for suffix in exporter.suffixes)
    params = ExportParams.model_validate({"sessionId": 1, "format": exporter.name})
    assert params.format == exporter.name
    assert document_of(f"hfs:/sessions/1{exporter.suffix}") == (1, exporter)
    typed = parser().parse_args(["export", "1", "--format", exporter.name])
    assert typed.format == exporter.name


@pytest.mark.parametrize("exporter", EXPORTERS, ids=FORMATS)
@pytest.mark.parametrize("tool_calls", TOOL_CALLS)
def test_every_surface_knows_every_way_to_show_tool_calls(
    exporter: Exporter, tool_calls: str
) -> None:
    session = SessionOverview(SessionHeader("Empty", None, None), 0, [], None)
    assert exporter.writer(session, "2026-02-01T10:30:00Z", ExportOptions(False, tool_calls))
    typed = parser().parse_args(["export", "1", "--tool-calls", tool_calls, "--no-thinking"])
    assert (typed.tool_calls, typed.thinking) == (tool_calls, False)
    params = {"sessionId": 1, "format": exporter.name, "toolCalls": tool_calls, "thinking": False}
    wire = ExportParams.model_validate(params)
    assert (wire.tool_calls, wire.thinking) == (tool_calls, False)
    protocol = (ROOT / "protocol.md").read_text("utf-8")
    source = (ROOT / "clients/vscode/src/server/protocol.ts").read_text("utf-8")
    row = re.search(r"^\| `toolCalls\?` \| (.*?) \|", protocol, re.MULTILINE)
    member = re.search(r"toolCalls\?: (.*);", source)
    assert row
    assert member
    assert [re.findall(r'"(\w+)"', text[1]) for text in (row, member)] == [[*TOOL_CALLS]] * 2


@pytest.mark.parametrize("exporter", EXPORTERS, ids=FORMATS)
def test_every_writer_writes_an_empty_session(exporter: Exporter) -> None:
    session = SessionOverview(SessionHeader("Empty", None, None), 0, [], None)
    writer = exporter.writer(session, "2026-02-01T10:30:00Z")
    pieces = (writer.head(), writer.messages([]), writer.checkpoints([]), writer.tail())
    text = b"".join(pieces).decode()
    assert "Empty" in text
    assert text.endswith("\n")


def test_no_two_exporters_share_a_name_or_a_suffix() -> None:
    suffixes = [suffix for exporter in EXPORTERS for suffix in exporter.suffixes]
    assert len(set(FORMATS)) == len(FORMATS)
    assert len(set(suffixes)) == len(suffixes)


def test_the_extension_and_the_protocol_document_have_the_same_formats() -> None:
    source = (ROOT / "clients/vscode/src/server/protocol.ts").read_text("utf-8")
    found = re.search(r"FORMATS = \{(.*?)\}", source, re.DOTALL)
    assert found
    listed = dict(re.findall(r'(\w+): "(\.\w+)"', found[1]))
    assert listed == {exporter.name: exporter.suffix for exporter in EXPORTERS}
    protocol = (ROOT / "protocol.md").read_text("utf-8")
    rows = re.findall(r"^\| `format` \| (.*?) \|", protocol, re.MULTILINE)
    assert [re.findall(r'"(\w+)"', row) for row in rows] == [[*EXPORT_FORMATS]] * 2
    for exporter in EXPORTERS:
        assert f"| `hfs:/sessions/12{exporter.suffix}` |" in protocol
