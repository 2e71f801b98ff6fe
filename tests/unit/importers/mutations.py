"""Damaged copies of a file, which an importer must read or refuse: it raises only HfsError."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from hfs_server.errors import HfsError
from hfs_server.importers import Importer
from tests.unit.importers.files import file_with

DEEP = "[" * 5_000 + "]" * 5_000
_DEEP_MARK = "a value of 5,000 levels"
WRONG: tuple[Any, ...] = (None, 5, "x", [], {}, True, -1.5, [[5]], _DEEP_MARK)
"""Values of other types than a tool writes."""
_FLIPS = 100


def mutations(content: bytes) -> Iterator[bytes]:
    """The content cut at each percent, with a byte flipped, and with each value of its JSON wrong.

    The content may be a JSON document, JSON Lines, or any bytes.
    """
    yield from (b"", b"\n", b"{}", b"[]", b"[{}]", b"null", DEEP.encode(), b'{"a":' * 5_000)
    yield from (content[: len(content) * percent // 100] for percent in range(100))
    yield from _flipped(content)
    yield from _of_other_types(content)


def survive(importer: Importer, content: bytes, name: str = "session.json") -> int:
    """How many sessions are read from the damaged copies of a file; raises what must not be."""
    return sum(_sessions(importer, damaged, name) for damaged in mutations(content))


def _sessions(importer: Importer, content: bytes, name: str) -> int:
    importer.recognizes(file_with(content, name))
    count = 0
    try:
        for session in importer.sessions(file_with(content, name)):
            messages = [message for batch in session.batches() for message in batch.messages]
            # What an export writes: no lone surrogate, no number that JSON does not have.
            document = [messages, session.header.name, dict(session.header.facts)]
            json.dumps([*document, session.warnings], allow_nan=False, ensure_ascii=False).encode()
            assert all(isinstance(message["content"], str) for message in messages)
            count += 1
    except HfsError:
        pass
    return count


def _flipped(content: bytes) -> Iterator[bytes]:
    chance = random.Random(10)
    for _ in range(_FLIPS if content else 0):
        damaged = bytearray(content)
        damaged[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        yield bytes(damaged)


def _of_other_types(content: bytes) -> Iterator[bytes]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return
    try:
        yield from _wrong(json.loads(text), "", "")
    except ValueError:
        lines = text.splitlines(keepends=True)
        for number, line in enumerate(lines):
            around = "".join(lines[:number]), "\n" + "".join(lines[number + 1 :])
            try:
                yield from _wrong(json.loads(line), *around)
            except ValueError:
                continue


def _wrong(value: Any, before: str, after: str) -> Iterator[bytes]:
    for path in _paths(value, ()):
        for wrong in WRONG:
            damaged = copy.deepcopy(value)
            inner = damaged
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = wrong
            line = json.dumps(damaged).replace(f'"{_DEEP_MARK}"', DEEP)
            yield f"{before}{line}{after}".encode()


def _paths(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in items:
        yield (*path, key)
        if isinstance(item, (dict, list)):
            yield from _paths(item, (*path, key))
