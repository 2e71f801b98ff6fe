"""The command that shows which sessions wrote a file, or a line of it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from hfs_server.cli.output import (
    one_line,
    print_error,
    print_json,
    print_line,
    print_notice,
    print_table,
    progress,
)
from hfs_server.cli.stores import opened, require_existing
from hfs_server.lsp.edits_protocol import SessionsOfFileResult
from hfs_server.sessions_of_file import (
    CHANGES,
    file_lines,
    sessions_of_file,
    writers_of_line,
    writers_of_lines,
)
from hfs_server.settings import Settings
from hfs_server.store import Store
from hfs_server.store.results import SessionEdit, SessionEdits
from hfs_server.text import path_text

_MOST_EDITS = 500
_NOBODY = ""


async def print_blame(options: Namespace, settings: Settings) -> int:
    """Prints who wrote each line; with a line or ``--sessions`` the sessions."""
    require_existing(settings)
    path, line = file_and_line(options.file)
    count = 0 if line is None else len(_lines_of(path))
    if line is not None and not 0 < line <= count:
        print_error(f"{path_text(path)} has {count:,} lines, which are counted from 1.")
        return 1
    async with opened(settings) as store:
        with progress("Reading sessions") as on_progress:
            await store.update_index(on_progress)
        if line is not None:
            found = await writers_of_line(store, path, line - 1, None, _MOST_EDITS)
            _print_edits(
                found,
                options,
                f"No session is known to have written line {line} of {path_text(path)}.",
            )
        elif options.sessions or options.reads:
            kinds = (*CHANGES, "read") if options.reads else CHANGES
            found = await sessions_of_file(store, path, kinds, _MOST_EDITS)
            _print_edits(found, options, f"No session is known to have edited {path_text(path)}.")
        else:
            await _print_lines(store, path, options)
    return 0


def file_and_line(argument: str) -> tuple[Path, int | None]:
    """The file, and the number of the line, from 1, that may follow it as in "a.py:12:5"."""
    if os.path.lexists(argument):
        return Path(argument).absolute(), None
    name, _, last = argument.rpartition(":")
    before, _, number = name.rpartition(":")
    if before and _is_number(last) and _is_number(number):
        return Path(before).absolute(), int(number)
    if name and _is_number(last):
        return Path(name).absolute(), int(last)
    return Path(argument).absolute(), None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def _lines_of(path: Path) -> list[str]:
    """The lines of a file, without the empty one after its end."""
    lines = file_lines(path)
    return lines[:-1] if lines and not lines[-1] else lines


async def _print_lines(store: Store, path: Path, options: Namespace) -> None:
    lines = _lines_of(path)
    found = await writers_of_lines(store, path, lines)
    writers = [edits[0] if edits else None for edits in found.lines]
    if options.json:
        print_json(
            [
                {"line": number, "text": text, "edit": _wire([edit])[0] if edit else None}
                for number, (text, edit) in enumerate(zip(lines, writers, strict=True), start=1)
            ]
        )
        return
    columns = [_columns(edit) for edit in writers]
    widths = [max((len(each[index]) for each in columns), default=0) for index in range(3)]
    digits = len(str(len(lines)))
    for number, (text, (session, tool, day)) in enumerate(
        zip(lines, columns, strict=True), start=1
    ):
        who = f"{session:>{widths[0]}} {tool:<{widths[1]}} {day:<{widths[2]}}"
        print_line(f"{who} {number:>{digits}} | {text.expandtabs(4)}")
    if not any(writers):
        print_notice(f"No line of {path_text(path)} is known to be written by a session.")


def _columns(edit: SessionEdit | None) -> tuple[str, str, str]:
    """The session's id, its tool and the day."""
    if edit is None:
        return _NOBODY, _NOBODY, _NOBODY
    return str(edit.session.id), edit.session.tool, (edit.created_at or "")[:10]


def _print_edits(found: SessionEdits, options: Namespace, nothing: str) -> None:
    if options.json:
        print_json(_wire(found.edits))
    elif not found.edits:
        print_notice(nothing)
    else:
        heading = ("ID", "MESSAGE", "TIME (UTC)", "KIND", "TOOL", "MODEL", "NAME")
        print_table([heading, *map(_row, found.edits)], numbers=(0, 1))


def _row(edit: SessionEdit) -> Sequence[str]:
    return (
        str(edit.session.id),
        str(edit.message_index),
        (edit.created_at or "")[:16].replace("T", " "),
        edit.kind,
        edit.session.tool,
        one_line(edit.model) if edit.model else "-",
        one_line(edit.session.name),
    )


def _wire(edits: Sequence[SessionEdit]) -> list[object]:
    shown = SessionEdits(list(edits), True)
    found = SessionsOfFileResult.model_validate(shown, from_attributes=True)
    edited: list[object] = found.model_dump(by_alias=True)["edits"]
    return edited
