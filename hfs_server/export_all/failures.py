"""Why a session could not be exported, in words."""

from __future__ import annotations

from pathlib import Path

from hfs_server.errors import HfsError, StoreBusy, StoreTooNew, StoreUnusable
from hfs_server.files.destinations import not_writable
from hfs_server.internal_error import log_internal_error


def failure_of(error: Exception, path: Path) -> HfsError:
    """The failure, which costs that session and no other.

    Raises what costs all of them: that the store is locked, or is newer.
    """
    match error:
        case StoreBusy() | StoreTooNew():
            raise error
        case HfsError():
            return error
        case OSError():
            return not_writable(path, error)
        case MemoryError():
            return StoreUnusable("It contains a value too large for the available memory.")
    log_internal_error(error)
    return StoreUnusable(
        f"It could not be exported because of an error in hfs-server ({type(error).__name__}). "
        "Please report it."
    )
