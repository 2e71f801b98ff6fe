"""Files for editors in the package, copied to where an editor reads them, again after an upgrade.

The rule not to break: a file that its user has changed is not overwritten unless that is asked for.
What was copied is known by a manifest in the folder, which has a checksum of each file.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from hfs_server.errors import DestinationExists, DestinationNotWritable
from hfs_server.files.atomic import atomic_write
from hfs_server.files.destinations import not_writable
from hfs_server.files.sources import open_source
from hfs_server.text import path_in_sentence, path_text

PACKAGED = Path(__file__).parent / "editors"
"""What the package has for editors, a folder for each."""

MANIFEST = ".hfs-server.json"

_TAGS = "tags"
"""What Neovim makes of help."""

_COMPILED = ".elc"
"""What Emacs makes of Lisp, and prefers to it even if it is older."""

_MOST_BYTES = 1 << 20
"""A larger file is none of the package's, and not read."""

_NAME = re.compile(r"(?=.{1,200}$)(?:[\w-][\w.-]*/)*[\w-][\w.-]*", re.ASCII)
"""The names of files of the package; each lies in the folder. A manifest could have been edited."""


class State(StrEnum):
    """How a file in the folder compares with that of the package."""

    MISSING = "new"
    CURRENT = "unchanged"
    OUTDATED = "updated"
    """As an earlier version of the package had it."""
    CHANGED = "overwritten"
    """By its user, or by another program."""
    OBSOLETE = "removed"
    """Copied from an earlier version of the package, which still had it."""


def compare(source: Path, folder: Path) -> dict[str, State]:
    """The state of each file of ``source`` in ``folder``. Raises OSError and SourceNotReadable."""
    copied = _copied(folder)
    states = {}
    for name, content in files_of(source).items():
        states[name] = _state(folder / name, content, copied.get(name))
    for name, checksum in copied.items():
        if name not in states and _checksum_at(folder / name) == checksum:
            states[name] = State.OBSOLETE
    return states


def install(source: Path, folder: Path, *, force: bool) -> dict[str, State]:
    """Copies what is new or outdated; returns what the state of each file was.

    Raises DestinationExists, before anything is written, if files were changed and ``force`` is
    false; DestinationNotWritable, also before that, if a file cannot be put there; and
    SourceNotReadable.
    """
    if os.path.realpath(folder) == os.path.realpath(source):
        return dict.fromkeys(files_of(source), State.CURRENT)
    _check_folder(folder)
    try:
        states = compare(source, folder)
    except OSError as error:
        raise not_writable(folder, error) from None
    contents = files_of(source)
    checksums = {name: _checksum(content) for name, content in contents.items()}
    manifest = json.dumps(checksums, indent=1).encode()
    _check_places(folder, states, manifest)
    changed = [name for name, state in states.items() if state is State.CHANGED]
    if changed and not force:
        raise _changed(folder, changed)
    for name, state in states.items():
        _put(folder / name, state, contents.get(name, b""))
    _write(folder / MANIFEST, manifest)
    return states


def files_of(source: Path) -> dict[str, bytes]:
    """The files below a folder, by their paths with slashes; without what editors make of them."""
    paths = (path for path in sorted(source.rglob("*")) if path.is_file())
    return {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in paths
        if path.name != _TAGS and path.suffix != _COMPILED
    }


def _state(path: Path, content: bytes, copied: str | None) -> State:
    found = _checksum_at(path)
    if found == _checksum(content):
        return State.CURRENT
    if found is None and not path.is_symlink():
        return State.MISSING
    return State.OUTDATED if found == copied and not path.is_symlink() else State.CHANGED


def _put(path: Path, state: State, content: bytes) -> None:
    try:
        if state is State.OBSOLETE or (path.is_symlink() and state is State.CHANGED):
            path.unlink()
    except OSError as error:
        raise not_writable(path, error) from None
    if state is not State.CURRENT:
        with suppress(OSError):
            path.with_suffix(_COMPILED).unlink()
    if state in (State.MISSING, State.OUTDATED, State.CHANGED):
        _write(path, content)


def _write(path: Path, content: bytes) -> None:
    if _content(path) == content:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_writable(path.parent, error) from None
    with atomic_write(path, overwrite=True) as file:
        file.write(content)
        file.commit(path.name)
    # A plugin is no secret: root may install it for others.
    with suppress(OSError):
        path.chmod(0o644)


def _check_folder(folder: Path) -> None:
    """Raises DestinationNotWritable if something other than a folder is in its place."""
    found = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not os.path.exists(found):
        raise _unusable(found, "the link leads nowhere")
    if not os.path.isdir(found):
        raise _unusable(found, "it is not a folder")


def _check_places(folder: Path, states: Mapping[str, State], manifest: bytes) -> None:
    """Raises DestinationNotWritable if a file cannot be put where it belongs."""
    for path in (folder / name for name, state in states.items() if state is not State.CURRENT):
        _check_parents(folder, path.relative_to(folder))
        if os.path.lexists(path) and not (path.is_symlink() or path.is_file()):
            raise _unusable(path, "it is not a regular file")
    path = folder / MANIFEST
    is_regular = path.is_file() and not path.is_symlink()
    if os.path.lexists(path) and not is_regular and _content(path) != manifest:
        raise _unusable(path, "it is not a regular file")


def _check_parents(folder: Path, name: Path) -> None:
    _check_folder((folder / name).parent)
    real = Path(os.path.realpath(folder))
    for each in reversed(name.parents):
        # Not is_symlink: Windows has other links to folders, too.
        if Path(os.path.realpath(folder / each)) != real / each:
            raise _unusable(folder / each, "it is a link")


def _unusable(path: Path, why: str) -> DestinationNotWritable:
    return DestinationNotWritable(
        f"Cannot write {path_in_sentence(path)}: {why}. Remove it, or choose another folder.",
        file=path_text(path),
    )


def _copied(folder: Path) -> Mapping[str, str]:
    """The checksums of the files that were copied; none if that is not known."""
    with suppress(ValueError, RecursionError):
        found = json.loads(_content(folder / MANIFEST) or b"")
        if isinstance(found, dict):
            return dict(_valid(found))
    return {}


def _valid(found: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name, checksum in found.items():
        if _NAME.fullmatch(name) and isinstance(checksum, str) and checksum:
            yield name, checksum


def _checksum_at(path: Path) -> str | None:
    """None if nothing is there; "" for what cannot be a file of the package."""
    content = _content(path)
    if content is not None:
        return _checksum(content)
    return "" if path.exists() else None


def _content(path: Path) -> bytes | None:
    """None if it is not a regular file, or too large. Raises OSError and SourceNotReadable."""
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    with open_source(path) as file:
        return file.read(_MOST_BYTES)


def _checksum(content: bytes) -> str:
    # An editor of Windows, or Git, may have changed the ends of the lines only.
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()


def _changed(folder: Path, names: list[str]) -> DestinationExists:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    listed = ", ".join(names[:3]) + more
    return DestinationExists(
        f"Files in {path_in_sentence(folder)} were changed, or are not of hfs-server: {listed}. "
        "Nothing was written.",
        file=str(folder),
    )
