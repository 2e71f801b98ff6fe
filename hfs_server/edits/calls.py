"""What one call of a tool does to files.

The rule not to break: an edit is recognized by the members of the input, so that of an unknown
tool is one too; only calls with a path and a text alone need the name of a tool that writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hfs_server.edits.commands import changes_of_command
from hfs_server.edits.members import (
    COMMANDS,
    EDITS,
    FILES,
    PATCHES,
    REPLACED,
    WRITTEN,
    arguments_of,
    first_text,
    script_of,
)
from hfs_server.edits.patches import Change, changes_of, is_patch
from hfs_server.edits.paths import joined
from hfs_server.session import JsonObject
from hfs_server.text import unify_line_ends

_READS = re.compile(
    r"(?:.*[._])?(?:read|view|cat|open)(?:_?(?:text|many|multiple)?_?files?)?(?:_?v?\d)?|get_?file"
)
_DELETES = re.compile(
    r"(?:.*[._])?(?:delete|remove|rm)(?:_?(?:file|path))?(?:_?v?\d)?|file_?deleted"
)
_WRITES = re.compile(
    r"(?!.*(?:dir|folder|branch))(?!(?:.*__)?(?:get|list|show|check|find|preview|undo))"
    r".*(?:write|create|edit|insert|append|save|patch|replace|new_?file|appl(?:y|ied))"
)
_ELSEWHERE = ("repo", "owner", "repository", "project_id", "url")
"""Members of calls that write to a service, and not to a file here."""
_TEXT_EDITOR = {
    "view": "read", "read": "read", "create": "create", "write": "write", "insert": "edit",
    "str_replace": "edit", "edit": "edit", "append": "edit", "undo_edit": "", "delete": "delete",
    "edit_file": "edit",
}  # fmt: skip
"""The commands of editors that are one tool."""
_BATCHES = ("batchFiles", "batchDiffs")
"""Members with inputs for several files in what Roo Code shows."""
_CODES = ("code", "newCode", "new_code", "changes", "text")
"""Further members with code that is put into a file."""


def changes_of_call(name: str, given: Any) -> Iterator[Change]:
    """What a call does, with the paths as they are in it."""
    given = arguments_of(given)
    tool = name.casefold().replace("-", "_")
    if isinstance(given, str):
        yield from changes_of_command(given)
    elif isinstance(given, dict):
        inner = given.get("action") if isinstance(given.get("action"), dict) else given
        yield from _of_object(tool, inner if isinstance(inner, dict) else given)


def _of_object(tool: str, given: JsonObject) -> Iterator[Change]:
    files = _many(given)
    for each in files or [given]:
        yield from _of_file(tool, each)


def _of_file(tool: str, given: JsonObject) -> Iterator[Change]:
    _, path = first_text(given, (*FILES, "uri"))
    command = given.get("command")
    kind = _TEXT_EDITOR.get(command) if path and isinstance(command, str) else None
    if kind == "":
        return
    if kind is None:
        kind = _kind_of(tool)
    found = [] if kind == "read" else [*_patched(given, path)]
    if found:
        yield from found
    elif kind in ("read", "delete"):
        yield from (Change(each, kind) for each in _paths(given, path))
    elif not path:
        yield from _of_command(given)
    elif kind is not None and not any(key in given for key in _ELSEWHERE):
        yield from _edited(tool, given, path, kind)


def _kind_of(tool: str) -> str | None:
    """What a tool of this name does to a file; None if its input must show that."""
    if _READS.fullmatch(tool):
        return "read"
    if _DELETES.fullmatch(tool):
        return "delete"
    if "create" in tool or re.search(r"new_?file", tool):
        return "create"
    return "write" if re.search(r"write|overwrite|save", tool) else "edit"


def _many(given: JsonObject) -> list[JsonObject]:
    """The inputs for one file each, of a call for several files."""
    args = given.get("args")
    outer = args if isinstance(args, dict) else given
    found = [
        each for key in ("file", "files", *_BATCHES, *EDITS) for each in _listed(outer.get(key))
    ]
    return [each for each in found if first_text(each, FILES)[0]]


def _listed(value: Any) -> list[JsonObject]:
    return [
        each for each in (value if isinstance(value, list) else [value]) if isinstance(each, dict)
    ]


def _paths(given: JsonObject, path: str) -> list[str]:
    found = given.get("paths", given.get("file_paths", given.get("files")))
    listed = found if isinstance(found, list) else []
    return [path] if path else [each for each in listed if isinstance(each, str) and each]


def _patched(given: JsonObject, path: str) -> Iterator[Change]:
    for key in PATCHES:
        value = given.get(key)
        if isinstance(value, list):
            inner = [each.get("content") for each in value if isinstance(each, dict)]
            value = "\n".join(each for each in inner if isinstance(each, str))
        if isinstance(value, str) and (is_patch(value) or (key == "diff" and path)):
            yield from changes_of(value, path)


def _of_command(given: JsonObject) -> Iterator[Change]:
    script = next((script for key in COMMANDS if (script := script_of(given.get(key)))), "")
    _, folder = first_text(given, ("workdir", "working_directory", "workingDirectory", "cwd"))
    for change in changes_of_command(script) if script else ():
        yield change._replace(path=joined(folder, change.path)) if folder else change


def _edited(tool: str, given: JsonObject, path: str, kind: str) -> Iterator[Change]:
    key = next((key for key in EDITS if isinstance(given.get(key), list)), "")
    single = given.get("edit")
    edits = given[key] if key else single if isinstance(single, list) else [single or given]
    found = [_replaced(each) for each in edits if isinstance(each, dict)]
    pairs = [each for each in found if each is not None]
    if pairs:
        added = [line for _, new in pairs for line in _lines(new)]
        removed = [line for old, _ in pairs for line in _lines(old)]
        is_new = len(pairs) == 1 and not pairs[0][0]
        yield Change(path, "write" if is_new else "edit", tuple(added), tuple(removed))
    elif _WRITES.match(tool) or kind != "edit":
        texts = [text for each in edits if (text := _written(each)) is not None]
        text = "\n".join(texts) if texts else None
        if text is not None or _WRITES.match(tool):
            yield Change(path, kind, tuple(_lines(text or "")))


def _replaced(edit: JsonObject) -> tuple[str, str] | None:
    """The texts before and after an edit; None if it has not both."""
    for old, new in REPLACED:
        if isinstance(edit.get(old), str) and isinstance(edit.get(new), str):
            return edit[old], edit[new]
    return None


def _written(given: Any) -> str | None:
    if not isinstance(given, dict):
        return None
    for key in (*WRITTEN, *_CODES):
        value = given.get(key)
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return "\n".join(value)
        if isinstance(value, str):
            return value
    return None


def _lines(text: str) -> list[str]:
    return unify_line_ends(text).split("\n")
