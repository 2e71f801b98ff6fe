"""Patches in the forms in which models write them: what each does to which file.

These are the patches of Codex (``*** Begin Patch``), unified diffs, and blocks that search and
replace. The rule not to break: the time is linear in the text, and what cannot be read is no
change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hfs_server.text import unify_line_ends


class Change(NamedTuple):
    """What a call does to one file; lines are without their ends."""

    path: str
    kind: str
    """``create``, ``edit``, ``delete`` or ``read``; ``write`` creates or replaces the file."""
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


_PATCH = re.compile(
    r"\s*(?:\*\*\* Begin Patch|diff --git |--- \S.*\n\+\+\+ |@@ |[<-]{5,} SEARCH|"
    r"apply_patch <<)"
)
_PATCHED_FILE = re.compile(
    r"^(?:\*\*\* (?:Add|Update|Delete) File: |\+\+\+ (?:b/)?)(.+)", re.MULTILINE
)
_FILE_HEAD = re.compile(r"\*\*\* (Add|Update|Delete) File: (.+)")
_MOVE_HEAD = re.compile(r"\*\*\* Move to: (.+)")
_OLD_HEAD = re.compile(r"--- (?:a/)?([^\t\n]+)")
_NEW_HEAD = re.compile(r"\+\+\+ (?:b/)?([^\t\n]+)")
_NOWHERE = "/dev/null"
_SEARCH = re.compile(r"\s*(?:<{5,}|-{5,}) ?SEARCH\s*>?\s*")
_DIVIDER = re.compile(r"\s*={5,}\s*")
_REPLACE = re.compile(r"\s*(?:>{5,}|\+{5,}) ?REPLACE\s*")
_HINT = re.compile(r":(?:start|end)_line:.*|-{5,}\s*")
_KINDS = {"Add": "create", "Update": "edit", "Delete": "delete"}


def is_patch(text: str) -> bool:
    """Whether a text begins as a patch does."""
    return _PATCH.match(text) is not None


def patched_files(text: str) -> list[str]:
    """The files that a patch names, each once, in their order."""
    return [*dict.fromkeys(_PATCHED_FILE.findall(text))]


def blocks_in(text: str) -> list[tuple[list[str], list[str]]]:
    """The lines before and after each block of a text that consists of such; else nothing."""
    lines = unify_line_ends(text).strip("\n").split("\n")
    found = [*replacements(lines)]
    is_whole = _SEARCH.fullmatch(lines[0]) and _REPLACE.fullmatch(lines[-1])
    return found if is_whole and len(found) == sum(map(_is_search, lines)) else []


def changes_of(text: str, path: str = "") -> Iterator[Change]:
    """What a patch does; ``path`` is the file of one that names none."""
    lines = unify_line_ends(text).split("\n")
    if any(line.startswith("*** Begin Patch") for line in lines):
        yield from _of_codex(lines)
    elif path and any(map(_SEARCH.fullmatch, lines)):
        for removed, added in replacements(lines):
            yield Change(path, "edit" if removed else "write", tuple(added), tuple(removed))
    else:
        yield from _of_diff(lines, path)


def replacements(lines: Iterable[str]) -> Iterator[tuple[list[str], list[str]]]:
    """The lines that each block searches, and those that it puts in their place."""
    removed: list[str] = []
    added: list[str] = []
    part = ""
    for line in lines:
        if _SEARCH.fullmatch(line):
            removed, added, part = [], [], "search"
        elif part == "search" and _DIVIDER.fullmatch(line):
            part = "replace"
        elif part == "replace" and _REPLACE.fullmatch(line):
            yield removed, added
            part = ""
        elif part == "search" and (removed or not _HINT.fullmatch(line)):
            removed.append(line)
        elif part == "replace":
            added.append(line)


def _is_search(line: str) -> bool:
    return _SEARCH.fullmatch(line) is not None


def _of_codex(lines: Iterable[str]) -> Iterator[Change]:
    path, kind, moved = "", "", ""
    body: list[str] = []
    for line in (*lines, "*** End Patch"):
        if move := _MOVE_HEAD.match(line):
            moved = move[1].strip()
        elif (head := _FILE_HEAD.match(line)) or line.startswith("*** End Patch"):
            yield from _of_file(path, kind, moved, body)
            path, kind, moved, body = "", "", "", []
            if head:
                path, kind = head[2].strip(), _KINDS[head[1]]
        else:
            body.append(line)


def _of_file(path: str, kind: str, moved: str, body: list[str]) -> Iterator[Change]:
    if not path:
        return
    if moved:
        yield Change(path, "delete")
    yield Change(moved or path, kind, *_signed(body))


def _of_diff(lines: Sequence[str], path: str) -> Iterator[Change]:
    """The changes of a unified diff, or of its hunks alone."""
    old, new = "", ""
    body: list[str] = []
    is_in_hunk = False
    following = iter((*lines[1:], ""))
    for line, next_line in zip(lines, following, strict=True):
        if line.startswith(("diff --git ", "Index: ")):
            yield from _of_diffed(old, new or path, body)
            old, new, body, is_in_hunk = "", "", [], False
        elif (head := _OLD_HEAD.match(line)) and _NEW_HEAD.match(next_line):
            yield from _of_diffed(old, new or path, body)
            old, new, body, is_in_hunk = head[1].strip(), "", [], False
        elif (head := _NEW_HEAD.match(line)) and not is_in_hunk:
            new = head[1].strip()
        elif line.startswith("@@"):
            is_in_hunk = True
        elif is_in_hunk and line[:1] in ("+", "-", " ", "\\", ""):
            body.append(line)
        else:
            is_in_hunk = False
    yield from _of_diffed(old, new or path, body)


def _of_diffed(old: str, new: str, body: list[str]) -> Iterator[Change]:
    added, removed = _signed(body)
    if old and new == _NOWHERE:
        yield Change(old, "delete", (), removed)
    elif new and (added or removed):
        yield Change(new, "create" if old == _NOWHERE else "edit", added, removed)


def _signed(body: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The lines that are added, and those that are removed."""
    return (
        tuple(line[1:] for line in body if line.startswith("+")),
        tuple(line[1:] for line in body if line.startswith("-")),
    )
