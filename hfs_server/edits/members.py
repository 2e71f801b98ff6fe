"""The members of tools' inputs that hold files, edits, patches and commands.

The rule not to break: any JSON value may be given, and nothing raises.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from typing import Any

from hfs_server.session import JsonObject

FILES = (
    *("file_path", "filePath", "path", "target_file", "notebook_path", "absolute_path"),
    *("filename", "file", "filepath", "relative_workspace_path", "relativeWorkspacePath"),
)
"""Members with the path of a file."""

PATHS = (*FILES, "dir_path", "directory", "uri")
"""Members with the path of a file or a folder."""

REPLACED = (
    *(("old_string", "new_string"), ("old_str", "new_str"), ("oldString", "newString")),
    *(("old_text", "new_text"), ("oldText", "newText"), ("search", "replace")),
    *(("old", "new"), ("before", "after")),
)
"""Members with the text that an edit replaces, and the text in its place."""

WRITTEN = (
    *("content", "contents", "file_text", "new_source", "code_edit", "insert_text"),
    *("new_str", "new_string", "newString", "newText", "new_text"),
)
"""Members with a text that is written into a file."""

EDITS = ("edits", "replacements", "changes")
COMMANDS = ("command", "cmd", "script")
PATCHES = ("patch", "patchText", "patch_text", "diff", "input", "command")

_LONGEST_ARGUMENTS = 1_000_000
_SHELL_OPTION = re.compile(r"-[a-z]*c|/c|-Command", re.IGNORECASE)


def arguments_of(given: Any) -> Any:
    """The input of a call; the object that it is as JSON text, as OpenAI's APIs have it."""
    if not isinstance(given, str) or given.lstrip()[:1] != "{" or len(given) > _LONGEST_ARGUMENTS:
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        return given


def first_text(given: JsonObject, keys: Sequence[str]) -> tuple[str, str]:
    """The first of these members that is a text, with its name; empty texts if none is."""
    # Most inputs have none of them, or few members.
    if not given.keys().isdisjoint(keys):
        for key in keys:
            value = given.get(key)
            if isinstance(value, str) and value.strip():
                return key, value
    return "", ""


def script_of(command: Any) -> str:
    """The command as it would be typed."""
    if isinstance(command, str):
        return command.strip("\n")
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        return ""
    if len(command) == 3 and _SHELL_OPTION.fullmatch(command[1]):
        return str(command[2]).strip("\n")
    return shlex.join(command)
