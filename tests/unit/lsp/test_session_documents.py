"""Requests about a document that cannot be checked are answered."""

from __future__ import annotations

import asyncio

import pytest

from hfs_server.lsp.open_documents import OpenDocuments
from hfs_server.lsp.session_documents import SessionDocuments
from testing.waiting import PATIENCE_SECONDS


def test_a_document_whose_check_fails_is_no_session_and_the_next_check_may_succeed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    uri = "untitled:a.json"
    attempts: list[object] = []

    async def load() -> None:
        attempts.append(None)
        if len(attempts) == 1:
            raise ImportError("said in a session")

    async def run() -> None:
        known = OpenDocuments()
        documents = SessionDocuments(known, lambda *_: None, load, keeps_others=False)

        def send(method: str, **params: object) -> None:
            given = {**params, "textDocument": {"uri": uri, **params}}
            for each in (known, documents):
                each.notify(f"textDocument/{method}", given)

        send("didOpen", text='{"messages": []}')
        assert await documents.result(uri, lambda _: 1) is None
        send("didChange", contentChanges=[{"text": '{"messages": [{}]}'}])
        assert await documents.result(uri, lambda _: 1) == b"1"
        await documents.close()

    asyncio.run(asyncio.wait_for(run(), PATIENCE_SECONDS))
    assert caplog.text.count("Internal error: ImportError") == 1
    assert "Error: said" not in caplog.text
