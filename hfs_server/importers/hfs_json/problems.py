"""Problems of an export document, reported with their places and lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import BinaryIO

from pydantic import ValidationError

from hfs_server.errors import InvalidDocument
from hfs_server.strict_json.errors import JsonError, JsonPath, json_path_text
from hfs_server.strict_json.lines import lines_of
from hfs_server.validation import MISSING, described, reason

_MOST_REPORTED = 20

FindLines = Callable[[BinaryIO, Sequence[JsonError]], list[int]]


class Problems:
    """The parts of a document that are invalid; the first ``most`` are kept, all are counted."""

    def __init__(self, most: int = _MOST_REPORTED, find_lines: FindLines = lines_of) -> None:
        self.count = 0
        self.errors: list[JsonError] = []
        self._most = most
        self._find_lines = find_lines

    def add(self, error: ValidationError, path: JsonPath) -> None:
        """Adds the problems of the part at ``path``."""
        for problem in error.errors(include_url=False, include_input=False):
            self.count += 1
            if len(self.errors) < self._most:
                self.errors.append(JsonError(reason(problem), (*path, *problem["loc"])))

    def invalid_document(self, file: BinaryIO) -> InvalidDocument:
        """The error that reports them."""
        lines = self._find_lines(file, [_present(error) for error in self.errors])
        problems = [
            {"path": json_path_text(error.path), "line": line, "reason": error.reason}
            for error, line in zip(self.errors, lines, strict=True)
        ]
        place, line, why = problems[0].values()
        return InvalidDocument(
            not_valid(described(f"{place} (line {line})", str(why)) + _and_more(self.count - 1)),
            path=place,
            line=line,
            problems=problems,
            problemCount=self.count,
        )

    def invalid_json(self, error: JsonError, file: BinaryIO) -> InvalidDocument:
        """The error for a document whose JSON or structure is invalid."""
        self.errors.append(error)
        (line,) = self._find_lines(file, [error])
        path = json_path_text(error.path)
        place = f"{path} (line {line})" if path else f"line {line}"
        return InvalidDocument(not_valid(described(place, error.reason)), path=path, line=line)


def not_valid(why: str) -> str:
    """The message of every error about an invalid document."""
    return f"Not a valid HFS export: {why}."


def _present(error: JsonError) -> JsonError:
    """What is present in the document: for a missing key, the object that lacks it."""
    return JsonError(error.reason, error.path[:-1]) if error.reason == MISSING else error


def _and_more(count: int) -> str:
    return f" (and {count} more problem{'s' if count > 1 else ''})" if count else ""
