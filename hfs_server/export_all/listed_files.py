"""The files of a folder of exports: as its manifest lists them, and as this store left them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hfs_server.errors import DestinationExists, HfsError
from hfs_server.export_folder.files import FolderFiles, digest_of, regular_status
from hfs_server.export_folder.manifest import Entry, Manifest
from hfs_server.export_folder.names import MANIFEST, stem_in
from hfs_server.files.atomic import atomic_write
from hfs_server.files.destinations import not_writable
from hfs_server.store.shapes import ExportNote
from hfs_server.text import path_in_sentence

Notes = dict[str, ExportNote]


class ListedFiles:
    """The files of one folder; ``manifest`` and ``notes`` are changed with them."""

    def __init__(self, folder: Path, manifest: Manifest, notes: Notes) -> None:
        self._folder = folder
        self._manifest = manifest
        self._notes = notes
        self.content = FolderFiles(folder)
        self._names_by_stem: dict[str, list[str]] = {}
        for name in manifest.files:
            self._names_by_stem.setdefault(stem_in(name) or "", []).append(name)

    def of(self, stem: str) -> Sequence[str]:
        """The names that the manifest had at first for one session."""
        return self._names_by_stem.get(stem, ())

    def entry(self, name: str) -> Entry | None:
        """What the manifest says of a file."""
        return self._manifest.files.get(name)

    def is_current(self, name: str, mark: str) -> bool:
        """Whether nothing has changed: neither the session nor its file."""
        note, entry = self._notes.get(name), self.entry(name)
        if note is None or entry is None or (note.mark, note.digest) != (mark, entry.sha256):
            return False
        return self.is_as_left(name)

    def is_as_left(self, name: str) -> bool:
        """Whether this store wrote the file, and nobody has changed it since."""
        note, status = self._notes.get(name), regular_status(self._folder / name)
        if note is None or status is None:
            return False
        return (status.st_size, status.st_mtime_ns) == (note.size, note.mtime)

    def is_of_this_store(self, name: str, digest: str | None) -> bool:
        """Whether this store wrote what has this digest."""
        note = self._notes.get(name)
        return note is not None and note.digest == digest

    def digest(self, name: str) -> str | None:
        """The digest of a file, which is read unless it is as we left it.

        None if there is none, and empty if it cannot be read.
        """
        if self.is_as_left(name):
            return self._notes[name].digest
        if regular_status(self._folder / name) is None:
            return None
        try:
            return digest_of(self.content, name)[0]
        except HfsError:
            return ""

    def is_taken(self, name: str) -> bool:
        """Whether something that is not a regular file has this name."""
        path = self._folder / name
        return regular_status(path) is None and (path.is_symlink() or path.exists())

    def add(self, name: str, mark: str, entry: Entry) -> None:
        """Lists a file that has the session as the store has it."""
        self._manifest.files[name] = entry
        if (status := regular_status(self._folder / name)) is not None:
            self._notes[name] = ExportNote(mark, status.st_size, status.st_mtime_ns, entry.sha256)

    def add_found(self, name: str, like: Entry, digest: str) -> None:
        """Lists a file that stays although it is not what this store would write."""
        entry, status = self.entry(name), regular_status(self._folder / name)
        if status is not None and (entry is None or entry.sha256 != digest):
            self._manifest.files[name] = like.model_copy(
                update={"bytes": status.st_size, "sha256": digest}
            )
        self._notes.pop(name, None)

    def remove(self, name: str) -> None:
        """Removes a file. Raises DestinationNotWritable."""
        path = self._folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise not_writable(path, error) from None
        self._forget(name)

    def in_the_way(self, name: str) -> DestinationExists:
        """The error for a name that something else has."""
        where = path_in_sentence(self._folder / name)
        return DestinationExists(
            f"{where} is in the way, and hfs-server did not write it. Move it elsewhere."
        )

    def write_manifest(self) -> None:
        """Writes the manifest if it has changed. Raises DestinationNotWritable."""
        missing = [
            name
            for name in self._manifest.files
            if name not in self._notes and regular_status(self._folder / name) is None
        ]
        for name in missing:
            self._forget(name)
        path = self._folder / MANIFEST
        data = self._manifest.data()
        try:
            if regular_status(path) is not None and path.read_bytes() == data:
                return
        except OSError as error:
            raise not_writable(path, error) from None
        with atomic_write(path, overwrite=True) as file:
            file.write(data)
            file.commit(MANIFEST)

    def _forget(self, name: str) -> None:
        self._manifest.files.pop(name, None)
        self._notes.pop(name, None)
