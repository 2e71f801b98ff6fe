"""Sessions as a list shows them, from what a store reads of their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hfs_server.graphemes import beginning
from hfs_server.identity import HFS_TOOL
from hfs_server.store.results import SessionSummary
from hfs_server.store.rows import as_text, facts_in, object_in, texts_in
from hfs_server.timestamps import iso_from_store

PREVIEW_CHARACTERS = 120
PREVIEW_SOURCE_CHARACTERS = 2000
"""How much of a prompt is read for its preview."""
_PREVIEW_WORDS = PREVIEW_CHARACTERS // 2 + 1
_UNKNOWN_TIME = ""


def summary_of(row: Sequence[Any]) -> SessionSummary:
    """The session of a row, in the order of the columns that are read here."""
    session_id, created_at, updated_at, name, messages, checkpoints, prompt, *of_tool = row
    summary = SessionSummary(
        id=session_id,
        name=as_text(name),
        created_at=iso_from_store(created_at) or _UNKNOWN_TIME,
        updated_at=iso_from_store(updated_at),
        message_count=messages,
        checkpoint_count=checkpoints,
        preview=None if prompt is None else preview_of(as_text(prompt)),
    )
    return _with_tool(summary, *of_tool) if any(of_tool) else summary


def _with_tool(
    summary: SessionSummary,
    tool: object,
    directory: object,
    usage: object,
    extra: object,
    parent_id: int | None,
    child_count: int,
) -> SessionSummary:
    """The summary with what only sessions of other tools have."""
    facts = facts_in(extra)
    return summary._replace(
        tool=as_text(tool) if tool else HFS_TOOL,
        working_directory=as_text(directory) if directory else None,
        models=texts_in(facts.get("models")),
        total_tokens=tokens_of(usage),
        parent_id=parent_id,
        child_count=child_count,
        tags=texts_in(facts.get("tags")),
    )


def tokens_of(usage: object) -> int | None:
    """How many tokens the column of a session's usage says; None if they are not known."""
    counts = object_in(usage)
    tokens = [counts.get(name, 0) for name in ("input_tokens", "output_tokens")]
    is_known = bool(counts) and all(type(count) is int for count in tokens)
    return sum(tokens) if is_known else None


def preview_of(text: str) -> str:
    """The beginning on one line; its first characters are nearly always enough."""
    for source in (text[: 2 * PREVIEW_CHARACTERS], text):
        line = " ".join(source.split(maxsplit=_PREVIEW_WORDS)[:_PREVIEW_WORDS])
        if len(line) > PREVIEW_CHARACTERS or len(source) == len(text):
            break
    return beginning(line, PREVIEW_CHARACTERS).rstrip()
