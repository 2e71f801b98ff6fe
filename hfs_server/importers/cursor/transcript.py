"""The plain text that Cursor wrote of an agent's session before it wrote JSON Lines.

``user:`` and ``assistant:`` stand on lines of their own; within a reply, ``[Thinking]``,
``[Tool call] Name`` and ``[Tool result] Name`` begin its parts.

The rule not to break: nothing is dropped: where a part ends is a guess, and what follows belongs
to the part or to the text.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from itertools import chain

from hfs_server.importers.cursor.text import typed_and_injected
from hfs_server.importers.values import message, tool_call
from hfs_server.session import JsonObject

_ROLES = {"user:": "user", "assistant:": "assistant"}
_PART = re.compile(r"\[(Thinking|Tool call|Tool result)\] ?(.*)", re.DOTALL)
_ARGUMENT = re.compile(r"  ([A-Za-z_]\w*): ?(.*)", re.DOTALL)
_MARKS = (b"<user_query>", b"[Tool call] ", b"[Thinking]")

Parts = list[tuple[str, str, list[str]]]
"""Kind, name and lines of each part of a reply."""


def is_transcript(head: bytes) -> bool:
    """Whether a text that begins so is a transcript."""
    first = head.lstrip().partition(b"\n")[0].strip()
    return first in (b"user:", b"assistant:") and any(mark in head for mark in _MARKS)


def read_transcript(lines: Iterable[bytes]) -> Iterator[JsonObject]:
    """The messages of a transcript, which has no times."""
    role = ""
    block: list[str] = []
    replies = _Replies()
    for stored in chain(lines, (b"user:",)):
        line = stored.decode(errors="replace").rstrip("\r\n")
        if (new := _ROLES.get(line)) is None:
            block.append(line)
            continue
        if role == "user":
            yield from _prompt("\n".join(block))
        elif role == "assistant":
            yield from replies.read(_parts(block))
        role, block = new, []


def _prompt(text: str) -> Iterator[JsonObject]:
    typed, injected = typed_and_injected(text)
    if typed:
        yield message("user", typed)
    if injected:
        yield message("user", injected, synthetic=True)


class _Replies:
    """Replies, whose results name only the tool that they come from."""

    def __init__(self) -> None:
        self._count = 0
        self._open: defaultdict[str, deque[str]] = defaultdict(deque)

    def read(self, parts: Parts) -> Iterator[JsonObject]:
        """The message of a reply, and the results in it."""
        thinking = _texts(parts, "Thinking")
        calls = [self._call(name, lines) for kind, name, lines in parts if kind == "Tool call"]
        text = _texts(parts, "text")
        if text or thinking or calls:
            yield message("assistant", text, thinking=thinking, tool_calls=calls)
        for kind, name, lines in parts:
            if kind == "Tool result":
                waiting = self._open[name]
                call_id = waiting.popleft() if waiting else ""
                result = _joined(lines)
                yield message("tool", result, tool_call_id=call_id, tool_name=name)

    def _call(self, name: str, lines: list[str]) -> JsonObject:
        self._count += 1
        call_id = f"call-{self._count}"
        self._open[name].append(call_id)
        return tool_call(call_id, name, _arguments(lines))


def _parts(lines: list[str]) -> Parts:
    parts: Parts = [("text", "", [])]
    for line in lines:
        last = parts[-1]
        if found := _PART.fullmatch(line):
            kind, rest = found.groups()
            parts.append((kind, rest.strip(), [rest] if kind == "Thinking" else []))
        elif last[0] == "Thinking" and not line.strip() and any(last[2]):
            parts.append(("text", "", []))
        else:
            last[2].append(line)
    return parts


def _arguments(lines: list[str]) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    last = "input"
    for line in lines:
        if found := _ARGUMENT.fullmatch(line):
            last = found.group(1)
            values[last] = [found.group(2)]
        elif line.strip() or values:
            values.setdefault(last, []).append(line)
    return {key: "\n".join(value).rstrip() for key, value in values.items()}


def _texts(parts: Parts, wanted: str) -> str:
    texts = (_joined(lines) for kind, _, lines in parts if kind == wanted)
    return "\n\n".join(filter(None, texts))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines).strip()
