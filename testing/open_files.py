"""Session files that a test opens in a server, as an editor does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from testing.client import Client
from testing.waiting import wait_until

REGISTERS = {
    "textDocument": {
        feature: {"dynamicRegistration": True}
        for feature in (
            *("synchronization", "hover", "codeLens", "codeAction"),
            *("documentSymbol", "foldingRange"),
        )
    },
    "workspace": {"codeLens": {"refreshSupport": True}},
    "window": {"showDocument": {"support": True}},
}
"""The capabilities of an editor that sends the documents that a server registers."""

Place = tuple[int, int, int, int]


class OpenFile:
    """A document that is open in an editor."""

    def __init__(self, client: Client, path: Path, text: str) -> None:
        self.client = client
        self.uri = path.as_uri()
        self.version = 1
        self._earlier = len(self.published())
        document = {"uri": self.uri, "languageId": "json", "version": 1, "text": text}
        client.notify("textDocument/didOpen", {"textDocument": document})

    def change(self, *changes: Any) -> None:
        """Changes the text; a change is a whole text, or a place and the text there."""
        self.version += 1
        document = {"uri": self.uri, "version": self.version}
        given = [_change(change) for change in changes]
        params = {"textDocument": document, "contentChanges": given}
        self.client.notify("textDocument/didChange", params)

    def save(self) -> None:
        """Says that the document was saved."""
        self.client.notify("textDocument/didSave", {"textDocument": {"uri": self.uri}})

    def close(self) -> None:
        """Closes the document."""
        self.client.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def request(self, what: str, **params: Any) -> Any:
        """The answer to a request about the document."""
        given = {"textDocument": {"uri": self.uri}, **params}
        return self.client.request(f"textDocument/{what}", given)

    def published(self) -> list[Any]:
        """All diagnostics that were published for the document."""
        found = self.client.notifications("textDocument/publishDiagnostics")
        return [params for params in found if params["uri"] == self.uri]

    def diagnostics(self, version: int | None = None) -> list[Any]:
        """The diagnostics of the newest version, or of another one, once there are any."""
        wanted = self.version if version is None else version

        def found() -> list[Any]:
            # A document that was open before had the same versions.
            since = self.published()[self._earlier :]
            return [each for each in since if each.get("version") == wanted]

        wait_until(lambda: bool(found()))
        return list(found()[-1]["diagnostics"])

    def problems(self) -> list[tuple[Place, str]]:
        """The places and the messages of the newest version's diagnostics."""
        return [(place(each["range"]), each["message"]) for each in self.diagnostics()]


def place(given: Any) -> Place:
    """A range of LSP: its first line and column, and its last."""
    start, end = given["start"], given["end"]
    return start["line"], start["character"], end["line"], end["character"]


def _change(change: Any) -> Any:
    if isinstance(change, str):
        return {"text": change}
    if isinstance(change, dict):
        return change
    (line, column, end_line, end_column), text = change
    start = {"line": line, "character": column}
    return {
        "range": {"start": start, "end": {"line": end_line, "character": end_column}},
        "text": text,
    }
