"""The use case of a check: what an import of a file would reject or warn of, and where.

The rule not to break: rules and words are those of the importers, which read the file here as they
do for an import; only the places are looked up afterwards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from hfs_server.errors import HfsError, UnsupportedVersion
from hfs_server.export import migrate_export
from hfs_server.importers import HFS_JSON, Importer, recognize
from hfs_server.importers.foreign import ForeignSession, line_skipped
from hfs_server.importers.hfs_json.problems import Problems
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.source_file import SourceFile, source_of
from hfs_server.session import SessionSource, is_older
from hfs_server.strict_json.errors import JsonError, JsonPath, json_path_text
from hfs_server.strict_json.lines import lines_of
from hfs_server.validation import MISSING, described

MOST_PROBLEMS = 200
"""How many problems of a file are reported, and how many warnings."""

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_VERSION: JsonPath = ("metadata", "schema_version")


class Problem(NamedTuple):
    """What an import would reject or warn of; its place is ``error``, else ``line``, from 1."""

    message: str
    is_error: bool
    error: JsonError | None = None
    line: int | None = None
    is_missing: bool = False
    """Whether the last key of the path is not there."""
    is_of_syntax: bool = False
    """Whether it is about where the text stops being JSON."""


class Check(NamedTuple):
    """The result of a check."""

    problems: Sequence[Problem]
    total: int
    """How many problems and warnings there are, of which ``problems`` has the first."""
    migrates_to: str | None = None
    """The schema version to which an import migrates the document; None if it stays."""


def recognized(file: SourceFile) -> Importer | None:
    """The importer of a file with JSON that is a session, in whichever tool's format.

    Of a file with records of several tools, the importer of export documents, which rejects it.
    """
    if file.head.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        found = recognize(file)
        if found is None and _SURROGATE.search(file.head):
            # Strict JSON has no lone surrogates, so nothing was read of it.
            found = recognize(source_of(_SURROGATE.sub(rb"\\ufffd", file.head)))
    except HfsError:
        return HFS_JSON
    return found[0] if found else None


def check_file(file: SourceFile, importer: Importer) -> Check:
    """Checks a file. ``file.on_read`` may raise to end it."""
    try:
        recognize(file)
    except HfsError as error:
        return Check([Problem(error.message, is_error=True)], 1)
    return _check_document(file) if importer is HFS_JSON else _check_foreign(file, importer)


def lines_in(file: SourceFile, problems: Sequence[Problem]) -> list[int | None]:
    """The line of each problem, from 1; None if it has no place. Reads the file once more."""
    errors = [problem.error for problem in problems if problem.error is not None]
    missing = {problem.error for problem in problems if problem.is_missing}
    present = [
        JsonError(each.reason, each.path[:-1] if each in missing else each.path, each.occurrence)
        for each in errors
    ]
    with file.open() as content:
        lines = iter(lines_of(content, present) if present else ())
    return [problem.line if problem.error is None else next(lines) for problem in problems]


def migrated_text(text: str) -> str | None:
    """The export document in the schema version that an import gives it; None if it is invalid."""
    try:
        document = json.loads(text)
        whole = document if isinstance(document, dict) else {"messages": document}
        migrated = migrate_export(whole)
    except (ValueError, RecursionError):
        return None
    return json.dumps(migrated, indent=2, ensure_ascii=False) + "\n"


def _check_document(file: SourceFile) -> Check:
    problems = Problems(MOST_PROBLEMS, _no_lines)
    reader: DocumentReader | None = None
    failure: HfsError | None = None
    with file.open() as content:
        try:
            reader = DocumentReader(content, file.on_read, problems=problems)
            for _ in reader.batches():
                pass
        except HfsError as error:
            failure = error
    found = [_problem(error) for error in problems.errors]
    if failure is not None and not found:
        found = [Problem(failure.message, True, JsonError("", _path_of(failure)))]
    count = max(problems.count, len(found))
    migrates_to = None
    if reader is not None:
        places = reader.times.places
        found += [Problem(words, False, JsonError("", path)) for path, words in places]
        count += reader.times.count
        if failure is None and is_older(reader.schema_version, reader.header.schema_version):
            migrates_to = reader.header.schema_version
    return Check(found, count, migrates_to)


def _problem(error: JsonError) -> Problem:
    path = json_path_text(error.path)
    message = described(path, error.reason) if path else error.reason
    is_deep = error.reason.startswith("nested deeper")
    return Problem(
        f"{message if path else message[:1].upper() + message[1:]}.",
        is_error=True,
        error=error,
        is_missing=error.reason == MISSING,
        is_of_syntax=is_deep or not error.path,
    )


def _path_of(failure: HfsError) -> JsonPath:
    """Only metadata are rejected without a JsonError."""
    is_version = isinstance(failure, UnsupportedVersion) or failure.data.get("path") == (
        json_path_text(_VERSION)
    )
    return _VERSION if is_version else _VERSION[:1]


def _no_lines(_: BinaryIO, errors: Sequence[JsonError]) -> list[int]:
    """Lines for an error that is not shown: finding them would read the file again."""
    return [1] * len(errors)


def _check_foreign(file: SourceFile, importer: Importer) -> Check:
    found: list[Problem] = []
    count = 0
    try:
        for source in importer.sessions(file):
            try:
                for _ in source.batches():
                    pass
            except HfsError as error:
                found.append(_failure(error))
            else:
                found += _warnings(source)
            count, found = count + max(0, len(found) - MOST_PROBLEMS), found[:MOST_PROBLEMS]
    except HfsError as error:
        found.append(_failure(error))
    return Check(found, count + len(found))


def _failure(error: HfsError) -> Problem:
    line = error.data.get("line")
    return Problem(error.message, True, line=line, is_of_syntax=line is None)


def _warnings(source: SessionSource) -> list[Problem]:
    if not isinstance(source, ForeignSession):
        return [Problem(words, False) for words in source.warnings]
    lines = [Problem(line_skipped(line), False, line=line) for line in source.lines_skipped]
    return [*(Problem(words, False) for words in source.warnings_without_lines), *lines]
