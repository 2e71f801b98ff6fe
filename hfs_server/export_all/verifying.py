"""Whether a folder or an archive has the sessions of the store, whole.

The rule not to break: every file is read, and what a session's file should hold is computed from
the store. The manifest alone proves nothing.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import HfsError, SessionNotFound
from hfs_server.export_all.comparing import compare_file
from hfs_server.export_all.documents import IMPORTABLE, Choice, choice_of, write_document
from hfs_server.export_all.failures import failure_of
from hfs_server.export_folder.files import ExportFiles, digest_of, manifest_of, open_files
from hfs_server.export_folder.manifest import Manifest
from hfs_server.export_folder.names import MANIFEST, file_name, stem_in, stem_of, stem_of_state
from hfs_server.export_folder.states import read_states
from hfs_server.exporters import exporter_named
from hfs_server.filters import EVERYTHING, Filters
from hfs_server.session import Progress, no_progress
from hfs_server.store import SessionReader, Store
from hfs_server.store.shapes import SessionMark
from hfs_server.text import path_text

State = Literal["missing", "changed", "damaged", "unlisted", "newer", "ahead"]
"""What is wrong with a file: it is missing, it is not what the store has of its session, it is not
what the manifest says or cannot be read, or the manifest does not list it as it is; a deletion is
of a newer version, or its time is far ahead."""


class Problem(NamedTuple):
    """A file that is not as it should be."""

    state: State
    file: str
    session_id: int | None
    """The session of the store, if it has one."""
    reason: str


class Verification(NamedTuple):
    """What was found."""

    path: Path
    sessions: int
    """How many sessions of the store were looked for."""
    whole: int
    """How many of them are there, whole."""
    files: int
    """How many files of sessions, and of deletions, were read."""
    damaged: int
    """How many of them are damaged."""
    problems: list[Problem]
    extra: list[str]
    """Files that the manifest does not list, and that belong to no session of the store."""

    @property
    def is_whole(self) -> bool:
        """Whether all sessions are there, and all files are as they should be."""
        return not self.problems


async def verify(
    store: Store,
    path: Path,
    filters: Filters = EVERYTHING,
    on_progress: Progress = no_progress,
) -> Verification:
    """Compares the folder or the archive at ``path`` with the sessions that ``filters`` select.

    Raises SourceNotReadable, UnsupportedVersion and InvalidDocument if it cannot be read at all,
    and the store's errors.
    """
    marks = await store.session_marks(filters) if store.exists() else []
    with open_files(path) as files:
        found = await run_in_thread(manifest_of, files)
        manifest = found or Manifest(export=Choice(exporter_named(IMPORTABLE)).record())
        choice = choice_of(manifest.export)
        async with store.reader() as reader:
            work = _Verifying(store, reader, files, manifest, choice)
            names = sorted(files.names() & {*manifest.files, *_session_files(files)})
            total = len(names) + len(marks)
            for done, name in enumerate(names):
                await work.read(name)
                on_progress(done / total, f"{done:,} of {len(names):,} files read")
            for done, mark in enumerate(marks):
                await work.look_for(mark)
                on_progress((len(names) + done) / total, f"{done:,} of {len(marks):,} sessions")
            await work.complete()
            await run_in_thread(work.read_states)
    if work.changed_files:
        await run_in_thread(_export_again, store, path, work.changed_files)
    return work.result(marks)


def _export_again(store: Store, path: Path, names: Sequence[str]) -> None:
    """Has the next export compare these files with their sessions, also if none has a new mark."""
    destination = path_text(Path(os.path.abspath(path)))
    notes = store.export_notes(destination)
    for name in names:
        if name in notes:
            notes[name] = notes[name]._replace(mark="")
    store.remember_export(destination, notes)


def _session_files(files: ExportFiles) -> list[str]:
    return [name for name in files.names() if stem_in(name) is not None]


class _Verifying:
    def __init__(
        self,
        store: Store,
        reader: SessionReader,
        files: ExportFiles,
        manifest: Manifest,
        choice: Choice,
    ) -> None:
        self._store = store
        self._reader = reader
        self._files = files
        self._manifest = manifest
        self._choice = choice
        self._digests: dict[str, str] = {}
        """The digests of files that can be read."""
        self._by_stem: dict[str, list[str]] = {}
        self._problems: dict[str, Problem] = {}
        self._missing: list[Problem] = []
        self._found: set[str] = set()
        """Files that belong to a session of the store."""
        self._whole = 0
        self._count = 0
        self.changed_files: list[str] = []

    async def read(self, name: str) -> None:
        """Reads a file, and compares it with the manifest."""
        self._count += 1
        try:
            digest, size = await run_in_thread(digest_of, self._files, name)
        except HfsError as error:
            self._problems[name] = Problem("damaged", name, None, error.message)
            return
        self._digests[name] = digest
        self._by_stem.setdefault(stem_in(name) or "", []).append(name)
        entry = self._manifest.files.get(name)
        if entry is not None and (entry.sha256, entry.bytes) != (digest, size):
            self._problems[name] = Problem("damaged", name, None, _NOT_AS_LISTED)

    async def look_for(self, session: SessionMark) -> None:
        """Looks for a session of the store."""
        name = file_name(session.identity, self._choice.exporter.suffix)
        digest = hashlib.sha256()
        try:
            await write_document(self._reader, session.id, self._choice, digest.update)
        except SessionNotFound:
            return  # It was deleted meanwhile.
        except Exception as error:
            reason = failure_of(error, self._files.path / name).message
            self._missing.append(Problem("missing", name, session.id, reason))
            return
        await self._look_for(session, name, digest.hexdigest())

    async def _look_for(self, session: SessionMark, name: str, digest: str) -> None:
        files = self._by_stem.get(stem_of(session.identity), [])
        same = [each for each in files if self._digests[each] == digest]
        if not same:
            same = [each for each in files if await self._has(each)]
        self._found.update(files)
        if same:
            self._whole += 1
            self._note_unlisted(same[0], session)
        elif name in self._problems:
            self._problems[name] = self._problems[name]._replace(session_id=session.id)
        elif files:
            self._problems[name] = Problem("changed", name, session.id, _LACKS)
            self.changed_files.append(name)
        else:
            self._missing.append(Problem("missing", name, session.id, _NO_FILE))

    async def _has(self, name: str) -> bool:
        """Whether a file has all that the store has of its session."""
        if not self._choice.is_importable or name in self._problems:
            return False
        compared = await compare_file(self._store, partial(self._files.open, name), name)
        return compared.relation in ("same", "more") and not compared.has_other_messages

    def _note_unlisted(self, name: str, session: SessionMark) -> None:
        if name in self._problems:
            reason = "the manifest has another checksum of this file, which is whole"
            self._problems[name] = Problem("unlisted", name, session.id, reason)
        elif name not in self._manifest.files:
            reason = "the manifest does not list this file, which is whole"
            self._problems[name] = Problem("unlisted", name, session.id, reason)

    async def complete(self) -> None:
        """Notes files that are missing, and those of no session of the store that are damaged."""
        there = self._files.names()
        for name in sorted(self._manifest.files.keys() - there):
            known = {problem.file for problem in self._missing}
            if name not in known:
                self._missing.append(Problem("missing", name, None, _LISTED))
        if not self._choice.is_importable:
            return
        for name in sorted(self._digests.keys() - self._found):
            if name in self._manifest.files and name not in self._problems:
                compared = await compare_file(self._store, partial(self._files.open, name), name)
                if compared.relation == "invalid":
                    self._problems[name] = Problem("damaged", name, None, _NO_SESSION)

    def read_states(self) -> None:
        """Reads the files that say what was deleted."""
        found = read_states(self._files)
        self._count += len(found.states) + len(found.problems)
        for name, error in found.problems.items():
            self._problems[name] = Problem(found.kind_of(name), name, None, error.message)

    def result(self, marks: Sequence[SessionMark]) -> Verification:
        """What was found."""
        known = {*self._manifest.files, *self._found, MANIFEST, *self._problems}
        problems = [*self._missing, *self._problems.values()]
        return Verification(
            self._files.path,
            len(marks),
            self._whole,
            self._count,
            sum(problem.state == "damaged" for problem in problems),
            sorted(problems, key=lambda problem: problem.file),
            sorted(filter(_is_extra, self._files.names() - known)),
        )


def _is_extra(name: str) -> bool:
    """Whether a file is neither hidden nor one that says what was deleted."""
    is_hidden = name.startswith(".") and "/" not in name
    return not is_hidden and stem_of_state(name) is None


_NOT_AS_LISTED = "its size or checksum is not that of the manifest"
_LACKS = "it lacks what the store has of this session, or has other messages"
_NO_FILE = "no file has this session"
_LISTED = "the manifest lists it"
_NO_SESSION = "it is not an export of the session that its name stands for"
