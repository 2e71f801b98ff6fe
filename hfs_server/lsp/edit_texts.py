"""Edits of files in words: on hovering over a line, in a lens, and in a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.files.filenames import safe_name
from hfs_server.importers import IMPORTERS
from hfs_server.store.results import SessionEdit
from hfs_server.text import one_line, path_text

_LABELS = {importer.tool: importer.label for importer in IMPORTERS}
_MOST_SHOWN = 10
_LONGEST_NAME = 80


def hover_text(edits: Sequence[SessionEdit]) -> str:
    """Markdown that says which sessions wrote a line, newest first."""
    first, *others = edits
    parts = [f"Written by {_linked(first)}  \n{escaped(_origin(first))}"]
    if first.prompt:
        parts.append(f"> {escaped(one_line(first.prompt))}")
    parts += [f"Before that by {_linked(edit)}, {escaped(_origin(edit))}" for edit in others]
    return "\n\n".join(parts)


def lens_title(count: int) -> str:
    """How many sessions edited a file."""
    return f"{count:,} AI session{'' if count == 1 else 's'} edited this file"


def sessions_text(path: Path, edits: Sequence[SessionEdit]) -> str:
    """The sessions that edited a file, one on each line."""
    name = one_line(path_text(path.name))
    latest: dict[int, SessionEdit] = {}
    for edit in edits:
        latest.setdefault(edit.session.id, edit)
    if not latest:
        return f"No AI session edited {name}."
    shown = [
        f"{edit.session.id}  {_name(edit)} ({_origin(edit)})"
        for edit in list(latest.values())[:_MOST_SHOWN]
    ]
    more = len(latest) - len(shown)
    head = f"{lens_title(len(latest)).removesuffix('this file')}{name}:"
    return "\n".join([head, *shown, *([f"and {more:,} more"] if more else [])])


def _linked(edit: SessionEdit) -> str:
    name = quote(safe_name(edit.session.name))
    target = f"hfs:/sessions/{edit.session.id}/{name}.md#message-{edit.message_index}"
    return f"[{escaped(_name(edit))}]({target})"


def _name(edit: SessionEdit) -> str:
    return one_line(edit.session.name)[:_LONGEST_NAME] or "(no name)"


def _origin(edit: SessionEdit) -> str:
    """The tool, the model and the local time."""
    tool = _LABELS.get(edit.session.tool, edit.session.tool)
    model = one_line(edit.model) if edit.model else ""
    return ", ".join(filter(None, (tool, model, _local(edit.created_at))))


def _local(time: str | None) -> str:
    if time is None:
        return ""
    return f"{datetime.fromisoformat(time).astimezone():%Y-%m-%d %H:%M}"
