"""Failures of valid requests, one class per condition that a client can act on.

The message is for a person: what is wrong and what to do. It never quotes session content.
``data`` holds details for programs.
"""

from __future__ import annotations

from typing import Any, ClassVar


class HfsError(Exception):
    """A failure with a message for the user."""

    kind: ClassVar[str]

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class SessionNotFound(HfsError):
    """The store has no session with this id."""

    kind = "sessionNotFound"


class InvalidDocument(HfsError, ValueError):
    """The text is not a valid export document; ``path`` and ``line`` locate the problem."""

    kind = "invalidDocument"


class UnsupportedVersion(HfsError, ValueError):
    """The export document is newer than ``supported``; its version is ``found``."""

    kind = "unsupportedVersion"


class UnknownFormat(HfsError, ValueError):
    """No importer recognizes the file."""

    kind = "unknownFormat"


class SourceNotReadable(HfsError):
    """The file to import is missing, not a regular file, or not readable."""

    kind = "sourceNotReadable"


class OriginalNotKept(HfsError):
    """The store has no original of the session."""

    kind = "originalNotKept"


MAY_OVERWRITE = " Choose another name or allow overwriting."
"""What to do about a destination that exists, where no option of a command is named for it."""


class DestinationExists(HfsError):
    """The destination exists, and overwriting was not requested."""

    kind = "destinationExists"


class DestinationNotWritable(HfsError):
    """The export cannot be written to this destination."""

    kind = "destinationNotWritable"


class StoreBusy(HfsError):
    """Another program kept the store locked until the wait timed out."""

    kind = "storeBusy"


class StoreTooNew(HfsError):
    """The store was written by a newer hfs-server; it is not changed."""

    kind = "storeTooNew"


class StoreUnusable(HfsError):
    """The store is missing, damaged, full, or not a store; it is not changed."""

    kind = "storeUnusable"


class NotOwner(StoreUnusable):
    """The session belongs to another user of the store, who alone may change it."""


class SessionTooLarge(HfsError):
    """The session is too large for one response; it can be exported to a file."""

    kind = "sessionTooLarge"


def os_reason(error: OSError | ValueError) -> str:
    """Why the operating system rejected a path, for the end of a sentence."""
    if isinstance(error, OSError):
        return (error.strerror or type(error).__name__).lower()
    return "it is not a valid file name"
