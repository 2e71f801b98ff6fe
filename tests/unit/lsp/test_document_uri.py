"""An hfs: URI names a session and a format, or is rejected."""

import pytest

from hfs_server.errors import SessionNotFound
from hfs_server.exporters import EXPORTERS
from hfs_server.lsp.document_uri import document_of
from hfs_server.lsp.jsonrpc import RequestRefused


def test_every_exporter_has_its_document() -> None:
    for exporter in EXPORTERS:
        assert document_of(f"hfs:/sessions/12{exporter.suffix}") == (12, exporter)
        assert document_of(f"HFS:///sessions/-1/A name{exporter.suffix}") == (-1, exporter)


@pytest.mark.parametrize("uri", ["", "hfs:/sessions/1", "hfs:/sessions/x.md", "file:///1.md"])
def test_anything_else_is_rejected_with_what_is_expected(uri: str) -> None:
    with pytest.raises(
        RequestRefused, match=r"expected hfs:/sessions/<id>\.md, or \.html, or \.json"
    ):
        document_of(uri)


def test_an_id_that_no_store_can_hold_is_not_found() -> None:
    with pytest.raises(SessionNotFound):
        document_of("hfs:/sessions/9999999999999999999.md")
