"""Logs a bug without any session content: by the type of its exception and where it was raised."""

from __future__ import annotations

import logging
import traceback

log = logging.getLogger("hfs_server")


def log_internal_error(error: BaseException) -> None:
    """Logs what should not have been raised. Its text is left out, since it may quote a session."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    log.error("Internal error: %s\n%s", type(error).__name__, frames)
