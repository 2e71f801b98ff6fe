"""Whether two paths name the same file, by any name."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path


def is_one_of(path: Path, files: Sequence[Path]) -> bool:
    """Whether ``path`` names one of ``files``, or would if it existed."""
    return any(_is_same(path, file) for file in files)


def _is_same(path: Path, file: Path) -> bool:
    with suppress(OSError, ValueError):
        if os.path.samestat(os.stat(path), os.stat(file)):
            return True
    # Some file systems ignore the case of names, and how their letters are composed.
    if _folded(path.name) != _folded(file.name):
        return False
    with suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path.parent), os.stat(file.parent))
    with suppress(OSError, ValueError):
        # Neither folder need exist yet.
        return _folded(os.path.realpath(path.parent)) == _folded(os.path.realpath(file.parent))
    return False


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
