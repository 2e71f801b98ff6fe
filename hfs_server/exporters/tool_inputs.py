"""What a tool was called with, as people read it.

The rule not to break: an input may be any JSON value, and nothing raises.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from hfs_server.edits.members import PATHS, arguments_of, first_text
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.input_shapes import (
    LONGEST_SUBJECT,
    REASONS,
    Block,
    first_line,
    patch_of,
    shape_of,
)
from hfs_server.exporters.report import Facts
from hfs_server.session import JsonObject

_MOST_MEMBERS = 12
_LONGEST_JSON = 40_000
_SUBJECTS = (*REASONS, "pattern", "query", "url", *PATHS, "title", "name", "subject", "skill")
_NAME = re.compile(r"-{0,2}[A-Za-z][A-Za-z0-9_-]{0,59}")


class ToolInput(NamedTuple):
    """The input of a call."""

    subject: str = ""
    """What the call is about, on one line."""
    facts: Facts = ()
    """Its short members; their names are of ASCII letters, digits, "-" and "_"."""
    blocks: tuple[Block, ...] = ()


def read_input(given: Any) -> ToolInput:
    """The input as people read it."""
    given = arguments_of(given)
    if isinstance(given, str):
        return _text(given)
    if not isinstance(given, dict):
        return ToolInput(blocks=(_json(given),)) if given not in (None, []) else ToolInput()
    shape = shape_of(given)
    if shape is None:
        return _described(given)
    # What is false or null is so by default.
    rest = {
        key: value
        for key, value in given.items()
        if key not in shape.members and value is not None and value is not False
    }
    facts, blocks = _members(rest)
    return ToolInput(shape.subject, facts, (*shape.blocks, *blocks))


def _text(text: str) -> ToolInput:
    if patch := patch_of(text):
        return ToolInput(patch.subject, blocks=patch.blocks)
    blocks = (Block(text.strip("\n")),) if text.strip() else ()
    return ToolInput(first_line(text), blocks=blocks)


def _described(given: JsonObject) -> ToolInput:
    """An object of no known shape: the member that says most is its subject."""
    key, subject = first_text(given, _SUBJECTS)
    if not _is_short(subject):
        facts, blocks = _members(given)
        return ToolInput(first_line(subject), facts, blocks)
    facts, blocks = _members({name: value for name, value in given.items() if name != key})
    return ToolInput(brief(subject), facts, blocks)


def _members(given: JsonObject) -> tuple[Facts, tuple[Block, ...]]:
    """Short members as facts, long texts as blocks, and all the rest as JSON."""
    facts: list[tuple[str, str]] = []
    blocks: list[Block] = []
    rest: JsonObject = {}
    for key, value in given.items():
        is_named = _NAME.fullmatch(key) is not None
        if is_named and _is_short(value) and len(facts) < _MOST_MEMBERS:
            facts.append((key, value if isinstance(value, str) else json.dumps(value)))
        elif is_named and isinstance(value, str) and len(blocks) < _MOST_MEMBERS:
            blocks.append(Block(value.strip("\n"), label=key))
        else:
            rest[key] = value
    json_block = (_json(rest),) if rest else ()
    return tuple(facts), (*blocks, *json_block)


def _is_short(value: Any) -> bool:
    if isinstance(value, str):
        return bool(value.strip()) and len(value) <= LONGEST_SUBJECT and value.isprintable()
    return value is None or isinstance(value, bool | int | float)


def _json(value: Any) -> Block:
    """The value as JSON, or its beginning if it is long."""
    pieces: list[str] = []
    length = 0
    try:
        for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
            pieces.append(piece)
            length += len(piece)
            if length > _LONGEST_JSON:
                break
    except (ValueError, TypeError, RecursionError):
        pieces = ["(not readable)"]
    return Block("".join(pieces), "json")
