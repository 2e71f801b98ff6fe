"""What an import would reject in an open session file or warn of, as diagnostics of LSP.

The rule not to break: an error is shown exactly if the import would fail, since the importers say.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hfs_server.check_session import Check, Problem, check_file, lines_in, recognized
from hfs_server.errors import HfsError
from hfs_server.import_sources import source_file
from hfs_server.importers import Importer
from hfs_server.importers.source_file import SourceFile
from hfs_server.lsp.positions import Range
from hfs_server.lsp.session_text import SessionText
from hfs_server.strict_json.source import LONE_SURROGATE
from hfs_server.strict_json.syntax import first_error

ERROR, WARNING, INFORMATION = 1, 2, 3
MIGRATES = "migrates"
"""The code of the diagnostic about an older schema version."""

_FAR = 2**31 - 1
Diagnostic = dict[str, Any]
_NOT_FOLLOWED = (
    "This file is checked when it is opened and when it is saved, not while you type: it is too "
    "large for that, or was no session when it was opened."
)
_OUT_OF_STEP = (
    "This document is not checked any more: it became too large, or a change could not be read, "
    "and the file on the disk is no session. Close it and open it again."
)


def checked(
    text: SessionText | None, path: Path | None, known: Importer | None
) -> tuple[Importer, list[Diagnostic]] | None:
    """The importer and the diagnostics of an open document, or of its file if the text is not
    known; None if it is no session file. Raises Stale.
    """
    if text is not None:
        file = text.file()
    elif path is not None:
        file = source_file(path)
    else:
        return None
    try:
        importer = recognized(file) or known
        if importer is None:
            return None
        if text is not None:
            return importer, diagnostics_of(text, importer)
        return importer, diagnostics_of_file(file, importer)
    except (HfsError, OSError):
        # The file cannot be read; an import of it says why.
        return None


def diagnostics_of(text: SessionText, importer: Importer) -> list[Diagnostic]:
    """The diagnostics of an open document. Raises Stale."""
    if text.surrogate is not None:
        message = f"The text contains a {LONE_SURROGATE}."
        place = text.positions.range(text.surrogate, text.surrogate + 1)
        return [_diagnostic(place, ERROR, message)]
    check = check_file(text.file(), importer)
    places = _Places(text)
    return _diagnostics(check, [places.of(problem) for problem in check.problems], places.version)


def diagnostics_of_file(file: SourceFile, importer: Importer) -> list[Diagnostic]:
    """Those of a file that is too large to be followed, with lines only, and why that is so."""
    check = check_file(file, importer)
    found = [
        _diagnostic(_line(line), _severity(problem), problem.message)
        for problem, line in zip(check.problems, lines_in(file, check.problems), strict=True)
    ]
    return [_diagnostic(_line(None), INFORMATION, _NOT_FOLLOWED), *found]


def out_of_step() -> Diagnostic:
    """Says that a document is not followed, and has no session on the disk."""
    return _diagnostic(_line(None), INFORMATION, _OUT_OF_STEP)


class _Places:
    """Where problems are in a text."""

    def __init__(self, text: SessionText) -> None:
        self._text = text

    def of(self, problem: Problem) -> Range:
        """The range to mark."""
        positions = self._text.positions
        if problem.line is not None:
            return positions.range_of_line(problem.line - 1)
        if problem.is_of_syntax and (offset := self._syntax) is not None:
            return positions.range(*self._token_at(offset))
        if problem.error is None:
            return self._top
        span = self._text.outline.place(problem.error, is_missing=problem.is_missing)
        return positions.range(*span) if problem.error.path else self._top

    @property
    def version(self) -> Range:
        """Where the schema version stands, or where it is missing."""
        outline = self._text.outline
        span = outline.value(("metadata", "schema_version"))
        is_there = "\n" not in self._text.text[slice(*span)]
        return self._text.positions.range(*span) if is_there else self._top

    @property
    def _top(self) -> Range:
        positions = self._text.positions
        return positions.range_of_line(positions.line_of(self._text.outline.root.start))

    @property
    def _syntax(self) -> int | None:
        return first_error(self._text.text, self._text.check)

    def _token_at(self, offset: int) -> tuple[int, int]:
        """The character at the offset, or the last one if the text ends there."""
        end = len(self._text.text)
        return (offset, offset + 1) if offset < end else (max(0, end - 1), end)


def _diagnostics(check: Check, places: list[Range], version: Range) -> list[Diagnostic]:
    found = [
        _diagnostic(place, _severity(problem), problem.message)
        for problem, place in zip(check.problems, places, strict=True)
    ]
    if (more := check.total - len(check.problems)) > 0:
        words = f"And {more:,} more problem{'' if more == 1 else 's'}, which are not marked."
        found.append(_diagnostic(version, INFORMATION, words))
    if check.migrates_to is not None:
        words = f"An import migrates this session to schema version {check.migrates_to}."
        found.append({**_diagnostic(version, INFORMATION, words), "code": MIGRATES})
    return found


def _severity(problem: Problem) -> int:
    return ERROR if problem.is_error else WARNING


def _diagnostic(place: Range, severity: int, message: str) -> Diagnostic:
    return {"range": place, "severity": severity, "source": "hfs", "message": message}


def _line(number: int | None) -> Range:
    line = (number or 1) - 1
    return {
        "start": {"line": line, "character": 0},
        "end": {"line": line, "character": 0 if number is None else _FAR},
    }
