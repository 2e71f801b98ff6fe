"""Which sessions a list, a search or statistics are about."""

from __future__ import annotations

from typing import NamedTuple


class Filters(NamedTuple):
    """Conditions that a session fulfils all of; an empty one is fulfilled by every session."""

    tools: tuple[str, ...] = ()
    """Ids of tools: it comes from one of them."""
    project: str | None = None
    """An absolute folder: it is the session's working directory, or that lies below it."""
    since: str | None = None
    """An instant in ISO 8601: the last activity is at it or later."""
    until: str | None = None
    """An instant in ISO 8601: the last activity is before it."""
    models: tuple[str, ...] = ()
    """It used one of these models."""
    tags: tuple[str, ...] = ()
    """It has all of these tags."""


EVERYTHING = Filters()
