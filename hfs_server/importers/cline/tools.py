"""Calls of tools as Cline and Roo Code show them, whose member ``content`` has many meanings.

The rule not to break: only what is written into a file stays a ``content``.
"""

from __future__ import annotations

import re

from hfs_server.importers.values import objects_of, text_of
from hfs_server.session import JsonObject

_READS = "readFile"
_FINDS = {"listFilesTopLevel", "listFilesRecursive", "listCodeDefinitionNames", "searchFiles"}
_WRITES = {"editedExistingFile", "newFileCreated", "appliedDiff", "insertContent", "fileDeleted"}
_WRITES |= {"searchAndReplace"}
_PATCH = re.compile(r"\s*(?:[<-]{5,} ?SEARCH|\*\*\* Begin Patch|apply_patch <<|@@ )")


def split_call(name: str, value: JsonObject) -> str:
    """What the call returned, "" if that is not shown; the value is left with its input."""
    if name in _WRITES:
        _move_patch(value)
        for each in objects_of(value.get("batchDiffs")):
            _move_patch(each)
        return ""
    content = text_of(value.get("content"))
    if not content or not value.get("path"):
        return ""
    del value["content"]
    if name in _FINDS or (name == _READS and "\n" in content):
        return content
    key = "absolutePath" if name == _READS else "text"
    if content != value["path"]:
        value.setdefault(key, content)
    return ""


def _move_patch(value: JsonObject) -> None:
    """Make a patch that stands where the content of a file does a ``diff``."""
    content = text_of(value.get("content"))
    if _PATCH.match(content) and value.get("diff") in (None, "", content):
        del value["content"]
        value["diff"] = content
