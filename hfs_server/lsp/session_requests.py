"""Requests about session files that are open in the editor.

The rule not to break: an editor asks these all the time, so what cannot be answered is null or
an empty list, never an error.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from lsprotocol import types
from pydantic import Field

from hfs_server.check_session import migrated_text
from hfs_server.lsp.handlers import Handlers, validated
from hfs_server.lsp.session_diagnostics import MIGRATES
from hfs_server.lsp.session_documents import SessionDocuments
from hfs_server.lsp.session_lens import SessionLenses
from hfs_server.lsp.session_outline import folds_of, hover_of, symbols_of
from hfs_server.lsp.session_text import SessionText
from hfs_server.lsp.wire import Wire

_LARGEST_MIGRATED = 4_000_000
"""How many characters a document may have to be migrated by an edit, which has all of it."""
_NOTHING = b"[]"


class _Document(Wire):
    uri: str


class _Position(Wire):
    line: int = Field(ge=0)
    character: int = Field(default=0, ge=0)


class _Context(Wire):
    only: list[str] | None = None
    diagnostics: list[Any] = Field(default_factory=list)


class _Params(Wire):
    text_document: _Document
    position: _Position = _Position(line=0)
    context: _Context = _Context()


async def session_answer(
    documents: SessionDocuments, handlers: Handlers, method: str, params: Any
) -> bytes | None:
    """The result of a request about a session file as JSON; None if it is about none."""
    asked = validated(_Params, params)
    uri = asked.text_document.uri
    if method == types.TEXT_DOCUMENT_HOVER:
        line, character = asked.position.line, asked.position.character
        return await documents.result(uri, partial(hover_of, line=line, character=character))
    if method == types.TEXT_DOCUMENT_CODE_LENS:
        return await SessionLenses(documents, handlers).of(uri)
    if method == types.TEXT_DOCUMENT_DOCUMENT_SYMBOL:
        return await documents.result(uri, symbols_of) or _NOTHING
    if method == types.TEXT_DOCUMENT_FOLDING_RANGE:
        return await documents.result(uri, folds_of) or _NOTHING
    if method == types.TEXT_DOCUMENT_CODE_ACTION and _wants_fixes(asked.context):
        found = await documents.result(uri, partial(_fixes, asked=asked))
        return None if found == _NOTHING else found
    return None


def _wants_fixes(context: _Context) -> bool:
    wanted = context.only
    return wanted is None or any("quickfix.".startswith(f"{each}.") for each in wanted)


def _fixes(text: SessionText, asked: _Params) -> list[Any]:
    """The migration of an older document, if the editor asks about the diagnostic that says so."""
    about = [
        each
        for each in asked.context.diagnostics
        if isinstance(each, dict) and (each.get("source"), each.get("code")) == ("hfs", MIGRATES)
    ]
    if not about or len(text.text) > _LARGEST_MIGRATED:
        return []
    migrated = migrated_text(text.text)
    if migrated is None:
        return []
    edit = {"range": text.positions.range(0, len(text.text)), "newText": migrated}
    return [
        {
            "title": "Migrate to the schema version that an import gives it",
            "kind": "quickfix",
            "isPreferred": True,
            "diagnostics": about,
            "edit": {"changes": {asked.text_document.uri: [edit]}},
        }
    ]
