"""The words of a text, as an index and a query have them.

The rule not to break: text and query are prepared in the same way, so that a word of a language
without blanks, or an emoji, is a phrase of its characters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

LONGEST_RUN = 400
"""Longer runs of ASCII letters and digits, such as the data of an image, have no words."""

LONGEST_FIELD = 1_000_000
"""How many characters of a message's content, thinking or tool input are searched."""

# Kana, Han, Hangul, and the scripts of South East Asia, none of which separates words by blanks
# (Korean separates words from each other, but not from their particles).
_CHARACTERS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00020000-\U0003ffff"
)
_EMOJI = "\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001f3fa\U0001f400-\U0001faff"
_ALONE = re.compile(f"[{_CHARACTERS}{_EMOJI}]")
_ASCII = bytes(range(128))
_FEW_CHARACTERS = 8
"""So many different ones are replaced one after the other, which is faster."""

_IS_EMOJI = re.compile(f"[{_EMOJI}]")
_RUN = re.compile(rf"[A-Za-z0-9+/=_-]{{{LONGEST_RUN},}}")
_HUMP = re.compile("[a-z0-9][A-Z]|[A-Z][A-Z][a-z]")
_IDENTIFIER = re.compile("[A-Za-z0-9]+")
_PART = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_WORD = re.compile(f"[{_CHARACTERS}{_EMOJI}]|(?:(?![{_CHARACTERS}{_EMOJI}])[^\\W_])+")
_LONGEST_IDENTIFIER = 80
_KINDS = bytes(
    ord("A") if 65 <= byte <= 90 else ord("a") if 97 <= byte <= 122 or 48 <= byte <= 57 else 32
    for byte in range(256)
)
"""Upper-case letters as A, other letters and digits as a, and all else as blanks."""
_SEPARATED = bytes(byte if chr(byte).isalnum() and byte < 128 else 32 for byte in range(256))
"""Letters and digits as they are, and all else as blanks."""


def prepared(text: str) -> str:
    """The text with blanks around each character that is a word, and names of emoji."""
    if len(text) > LONGEST_RUN and _may_have_runs(text):
        text = _RUN.sub(" ", text)
    return text if text.isascii() else _with_spaces(text)


def _with_spaces(text: str) -> str:
    found = {*filter(_ALONE.match, _without_ascii(text))}
    if len(found) > _FEW_CHARACTERS:
        return _ALONE.sub(_spaced, text)
    for character in found:
        text = text.replace(character, _spaced_character(character))
    return text


def _without_ascii(text: str) -> set[str]:
    """The other characters, without lone surrogates."""
    # Most characters are ASCII, and bytes are removed much faster than an expression searches.
    return {*text.encode(errors="replace").translate(None, _ASCII).decode()}


def parts(text: str) -> str:
    """The parts of all identifiers in camelCase, which have no boundary of their own."""
    # Bytes are searched many times as fast as by a regular expression.
    kinds = text.encode("ascii", "replace").translate(_KINDS)
    # Without capitals in a row, which are rare, the slower search for the latter is not needed.
    if b"aA" not in kinds and (b"AA" not in kinds or b"AAa" not in kinds):
        return ""
    found: list[str] = []
    end = 0
    while (hump := _next_hump(kinds, end)) >= 0:
        start = kinds.rfind(b" ", end, hump) + 1 or end
        after = kinds.find(b" ", hump)
        end = after if after >= 0 else len(kinds)
        if end - start <= _LONGEST_IDENTIFIER:
            found += _PART.findall(text, start, end)
    return " ".join(found)


def _next_hump(kinds: bytes, start: int) -> int:
    """Where the next identifier in camelCase has its first inner boundary; -1 if there is none."""
    places = [
        place for place in (kinds.find(b"aA", start), kinds.find(b"AAa", start)) if place >= 0
    ]
    return min(places, default=-1)


def _may_have_runs(text: str) -> bool:
    """Whether there may be a long run: it has half of its length without a blank somewhere."""
    half = LONGEST_RUN // 2
    find = text.find
    for start in range(0, len(text) - half, half):  # noqa: SIM110 - any() takes twice as long.
        if find(" ", start, start + half) < 0:
            return True
    return False


def parts_of(word: str) -> list[str]:
    """The parts of one identifier in camelCase; none of any other word."""
    return _PART.findall(word) if _HUMP.search(word) and _IDENTIFIER.fullmatch(word) else []


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    plain = folded(text).text
    if plain.isascii():
        # Bytes are split many times as fast as by a regular expression.
        return plain.encode().translate(_SEPARATED).decode().split()
    return _WORD.findall(plain)


@lru_cache(maxsize=256)
def role_word(role: object) -> str:
    """A role as one word, which no text has."""
    return "r" + str(role).casefold().encode(errors="replace")[:60].hex()


def is_character(character: str) -> bool:
    """Whether the character is a word by itself."""
    return not character.isascii() and _ALONE.match(character) is not None


class Folded(NamedTuple):
    """A text without case and accents; ``origins`` has the index in the original of each
    character, or is None if they are the same.
    """

    text: str
    origins: list[int] | None

    def origin(self, index: int) -> int:
        """Where the character at ``index``, or the end, is in the original."""
        return index if self.origins is None else self.origins[index]


def folded(text: str) -> Folded:
    """The text without case and accents."""
    if text.isascii():
        return Folded(text.lower(), None)
    plain = _with_folded_characters(text)
    if len(plain) == len(text):
        return Folded(plain, None)
    characters: list[str] = []
    origins: list[int] = []
    for index, character in enumerate(text):
        for base in _folded_character(character):
            characters.append(base)
            origins.append(index)
    return Folded("".join(characters), [*origins, len(text)])


def _with_folded_characters(text: str) -> str:
    others = _without_ascii(text)
    if len(others) > _FEW_CHARACTERS:
        return text.translate(_FOLDING)
    for character in others:
        text = text.replace(character, _FOLDING[ord(character)])
    return text.lower()


def _folded_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    if is_character(character):
        return character
    bases = unicodedata.normalize("NFD", character)
    return "".join(base for base in bases if not unicodedata.combining(base)).lower()[:1]


class _Folding(dict[int, str]):
    """What each character becomes, which is one character or none; made when it is needed."""

    def __missing__(self, code: int) -> str:
        self[code] = _folded_character(chr(code))
        return self[code]


_FOLDING = _Folding()


def _spaced(found: re.Match[str]) -> str:
    return _spaced_character(found[0])


def _spaced_character(character: str) -> str:
    return f" emoji{ord(character):x} " if _IS_EMOJI.match(character) else f" {character} "
