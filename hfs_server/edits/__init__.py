"""Edits of files by the tool calls of sessions: which file, how, and which lines were put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from hfs_server.edits.calls import changes_of_call
from hfs_server.edits.lines import put_in
from hfs_server.edits.patches import Change
from hfs_server.edits.paths import joined
from hfs_server.edits.texts import changes_in_text
from hfs_server.session import JsonObject
from hfs_server.text import replace_surrogates

KINDS = ("create", "edit", "delete", "read")
"""What a session can do to a file."""

WRITE = "write"
"""What creates a file, or replaces all of it, since the call does not say which."""

_NOT_APPLIED = re.compile(
    r"did not conform|failed to (?:exactly )?match|No changes|Can't edit|Skipping edits"
)
_APPLIED = re.compile(r"^Applied edit to (.+)$", re.MULTILINE)
_NO_PATH = re.compile(r"[\x00\n\r]")


class FileEdit(NamedTuple):
    """What a call of a session did to a file."""

    path: str
    """Absolute if the call or the session says where it was; in the manner of its system."""
    kind: str
    """One of KINDS, or WRITE."""
    lines: tuple[str, ...] = ()
    """The lines that it put in."""
    call: str = ""
    """The id of the call; "" for an edit in the text of a reply."""


def edits_in(message: JsonObject, directory: str = "", tool: str = "") -> Iterator[FileEdit]:
    """The edits that a message of a session in this directory asks for; they may fail."""
    calls = message.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        if isinstance(call, dict):
            call_id, name = _text(call.get("id")), _text(call.get("name"))
            for change in changes_of_call(name, call.get("input")):
                yield from _edit(change, directory, call_id)
    if message.get("role") == "assistant":
        for change in changes_in_text(tool, _text(message.get("content"))):
            yield from _edit(change, directory, "")


def failed_call(message: JsonObject) -> str | None:
    """The id of the call of which a message is the result, if that failed."""
    call_id = message.get("tool_call_id")
    return _text(call_id) or None if message.get("is_error") is True else None


def unapplied(message: JsonObject, tool: str) -> list[str] | None:
    """After a reply whose edits were not all applied, the files that were edited; else None."""
    text = _text(message.get("content"))
    if tool != "aider" or message.get("role") != "system" or not _NOT_APPLIED.search(text):
        return None
    return [name.strip() for name in _APPLIED.findall(text)]


def _edit(change: Change, directory: str, call_id: str) -> Iterator[FileEdit]:
    path = replace_surrogates(joined(directory, change.path))
    if path and not _NO_PATH.search(path):
        yield FileEdit(path, change.kind, tuple(put_in(change.added, change.removed)), call_id)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
