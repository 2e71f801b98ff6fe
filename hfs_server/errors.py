"""What can go wrong with well-formed work, one class per condition a client can act on.

The message is a sentence for a person that says what to do; it never quotes a
conversation. ``data`` holds the particulars a program may use.
"""

from __future__ import annotations

from typing import Any, ClassVar


class HfsError(Exception):
    """Work that failed for a reason that can be told to the user."""

    kind: ClassVar[str]

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class SessionNotFound(HfsError):
    """The store has no session with this id."""

    kind = "sessionNotFound"


class InvalidDocument(HfsError, ValueError):
    """The text is not an export that can be read; ``path`` and ``line`` say where."""

    kind = "invalidDocument"


class UnsupportedVersion(HfsError, ValueError):
    """The document is newer than this server; ``found`` and ``supported`` say by how much."""

    kind = "unsupportedVersion"


class SourceNotReadable(HfsError):
    """The file to import is missing, not a regular file, or may not be read."""

    kind = "sourceNotReadable"


class DestinationExists(HfsError):
    """The destination is there already, and overwriting was not asked for."""

    kind = "destinationExists"


class DestinationNotWritable(HfsError):
    """The export cannot be written to this destination."""

    kind = "destinationNotWritable"


class StoreBusy(HfsError):
    """Another program holds the store for longer than is worth waiting."""

    kind = "storeBusy"


class StoreTooNew(HfsError):
    """The store was written by a newer hfs-server; it is left as it is."""

    kind = "storeTooNew"


class StoreUnusable(HfsError):
    """The store is missing, damaged, full, or not a store; it is left as it is."""

    kind = "storeUnusable"


class SessionTooLarge(HfsError):
    """The session is too large for an answer that is one text; a file can hold it."""

    kind = "sessionTooLarge"


def os_reason(error: OSError) -> str:
    """Why the operating system refused, without the path, for the end of a sentence."""
    return (error.strerror or type(error).__name__).lower()
