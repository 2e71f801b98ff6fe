"""Text as PostgreSQL can hold it, which is any but U+0000 and lone surrogates.

The rule not to break: what is read is exactly what was written. The last character of Unicode,
which is assigned to nothing and never will be, marks what is written otherwise.
"""

from __future__ import annotations

import re

MARK = "\U0010ffff"
_NUL, _ITSELF = f"{MARK}0", f"{MARK}1"
LONGEST_MARK = len(f"{MARK}ud800")
"""As how many characters one may be written."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_WRITTEN = re.compile(f"{MARK}(?:([01])|u([0-9a-f]{{4}}))")


def to_column(text: str) -> str:
    """The text as a column holds it."""
    if "\0" in text or MARK in text:
        text = text.replace(MARK, _ITSELF).replace("\0", _NUL)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(lambda found: f"{MARK}u{ord(found[0]):04x}", text)
    return text


def from_column(text: str) -> str:
    """The text that was written."""
    return _WRITTEN.sub(_read, text) if MARK in text else text


def bytes_from_column(data: bytes | None) -> bytes | None:
    """The same of UTF-8, of text that has no lone surrogates."""
    if data is None or MARK.encode() not in data:
        return data
    return from_column(data.decode()).encode()


def shown(text: str) -> str:
    """The text as it is compared and searched, without what a column cannot hold."""
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _read(found: re.Match[str]) -> str:
    if found[2] is not None:
        return chr(int(found[2], 16))
    return "\0" if found[1] == "0" else MARK
