"""Names of files: those made from a session's name, and those shown in a sentence.

A name made here must be valid on every system, and be UTF-8 on disk regardless of the locale.
"""

from __future__ import annotations

import os
import re
import unicodedata
from datetime import datetime

from hfs_server.graphemes import ZWJ, ZWNJ, beginning, graphemes, is_word_character
from hfs_server.text import without_stray_joiners

NAME_CHARACTERS = 60
_NAME_BYTES = 200

# Windows opens these as devices, with any suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\.", re.IGNORECASE)


def generated_name(session_name: str, suffix: str) -> str:
    """The name of a session's export in a folder, with the local time."""
    return on_disk(f"{safe_name(session_name)}_{datetime.now():%Y%m%d_%H%M%S}{suffix}")


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
    """The beginning that fits into a file name, cut between graphemes if possible."""
    short = beginning(words, NAME_CHARACTERS)
    while len(short.encode()) > _NAME_BYTES:
        short = beginning(short, len(short) - 1)
    return short


def on_disk(name: str) -> str:
    """The name as Python must pass it to be UTF-8 on disk regardless of the locale."""
    return os.fsdecode(name.encode())
