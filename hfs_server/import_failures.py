"""Why a file could not be imported, in words."""

from __future__ import annotations

from pathlib import Path

from hfs_server.errors import HfsError, InvalidDocument, SourceNotReadable, os_reason
from hfs_server.importers.source_file import SourceFile
from hfs_server.internal_error import log_internal_error
from hfs_server.text import path_in_sentence


def reason_of(error: Exception, file: SourceFile) -> HfsError:
    """Why a file could not be read; a bug costs that file, and no other."""
    match error:
        case HfsError():
            return error
        case MemoryError():
            return InvalidDocument(
                f"{name_of(file)} contains a value too large for the available memory."
            )
        case OSError():
            return SourceNotReadable(f"It cannot be read: {os_reason(error)}.")
    log_internal_error(error)
    return InvalidDocument(
        f"It could not be read because of an error in hfs-server ({type(error).__name__}). Please "
        "report it."
    )


def name_of(file: SourceFile) -> str:
    """The file for the beginning of a sentence."""
    return path_in_sentence(file.path or Path(file.name)) if file.name else "The text"
