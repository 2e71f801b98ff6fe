"""The titles of messages: who wrote them, with which model, and when."""

from __future__ import annotations

from hfs_server.exporters.formatting import brief, point_in_time, usual_time
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.session import JsonObject

_LONGEST_ROLE = 60
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
        if created_at is None:
            return title
        # A usual time needs no escape.
        return f"{title} - {usual_time(created_at) or escaped(point_in_time(created_at))}"

    def detailed(self, message: JsonObject, *details: object) -> str:
        """The role, what else is known of the author, and the time, as Markdown."""
        title = escaped(role_text(message["role"]))
        if shown := ", ".join(filter(None, (brief(detail, _LONGEST_ROLE) for detail in details))):
            title += f" ({escaped(shown)})"
        time = point_in_time(message["created_at"])
        return f"{title} - {escaped(time)}" if time else title


def role_text(role: str) -> str:
    """The role as plain text."""
    name = brief(role, longest=_LONGEST_ROLE) or "Unknown"
    return name[:1].upper() + name[1:]
