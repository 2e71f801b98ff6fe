"""The titles of messages: who wrote them, with which model, and when."""

from __future__ import annotations

from hfs_server.exporters.formatting import point_in_time, role_text, usual_time
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.session import JsonObject

_MOST_KEPT = 1_000


class Titles:
    """Titles of messages, of which nearly all are by one of a few authors (rows 4 and 36 of the
    benchmark).
    """

    def __init__(self) -> None:
        self._authors: dict[str | tuple[str, str], str] = {}

    def title(self, message: JsonObject, details: str = "") -> str:
        """The role, what else is known of the author, and the time, as Markdown."""
        role, created_at = message["role"], message["created_at"]
        key = (role, details) if details else role
        author = self._authors.get(key)
        if author is None:
            author = _author(role, details)
            if len(self._authors) < _MOST_KEPT:
                self._authors[key] = author
        return author if created_at is None else f"{author} - {_time_text(created_at)}"


def _author(role: str, details: str) -> str:
    title = escaped(role_text(role))
    return f"{title} ({escaped(details)})" if details else title


def _time_text(created_at: object) -> str:
    # A usual time needs no escape.
    return usual_time(created_at) or escaped(point_in_time(created_at))
