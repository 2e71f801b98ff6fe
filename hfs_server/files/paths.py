"""Paths as people and editors write them: plain text in a setting, or a ``file:`` URI.

Text that does not name exactly one file is rejected: a guess would read, write or create
another one.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote_to_bytes

from hfs_server.text import require_unicode

_IS_WINDOWS = os.name == "nt"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_ANY_URI = re.compile(r"file:|[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_VARIABLE = re.compile(
    r"\$[{(]|(?:^|[/\\])(?:\$(?:env:)?[a-z_]\w*|%\w+%)(?:[/\\]|$)", re.IGNORECASE
)
_WINDOWS = re.compile(r"[a-z]:[/\\]|\\\\", re.IGNORECASE)

_FILE_URI = re.compile(r"file:(?://([^/?#\\]*)|(?!//))(/[^?#\\]*)", re.IGNORECASE)
_BAD_ESCAPE = re.compile(r"%(?![0-9a-f]{2})", re.IGNORECASE)
_DRIVE = re.compile(r"/[a-z]:(?=/|$)", re.IGNORECASE)
_HOST = re.compile(r"[\w.-]+", re.ASCII)


def path_from_text(text: object, is_folder: bool = False) -> Path:
    """The absolute path in a setting or an option, with ``~`` as the home folder.

    Raises ValueError with what was expected.
    """
    if not isinstance(text, str):
        raise ValueError("expected a path as text")
    problem = _problem_of(text)
    if problem is not None:
        raise ValueError(problem)
    if text.endswith(("/", os.sep)) and not is_folder:
        raise ValueError("expected the path of a file, not of a folder")
    path = os.path.expanduser(text)
    if path.startswith("~"):
        raise ValueError("expected a path whose home folder exists")
    try:
        return Path(os.path.abspath(path))
    except OSError:
        raise ValueError(
            "expected an absolute path, since the current folder no longer exists"
        ) from None


def _problem_of(text: str) -> str | None:
    if not text.strip():
        return "expected a path, not empty text"
    if text != text.strip():
        return "expected a path without leading or trailing whitespace"
    if _CONTROL.search(text):
        return "expected a path without control characters"
    if _ANY_URI.match(text):
        return "expected a plain path, such as /home/me/sessions.db, not a URI"
    if _VARIABLE.search(text):
        return "expected a path without variables; only ~ is expanded here"
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return "expected text that is a valid file name"
    if text == ":memory:":
        return "expected the path of a file; stores in memory are not supported"
    if _WINDOWS.match(text) and not _IS_WINDOWS:
        return "expected a path of this system, not a Windows path"
    return None


def path_from_uri(uri: object) -> Path:
    """The path that a ``file:`` URI names. Raises ValueError for anything else."""
    if not isinstance(uri, str):
        raise ValueError("expected a file: URI as text")
    found = _FILE_URI.fullmatch(uri)
    if found is None or _CONTROL.search(uri):
        raise ValueError(
            "expected a whole file: URI, such as file:///home/me/login.json, with #, ?, \\ and "
            "control characters percent-encoded"
        )
    if _BAD_ESCAPE.search(uri):
        raise ValueError("expected a file: URI with a literal % written as %25")
    host = "" if (found[1] or "").lower() == "localhost" else found[1] or ""
    path = _on_windows(host, found[2]) if _IS_WINDOWS else _on_posix(host, found[2])
    if "\0" in path:
        raise ValueError("expected a file: URI without a NUL character")
    if path.endswith(("/", os.sep)) and not os.path.isdir(path):
        raise ValueError("expected an existing folder, since the URI ends with a slash")
    return Path(path)


def _on_posix(host: str, encoded: str) -> str:
    if host:
        raise ValueError("expected a file: URI of this machine, without a host")
    # The exact bytes, which need not be UTF-8, regardless of the locale.
    return os.fsdecode(unquote_to_bytes(require_unicode(encoded)))


def _on_windows(host: str, encoded: str) -> str:
    """``/c%3A/notes`` as ``c:\\notes``, and a share of the host as ``\\\\host\\share``."""
    if host and not _HOST.fullmatch(host):
        raise ValueError("expected a file: URI of a local file or a shared folder")
    try:
        path = unquote_to_bytes(require_unicode(encoded)).decode()
    except UnicodeDecodeError:
        raise ValueError("expected a file: URI in UTF-8") from None
    drive = "" if host else path[1:3] if _DRIVE.match(path) else ""
    rest = path[len(drive) + 1 :] if drive else path
    if ":" in rest:
        raise ValueError("expected a file: URI without colons except after the drive")
    return ((f"//{host}" if host else drive) + rest).replace("/", "\\")
