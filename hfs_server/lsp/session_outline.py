"""Symbols, folding ranges and hovers of an export document that is open in the editor.

The rule not to break: a document may be invalid anywhere; what cannot be read has no name, and
nothing raises but Stale.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.formatting import brief, count, role_text, utc_time
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.importers import HFS_JSON
from hfs_server.lsp.session_places import Located, located_messages
from hfs_server.lsp.session_text import Part, SessionText
from hfs_server.session import JsonObject, SessionHeader
from hfs_server.text import one_line, show_nul

MOST_SYMBOLS = 10_000
"""How many messages and checkpoints an outline has."""

_MOST_FOLDED = 20_000
_LONGEST_NAME = 60
_LONGEST_HOVER = 10_000
_LONGEST_PART = 1 << 20
"""A longer part is not parsed for its name."""
_TOKENS = (
    ("input_tokens", "input"),
    ("output_tokens", "output"),
    ("reasoning_tokens", "reasoning"),
    ("cache_read_tokens", "read from cache"),
    ("cache_write_tokens", "written to cache"),
)
# Kinds of LSP's symbols.
_ARRAY, _OBJECT, _STRING, _FUNCTION, _CONSTANT, _EVENT = 18, 19, 15, 12, 14, 24
_KINDS = {"user": _STRING, "assistant": _OBJECT, "tool": _FUNCTION, "system": _CONSTANT}


def symbols_of(text: SessionText) -> list[JsonObject]:
    """The messages and checkpoints as a tree: numbered, with their first words."""
    if (foreign := _foreign(text)) is not None:
        return [_foreign_symbol(text, each) for each in foreign]
    found: list[JsonObject] = []
    for member in text.outline.members:
        parts = [part for part in text.parts if part.kind == member.name]
        kind = _ARRAY if parts else _OBJECT
        symbol = _symbol(text, brief(member.name, _LONGEST_NAME) or '""', kind, member.value)
        symbol["range"] = text.positions.range(member.key.start, member.value.end)
        symbol["selectionRange"] = text.positions.range(*member.key)
        found.append({**symbol, "children": _symbols(text, parts)} if parts else symbol)
    return found or _symbols(text, text.parts)


def folds_of(text: SessionText) -> list[JsonObject]:
    """The lines of each member of the document, each message and each checkpoint."""
    if _foreign(text) is not None:
        return []
    spans = [(member.key.start, member.value.end) for member in text.outline.members]
    spans += [part.span for part in text.parts[:_MOST_FOLDED]]
    lines = [
        (text.positions.line_of(start), text.positions.line_of(max(start, end - 1)))
        for start, end in spans
    ]
    return [{"startLine": start, "endLine": end} for start, end in lines if start < end]


def hover_of(text: SessionText, line: int, character: int) -> JsonObject | None:
    """The message or the checkpoint at a position, as an export to Markdown shows it."""
    if (foreign := _foreign(text)) is not None:
        return _foreign_hover(text, foreign, line, character)
    part = _part_at(text, line, character)
    value = None if part is None else _value(text, part)
    if part is None or value is None:
        return None
    shown = _message(part.place + 1, value) if part.kind == "messages" else _checkpoint(value)
    if shown is None:
        return None
    place = text.positions.range(*part.span)
    return {"contents": {"kind": "markdown", "value": show_nul(shown)}, "range": place}


def _foreign(text: SessionText) -> list[Located] | None:
    """The messages of another tool's session; None for an export document."""
    if text.importer is None or text.importer is HFS_JSON:
        return None
    if text.located is None:
        text.located = located_messages(text, text.importer)
    return text.located


def _foreign_symbol(text: SessionText, found: Located) -> JsonObject:
    title, detail = _titles(found.message)
    kind = _KINDS.get(found.message["role"], _STRING)
    symbol = _symbol(text, show_nul(f"{found.number}. {_words(title)}"), kind, found.span)
    return {**symbol, "detail": detail}


def _foreign_hover(
    text: SessionText, messages: list[Located], line: int, character: int
) -> JsonObject | None:
    """The first of the messages that stand at a position."""
    if line >= len(text.lines):
        return None
    offset = text.positions.offset(line, character)
    here = [each for each in messages if each.span.start <= offset <= each.span.end]
    shown = _message(here[0].number, here[0].message) if here else None
    if shown is None:
        return None
    place = text.positions.range(*here[0].span)
    return {"contents": {"kind": "markdown", "value": show_nul(shown)}, "range": place}


def _symbols(text: SessionText, parts: list[Part]) -> list[JsonObject]:
    found = []
    for number, part in enumerate(parts[:MOST_SYMBOLS]):
        if not number % 100:
            text.check()
        value = _value(text, part) or {}
        is_message = part.kind == "messages"
        title, detail = _titles(value) if is_message else (value.get("trigger"), "")
        name = f"{part.place + 1}. {_words(title)}".strip()
        role = value.get("role")
        kind = _KINDS.get(role if isinstance(role, str) else "", _STRING)
        symbol = _symbol(text, show_nul(name), kind if is_message else _EVENT, part.span)
        found.append({**symbol, "detail": detail or _local(value.get("created_at"))})
    return found


def _titles(message: JsonObject) -> tuple[str, str]:
    """The role and the first words, and the local time."""
    role, content = message.get("role"), message.get("content")
    words = content if isinstance(content, str) else ""
    shown = role_text(role) if isinstance(role, str) else ""
    return ": ".join(filter(None, (shown, words))), _local(message.get("created_at"))


def _words(text: object) -> str:
    """The beginning of a text on one line; that of ASCII is cut without a look at each letter."""
    beginning = text[: 4 * _LONGEST_NAME] if isinstance(text, str) else ""
    line = one_line(beginning)
    return line[:_LONGEST_NAME] if line.isascii() else brief(line, _LONGEST_NAME)


def _symbol(text: SessionText, name: str, kind: int, span: tuple[int, int]) -> JsonObject:
    start, end = span
    whole = text.positions.range(start, end)
    first = min(end, start + 1)
    selected = text.positions.range(start, first)
    return {"name": name, "kind": kind, "range": whole, "selectionRange": selected}


def _value(text: SessionText, part: Part) -> JsonObject | None:
    """The part as an object; None if it is none, or is very large."""
    start, end = part.span
    if end - start > _LONGEST_PART:
        return None
    try:
        value = json.loads(text.text[start:end])
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _part_at(text: SessionText, line: int, character: int) -> Part | None:
    if line >= len(text.lines):
        return None
    offset = text.positions.offset(line, character)
    return next((part for part in text.parts if part.span.start <= offset < part.span.end), None)


def _message(number: int, value: JsonObject) -> str | None:
    role, content = value.get("role"), value.get("content")
    if not isinstance(role, str) or not isinstance(content, str):
        return None
    created_at = value.get("created_at")
    time = created_at if isinstance(created_at, str) else None
    shown = {**value, "content": content[:_LONGEST_HOVER], "created_at": time}
    session = SessionOverview(SessionHeader("", None, None), 1, (), None)
    writer = MarkdownWriter(session, "")
    written = (writer.messages([shown]) + writer.tail()).decode()
    written = written.removeprefix("\n## Conversation\n").lstrip("\n")
    facts = [_local(time), _tokens(value.get("usage"))]
    if len(content) > _LONGEST_HOVER:
        facts.append(f"the first {_LONGEST_HOVER:,} of {len(content):,} characters")
    head = written.replace("### 1. ", f"### {number}. ", 1)
    return "\n\n".join(filter(None, (head.rstrip("\n"), ", ".join(filter(None, facts)))))


def _checkpoint(value: JsonObject) -> str | None:
    trigger, index = value.get("trigger"), value.get("message_index")
    if not isinstance(trigger, str):
        return None
    where = f"after message {count(index)}" if isinstance(index, int) else ""
    facts = (escaped(brief(trigger)), where, _local(value.get("created_at")))
    return f"**Checkpoint:** {', '.join(filter(None, facts))}"


def _local(value: object) -> str:
    """A time as this machine's clock shows it; "" if it is none."""
    time = utc_time(value)
    if time is None:
        return ""
    try:
        local = datetime.fromisoformat(f"{time.isoformat()}+00:00").astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{local:%Y-%m-%d %H:%M:%S}"


def _tokens(usage: Any) -> str:
    if not isinstance(usage, dict):
        return ""
    known = [(count(usage.get(key)), words) for key, words in _TOKENS if key in usage]
    shown = ", ".join(f"{number} {words}" for number, words in known if number not in ("", "0"))
    return f"tokens: {shown}" if shown else ""
