"""Small JSON files that tools write beside a session.

The rule not to break: a session is read without them too.
"""

from __future__ import annotations

from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of
from hfs_server.session import JsonObject

_MOST_BYTES = 1 << 22


def json_beside(file: SourceFile, name: str) -> JsonObject:
    """The object in the file of this name (a relative path) beside the session; empty if none."""
    if file.path is None:
        return {}
    try:
        with (file.path.parent / name).open("rb") as opened:
            return object_of(json_value(opened.read(_MOST_BYTES), Draft("", file)))
    except OSError:
        return {}


def is_beside(file: SourceFile, name: str) -> bool:
    """Whether a file of this name lies beside the session."""
    return file.path is not None and (file.path.parent / name).is_file()
