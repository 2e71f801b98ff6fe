"""Lines of files as they are compared: without white space, and only those that are distinctive.

The rule not to break: hashes are stored, so another way to make them needs another version of
the index.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b

_WORD = re.compile(r"\w+")
_NOTEBOOK_LINE = re.compile(r'\s*("(?:[^"\\]|\\.)*"),?\s*')
_OMITTED = re.compile(r"(?:\.\.\.|…)[^\n]{0,80}\bexisting\b|\bexisting\b[^\n]{0,80}(?:\.\.\.|…)")
_LEAST_CHARACTERS = re.compile(r"(?:[\W_]*+[^\W_]){4}")
_LONGEST_COMMON = 40
_MOST_LINES = 5_000
"""How many lines of one edit are compared; data that is larger is rarely asked about."""
_COMMON = """
    abstract async await begin body break case catch class const continue def default del div do
    done elif else end endif ensure esac except exit export false fi final finally fn for from
    func function head hr html if import in int is js let li loop module new nil none not null
    or and ol override pass private protected public raise repeat rescue return script section
    self span static strict string style sub super switch table td th then this throw tr true
    try type ul undefined until use var void while with yield 0 1 2
"""
_COMMON_WORDS = frozenset(_COMMON.split())


def distinctive(line: str, name: str = "") -> str:
    """The line without white space; "" if it is too common to show who wrote it."""
    if name.endswith(".ipynb"):
        line = _cell_line(line)
    found = _compact(line)
    if not _LEAST_CHARACTERS.match(found):
        return ""
    if len(found) <= _LONGEST_COMMON and _COMMON_WORDS.issuperset(_WORD.findall(line.casefold())):
        return ""
    return found


def line_hash(name: str, line: str) -> int | None:
    """What a line of a file of this name is found by; None if it is too common."""
    found = distinctive(line, name)
    return _hashed(name, found) if found else None


def put_in(added: Iterable[str], removed: Iterable[str]) -> list[str]:
    """The lines that are only among the added ones, though white space may differ."""
    left = Counter(map(_compact, removed))
    found: list[str] = []
    for line in added:
        key = _compact(line)
        if left[key] > 0:
            left[key] -= 1
        elif key and not ("existing" in key and _OMITTED.search(line[:200])):
            found.append(line)
        if len(found) == _MOST_LINES:
            break
    return found


def hashes_of(name: str, lines: Iterable[str]) -> set[int]:
    """What the lines of a file of this name are found by."""
    return {found for line in lines if (found := line_hash(name, line)) is not None}


def _compact(line: str) -> str:
    """The line without white space."""
    return "".join(line.split())


def _hashed(name: str, line: str) -> int:
    digest = blake2b(f"{name}\0{line}".encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _cell_line(line: str) -> str:
    """A line of a cell, which a notebook has as a text in JSON."""
    if found := _NOTEBOOK_LINE.fullmatch(line):
        try:
            return str(json.loads(found[1]))
        except ValueError:
            pass
    return line
