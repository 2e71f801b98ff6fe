"""Text in the units that a reader takes for one character, and the width of these in a terminal.

Nothing is cut within one: not a letter from its marks, an emoji from its parts, a flag in half.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

ZWNJ, ZWJ = "\u200c", "\u200d"
_JOINERS = re.compile(f"[{ZWNJ}{ZWJ}]+")
_EMOJI_STYLE = "\ufe0f"
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_TAGS = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0030-\U000e007a]{3,6}\U000e007f)|[\U000e0000-\U000e007f]"
)
_VIRAMA = 9
"""The combining class of the mark by which Indic letters form one unit."""


def graphemes(text: str) -> Iterator[str]:
    """The units of ``text``, in order; together they are the whole of it."""
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
    """``text``, or its beginning with an ellipsis, in at most so many columns."""
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
    """At most so many characters from the start of ``text``, cut between two units if possible."""
    if len(text) <= characters or text[: characters + 1].isascii():
        return text[:characters]
    end = 0
    for unit in graphemes(text[: characters + 1]):
        if end + len(unit) > characters:
            break
        end += len(unit)
    return text[: end or characters]


def without_stray_joiners(text: str) -> str:
    """``text`` without invisible characters that join nothing.

    Joiners stay between two letters or emoji, selectors of a variant after one, and tags in
    the flag of a region.
    """
    if text.isascii():
        return text
    text = _TAGS.sub(lambda found: found["flag"] or "", text)
    text = _SELECTORS.sub(lambda found: found[0][0] if _follows_word(found) else "", text)
    return _JOINERS.sub(lambda found: found[0][0] if _joins(found) else "", text)


def printable(text: str, substitute: str = " ") -> str:
    """``text`` that can steer no terminal: a substitute for all that is not shown."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or _is_joining(character) else substitute
        for character in without_stray_joiners(text)
    )


def is_of_a_word(character: str) -> bool:
    """Letters, marks and numbers of any script, and pictures; of ASCII, letters and digits."""
    return character.isalnum() or (
        not character.isascii() and unicodedata.category(character)[0] in "LMNS"
    )


def _follows_word(found: re.Match[str]) -> bool:
    before = found.string[found.start() - 1 : found.start()]
    # A digit, # and * become keycaps with it.
    return bool(before) and (is_of_a_word(before) or before in "#*")


def _joins(found: re.Match[str]) -> bool:
    after = found.string[found.end() : found.end() + 1]
    return _follows_word(found) and bool(after) and is_of_a_word(after)


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
        or _is_joining(character)
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\u1160" <= character <= "\u11ff"  # vowels and final consonants of Hangul
    )


def _is_joining(character: str) -> bool:
    """Whether it is a joiner or a tag, which are shown by what they do to their neighbours."""
    return character in (ZWJ, ZWNJ) or "\U000e0020" <= character <= "\U000e007f"


def _is_regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _columns(unit: str) -> int:
    first = unit[0]
    if _EMOJI_STYLE in unit or _is_regional(first) or unicodedata.east_asian_width(first) in "WF":
        return 2
    if _extends(first) or unicodedata.category(first) == "Cf":
        return 0
    # Terminals disagree on what stands beside a letter within its unit; none takes more than this.
    return max(1, sum(unicodedata.category(character) in ("Lo", "Mc") for character in unit))
