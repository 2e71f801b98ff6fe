"""Whether two paths name the same file, by any name."""

from __future__ import annotations

import os
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
    # Some file systems ignore the case of names.
    if path.name.casefold() != file.name.casefold():
        return False
    with suppress(OSError, ValueError):
        return os.path.samestat(os.stat(path.parent), os.stat(file.parent))
    return False
