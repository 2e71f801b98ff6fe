"""Text in the units that a reader sees as one character, and their width in a terminal.

The rule not to break: nothing is cut within a unit, such as a letter and its marks, the parts of
an emoji, or a flag.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

ZWNJ, ZWJ = "\u200c", "\u200d"
_EMOJI_STYLE = "\ufe0f"
_VIRAMA = 9
"""The combining class of the mark by which Indic letters form one unit."""


def graphemes(text: str) -> Iterator[str]:
    """The units of ``text``, in order; joined they are ``text``."""
    start = 0
    for index in range(1, len(text)):
        if not _continues(text, start, index):
            yield text[start:index]
            start = index
    if text:
        yield text[start:]


def width(text: str) -> int:
    """How many columns of a terminal printable text takes."""
    return len(text) if text.isascii() else sum(map(_columns, graphemes(text)))


def clipped(text: str, columns: int, ellipsis: str = "…") -> str:
    """``text``, or its beginning with an ellipsis, in at most that many columns."""
    used = position = end = 0
    for unit in graphemes(text):
        used += _columns(unit)
        position += len(unit)
        if used > columns:
            return text[:end].rstrip() + ellipsis
        if used <= columns - len(ellipsis):
            end = position
    return text


def beginning(text: str, characters: int) -> str:
    """At most that many characters of ``text``, cut between two units if possible."""
    if len(text) <= characters or text[: characters + 1].isascii():
        return text[:characters]
    # A blank always begins a unit.
    end = max(text.rfind(" ", 0, characters), 0)
    for unit in graphemes(text[end : characters + 1]):
        if end + len(unit) > characters:
            break
        end += len(unit)
    return text[: end or characters]


def is_word_character(character: str) -> bool:
    """Whether it is a letter, mark, number or symbol; of ASCII only letters and digits."""
    return character.isalnum() or (
        not character.isascii() and unicodedata.category(character)[0] in "LMNS"
    )


def is_joining(character: str) -> bool:
    """Whether it is a joiner or a tag, invisible characters that change their neighbours."""
    return character in (ZWJ, ZWNJ) or "\U000e0020" <= character <= "\U000e007f"


def _continues(text: str, start: int, index: int) -> bool:
    """Whether the character at ``index`` belongs to the unit that began at ``start``."""
    before, character = text[index - 1], text[index]
    if character.isascii():
        return before == "\r" and character == "\n"
    if _extends(character):
        return True
    if _is_regional(character):
        return index - start == 1 and _is_regional(before)
    if before == ZWJ and unicodedata.category(character)[0] == "S":
        return index - start > 1
    last = text[start:index].rstrip(ZWJ)[-1:]
    return bool(last) and unicodedata.combining(last) == _VIRAMA and character.isalpha()


def _extends(character: str) -> bool:
    return (
        unicodedata.category(character)[0] == "M"
        or is_joining(character)
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\u1160" <= character <= "\u11ff"  # vowels and final consonants of Hangul
    )


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _columns(unit: str) -> int:
    first = unit[0]
    if _EMOJI_STYLE in unit or _is_regional(first) or unicodedata.east_asian_width(first) in "WF":
        return 2
    if _extends(first) or unicodedata.category(first) == "Cf":
        return 0
    # Terminals disagree on the width of marks beside a letter; none takes more than this.
    return max(1, sum(unicodedata.category(character) in ("Lo", "Mc") for character in unit))
