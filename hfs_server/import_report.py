"""The report of an import: what became of each session."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import HfsError
from hfs_server.session import SavedSession, is_older
from hfs_server.text import name_in_line, one_line, path_in_sentence, path_text, show_nul

NO_SESSION = "not a session of a known format"
_UNLIKE_LISTED = (
    "Its checksum is not that of the manifest, but it was imported. If nobody changed it on "
    "purpose, restore it from a backup or with Git, and import it again."
)
_MOST_EVIDENCE = 20
_MOST_NAMES = 5


class FailedImport(NamedTuple):
    """A file or a session that was not imported."""

    path: Path | None
    name: str
    error: HfsError

    @property
    def where(self) -> str:
        """The file, with the session or the entry in it, for a line of text."""
        if self.path is None:
            return name_in_line(self.name)
        is_whole = self.name in ("", self.path.name)
        file = path_in_sentence(self.path)
        return file if is_whole else f"{file}: {name_in_line(self.name)}"

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
    parts = (name_in_line(saved.file), one_line(saved.name))
    where = ": ".join(filter(None, parts))
    return [f"{where}: {text}" for text in saved.warnings]


class ImportReport:
    """What became of each session."""

    def __init__(self, *, is_of_tools: bool = False) -> None:
        self.is_of_tools = is_of_tools
        """Whether its files are those of tools, so that each of them should be a session."""
        self.sessions: list[SavedSession] = []
        self.failed: list[FailedImport] = []
        self.skipped: Counter[str] = Counter()
        """How many sessions or files were skipped, by the reason."""
        self.unknown: list[str] = []
        """The names of files of no known format."""
        self.unlike_listed: list[str] = []
        """The names of files of an export that are not as its manifest lists them."""
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
        """The warnings of all sessions, with their files and names unless one file was named."""
        if len(self.sessions) == 1 and not self.is_of_tools:
            texts = list(self.sessions[0].warnings)
        else:
            texts = [text for saved in self.sessions for text in named_warnings(saved)]
        texts += [f"{name_in_line(name)}: {_UNLIKE_LISTED}" for name in self.unlike_listed]
        return [*texts, *([self.unknown_files] if self.is_of_tools and self.unknown else [])]

    @property
    def unknown_files(self) -> str:
        """A sentence that names files of no known format, or the first of them."""
        names = ", ".join(name_in_line(name) for name in self.unknown[:_MOST_NAMES])
        more = len(self.unknown) - _MOST_NAMES
        return f"Of no known format: {names}{f' and {more:,} more' if more > 0 else ''}."

    def skip_unknown(self, name: str) -> None:
        """Notes a file of no known format."""
        self.skipped[NO_SESSION] += 1
        self.unknown.append(name)

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
