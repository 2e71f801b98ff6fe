"""A session as an export document of the current schema, written piece by piece.

The rule not to break: the document is laid out as by ``json.dumps(indent=2)``.
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import to_json

from hfs_server import __version__
from hfs_server.exporters import SessionOverview
from hfs_server.session import EXPORT_SCHEMA_VERSION, JsonObject

_LIST_START = b'{\n  "": ['
_LIST_END = b"\n  ]\n}"


class JsonWriter:
    """Writes one document: ``head``, then all messages, all checkpoints, ``tail``."""

    def __init__(
        self, session: SessionOverview, exported_at: str, *, has_session_times: bool = True
    ) -> None:
        header = session.header
        times = {
            "session_created_at": header.created_at,
            "session_updated_at": header.updated_at,
        }
        self._metadata = {
            "schema_version": EXPORT_SCHEMA_VERSION,
            "exported_at": exported_at,
            "hfs_version": __version__,
            "session_name": header.name,
            **(times if has_session_times else {}),
            **header.unknown_metadata,
        }
        self._last_members = {"run_snapshot": header.run_snapshot, **header.unknown_members}
        self._list_is_empty = True
        self._messages_are_open = True

    def head(self) -> bytes:
        """The metadata, and the start of the list of messages."""
        metadata = to_json({"metadata": self._metadata}, indent=2)
        return metadata.removesuffix(b"\n}") + b',\n  "messages": ['

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages, in order."""
        return self._items(batch)

    def checkpoints(self, batch: Iterable[JsonObject]) -> bytes:
        """The next checkpoints, in order; no message may follow."""
        return self._end_messages() + self._items(batch)

    def tail(self) -> bytes:
        """The members after the lists, and the end of the document."""
        members = to_json(self._last_members, indent=2).removeprefix(b"{")
        return self._end_messages() + self._end_list() + b"," + members + b"\n"

    def _items(self, batch: Iterable[JsonObject]) -> bytes:
        """The objects, indented as members of either list."""
        parts = [*batch]
        if not parts:
            return b""
        items = to_json({"": parts}, indent=2)[len(_LIST_START) : -len(_LIST_END)]
        separator = b"" if self._list_is_empty else b","
        self._list_is_empty = False
        return separator + items

    def _end_messages(self) -> bytes:
        if not self._messages_are_open:
            return b""
        self._messages_are_open = False
        end = self._end_list()
        self._list_is_empty = True
        return end + b',\n  "checkpoints": ['

    def _end_list(self) -> bytes:
        return b"]" if self._list_is_empty else b"\n  ]"
