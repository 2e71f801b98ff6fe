"""Problems of an export document, reported with their places and lines."""

from __future__ import annotations

from typing import BinaryIO

from pydantic import ValidationError

from hfs_server.errors import InvalidDocument
from hfs_server.strict_json.errors import JsonError, JsonPath, json_path_text
from hfs_server.strict_json.lines import lines_of
from hfs_server.validation import MISSING, described, reason

_MOST_REPORTED = 20


class Problems:
    """The parts of a document that are invalid; the first of them are kept, all are counted."""

    def __init__(self) -> None:
        self.count = 0
        self._errors: list[JsonError] = []

    def add(self, error: ValidationError, path: JsonPath) -> None:
        """Adds the problems of the part at ``path``."""
        for problem in error.errors(include_url=False, include_input=False):
            self.count += 1
            if len(self._errors) < _MOST_REPORTED:
                self._errors.append(JsonError(reason(problem), (*path, *problem["loc"])))

    def invalid_document(self, file: BinaryIO) -> InvalidDocument:
        """The error that reports them."""
        lines = lines_of(file, [_present(error) for error in self._errors])
        problems = [
            {"path": json_path_text(error.path), "line": line, "reason": error.reason}
            for error, line in zip(self._errors, lines, strict=True)
        ]
        place, line, why = problems[0].values()
        return InvalidDocument(
            not_valid(described(f"{place} (line {line})", str(why)) + _and_more(self.count - 1)),
            path=place,
            line=line,
            problems=problems,
            problemCount=self.count,
        )


def invalid_json(error: JsonError, file: BinaryIO) -> InvalidDocument:
    """The error for a document whose JSON or structure is invalid."""
    (line,) = lines_of(file, [error])
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
