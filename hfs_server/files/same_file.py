"""Whether two paths name the same file, by any name, or one that is kept beside it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_BESIDE = re.compile(
    r"-(?:wal|shm|journal|mj[0-9a-f]*|import-[0-9a-f]*|exports-[0-9a-f]*)", re.IGNORECASE
)
"""What SQLite and hfs-server add to the name of a database, for files that they replace or remove
without asking: logs and journals, also of several databases, locks of imports, and unfinished
files. Their digits are random."""


def is_one_of(path: Path, files: Sequence[Path]) -> bool:
    """Whether ``path`` names one of ``files``, or one that is kept beside it, or would if it
    existed.
    """
    return any(_is_same(path, file) for file in files)


def _is_same(path: Path, file: Path) -> bool:
    with suppress(OSError, ValueError):
        if os.path.samestat(os.stat(path), os.stat(file)):
            return True
    # Some file systems ignore the case of names, and how their letters are composed.
    if not _is_name_of(_folded(path.name), _folded(file.name)):
        return False
    with suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path.parent), os.stat(file.parent))
    with suppress(OSError, ValueError):
        # Neither folder need exist yet.
        return _folded(os.path.realpath(path.parent)) == _folded(os.path.realpath(file.parent))
    return False


def _is_name_of(name: str, file: str) -> bool:
    rest = name.removeprefix(file)
    return not rest or (name.startswith(file) and _BESIDE.fullmatch(rest) is not None)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
