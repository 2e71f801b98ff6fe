"""Hover, code lens and code action on source files: which sessions wrote them.

The rule not to break: an editor asks these all the time, so what cannot be answered is null or
an empty list, never an error.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from lsprotocol import types
from pydantic import Field

from hfs_server.errors import HfsError
from hfs_server.files.paths import path_from_uri
from hfs_server.lsp.edit_texts import hover_text, lens_title
from hfs_server.lsp.handlers import validated
from hfs_server.lsp.methods import SHOW_SESSIONS, SHOW_TITLE
from hfs_server.lsp.open_documents import OpenDocuments
from hfs_server.lsp.wire import Wire
from hfs_server.sessions_of_file import sessions_of_file, writers_of_line
from hfs_server.store import Store
from hfs_server.store.results import SessionEdits

_MOST_WRITERS = 3
_MOST_EDITS = 500
_POLL_SECONDS = 0.25
_PATIENCE = 40
"""How often a lens looks whether the index, which is being built, has something."""
_KIND = "source.hfs"


class _Document(Wire):
    uri: str


class _Position(Wire):
    line: int = Field(ge=0)


class _Context(Wire):
    only: list[str] | None = None


class _HoverParams(Wire):
    text_document: _Document
    position: _Position


class _DocumentParams(Wire):
    text_document: _Document
    context: _Context = _Context()


async def annotation(store: Store, documents: OpenDocuments, method: str, params: Any) -> bytes:
    """The result of one of ``ANNOTATIONS`` as JSON."""
    try:
        return json.dumps(await _answer(store, documents, method, params)).encode()
    except HfsError:
        return b"null" if method == types.TEXT_DOCUMENT_HOVER else b"[]"


async def _answer(store: Store, documents: OpenDocuments, method: str, params: Any) -> Any:
    if method == types.TEXT_DOCUMENT_HOVER:
        asked = validated(_HoverParams, params)
        return await _hover(store, documents, asked.text_document.uri, asked.position.line)
    of = validated(_DocumentParams, params)
    uri, path = of.text_document.uri, _path(of.text_document.uri)
    if path is None:
        return []
    if method == types.TEXT_DOCUMENT_CODE_LENS:
        return _lens(uri, await _edits(store, path))
    wanted = of.context.only
    if wanted is not None and not any(f"{_KIND}.".startswith(f"{each}.") for each in wanted):
        return []
    command = _command(uri, SHOW_TITLE)
    return [{"title": SHOW_TITLE, "kind": _KIND, "command": command}]


async def _hover(store: Store, documents: OpenDocuments, uri: str, line: int) -> Any:
    path, lines = _path(uri), documents.lines(uri)
    if path is None or (lines is not None and line >= len(lines)):
        return None
    text = None if lines is None else lines[line]
    found = await writers_of_line(store, path, line, text, _MOST_WRITERS)
    if not found.edits:
        return None
    return {"contents": {"kind": "markdown", "value": hover_text(found.edits)}}


async def _edits(store: Store, path: Path) -> SessionEdits:
    """What sessions did to the file; an index that is being built is waited for."""
    found = await sessions_of_file(store, path, limit=_MOST_EDITS)
    for _ in range(_PATIENCE):
        if found.edits or found.is_complete:
            break
        await asyncio.sleep(_POLL_SECONDS)
        found = await sessions_of_file(store, path, limit=_MOST_EDITS)
    return found


def _lens(uri: str, found: SessionEdits) -> list[dict[str, Any]]:
    count = len({edit.session.id for edit in found.edits})
    if not count:
        return []
    top = {"line": 0, "character": 0}
    return [{"range": {"start": top, "end": top}, "command": _command(uri, lens_title(count))}]


def _command(uri: str, title: str) -> dict[str, Any]:
    arguments = [{"uri": uri, "show": True}]
    return {"title": title, "command": SHOW_SESSIONS, "arguments": arguments}


def _path(uri: str) -> Path | None:
    """The file of a document; None for one that is no file, such as a session."""
    try:
        return path_from_uri(uri)
    except ValueError:
        return None
