"""What a store remembers of folders that it was exported to, in a file beside it.

The rule not to break: it only saves work. Without it, or with one that another program changed,
an export reads more and writes the same.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from hfs_server.store.shapes import ExportNote

_SUFFIX = "-exports"
_VERSION = 1
_MOST_FOLDERS = 20
_MOST_BYTES = 512 << 20
_TOKEN_BYTES = 8
_TEMPORARY = re.compile(f"-[0-9a-f]{{{2 * _TOKEN_BYTES}}}")


def export_notes_file(path: Path) -> Path:
    """The file of the store at ``path``, whether it exists or not."""
    return Path(os.path.realpath(path) + _SUFFIX)


def read_notes(path: Path, destination: str) -> dict[str, ExportNote]:
    """What is remembered of a destination, by the names of its files."""
    found = _read(export_notes_file(path)).get(destination)
    notes = {}
    for name, values in found.items() if isinstance(found, dict) else ():
        if isinstance(values, list) and [type(each) for each in values] == [str, int, int, str]:
            notes[name] = ExportNote(*values)
    return notes


def write_notes(path: Path, destination: str, notes: Mapping[str, ExportNote]) -> None:
    """Remembers a destination; the last 20 are remembered. A failure is ignored."""
    file = export_notes_file(path)
    folders = _read(file)
    folders.pop(destination, None)
    folders[destination] = dict(sorted(notes.items()))
    for oldest in list(folders)[:-_MOST_FOLDERS]:
        del folders[oldest]
    text = json.dumps({"version": _VERSION, "folders": folders}, separators=(",", ":"))
    temporary = Path(f"{file}-{secrets.token_hex(_TOKEN_BYTES)}")
    _remove_unfinished(file)
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as written:
            written.write(text)
        temporary.replace(file)
    except OSError:
        with suppress(OSError):
            temporary.unlink()


def _remove_unfinished(file: Path) -> None:
    """Removes what killed processes left.

    One may still be written: of two processes that have read the same notes, what one of them
    adds is lost anyway.
    """
    with suppress(OSError):
        for name in os.listdir(file.parent):
            if name.startswith(file.name) and _TEMPORARY.fullmatch(name, len(file.name)):
                with suppress(OSError):
                    file.with_name(name).unlink()


def _read(file: Path) -> dict[str, object]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return {}
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or found.get("version") != _VERSION:
        return {}
    folders = found.get("folders")
    return folders if isinstance(folders, dict) else {}
