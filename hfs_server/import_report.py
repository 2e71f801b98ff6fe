"""The report of an import: what became of each session."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import HfsError
from hfs_server.session import SavedSession, is_older
from hfs_server.text import one_line, path_text, show_nul

NO_SESSION = "not a session of a known format"
_MOST_EVIDENCE = 20


class FailedImport(NamedTuple):
    """A file or a session that was not imported."""

    path: Path | None
    name: str
    error: HfsError

    def as_data(self) -> dict[str, str | int | None]:
        """The failure as clients get it."""
        return {
            "uri": self.path.absolute().as_uri() if self.path else None,
            "name": show_nul(path_text(self.name)),
            "reason": self.error.message,
            "line": self.error.data.get("line"),
        }


def named_warnings(saved: SavedSession) -> list[str]:
    """The warnings of a session, each with its file and its name."""
    where = ": ".join(one_line(part) for part in (saved.file, saved.name) if part)
    return [f"{where}: {text}" for text in saved.warnings]


class ImportReport:
    """What became of each session."""

    def __init__(self) -> None:
        self.sessions: list[SavedSession] = []
        self.failed: list[FailedImport] = []
        self.skipped: Counter[str] = Counter()
        """How many sessions or files were skipped, by the reason."""
        self.evidence: list[str] = []
        """How formats were recognized."""
        self.original_version: str | None = None
        """The schema version of the first session."""
        self.schema_version = "1.0.0"
        """The lowest schema version that can hold all of the sessions."""
        self.parents: dict[str, int | None] = {}
        """The ids of parents, by their identities."""

    @property
    def migrated(self) -> bool:
        """Whether the first session has an older schema version than it needs."""
        return is_older(self.original_version or self.schema_version, self.schema_version)

    @property
    def warnings(self) -> list[str]:
        """The warnings of all sessions, with their files and names if there are several."""
        if len(self.sessions) == 1:
            return self.sessions[0].warnings
        return [text for saved in self.sessions for text in named_warnings(saved)]

    def add_failure(self, path: Path | None, error: HfsError, name: str | None = None) -> None:
        """Notes what was not imported; its name is that of the file if no other is given."""
        given = path.name if name is None and path is not None else name or ""
        self.failed.append(FailedImport(path, given, error))

    def add_evidence(self, evidence: str) -> None:
        """Notes how a format was recognized."""
        if evidence not in self.evidence and len(self.evidence) < _MOST_EVIDENCE:
            self.evidence.append(evidence)

    def raise_if_all_failed(self, given: Path | None = None) -> None:
        """Raises the first failure if there are failures only, but for files of no known format.

        Its data names all of them, unless it is about the only file that was ``given``.
        """
        if self.failed and not self.sessions and not (self.skipped.keys() - {NO_SESSION}):
            first = self.failed[0]
            if len(self.failed) > 1 or first.path != given:
                first.error.data["failed"] = [failed.as_data() for failed in self.failed]
            raise first.error
