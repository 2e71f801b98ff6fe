"""Which changed paths are files of sessions, by the globs of their importers.

The rule not to break: what ``import_sources.found_in`` finds below a folder matches here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from hfs_server.importers import IMPORTERS
from hfs_server.importers.places import Places

_BESIDE = ("-wal", "-journal")
"""What SQLite writes before it writes to the database itself."""


class Glob(NamedTuple):
    """Files of a tool: those below ``root`` whose path from there matches."""

    tool: str
    root: Path
    is_deep: bool
    """Whether they may lie in folders below ``root``."""
    regex: re.Pattern[str]

    def match(self, root: str, path: str) -> Path | None:
        """The file that changed with ``path``, which lies below ``root``; None for any other."""
        if not path.startswith(root + os.sep):
            return None
        below = path[len(root) + 1 :]
        for end in ("", *_BESIDE):
            name = below.removesuffix(end) if end else below
            if (not end or name != below) and self.regex.fullmatch(name.replace(os.sep, "/")):
                return self.root / name
        return None

    def files_in(self, root: str, folder: str) -> Iterator[Path]:
        """The files that exist in a folder, at any depth."""
        if self.is_deep and folder.startswith(root + os.sep):
            for parent, _, names in os.walk(folder):
                found = (self.match(root, os.path.join(parent, name)) for name in names)
                yield from filter(None, found)


def globs_of(tools: Collection[str], places: Places) -> list[Glob]:
    """The globs of these tools on this machine, which may depend on what exists."""
    return [
        _glob(importer.tool, folder, pattern)
        for importer in IMPORTERS
        if importer.tool in tools
        for folder in dict.fromkeys(importer.folders(places))
        for pattern in importer.patterns
    ]


@cache
def _glob(tool: str, folder: Path, pattern: str) -> Glob:
    parts = pattern.split("/")
    fixed = [*takewhile(lambda part: not set(part) & set("*?"), parts[:-1])]
    rest = parts[len(fixed) :]
    regex = "".join(map(_regex, rest)).removesuffix("/")
    flags = re.IGNORECASE if os.name == "nt" else re.NOFLAG
    return Glob(tool, folder.joinpath(*fixed), len(rest) > 1, re.compile(regex, flags))


def _regex(part: str) -> str:
    if part == "**":
        return "(?:[^/]+/)*"
    return re.escape(part).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") + "/"
