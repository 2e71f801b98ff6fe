"""Plain text as HTML that shows it literally, in an element or in a quoted attribute.

The rule not to break: every text from a session passes ``escaped``, ``shown`` or ``prose``.
"""

from __future__ import annotations

import re
from html import escape

from hfs_server.text import show_controls

_CONTROLS = bytes((*range(9), *range(11, 32), 127))
# What no HTML document may contain beside these; each begins or ends with such bytes in UTF-8.
_NOT_IN_HTML = re.compile(
    "[\x80-\x9f\ufdd0-\ufdef"
    + "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
    + "]"
)
_DOUBTFUL = (b"\xc2", b"\xef\xb7", b"\xbf\xbe", b"\xbf\xbf", b"\xe2\x80\xa8", b"\xe2\x80\xa9")


def escaped(text: str) -> str:
    """The text with its markup escaped; it has passed ``brief`` or ``clean`` before."""
    return escape(text)


def shown(text: str) -> str:
    """Text of any lines with its markup escaped, and a picture for each control character."""
    return escape(clean(text))


def clean(text: str) -> str:
    """Valid Unicode that a page may contain, with newlines as line ends; markup stays."""
    try:
        # Bytes are searched ten times as fast as a pattern is.
        encoded = text.encode()
    except UnicodeEncodeError:
        encoded = _DOUBTFUL[0]
    is_harmless = len(encoded.translate(None, _CONTROLS)) == len(encoded)
    if is_harmless and (text.isascii() or not any(each in encoded for each in _DOUBTFUL)):
        return text
    return _NOT_IN_HTML.sub("\ufffd", show_controls(text))
