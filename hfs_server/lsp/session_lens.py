"""The lens on a session file: import it, update the store with it, or open what the store has.

The rule not to break: the lens says what its command will do, so it is about the file on the disk,
and comes from a trial of that very import.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lsprotocol import types
from pydantic import Field

from hfs_server.errors import HfsError
from hfs_server.import_session import import_paths
from hfs_server.lsp.handlers import Handlers, validated
from hfs_server.lsp.methods import IMPORT_COMMAND, OPEN_SESSION
from hfs_server.lsp.open_documents import LARGEST_SESSION
from hfs_server.lsp.session_documents import SessionDocument, SessionDocuments
from hfs_server.lsp.wire import Id, Wire
from hfs_server.session import SavedSession
from hfs_server.store.shapes import ImportRules

_TRIAL = ImportRules(is_trial=True)
_IMPORT = "Import this session"


class _OpenParams(Wire):
    session_id: Id


class _OpenCommand(Wire):
    arguments: list[_OpenParams] = Field(min_length=1)


def session_to_open(params: Any) -> int | None:
    """The session that a command of a lens opens; None for another command."""
    if not isinstance(params, dict) or params.get("command") != OPEN_SESSION:
        return None
    return validated(_OpenCommand, params).arguments[0].session_id


class SessionLenses:
    """The lenses of session files, each made again when its file or the store has changed."""

    def __init__(self, documents: SessionDocuments, handlers: Handlers) -> None:
        self._documents = documents
        self._handlers = handlers

    async def of(self, uri: str) -> bytes | None:
        """The lenses as JSON; None if the document is no session file with a path."""
        document = self._documents.get(uri)
        if document is None or not await asyncio.shield(document.is_session):
            return None
        if document.path is None:
            return None
        async with self._documents.lens_turn:
            key = _stamp(document.path), await self._handlers.change_mark()
            if document.lens is None or document.lens[0] != key:
                document.lens = key, await self._made(document, document.path)
        return json.dumps(document.lens[1]).encode()

    async def _made(self, document: SessionDocument, path: Path) -> list[Any]:
        try:
            if path.stat().st_size > LARGEST_SESSION:
                return [_lens(_IMPORT, IMPORT_COMMAND, {"uri": document.uri})]
            report = await import_paths(self._handlers.store, [path], _TRIAL)
        except (HfsError, OSError):
            # The diagnostics say what is wrong with it.
            return []
        return _lenses(document.uri, report.sessions)


def _lenses(uri: str, sessions: Sequence[SavedSession]) -> list[Any]:
    created = sum(saved.status == "created" for saved in sessions)
    updated = sum(saved.status == "updated" for saved in sessions)
    if created == 1 and len(sessions) == 1:
        title = _IMPORT
    elif created:
        title = f"Import {created:,} of the {len(sessions):,} sessions in this file"
    elif updated:
        title = "In the store, older: update"
    else:
        known = next((saved for saved in sessions if saved.stored_id is not None), None)
        if known is None:
            return []
        argument = {"sessionId": known.stored_id, "name": known.name}
        return [_lens("Already in the store: open", OPEN_SESSION, argument)]
    return [_lens(title, IMPORT_COMMAND, {"uri": uri})]


def _lens(title: str, command: str, argument: dict[str, Any]) -> dict[str, Any]:
    top = {"line": 0, "character": 0}
    what = {"title": title, "command": command, "arguments": [argument]}
    return {"range": {"start": top, "end": top}, "command": what}


def _stamp(path: Path) -> tuple[int, int] | None:
    """What shows that a file is as it was; None if it cannot be read."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return status.st_size, status.st_mtime_ns


def shown_document(session_id: int, capabilities: object) -> dict[str, Any]:
    """The request that shows a session, or the notification that says how to open it."""
    uri = f"hfs:/sessions/{session_id}.md"
    match capabilities:
        case {"window": {"showDocument": {"support": True}}}:
            method, params = types.WINDOW_SHOW_DOCUMENT, {"uri": uri, "takeFocus": True}
            return {"id": f"hfs-show-{session_id}", "method": method, "params": params}
    message = f"The session can be opened as {uri}."
    shown = {"type": types.MessageType.Info.value, "message": message}
    return {"method": types.WINDOW_SHOW_MESSAGE, "params": shown}
