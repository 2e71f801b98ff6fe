"""The names of files in a folder of exports.

The rule not to break: a name follows from the identity of a session alone, so that it is the same
on every machine, and is valid on every system: lower case, ASCII, no reserved name, 75 characters.
"""

from __future__ import annotations

import hashlib
import re

MANIFEST = "hfs-export.json"
"""The name of the manifest."""

_TOOL_CHARACTERS = 24
_DIGITS = 32
_SHORT_DIGITS = 16
_STATE_SUFFIX = ".deletion"
_STEM = r"([a-z0-9-]{1,24}_[0-9a-f]{32})"
_NAME = re.compile(_STEM + r"(?:_[0-9a-f]{16})?\.(?!deletion$)[a-z0-9]{1,9}")
_STATE_NAME = re.compile(_STEM + re.escape(_STATE_SUFFIX))
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def stem_of(identity: str) -> str:
    """The beginning of the names of all files of a session: its tool, and a digest."""
    tool = _NOT_IN_NAMES.sub("-", identity.partition(":")[0].lower())[:_TOOL_CHARACTERS]
    digest = hashlib.sha256(identity.encode(errors="replace")).hexdigest()[:_DIGITS]
    return f"{tool.strip('-') or 'session'}_{digest}"


def file_name(identity: str, suffix: str) -> str:
    """The name of a session's file; ``suffix`` has its dot."""
    return f"{stem_of(identity)}{suffix}"


def version_name(identity: str, suffix: str, digest: str) -> str:
    """The name for another version of the session, which differs from the first one's content."""
    return f"{stem_of(identity)}_{digest[:_SHORT_DIGITS]}{suffix}"


def stem_in(name: str) -> str | None:
    """The stem in the name of a session's file; None for any other name."""
    found = _NAME.fullmatch(name)
    return found[1] if found else None


def state_name(identity: str) -> str:
    """The name of the file that says whether a session was deleted."""
    return state_name_of_stem(stem_of(identity))


def state_name_of_stem(stem: str) -> str:
    """The same for a session whose files have this stem."""
    return f"{stem}{_STATE_SUFFIX}"


def stem_of_state(name: str) -> str | None:
    """The stem in the name of such a file; None for any other name."""
    found = _STATE_NAME.fullmatch(name)
    return found[1] if found else None
