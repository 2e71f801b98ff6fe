"""Names of files that are made from names of sessions.

The rule not to break: a name made here is one on every system, and is UTF-8 on the
disk whatever the locale.
"""

from __future__ import annotations

import os
import re
import unicodedata

from hfs_server.graphemes import ZWJ, ZWNJ, beginning, graphemes, is_word_character
from hfs_server.text import without_stray_joiners

NAME_CHARACTERS = 60
_NAME_BYTES = 200

# For Windows these are devices, whatever follows the dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\.", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A session's name as part of a file name on any system, at most 60 characters."""
    text = without_stray_joiners(unicodedata.normalize("NFC", name))
    kept = (
        unit if unit[0] in "-_." or is_word_character(unit[0]) else " "
        for unit in graphemes(text)
        if unicodedata.category(unit[0]) not in ("Cf", "Cn")
    )
    short = _shortened("_".join("".join(kept).split()))
    stripped = short.strip(f"-._{ZWNJ}{ZWJ}") or "session"
    return stripped.replace(".", "_", 1) if _DEVICE.match(stripped) else stripped


def _shortened(words: str) -> str:
    """The beginning that a file name has room for, cut between two units if possible."""
    short = beginning(words, NAME_CHARACTERS)
    while len(short.encode()) > _NAME_BYTES:
        short = beginning(short, len(short) - 1)
    return short


def stored(name: str) -> str:
    """A name as Python must be told it for its bytes on the disk to be UTF-8."""
    return os.fsdecode(name.encode())
