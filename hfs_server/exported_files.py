"""The files of an export that an import must find: those that a manifest lists, or that are named
as such files are.

The rule not to break: a session of an export is imported, or its file is named as a failure.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePath

from hfs_server.errors import HfsError, InvalidDocument, SourceNotReadable
from hfs_server.export_folder.files import ExportFiles, manifest_of
from hfs_server.export_folder.manifest import Entry, Manifest
from hfs_server.export_folder.names import (
    MANIFEST,
    state_name_of_stem,
    stem_in,
    stem_of,
    stem_of_state,
)
from hfs_server.export_folder.states import State
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import SavedSession

ListedExports = dict[tuple[Path, str], Entry]
"""What manifests say of files, by the path of the folder or the archive and the name in it."""

_SUFFIX = ".json"
_PIECE_BYTES = 1 << 20
_CONFLICT = b"<<<<<<< "
_REPAIR = (
    "Restore it from a backup or with Git, or delete it and export again on a machine that has its "
    "session."
)


def is_export(file: SourceFile) -> bool:
    """Whether a file has the name of an exported session that can be imported."""
    name = PurePath(file.name)
    return name.suffix == _SUFFIX and stem_in(name.name) is not None


def is_beside_exports(name: str) -> bool:
    """Whether a file in a folder or an archive has the name of a manifest or a state."""
    last = os.path.basename(name)  # A path takes ten times as long (benchmark row 15).
    return last == MANIFEST or stem_of_state(last) is not None


def damaged_export(file: SourceFile) -> InvalidDocument:
    """The error for a file of an export that is of no known format, with what to do."""
    return InvalidDocument(f"{_damage(file) or 'The export of a session is damaged.'} {_REPAIR}")


def with_repair(file: SourceFile, error: HfsError) -> HfsError:
    """The error for any file; that of an invalid export with what to do."""
    if not isinstance(error, InvalidDocument) or not is_export(file):
        return error
    return InvalidDocument(f"{_damage(file) or error.message} {_REPAIR}", **error.data)


def _damage(file: SourceFile) -> str | None:
    """What is wrong with a file, if that is seen at its beginning."""
    try:
        head = file.head
    except HfsError:
        return None
    if not head.strip():
        return "The export of a session is empty."
    return "Git left a conflict in the export of a session." if _CONFLICT in head else None


def read_listed(
    files: ExportFiles, there: Collection[str], states: Mapping[str, State]
) -> tuple[ListedExports, list[tuple[str, HfsError]]]:
    """The files that the manifest lists; and those of them that are not ``there``, or the manifest
    if it cannot be read, by their names; ``states`` say which sessions were deleted.
    """
    try:
        manifest = manifest_of(files)
    except HfsError as error:
        return {}, [(MANIFEST, error)]
    if manifest is None:
        return {}, []
    listed = {(files.path, name): entry for name, entry in manifest.files.items()}
    return listed, [*_missing(manifest, files, there, states)]


def is_unlike_listed(file: SourceFile, entry: Entry, saved: SavedSession) -> bool:
    """Whether something was imported from a file that is not the one that the manifest lists.

    A file that has more messages is a newer export: the manifest follows after all files, and so
    is older if an export was interrupted, or if a folder is being copied.
    """
    if saved.status == "skipped" or (saved.status == "unchanged" and not saved.lacks_stored):
        return False
    found, listed = saved.message_count, entry.messages
    if not saved.lacks_stored and (found, saved.checkpoint_count) > (listed, entry.checkpoints):
        return False
    digest = hashlib.sha256()
    try:
        with file.open_original() as content:
            while piece := content.read(_PIECE_BYTES):
                # Git may have given its lines the ends of Windows. No value has such a character.
                digest.update(piece.replace(b"\r", b""))
    except HfsError:
        return False
    return digest.hexdigest() != entry.sha256


def _missing(
    manifest: Manifest, files: ExportFiles, there: Collection[str], states: Mapping[str, State]
) -> Iterator[tuple[str, HfsError]]:
    if manifest.export.get("format") != _SUFFIX[1:]:
        return
    kept = {stem_of(identity) for identity, state in states.items() if state.is_kept}
    names = files.names()
    for name in sorted(manifest.files.keys() - set(there)):
        stem = stem_in(name) or ""
        # An export that was killed has removed the file of a deleted session, but lists it still.
        if stem in kept or state_name_of_stem(stem) not in names:
            why = "is not a regular file" if name in names else "is missing"
            yield (
                name,
                SourceNotReadable(
                    f"The manifest lists this file, but it {why}. {_REPAIR}", file=name
                ),
            )
