"""Names of files: those that a session gives, and those that stand in a sentence.

The rule not to break: a name made here is one on every system, and is UTF-8 on the
disk whatever the locale.
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import Path

NAME_CHARACTERS = 60
_NAME_BYTES = 200
_LONGEST_SHOWN = 300

# For Windows these are devices, whatever follows the dot.
_DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9¹²³])\.", re.IGNORECASE)


def safe_name(name: str) -> str:
    """A session's name as part of a file name on any system, at most 60 characters."""
    kept = (
        character if character in "-_." or _is_of_a_word(character) else " "
        for character in unicodedata.normalize("NFC", name)
        if unicodedata.category(character) not in ("Cf", "Cn")
    )
    words = "_".join("".join(kept).split())
    short = words[:NAME_CHARACTERS].encode()[:_NAME_BYTES].decode(errors="ignore")
    stripped = short.strip("-._") or "session"
    return stripped.replace(".", "_", 1) if _DEVICE.match(stripped) else stripped


def stored(name: str) -> str:
    """A name as Python must be told it for its bytes on the disk to be UTF-8."""
    return os.fsdecode(name.encode())


def shown(path: Path) -> str:
    """The path within a sentence: on one line, and its middle left out where it is long."""
    text = "".join(c if c.isprintable() else "\ufffd" for c in well_formed(path))
    half = _LONGEST_SHOWN // 2
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:half]}…{text[-half:]}"


def well_formed(path: Path) -> str:
    """The path as text that any client can read, though it may be no UTF-8 on the disk."""
    try:
        return os.fsencode(path).decode(errors="replace")
    except UnicodeEncodeError:
        return str(path).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_of_a_word(character: str) -> bool:
    """Letters, marks and numbers of any script, and pictures, but ASCII only as \\w has it."""
    return character.isalnum() or (
        not character.isascii() and unicodedata.category(character)[0] in "LMNS"
    )
