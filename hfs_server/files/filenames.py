"""Names of files: those made from a session's name, and those shown in a sentence.

A name made here must be valid on every system, and be UTF-8 on disk regardless of the locale.
"""

from __future__ import annotations

import os
import re
import unicodedata
from datetime import datetime
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

# Windows opens these as devices, with any suffix.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\.", re.IGNORECASE)


def generated_name(session_name: str, suffix: str) -> str:
    """The name of a session's export in a folder, with the local time."""
    return on_disk(f"{safe_name(session_name)}_{datetime.now():%Y%m%d_%H%M%S}{suffix}")


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
    """The beginning that fits into a file name, cut between graphemes if possible."""
    short = beginning(words, NAME_CHARACTERS)
    while len(short.encode()) > _NAME_BYTES:
        short = beginning(short, len(short) - 1)
    return short


def on_disk(name: str) -> str:
    """The name as Python must pass it to be UTF-8 on disk regardless of the locale."""
    return os.fsdecode(name.encode())


def path_in_sentence(path: Path) -> str:
    """The path for a sentence: on one line, and without its middle if it is long."""
    text = printable(path_text(path), "\ufffd")
    half = _LONGEST_SHOWN // 2
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:half]}…{text[-half:]}"


def path_text(path: Path) -> str:
    """The path as valid Unicode, with replacements if its bytes on disk are not UTF-8."""
    try:
        return os.fsencode(path).decode(errors="replace")
    except UnicodeEncodeError:
        return str(path).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
