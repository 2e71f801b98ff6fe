"""Where exports go: a file, or a folder in which a free name is found.

A destination is checked before any work begins: links, devices and the store's own files are
never replaced.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

from hfs_server.errors import MAY_OVERWRITE, DestinationExists, DestinationNotWritable, os_reason
from hfs_server.files.same_file import is_one_of
from hfs_server.text import path_in_sentence, path_text


def check_destination(path: Path, store_files: Sequence[Path], *, overwrite: bool) -> None:
    """Raises DestinationExists or DestinationNotWritable if no export may be written there."""
    try:
        _check(path, store_files, overwrite=overwrite)
    except (OSError, ValueError) as error:
        raise not_writable(path, error) from None


def make_folder(path: Path, store_files: Sequence[Path]) -> None:
    """Creates a folder and its parents for their owner only. Raises DestinationNotWritable, before
    anything is created if one of them has the name of a file of the store.
    """
    try:
        for folder in (path, *path.parents):
            if is_one_of(folder, store_files):
                raise _irreplaceable(folder, "it belongs to the store")
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=0o700, exist_ok=True)
            make_private(folder, 0o700)
        path.mkdir(exist_ok=True)
    except (OSError, ValueError) as error:
        raise not_writable(path, error) from None


def make_private(path: Path, mode: int) -> None:
    """Sets the mode regardless of the umask; some file systems have no modes."""
    with suppress(OSError):
        path.chmod(mode)


def numbered(path: Path) -> Iterator[Path]:
    """``name.md``, ``name_2.md``, ``name_3.md`` and so on."""
    yield path
    for number in count(2):
        yield path.with_name(f"{path.stem}_{number}{path.suffix}")


def not_writable(path: Path, error: OSError | ValueError) -> DestinationNotWritable:
    """The error for a destination that the operating system rejects."""
    return DestinationNotWritable(
        f"Cannot write {path_in_sentence(path)}: {os_reason(error)}. Choose another destination.",
        file=path_text(path),
    )


def destination_exists(path: Path) -> DestinationExists:
    """The error for a destination that must not be overwritten."""
    return DestinationExists(
        f"{path_in_sentence(path)} already exists.{MAY_OVERWRITE}",
        file=path_text(path),
    )


def _check(path: Path, store_files: Sequence[Path], *, overwrite: bool) -> None:
    if not path.parent.is_dir():
        raise DestinationNotWritable(
            f"The folder {path_in_sentence(path.parent)} does not exist. Create it or choose "
            "another destination.",
            file=path_text(path),
        )
    if is_one_of(path, store_files):
        raise _irreplaceable(path, "it belongs to the store")
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if path.is_dir():
        return
    if not stat.S_ISREG(mode):
        raise _irreplaceable(path, "it is not a regular file")
    if not overwrite:
        raise destination_exists(path)


def _irreplaceable(path: Path, why: str) -> DestinationNotWritable:
    return DestinationNotWritable(
        f"An export cannot replace {path_in_sentence(path)}: {why}. Choose another destination.",
        file=path_text(path),
    )
