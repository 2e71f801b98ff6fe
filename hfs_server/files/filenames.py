"""Names of files: those that a session gives, and those that stand in a sentence.

The rule not to break: a name made here is one on every system, and is UTF-8 on the
disk whatever the locale.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

from hfs_server.graphemes import (
    ZWJ,
    ZWNJ,
    beginning,
    graphemes,
    is_of_a_word,
    printable,
    without_stray_joiners,
)

NAME_CHARACTERS = 60
_NAME_BYTES = 200
_LONGEST_SHOWN = 300

# For Windows these are devices, whatever follows the dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\.", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A session's name as part of a file name on any system, at most 60 characters."""
    text = without_stray_joiners(unicodedata.normalize("NFC", name))
    kept = (
        unit if unit[0] in "-_." or is_of_a_word(unit[0]) else " "
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


def shown(path: Path) -> str:
    """The path within a sentence: on one line, and its middle left out where it is long."""
    text = printable(well_formed(path), "\ufffd")
    half = _LONGEST_SHOWN // 2
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:half]}…{text[-half:]}"


def well_formed(path: Path) -> str:
    """The path as text that any client can read, though it may be no UTF-8 on the disk."""
    try:
        return os.fsencode(path).decode(errors="replace")
    except UnicodeEncodeError:
        return str(path).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
