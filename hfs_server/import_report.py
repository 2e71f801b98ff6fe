"""The report of an import: what became of each session."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import HfsError
from hfs_server.session import SavedSession, is_older
from hfs_server.text import one_line

_MOST_EVIDENCE = 20


class FailedImport(NamedTuple):
    """A file or a session that was not imported."""

    path: Path | None
    name: str
    error: HfsError


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
        """The warnings of all sessions, with their names if there are several."""
        if len(self.sessions) == 1:
            return self.sessions[0].warnings
        return [
            f"{one_line(saved.name)}: {text}" for saved in self.sessions for text in saved.warnings
        ]

    def add_evidence(self, evidence: str) -> None:
        """Notes how a format was recognized."""
        if evidence not in self.evidence and len(self.evidence) < _MOST_EVIDENCE:
            self.evidence.append(evidence)

    def raise_if_all_failed(self) -> None:
        """Raises the first failure if there are failures only."""
        if self.failed and not self.sessions and not self.skipped:
            raise self.failed[0].error
