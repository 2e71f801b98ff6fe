"""Text from any program, cleaned for the place where it is shown, sent or stored.

The rule not to break: nothing raises here but ``require_unicode``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from hfs_server.graphemes import ZWJ, ZWNJ, beginning, is_joining, is_word_character

INVALID_UNICODE = "expected valid Unicode, without lone surrogates (\\ud800-\\udfff)"

_LONGEST_PATH = 300
_REPLACEMENT = "\ufffd"
_EDITOR_LINE_END = re.compile("\r\n?|\n")
_PICTURES = {
    **{chr(code): chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"},
    "\x7f": "\u2421",
}
# Marks that turn the direction of the text after them, and the C1 control characters.
_MISLEADING = re.compile("[\x80-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_JOINERS = re.compile(f"[{ZWNJ}{ZWJ}]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_TAGS = re.compile(
    "(?P<flag>\U0001f3f4[\U000e0030-\U000e007a]{3,6}\U000e007f)|[\U000e0000-\U000e007f]"
)


LONGEST_TITLE = 80
"""In characters."""


def require_unicode(text: str) -> str:
    """``text``, which UTF-8 can encode. Raises ValueError for a lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(INVALID_UNICODE) from None
    return text


def replace_surrogates(text: str) -> str:
    """``text`` with pairs of surrogates joined, and U+FFFD for lone ones."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def encode(text: str) -> bytes:
    """``text`` as UTF-8, with surrogates replaced as by ``replace_surrogates``."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return replace_surrogates(text).encode()


def decode(stored: bytes) -> str:
    """UTF-8 as text, with ``\\xff`` for bytes that are not valid."""
    return stored.decode("utf-8", "backslashreplace")


def show_nul(text: str) -> str:
    """``text`` with a picture for NUL, for which some editors reject the whole answer."""
    return text.replace("\0", "\u2400")


def show_controls(text: str) -> str:
    """Valid Unicode with a picture for each control character and newlines as line ends."""
    return picture_controls(unify_line_ends(replace_surrogates(text)))


def unify_line_ends(text: str) -> str:
    """``text`` with newlines as its only line ends."""
    # Single characters, which are found in a tenth of the time of a pattern (benchmark row 36).
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\u2028", "\n").replace("\u2029", "\n")


def split_lines(text: str) -> list[str]:
    """The lines of a text as editors number them; what follows the last line end is one, too."""
    return _EDITOR_LINE_END.split(text)


def picture_controls(text: str) -> str:
    """``text`` with a picture for each control character but tabs and newlines."""
    if text.isprintable():
        return text
    for control, picture in _PICTURES.items():
        text = text.replace(control, picture)
    return text


def printable(text: str, substitute: str = " ") -> str:
    """``text`` that cannot control a terminal: a substitute for each invisible character."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or is_joining(character) else substitute
        for character in without_stray_joiners(text)
    )


def one_line(text: str) -> str:
    """``text`` on one line, shown as it is meant, with single blanks."""
    visible = text.replace("\n", " ").replace("\t", " ")
    # Nearly all text is printable, and needs no other expression (benchmark rows 22 and 36).
    if not visible.isprintable():
        visible = without_stray_joiners(_MISLEADING.sub("", show_controls(text)))
    elif not visible.isascii():
        visible = _without_stray_selectors(visible)
    return " ".join(visible.split())


def title_of(text: str) -> str:
    """The beginning of a text as a title: at most 80 characters, the last one "…" if it is cut."""
    line = one_line(text[: 4 * LONGEST_TITLE])
    if len(line) <= LONGEST_TITLE and len(text.rstrip()) <= 4 * LONGEST_TITLE:
        return line
    return beginning(line, LONGEST_TITLE - 1).rstrip() + "…" if line else ""


def without_stray_joiners(text: str) -> str:
    """``text`` without invisible characters that join nothing.

    Joiners stay between two letters or emoji, selectors of a variant after one, and tags in
    the flag of a region.
    """
    if text.isascii():
        return text
    text = _TAGS.sub(lambda found: found["flag"] or "", text)
    text = _without_stray_selectors(text)
    return _JOINERS.sub(lambda found: found[0][0] if _joins(found) else "", text)


def _without_stray_selectors(text: str) -> str:
    return _SELECTORS.sub(lambda found: found[0][0] if _follows_word(found) else "", text)


def path_text(path: Path | str) -> str:
    """The path, or its name, in valid Unicode, though its bytes may not be UTF-8."""
    try:
        return os.fsencode(path).decode(errors="replace")
    except UnicodeEncodeError:
        return replace_surrogates(str(path))


def path_in_sentence(path: Path) -> str:
    """The path on one line, shortened in the middle if it is long."""
    return _shortened(printable(path_text(path), _REPLACEMENT))


def name_in_line(name: str) -> str:
    """The name of a file, or of an entry in an archive, which may have any length, likewise."""
    return _shortened(one_line(path_text(name)))


def _shortened(text: str) -> str:
    half = _LONGEST_PATH // 2
    return text if len(text) <= _LONGEST_PATH else f"{text[:half]}…{text[-half:]}"


def _follows_word(found: re.Match[str]) -> bool:
    before = found.string[found.start() - 1 : found.start()]
    # A digit, # and * become keycaps with it.
    return bool(before) and (is_word_character(before) or before in "#*")


def _joins(found: re.Match[str]) -> bool:
    after = found.string[found.end() : found.end() + 1]
    return _follows_word(found) and bool(after) and is_word_character(after)
