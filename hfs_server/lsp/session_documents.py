"""Session files that are open in the editor: followed as they change, and checked in a thread.

The rule not to break: nothing here delays another message. A check begins when the person pauses,
ends when the text has changed, and is forgotten with all else when the document is closed.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lsprotocol import types

from hfs_server.cancellation import run_in_thread
from hfs_server.files.paths import path_from_uri
from hfs_server.internal_error import log_internal_error
from hfs_server.lsp.open_documents import OpenDocuments

if TYPE_CHECKING:
    from hfs_server.importers import Importer
    from hfs_server.lsp.session_text import SessionText

PAUSE_SECONDS = 0.3
"""How long nobody must have typed before a document is checked, and at least as long as the last
check took."""

MOST_FOLLOWED = 200
_LONGEST_PAUSE = 10.0
_UNKNOWN_SCHEMES = ("hfs:", "git:")

Notify = Callable[[str, Any], None]
Work = Callable[["SessionText"], Any]


class SessionDocument:
    """A document that may be a session file."""

    def __init__(self, uri: str, version: object) -> None:
        self.uri = uri
        self.path = path_of(uri)
        self.name = self.path.name if self.path else unquote(uri.rpartition("/")[2])
        self.version = version if isinstance(version, int) else None
        self.was_followed = False
        """Whether its text was known when it was opened."""
        self.importer: Importer | None = None
        self.text: SessionText | None = None
        """The newest version, once it was needed."""
        self.is_session: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Task[None] | None = None
        self.diagnostics: list[Any] = []
        self.check_seconds = 0.0
        self.lens: tuple[object, list[Any]] | None = None
        """The lens, and what it was made from."""

    def drop_text(self) -> None:
        """Ends the work on the version that was the newest."""
        if self.text is not None:
            self.text.is_stale = True
            self.text = None
        if self.task is not None:
            self.task.cancel()
            self.task = None

    def reconsider(self) -> None:
        """Has those who ask from now on wait for the next check, unless it is a session file."""
        if self.is_session.done() and not self.is_session.result():
            self.is_session = asyncio.get_running_loop().create_future()

    def decide(self, *, is_session: bool) -> None:
        """Answers those who wait to know whether it is a session file; it may become another."""
        if self.is_session.done():
            self.is_session = asyncio.get_running_loop().create_future()
        self.is_session.set_result(is_session)


class SessionDocuments:
    """All open documents that are, or may be, session files."""

    def __init__(
        self,
        documents: OpenDocuments,
        notify: Notify,
        load: Callable[[], Awaitable[object]],
        *,
        keeps_others: bool,
    ) -> None:
        self._documents = documents
        self._notify = notify
        self._load = load
        self._keeps_others = keeps_others
        self._open: dict[str, SessionDocument] = {}
        self._turn = asyncio.Semaphore(1)
        self.lens_turn = asyncio.Semaphore(1)
        """Held while a lens is made: one at a time."""
        self._ending: set[asyncio.Task[None]] = set()

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Follows a notification that ``documents`` has followed before."""
        given = params.get("textDocument")
        uri = given.get("uri") if isinstance(given, dict) else None
        if not isinstance(uri, str) or not isinstance(given, dict):
            return
        if uri.lower().startswith(_UNKNOWN_SCHEMES):
            self._documents.release(uri)
        elif method == types.TEXT_DOCUMENT_DID_OPEN:
            self._close(uri)
            if self._documents.lines(uri) is not None or begins_as_json(given.get("text")):
                self._begin(uri, given.get("version"))
        elif method == types.TEXT_DOCUMENT_DID_CLOSE:
            self._close(uri)
        elif method == types.TEXT_DOCUMENT_DID_CHANGE and uri in self._open:
            self._change(self._open[uri], given.get("version"))
        elif method == types.TEXT_DOCUMENT_DID_SAVE and self._documents.lines(uri) is None:
            self._check_again(uri)

    def get(self, uri: str) -> SessionDocument | None:
        """The document, if it is open and may be a session file."""
        return self._open.get(uri)

    async def result(self, uri: str, work: Work) -> bytes | None:
        """What ``work`` finds out about a session file, as JSON.

        None if it is no session file, or is not followed. Work on a text that changes meanwhile
        is done again.
        """
        document = self._open.get(uri)
        if document is None or not await asyncio.shield(document.is_session):
            return None
        from hfs_server.lsp.session_text import Stale

        while self._open.get(uri) is document and (text := self._newest(document)) is not None:
            text.importer = document.importer
            try:
                return await run_in_thread(_as_json, work, text)
            except Stale:
                continue
        return None

    def is_any_open(self) -> bool:
        """Whether any session file is open."""
        return any(document.importer for document in self._open.values())

    async def close(self) -> None:
        """Ends all work."""
        for document in [*self._open.values()]:
            self._drop(document)
        if self._ending:
            await asyncio.wait(self._ending)

    def _begin(self, uri: str, version: object) -> None:
        document = self._open[uri] = SessionDocument(uri, version)
        document.was_followed = self._documents.lines(uri) is not None
        self._check_after(document, 0)
        while len(self._open) > MOST_FOLLOWED:
            self._close(next(iter(self._open)))

    def _check_again(self, uri: str) -> None:
        """Checks a file of which only the disk is known."""
        document = self._open.get(uri)
        if document is None:
            self._begin(uri, None)
        else:
            self._drop(document)
            self._check_after(document, 0)

    def _change(self, document: SessionDocument, version: object) -> None:
        document.version = version if isinstance(version, int) else None
        self._drop(document)
        if self._documents.lines(document.uri) is None:
            # It has grown too large, or a change could not be read: only the disk is known.
            self._publish(document, [])
        pause = min(_LONGEST_PAUSE, max(PAUSE_SECONDS, document.check_seconds))
        self._check_after(document, pause)

    def _close(self, uri: str) -> None:
        document = self._open.pop(uri, None)
        if document is not None:
            self._drop(document)
            document.decide(is_session=False)
            self._publish(document, [])

    def _drop(self, document: SessionDocument) -> None:
        if document.task is not None and not document.task.done():
            self._ending.add(document.task)
            document.task.add_done_callback(self._ending.discard)
        document.drop_text()

    def _release(self, document: SessionDocument) -> None:
        """Forgets a document that is no session file."""
        if self._open.get(document.uri) is document:
            del self._open[document.uri]
            if not self._keeps_others:
                self._documents.release(document.uri)
        document.decide(is_session=False)

    def _newest(self, document: SessionDocument) -> SessionText | None:
        """The newest version of the text; None if only the file is known."""
        lines = self._documents.lines(document.uri)
        if lines is not None and document.text is None:
            from hfs_server.lsp.session_text import SessionText

            document.text = SessionText([*lines], document.name, document.path, document.version)
        return document.text if lines is not None else None

    def _check_after(self, document: SessionDocument, seconds: float) -> None:
        document.reconsider()
        document.task = asyncio.ensure_future(self._check(document, seconds))

    async def _check(self, document: SessionDocument, pause: float) -> None:
        from hfs_server.lsp.session_text import Stale

        await asyncio.sleep(pause)
        try:
            await self._load()
            async with self._turn:
                await self._check_newest(document)
        except Stale:
            pass
        except Exception as error:
            log_internal_error(error)
            document.decide(is_session=False)

    async def _check_newest(self, document: SessionDocument) -> None:
        """Checks the newest version, and decides whether it is a session file. Raises Stale."""
        from hfs_server.lsp.session_diagnostics import checked

        text = self._newest(document)
        started = time.monotonic()
        found = await run_in_thread(checked, text, document.path, document.importer)
        document.check_seconds = time.monotonic() - started
        if found is not None:
            document.importer, diagnostics = found
            document.decide(is_session=True)
            self._publish(document, diagnostics)
        elif text is None and document.was_followed and self._documents.is_lost(document.uri):
            self._suspend(document)
        elif text is None or not _is_blank(text.lines):
            self._release(document)
        else:
            # It may become one.
            document.decide(is_session=False)

    def _suspend(self, document: SessionDocument) -> None:
        """Says that a document is lost which has no session on the disk; it may come back."""
        from hfs_server.lsp.session_diagnostics import out_of_step

        document.decide(is_session=False)
        if document.importer is not None:
            self._publish(document, [out_of_step()])

    def _publish(self, document: SessionDocument, diagnostics: Sequence[Any]) -> None:
        """Sends the diagnostics; nothing for a document that never had any."""
        if not diagnostics and not document.diagnostics:
            return
        document.diagnostics = [*diagnostics]
        params: dict[str, Any] = {"uri": document.uri, "diagnostics": document.diagnostics}
        if document.version is not None and document.uri in self._open:
            params["version"] = document.version
        self._notify(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, params)


def begins_as_json(text: object) -> bool:
    """Whether a text begins as a JSON object or list does."""
    return isinstance(text, str) and text[:1_000].lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def path_of(uri: str) -> Path | None:
    """The file of a document; None if it has none."""
    try:
        return path_from_uri(uri)
    except ValueError:
        return None


def _is_blank(lines: Sequence[str]) -> bool:
    return not any(line.strip() for line in lines)


def _as_json(work: Work, text: SessionText) -> bytes:
    return json.dumps(work(text)).encode()
