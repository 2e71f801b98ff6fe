"""Where a text stops being strict JSON, found without building its values.

The rule not to break: this only says where; whether and why a text is rejected, only the importer
says, whose parser does not give the place.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from hfs_server.strict_json.events import MAX_DEPTH

_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
        (?P<string>"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+")
        |(?P<mark>[\[\]{},:])
        |(?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)
        |(?P<name>true|false|null)
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"[ \t\r\n]*+")
_BEGINNING = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_SURROGATE = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_INT64 = 2**63
_SHORT = 18
_TOKENS_BETWEEN_CHECKS = 4_096

# What may follow.
_VALUE, _FIRST_VALUE, _KEY, _FIRST_KEY, _COLON, _NEXT, _NOTHING = range(7)


def first_error(text: str, check: Callable[[], None] = lambda: None) -> int | None:
    """The offset of the first thing that strict JSON does not allow; None if there is none."""
    open_marks: list[str] = []
    state, place, count = _VALUE, 0, 0
    while token := _TOKEN.match(text, place):
        count += 1
        if not count % _TOKENS_BETWEEN_CHECKS:
            check()
        kind = str(token.lastgroup)
        start, place = token.span(kind)
        if kind == "mark":
            following = _after_mark(text[start], state, open_marks)
        elif kind == "string" and state in (_KEY, _FIRST_KEY):
            following = _COLON
        elif state in (_VALUE, _FIRST_VALUE):
            following = _NEXT if open_marks else _NOTHING
        else:
            following = None
        if following is None or not (kind != "number" or _fits(text, start, place)):
            return start
        if kind == "string" and "\\u" in text[start:place]:
            lone = _lone_surrogate(text, start, place)
            if lone is not None:
                return lone
        if len(open_marks) > MAX_DEPTH:
            return start
        state = following
    return _end(text, place, state)


def _after_mark(mark: str, state: int, open_marks: list[str]) -> int | None:
    """What may follow a mark; None if it must not stand here."""
    if mark in "{[":
        if state not in (_VALUE, _FIRST_VALUE):
            return None
        open_marks.append(mark)
        return _FIRST_KEY if mark == "{" else _FIRST_VALUE
    if mark in "}]":
        opening, empty = ("{", _FIRST_KEY) if mark == "}" else ("[", _FIRST_VALUE)
        if state not in (_NEXT, empty) or not open_marks or open_marks[-1] != opening:
            return None
        open_marks.pop()
        return _NEXT if open_marks else _NOTHING
    if mark == ":":
        return _VALUE if state == _COLON else None
    if state != _NEXT:
        return None
    return _KEY if open_marks[-1] == "{" else _VALUE


def _fits(text: str, start: int, end: int) -> bool:
    """Whether a number has 64 bits and is finite."""
    if end - start <= _SHORT:
        return True
    number = text[start:end]
    if number.lstrip("-").isdigit():
        # More digits than these are too many anyhow, and int may reject them.
        return len(number) <= _SHORT + 2 and abs(int(number)) < _INT64
    return abs(float(number)) != float("inf")


def _lone_surrogate(text: str, start: int, end: int) -> int | None:
    for found in _SURROGATE.finditer(text, start, end):
        if found["lone"]:
            return found.start()
    return None


def _end(text: str, place: int, state: int) -> int | None:
    """Where the text is wrong that no token follows in; None at its proper end."""
    blank = _BLANK.match(text, place)
    place = blank.end() if blank else place
    if place == len(text):
        return None if state == _NOTHING else len(text.rstrip())
    string = _BEGINNING.match(text, place)
    if string and state not in (_COLON, _NEXT, _NOTHING):
        return string.end()
    return place
