"""How a file of a folder of exports compares with what the store has of its session.

A trial of an import answers it, so that an import of the file does what is said here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, Literal, NamedTuple

from hfs_server.errors import HfsError
from hfs_server.export_folder.names import stem_in, stem_of
from hfs_server.import_session import import_file
from hfs_server.import_work import STORE_ERRORS
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import SavedSession
from hfs_server.store import Store
from hfs_server.store.shapes import ImportRules

Relation = Literal["same", "less", "more", "apart", "invalid"]
"""The file, seen from the store: it has the same, less, more, or something else each, or it is not
a file of the session of its name."""

_TRIAL = ImportRules(is_trial=True)


class ComparedFile(NamedTuple):
    """A file, and the session in it."""

    relation: Relation
    saved: SavedSession | None = None

    @property
    def has_other_messages(self) -> bool:
        """Whether messages that the store has are others in the file."""
        return self.saved is not None and self.saved.changes_stored

    def is_same_as(self, session_id: int) -> bool:
        """Whether it has the session of this id, which is a version of several."""
        return (
            self.relation == "same"
            and self.saved is not None
            and self.saved.stored_id == session_id
        )


async def compare_file(store: Store, open_file: Callable[[], BinaryIO], name: str) -> ComparedFile:
    """Compares the file of this name. Raises the store's errors."""
    try:
        report = await import_file(
            store, SourceFile(open_file, name), _TRIAL, IMPORTABLE_TOOL, is_exchange=True
        )
    except STORE_ERRORS:
        raise
    except HfsError:
        return ComparedFile("invalid")
    if len(report.sessions) != 1 or stem_of(report.sessions[0].identity) != stem_in(name):
        return ComparedFile("invalid")
    (saved,) = report.sessions
    if saved.status == "unchanged":
        return ComparedFile("less" if saved.lacks_stored else "same", saved)
    return ComparedFile("more" if saved.status == "updated" else "apart", saved)


IMPORTABLE_TOOL = "hfs"
"""Exports are documents of HFS."""
