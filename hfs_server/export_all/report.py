"""The report of an export of many sessions: how many were written, and what failed."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import HfsError
from hfs_server.text import path_text, show_nul


class FailedExport(NamedTuple):
    """A session that was not exported."""

    session_id: int
    name: str
    """The name of its file."""
    error: HfsError

    def as_data(self) -> dict[str, str | int]:
        """The failure as clients get it."""
        return {
            "sessionId": self.session_id,
            "name": show_nul(path_text(self.name)),
            "reason": self.error.message,
        }


class ExportAllReport:
    """What became of the sessions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """The folder or the archive."""
        self.written = 0
        """How many sessions have new files."""
        self.unchanged = 0
        """How many had their file already."""
        self.removed = 0
        """How many files were removed since their sessions were deleted, or are in another file."""
        self.ahead: list[str] = []
        """The names of files that have what the store lacks of their sessions."""
        self.failed: list[FailedExport] = []
        self.warnings: list[str] = []
        """Sentences for the user."""

    def raise_if_all_failed(self) -> None:
        """Raises the first failure if there are failures only."""
        if self.failed and not (self.written or self.unchanged):
            error = self.failed[0].error
            error.data["failed"] = [failed.as_data() for failed in self.failed]
            raise error
