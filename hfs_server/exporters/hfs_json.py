"""A session as an export document of the lowest version that can hold it, written piece by piece.

The rule not to break: the document is laid out as by ``json.dumps(indent=2)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from pydantic_core import to_json

from hfs_server import __version__
from hfs_server.exporters import SessionOverview
from hfs_server.session import JsonObject, SessionHeader, in_version

_LIST_START = b'{\n  "": ['
_LIST_END = b"\n  ]\n}"


def metadata_of(
    header: SessionHeader,
    about: Mapping[str, str] = MappingProxyType({}),
    *,
    has_session_times: bool = True,
) -> JsonObject:
    """The metadata of the session's document; ``about`` is what it says about the document."""
    times = {
        "session_created_at": header.created_at,
        "session_updated_at": header.updated_at,
    }
    return {
        "schema_version": header.schema_version,
        **about,
        "session_name": header.name,
        **(times if has_session_times else {}),
        **header.facts,
        **header.unknown_metadata,
    }


class JsonWriter:
    """Writes one document: ``head``, then all messages, all checkpoints, ``tail``."""

    def __init__(
        self, session: SessionOverview, exported_at: str, *, has_session_times: bool = True
    ) -> None:
        header = session.header
        about = {"exported_at": exported_at, "hfs_version": __version__}
        self._metadata = metadata_of(header, about, has_session_times=has_session_times)
        self._version = header.schema_version
        self._last_members = {"run_snapshot": header.run_snapshot, **header.unknown_members}
        self._list_is_empty = True
        self._messages_are_open = True

    def head(self) -> bytes:
        """The metadata, and the start of the list of messages."""
        metadata = to_json({"metadata": self._metadata}, indent=2)
        return metadata.removesuffix(b"\n}") + b',\n  "messages": ['

    def messages(self, batch: Iterable[JsonObject]) -> bytes:
        """The next messages, in order."""
        return self._items(in_version([*batch], self._version))

    def checkpoints(self, batch: Iterable[JsonObject]) -> bytes:
        """The next checkpoints, in order; no message may follow."""
        return self._end_messages() + self._items([*batch])

    def tail(self) -> bytes:
        """The members after the lists, and the end of the document."""
        members = to_json(self._last_members, indent=2).removeprefix(b"{")
        return self._end_messages() + self._end_list() + b"," + members + b"\n"

    def _items(self, parts: Sequence[JsonObject]) -> bytes:
        """The objects, indented as members of either list."""
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
