"""An export of all sessions to a zip archive: a folder that is packed.

The rule not to break: the same files give the same bytes, and the archive is replaced in one step.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from hfs_server.errors import DestinationExists, HfsError
from hfs_server.export_folder.files import (
    ExportFiles,
    FolderFiles,
    digest_of,
    regular_status,
)
from hfs_server.export_folder.manifest import Manifest
from hfs_server.export_folder.names import MANIFEST, stem_of_state
from hfs_server.files.atomic import AtomicFile
from hfs_server.store.shapes import ExportNote
from hfs_server.text import path_in_sentence

ARCHIVE = ""
"""The name of the archive itself among the notes."""

_PIECE_BYTES = 1 << 20
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_PRIVATE = 0o100600 << 16
_UNIX = 3


def check_only_exports(files: ExportFiles, manifest: Manifest | None) -> Manifest:
    """The manifest of an archive. Raises DestinationExists if it has files of others."""
    others = {name for name in files.names() if stem_of_state(name) is None}
    if manifest is None or not others <= {*manifest.files, MANIFEST}:
        raise DestinationExists(
            f"{path_in_sentence(files.path)} has other files than an export of hfs-server. Choose "
            "another destination."
        )
    return manifest


def unpack(
    files: ExportFiles,
    manifest: Manifest,
    notes: dict[str, ExportNote],
    folder: Path,
    check: Callable[[], None],
) -> None:
    """Unpacks the files that the manifest lists, and states; a damaged one is left out.

    The notes then are about the files in ``folder``. ``check`` raises to stop it.
    """
    states = [name for name in files.names() if stem_of_state(name)]
    for name in sorted((*manifest.files, *states)):
        check()
        path = folder / name
        note = notes.pop(name, None)
        try:
            with files.open(name) as source, path.open("xb") as target:
                while piece := source.read(_PIECE_BYTES):
                    target.write(piece)
        except HfsError:
            path.unlink(missing_ok=True)
            continue
        if note is not None and digest_of(FolderFiles(folder), name)[0] == note.digest:
            status = path.stat()
            notes[name] = note._replace(size=status.st_size, mtime=status.st_mtime_ns)


def pack(folder: Path, target: AtomicFile, check: Callable[[], None]) -> None:
    """Writes the archive: the manifest first, then the files in the order of their names."""
    stream = cast(BinaryIO, _Stream(target))
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        others = sorted(path.name for path in folder.iterdir() if path.name != MANIFEST)
        for name in (MANIFEST, *others):
            check()
            status = regular_status(folder / name)
            if status is not None:
                _add(archive, folder / name, status.st_size)


def _add(archive: zipfile.ZipFile, path: Path, size: int) -> None:
    info = zipfile.ZipInfo(path.name, _EARLIEST)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = _UNIX
    info.external_attr = _PRIVATE
    info.file_size = size
    with path.open("rb") as source, archive.open(info, "w") as target:
        while piece := source.read(_PIECE_BYTES):
            target.write(piece)


class _Stream:
    """What zipfile writes to; it cannot seek, so that the archive is written once."""

    def __init__(self, target: AtomicFile) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        """Appends ``data``."""
        self._target.write(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing: committing does so."""
