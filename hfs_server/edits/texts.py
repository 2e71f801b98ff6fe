"""Edits that stand in the text of a reply: blocks of aider, and calls of Cline and Roo Code as XML.

The rule not to break: only these tools carry out what a text says, so no other text is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hfs_server.edits.calls import changes_of_call
from hfs_server.edits.patches import Change, replacements

_AIDER = "aider"
_WITH_CALLS = ("cline", "roo-code")
TOOLS_WITH_EDITS_IN_TEXTS = (_AIDER, *_WITH_CALLS)

_FENCE = re.compile(r"\s*(?:```|~~~)")
_SEARCH = re.compile(r"\s*<{5,} ?SEARCH\s*>?\s*")
_REPLACE = re.compile(r"\s*>{5,} ?REPLACE\s*")
_DECORATION = "#*`: \t"
_LONGEST_NAME = 300
_CALL = re.compile(
    "<(write_to_file|replace_in_file|apply_diff|insert_content|search_and_replace|edit_file"
    "|read_file|execute_command)>"
)
_MEMBERS = ("path", "content", "diff", "search", "replace", "command")


def changes_in_text(tool: str, text: str) -> Iterator[Change]:
    """What the reply of a tool's model does to files."""
    if tool == _AIDER and "SEARCH" in text:
        yield from _blocks(text.split("\n"))
    elif tool in _WITH_CALLS and "</" in text:
        yield from _calls(text)


def _calls(text: str) -> Iterator[Change]:
    position = 0
    while found := _CALL.search(text, position):
        start, position = found.end(), text.find(f"</{found[1]}>", found.end())
        if position < 0:
            return
        inner = text[start:position]
        members = {key: value for key in _MEMBERS if (value := _member(inner, key)) is not None}
        yield from changes_of_call(found[1], members)


def _member(inner: str, key: str) -> str | None:
    """The text of an element, which may itself have elements of that name."""
    start, end = inner.find(f"<{key}>"), inner.rfind(f"</{key}>")
    return inner[start + len(key) + 2 : end].strip("\n") if 0 <= start < end else None


def _blocks(lines: list[str]) -> Iterator[Change]:
    """Each block that searches and replaces, with the file that stands above it."""
    path, start = "", -1
    for index, line in enumerate(lines):
        if _SEARCH.fullmatch(line):
            path, start = _name_above(lines, index) or path, index
        elif path and start >= 0 and _REPLACE.fullmatch(line):
            for removed, added in replacements(lines[start : index + 1]):
                yield Change(path, "edit" if removed else "write", tuple(added), tuple(removed))
            start = -1


def _name_above(lines: list[str], index: int) -> str:
    """The file's name in the three lines above a block; "" if it is that of the block before."""
    for line in reversed(lines[max(0, index - 3) : index]):
        name = line.strip().strip(_DECORATION)
        if _FENCE.match(line):
            # Some models write it behind the fence.
            *_, name = ("", *line.strip().lstrip("`~").split())
            if "." in name or "/" in name:
                return name
        elif _REPLACE.fullmatch(line):
            return ""
        elif name and len(name) <= _LONGEST_NAME and ("." in name or "/" in name):
            return name
        elif name:
            return name if " " not in name else ""
    return ""
