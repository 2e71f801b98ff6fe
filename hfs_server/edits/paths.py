"""Paths of files as tools wrote them, on any system, and which name the same file.

The rule not to break: nothing here reads the disk but ``asked_file``; a path of Windows is read
as one everywhere.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_URI = re.compile(r"(?:file|vscode-remote|vscode-local)://[^/]*(/[^?#]*)", re.IGNORECASE)
_URI_DRIVE = re.compile(r"/[A-Za-z]:/")
_LEAST_TAIL = 2

Parts = tuple[str, ...]
"""The components of a path, as they are compared."""


class Match(IntEnum):
    """How surely a path names the file that was asked for."""

    NONE = 0
    LIKELY = 1
    """It is at the same place below the project, or its end is the same."""
    SAME = 2
    """It is the same path, or that below a project of the same name."""


class AskedFile(NamedTuple):
    """A file of which the sessions are asked."""

    names: tuple[Parts, ...]
    """Its path, and that without symbolic links."""
    root: int | None = None
    """How many components its repository has; None if it is in none."""
    paths: tuple[str, ...] = ()
    """The same as they are written."""

    @property
    def folder(self) -> str | None:
        """The name of its folder, which no match can lack; None if it may have another one."""
        if self.root is not None and any(len(name) == self.root + 1 for name in self.names):
            return None
        folders = {folder_of(name) for name in self.names}
        return folders.pop() if len(folders) == 1 else None

    @property
    def name(self) -> str:
        """Its name, as it is compared."""
        return self.names[0][-1] if self.names[0] else ""


def asked_file(path: Path) -> AskedFile:
    """The file at an absolute path, which need not exist."""
    paths = tuple(dict.fromkeys((str(path), os.path.realpath(path))))
    names = tuple(dict.fromkeys(map(parts_of, paths)))
    roots = (folder for folder in path.parents if os.path.lexists(folder / ".git"))
    root = next((len(parts_of(str(folder))) for folder in roots), None)
    return AskedFile(names, root, paths)


def joined(folder: str, path: str) -> str:
    """The path, which starts from a folder unless it is absolute; without "." and ".."."""
    path = _plain(path)
    flavour = ntpath if _WINDOWS.match(path) or _WINDOWS.match(folder) else posixpath
    if folder and not is_absolute(path):
        path = flavour.join(folder, path)
    return flavour.normpath(path) if path else ""


def is_absolute(path: str) -> bool:
    """Whether a path starts from no folder."""
    return path.startswith(("/", "~")) or _WINDOWS.match(path) is not None


@lru_cache(maxsize=4096)
def parts_of(path: str) -> Parts:
    """The components of a path; the case of letters does not count, as on most systems."""
    path = unicodedata.normalize("NFC", path).casefold()
    if _WINDOWS.match(path):
        path = path.replace("\\", "/")
    return tuple(part for part in path.split("/") if part not in ("", ".", "~"))


def folder_of(parts: Parts) -> str:
    """The name of the folder that a file is in, as it is compared; "" if it is not known."""
    return parts[-2] if len(parts) > 1 else ""


def match(asked: AskedFile, path: str, directory: str) -> Match:
    """Whether a path that a session in a directory used names the file."""
    parts, folder = parts_of(path), parts_of(directory)
    if not parts or not asked.name:
        return Match.NONE
    if is_absolute(path) and parts in asked.names:
        return Match.SAME
    inside: Parts = () if folder or is_absolute(path) else parts
    if folder and parts[: len(folder)] == folder:
        inside = parts[len(folder) :]
    return max(_elsewhere(asked, name, parts, folder, inside) for name in asked.names)


def _elsewhere(asked: AskedFile, name: Parts, parts: Parts, folder: Parts, inside: Parts) -> Match:
    """Whether the path names the file in a project that was moved, or in another copy of it."""
    below = name[asked.root :] if asked.root else ()
    if inside and folder and _ends(name, (folder[-1], *inside)):
        return Match.SAME
    if asked.root and _ends(parts, name[asked.root - 1 :]):
        return Match.SAME
    if below and (inside == below or (len(below) >= _LEAST_TAIL and _ends(parts, below))):
        return Match.LIKELY
    tail = _common_tail(name, parts)
    return Match.LIKELY if tail >= _LEAST_TAIL and not below else Match.NONE


def _ends(parts: Parts, tail: Parts) -> bool:
    return parts[-len(tail) :] == tail


def _common_tail(parts: Parts, others: Parts) -> int:
    count = 0
    for part, other in zip(reversed(parts), reversed(others), strict=False):
        if part != other:
            break
        count += 1
    return count


def _plain(path: str) -> str:
    """The path of a URI; any other path as it is."""
    if found := _URI.match(path):
        path = unquote(found[1])
        return path[1:] if _URI_DRIVE.match(path) else path
    return path.strip()
