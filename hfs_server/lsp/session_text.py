"""One version of a session file that is open in the editor, with what was found out about it.

Everything here may take long and is called in threads. The rule not to break: when the version is
no longer the newest, ``check`` ends the work.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from hfs_server.importers import Importer
from hfs_server.importers.source_file import SourceFile
from hfs_server.lsp.positions import Positions
from hfs_server.strict_json.outline import BARE_LIST, Outline, Span


class Stale(BaseException):
    """The work is about a version of the document that is not the newest any more."""


class Part(NamedTuple):
    """A message or a checkpoint."""

    kind: str
    """``messages`` or ``checkpoints``."""
    place: int
    """Its index in its list."""
    span: Span


class SessionText:
    """A version of a document; ``client_version`` is the editor's number of it."""

    def __init__(
        self, lines: Sequence[str], name: str, path: Path | None, client_version: int | None
    ) -> None:
        self.lines = lines
        self.name = name
        self.path = path
        self.client_version = client_version
        self.is_stale = False
        self.importer: Importer | None = None
        """That of its format, once it is known."""
        self.located: list[Any] | None = None
        """The messages of another tool's session with their places, once they were looked up."""

    def check(self) -> None:
        """Raises Stale if this version is not the newest one."""
        if self.is_stale:
            raise Stale

    @cached_property
    def text(self) -> str:
        """The lines, joined with newlines."""
        return "\n".join(self.lines)

    @cached_property
    def positions(self) -> Positions:
        """The positions in it."""
        return Positions(self.lines)

    @cached_property
    def outline(self) -> Outline:
        """Where its values stand."""
        return Outline(self.text, self.check)

    @cached_property
    def surrogate(self) -> int | None:
        """Where the text is not valid Unicode; None if it is."""
        try:
            self.text.encode()
        except UnicodeEncodeError as error:
            return error.start
        return None

    def file(self) -> SourceFile:
        """The text as a file for importers, whose reading ends if the text is stale."""
        content = self.text.encode(errors="replace")
        return SourceFile(lambda: io.BytesIO(content), self.name, self.path, lambda _: self.check())

    @cached_property
    def parts(self) -> list[Part]:
        """The messages and checkpoints of an export document, as they stand in the text."""
        found = self.outline.items
        items = found if self.outline.members else {"messages": found.get(BARE_LIST, [])}
        return [
            Part(kind, place, span)
            for kind in ("messages", "checkpoints")
            for place, span in enumerate(items.get(kind, ()))
        ]
