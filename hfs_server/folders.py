"""Whether a folder of any system lies in another one, by their paths alone.

The rule not to break: no file system is asked, since a session may come from another machine.
"""

from __future__ import annotations

import ntpath
import os
import posixpath
import re
import unicodedata
from functools import lru_cache

_WINDOWS = re.compile(r"[a-z]:(?=[/\\]|$)|\\\\", re.IGNORECASE)
_DRIVE_AFTER_SLASH = re.compile(r"/[a-z]:(?=[/\\]|$)", re.IGNORECASE)
_LONG_PATH = re.compile(r"\\\\[?.]\\(?P<share>UNC\\)?", re.IGNORECASE)


def absolute_folder(text: str) -> str:
    """The absolute path that names a folder of some system, with ``~`` as the home folder.

    Raises ValueError for any other text.
    """
    path = os.path.expanduser(text)
    if not path.startswith("/") and not _WINDOWS.match(path):
        raise ValueError("expected the absolute path of a folder")
    return path


@lru_cache(maxsize=16_384)  # As many as a team has; each search for a project compares all.
def comparable(folder: str) -> str:
    """The same text for all ways to write a folder; another one below it begins with it.

    Paths of Windows, which begin with a drive or a share, are the same in any case.
    """
    path = unicodedata.normalize("NFC", folder)
    if _DRIVE_AFTER_SLASH.match(path):
        path = path[1:]
    if _WINDOWS.match(path):
        path = _LONG_PATH.sub(lambda found: "\\\\" if found["share"] else "", path, count=1)
        return ntpath.normpath(path).casefold().rstrip("\\") + "\\"
    if not path.startswith("/"):
        return path
    return f"/{posixpath.normpath(path).strip('/')}/".replace("//", "/")


def lies_in(folder: str, other: str) -> bool:
    """Whether a folder is another one, or lies below it."""
    return comparable(folder).startswith(comparable(other))


def has_part(folder: str, names: str) -> bool:
    """Whether the names of one folder or more are part of a folder's path, in any case."""
    wanted = comparable(names).casefold().strip("/")
    return f"/{wanted}/" in f"/{comparable(folder).casefold().strip('/')}/"
