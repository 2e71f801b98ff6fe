"""Inputs of tools that have a shape of their own: patches, edits, commands and plans.

The rule not to break: a shape is recognized by the members of the input, not by the tool's name,
so a tool that is not known reads as well as one that is. Any JSON value may be given, and nothing
raises.
"""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

from hfs_server.edits.members import (
    COMMANDS,
    EDITS,
    PATCHES,
    PATHS,
    REPLACED,
    WRITTEN,
    first_text,
    script_of,
)
from hfs_server.edits.patches import blocks_in, is_patch, patched_files
from hfs_server.exporters.diffs import diff
from hfs_server.exporters.formatting import brief
from hfs_server.session import JsonObject

LONGEST_SUBJECT = 100

REASONS = ("description", "explanation", "justification", "instruction")

_PLANS = ("todos", "plan", "items", "tasks")
_STEPS = ("content", "step", "title", "subject", "description", "text")

_MARKS = {"completed": "x", "done": "x", "in_progress": ">", "in-progress": ">", "cancelled": "-"}


class Block(NamedTuple):
    """A part of an input that has lines."""

    text: str
    language: str = ""
    """The language of its code: "sh", "diff", "json", or "" for none."""
    label: str = ""
    """The member that it is the value of."""


class Shape(NamedTuple):
    """What was recognized of an input."""

    subject: str
    """What the call is about, on one line."""
    blocks: tuple[Block, ...]
    members: frozenset[str]
    """The members that are shown with these."""


def shape_of(given: JsonObject) -> Shape | None:
    """The shape of an input; None if it has none of these."""
    for recognized in (_patch, _edit, _command, _plan):
        if (found := recognized(given)) is not None:
            return found
    return None


def patch_of(text: Any, path: str = "") -> Shape | None:
    """The text as a patch; None if it is not one."""
    if isinstance(text, list) and len(text) == 2 and text[0] == "apply_patch":
        text = text[1]
    if not isinstance(text, str) or not is_patch(text):
        return None
    files = [path] if path else patched_files(text)
    more = f" and {len(files) - 1:,} more" if len(files) > 1 else ""
    subject = brief(files[0], LONGEST_SUBJECT) + more if files else ""
    hunks = [diff("\n".join(old), "\n".join(new)) for old, new in blocks_in(text)]
    lines = "\n".join(f"@@\n{hunk}" for hunk in hunks) if len(hunks) > 1 else "".join(hunks)
    return Shape(subject, (Block(lines or text.strip("\n"), "diff"),), frozenset())


def first_line(text: str) -> str:
    """The beginning of the text's first line that is not empty."""
    return brief(text[: 10 * LONGEST_SUBJECT].strip().partition("\n")[0], LONGEST_SUBJECT)


def _patch(given: JsonObject) -> Shape | None:
    path_key, path = first_text(given, PATHS)
    for key in PATCHES:
        if found := patch_of(given.get(key), path):
            return found._replace(members=frozenset((key, path_key)))
    return None


def _edit(given: JsonObject) -> Shape | None:
    path_key, path = first_text(given, PATHS)
    edits_key = next((key for key in EDITS if isinstance(given.get(key), list)), "")
    edits = given[edits_key] if edits_key else [given]
    hunks = [_hunk(edit, path, is_one_of_many=len(edits) > 1) for edit in edits]
    found = [hunk for hunk in hunks if hunk is not None]
    if not hunks or len(found) < len(hunks):
        return None
    used = [edits_key] if edits_key else chain.from_iterable(keys for _, keys in found)
    block = Block("\n".join(text for text, _ in found), "diff")
    subject = path or first_text(edits[0], PATHS)[1]
    return Shape(brief(subject, LONGEST_SUBJECT), (block,), frozenset((path_key, *used)))


def _hunk(edit: Any, path: str, *, is_one_of_many: bool) -> tuple[str, tuple[str, ...]] | None:
    """The lines that one edit changes, and the members with them; None if it is no edit."""
    if not isinstance(edit, dict):
        return None
    _, own_path = first_text(edit, PATHS)
    head = f"@@ {'' if path else brief(own_path)}".rstrip() + "\n" if is_one_of_many else ""
    for old, new in REPLACED:
        if isinstance(edit.get(old), str) and isinstance(edit.get(new), str):
            return head + diff(edit[old], edit[new]), (old, new)
    key, written = first_text(edit, WRITTEN)
    return (head + diff("", written), (key,)) if key and (own_path or path) else None


def _command(given: JsonObject) -> Shape | None:
    key = next((key for key in COMMANDS if given.get(key)), "")
    command = script_of(given.get(key))
    if not command or first_text(given, PATHS)[0]:
        return None
    reason_key, reason = first_text(given, REASONS)
    subject = brief(reason, LONGEST_SUBJECT) or first_line(command)
    # Time limits and the like are of no interest to a reader.
    settings = [name for name, value in given.items() if not isinstance(value, str | list | dict)]
    members = frozenset((key, reason_key, *settings))
    return Shape(subject, (Block(command, "sh"),), members)


def _plan(given: JsonObject) -> Shape | None:
    key = next((key for key in _PLANS if isinstance(given.get(key), list)), "")
    steps = [_step(step) for step in given[key]] if key else []
    if not all(steps) or not steps:
        return None
    done = sum(step.startswith("[x]") for step in steps)
    subject = f"{done:,} of {len(steps):,} done"
    return Shape(subject, (Block("\n".join(steps)),), frozenset((key,)))


def _step(step: Any) -> str:
    """A step of a plan on one line; "" if it is none."""
    if not isinstance(step, dict) or not isinstance(step.get("status"), str):
        return ""
    _, words = first_text(step, _STEPS)
    return f"[{_MARKS.get(step['status'], ' ')}] {brief(words)}" if words else ""
