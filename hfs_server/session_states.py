"""Deletions and restorations of sessions that stores exchange through a folder of exports.

The rule not to break: a session is deleted as of a time. One that was changed or restored at that
time or later is kept, on every machine.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import HfsError
from hfs_server.export_folder.files import open_files
from hfs_server.export_folder.names import stem_of
from hfs_server.export_folder.states import State, change_time, read_states
from hfs_server.filters import EVERYTHING
from hfs_server.import_report import ImportReport
from hfs_server.store import Store
from hfs_server.store.shapes import SessionMark
from hfs_server.timestamps import is_ahead, now

DELETED_THERE = "deleted on another machine"
"""Why a session of the store was deleted by an import."""


class StoredStates(NamedTuple):
    """The states of a store."""

    states: Mapping[str, State]
    """Of all sessions that it has, and of those that were deleted from it, by identity."""
    present: Collection[str]
    """The identities of those that it has."""
    unknown: Collection[str]
    """The identities of those that were deleted at no known time, so that now is taken as it:
    another program deleted them, or the clock was wrong."""


async def stored_states(store: Store, marks: Sequence[SessionMark]) -> StoredStates:
    """The states of the store; ``marks`` are those of all its sessions."""
    found: dict[str, State] = {}
    for mark in marks:
        state = State(change_time(mark.changed_at), is_kept=True)
        found[mark.identity] = max(state, found.get(mark.identity, state))
    present, unknown = frozenset(found), set()
    for identity, note in (await store.deletion_states()).items():
        if identity in present and note.is_deleted:
            continue  # Another version of it was deleted.
        is_gone = identity not in present and not note.is_deleted
        has_time = note.changed_at is not None and not is_ahead(note.changed_at)
        if is_gone or not (has_time or identity in present):
            # The terminal program deleted it, and says not when.
            unknown.add(identity)
            found[identity] = State(now(), is_kept=False)
        elif note.changed_at is not None:
            state = State(change_time(note.changed_at), not note.is_deleted)
            found[identity] = max(state, found.get(identity, state))
    return StoredStates(found, present, unknown)


def found_states(paths: Collection[Path], report: ImportReport) -> Mapping[str, State]:
    """The states in folders and archives; files that are ignored are failures in the report."""
    states: dict[str, State] = {}
    for path in paths:
        try:
            with open_files(path) as files:
                found = read_states(files)
        except HfsError:
            continue  # The import of the archive says why.
        for name, error in found.problems.items():
            report.add_failure(path / name if path.is_dir() else path, error, name)
        for identity, state in found.states.items():
            states[identity] = max(state, states.get(identity, state))
    return states


async def apply_states(
    store: Store, states: Mapping[str, State], report: ImportReport, *, is_trial: bool
) -> set[str]:
    """Deletes and restores the sessions of the store that were deleted or restored elsewhere later.

    Returns the stems of the files from which sessions must come back.
    """
    stored = await stored_states(store, await store.session_marks(EVERYTHING))
    returning: set[str] = set()
    # Deleting a session takes those below it along, which may have been restored. What was deleted
    # before it, by itself, is also restored by itself.
    order = sorted(states.items(), key=lambda each: (each[1].is_kept, each[1].changed_at))
    for identity, state in order:
        mine = stored.states.get(identity)
        if mine is not None and mine >= state:
            continue
        if state.is_kept:
            if mine is not None and identity not in stored.present:
                returning.add(stem_of(identity))
                if not is_trial:
                    await store.restore_identity(identity, state.changed_at)
            continue
        if identity in stored.present:
            report.skipped[DELETED_THERE] += 1
        if not is_trial:
            await store.delete_identity(identity, state.changed_at)
    return returning
