"""The titles of messages: who wrote them, with which model, and when."""

from __future__ import annotations

from hfs_server.exporters.formatting import point_in_time, role_text, usual_time
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.session import JsonObject

_MOST_ROLES_KEPT = 1_000


class Titles:
    """Titles of messages, of which nearly all have one of a few roles (benchmark row 4)."""

    def __init__(self) -> None:
        self._roles: dict[str, str] = {}

    def title(self, message: JsonObject) -> str:
        """The role and the time, as Markdown."""
        role, created_at = message["role"], message["created_at"]
        title = self._roles.get(role)
        if title is None:
            title = escaped(role_text(role))
            if len(self._roles) < _MOST_ROLES_KEPT:
                self._roles[role] = title
        return title if created_at is None else f"{title} - {_time_text(created_at)}"


def detailed_title(message: JsonObject, details: str) -> str:
    """The role, what else is known of the author, and the time, as Markdown."""
    title = escaped(role_text(message["role"]))
    if details:
        title += f" ({escaped(details)})"
    time = _time_text(message["created_at"])
    return f"{title} - {time}" if time else title


def _time_text(created_at: object) -> str:
    # A usual time needs no escape.
    return usual_time(created_at) or escaped(point_in_time(created_at))
