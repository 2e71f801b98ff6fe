"""Sessions that are exported to a folder, one after the other.

The rule not to break: what the store lacks is never overwritten. A file is replaced if this store
wrote it, if the store has all that is in it, or if it is damaged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

from hfs_server.cancellation import run_in_thread
from hfs_server.errors import HfsError, SessionNotFound
from hfs_server.export_all.comparing import ComparedFile, compare_file
from hfs_server.export_all.deletions import Exchange
from hfs_server.export_all.documents import Choice
from hfs_server.export_all.failures import failure_of
from hfs_server.export_all.listed_files import ListedFiles, Notes
from hfs_server.export_all.rendered import Rendered, render
from hfs_server.export_all.report import ExportAllReport, FailedExport
from hfs_server.export_folder.manifest import Manifest
from hfs_server.export_folder.names import (
    file_name,
    state_name,
    stem_of,
    version_name,
)
from hfs_server.export_folder.states import change_time
from hfs_server.files.atomic import atomic_write
from hfs_server.files.batch import FileBatch
from hfs_server.importers.source_file import SourceFile
from hfs_server.store import SessionReader, Store
from hfs_server.store.shapes import SessionMark
from hfs_server.timestamps import iso_from_text

_OTHER_MESSAGES = (
    "has other messages of its session than the store, and was left as it is. Import the folder if "
    "they are right; else delete the file, and export again."
)
_NEVER = "9999-12-31T23:59:59.999999Z"


class FolderExport:
    """An export of sessions to one folder, which must exist."""

    def __init__(
        self,
        store: Store,
        reader: SessionReader,
        folder: Path,
        choice: Choice,
        manifest: Manifest,
        notes: Notes,
        report: ExportAllReport,
        exchange: Exchange,
    ) -> None:
        self._store = store
        self._reader = reader
        self._folder = folder
        self._files = ListedFiles(folder, manifest, notes)
        self._choice = choice
        self._suffix = choice.exporter.suffix
        self._report = report
        self._exchange = exchange
        self._deleted_elsewhere = 0
        self._batch = FileBatch(folder)

    async def add(self, sessions: Sequence[SessionMark]) -> None:
        """Exports the sessions of one identity; more than one are versions that differ."""
        name = file_name(sessions[0].identity, self._suffix)
        if self._exchange.is_deleted_elsewhere(sessions[0].identity):
            self._deleted_elsewhere += len(sessions)
            return
        if len(sessions) == 1 and self._files.is_current(name, sessions[0].mark):
            self._report.unchanged += 1
            return
        rendered: list[Rendered] = []
        try:
            for session in sessions:
                try:
                    rendered.append(await render(self._reader, self._folder, session, self._choice))
                except SessionNotFound:
                    continue  # It was deleted meanwhile.
                except Exception as error:
                    self._fail(session, name, error)
            if rendered:
                await self._place_all(rendered, is_complete=len(rendered) == len(sessions))
        except BaseException:
            for each in rendered:
                each.file.discard()
            raise
        if self._batch.is_full:
            await run_in_thread(self._batch.flush)

    async def finish(self) -> None:
        """Puts the last files in place, and then the manifest. Raises DestinationNotWritable."""
        await run_in_thread(self._batch.flush)
        if self._choice.is_importable:
            await run_in_thread(self._write_states)
        await run_in_thread(self._remove_deleted)
        await run_in_thread(self._files.write_manifest)
        if self._deleted_elsewhere:
            self._report.warnings.append(
                f"{self._deleted_elsewhere:,} sessions were deleted on another machine. Import the "
                "folder to delete them here."
            )

    async def _place_all(self, rendered: Sequence[Rendered], *, is_complete: bool) -> None:
        """Puts the versions of a session in place: the one that was changed last has the name of
        the session, and the others names of their own, on every machine.
        """
        chosen = {each.file.digest: each for each in rendered}
        versions = dict(chosen)
        names = await self._keep_alike(versions) if len(versions) > 1 else set()
        order = sorted(versions, key=lambda digest: (versions[digest].written.changed_at, digest))
        is_taken = file_name(rendered[0].session.identity, self._suffix) in names
        first = order.pop() if order and not is_taken else None
        for digest in order:
            names.add(await self._place_version(versions[digest]))
        if first is not None:
            names |= await self._place_first(versions[first], versions.keys())
        for each in rendered:
            if chosen[each.file.digest] is not each:
                each.file.discard()
                self._report.unchanged += 1
        if is_complete:
            await self._remove_others(rendered[0].session.identity, names)

    async def _keep_alike(self, versions: dict[str, Rendered]) -> set[str]:
        """Leaves files that another machine wrote of versions that are the same but for what is its
        own, such as their names, and removes these from ``versions``; else the machines would go
        on replacing each other's.
        """
        names: set[str] = set()
        if not self._choice.is_importable:
            return names
        identity = next(iter(versions.values())).session.identity
        own = [version_name(identity, self._suffix, digest) for digest in versions]
        names_found = dict.fromkeys([*self._files.of(stem_of(identity)), *own])
        found = {name: await self._digest(name) for name in names_found}
        for name, digest in found.items():
            if not digest or digest in versions:
                continue
            compared = await self._compared(name)
            alike = [
                each
                for each, version in versions.items()
                if compared.is_same_as(version.session.id) and each not in found.values()
            ]
            for version in map(versions.pop, alike):
                version.file.discard()
                self._report.unchanged += 1
                self._files.add_found(name, version.entry(), digest)
                names.add(name)
        return names

    async def _place_first(self, first: Rendered, digests: Collection[str]) -> set[str]:
        name = file_name(first.session.identity, self._suffix)
        found = await self._digest(name)
        is_known = found in digests or self._files.is_of_this_store(name, found)
        if found == first.file.digest:
            await self._keep(name, first)
        elif (found is None and not self._files.is_taken(name)) or is_known:
            self._queue(name, first)
        else:
            return await self._place_beside(name, first, found)
        return {name}

    async def _place_beside(self, name: str, first: Rendered, found: str | None) -> set[str]:
        """Replaces a file that somebody else wrote, if nothing is lost by it."""
        compared = None
        if self._choice.is_importable and found is not None:
            compared = await self._compared(name)
        if compared is None or compared.relation == "invalid":
            if self._files.entry(name) is None or self._files.is_taken(name):
                self._fail(first.session, name, self._files.in_the_way(name))
                first.file.discard()
            else:
                self._queue(name, first)
            return {name}
        if compared.relation == "less":
            self._queue(name, first)
        elif compared.has_other_messages:
            # The manifest does not vouch for them: somebody may have changed them by mistake.
            first.file.discard()
            self._report.unchanged += 1
            self._report.ahead.append(name)
            self._report.warnings.append(f"{name} {_OTHER_MESSAGES}")
        elif compared.relation == "apart":
            self._files.add_found(name, first.entry(), found or "")
            return {name, await self._place_version(first)}
        else:
            first.file.discard()
            self._report.unchanged += 1
            self._files.add_found(name, first.entry(), found or "")
            if compared.relation == "more":
                self._report.ahead.append(name)
                self._report.warnings.append(
                    f"{name} has more of its session than the store. Import the folder."
                )
        return {name}

    async def _place_version(self, version: Rendered) -> str:
        digest = version.file.digest
        name = version_name(version.session.identity, self._suffix, digest)
        found = await self._digest(name)
        if found == digest:
            await self._keep(name, version)
        elif self._files.is_taken(name) or (found is not None and self._files.entry(name) is None):
            self._fail(version.session, name, self._files.in_the_way(name))
            version.file.discard()
        else:
            self._queue(name, version)
        return name

    async def _remove_others(self, identity: str, names: set[str]) -> None:
        """Removes files of versions that are in another file now, if they are as we left them."""
        for name in self._files.of(stem_of(identity)):
            entry = self._files.entry(name)
            if name in names or entry is None or await self._digest(name) != entry.sha256:
                continue
            if not self._choice.is_importable:
                continue
            compared = await self._compared(name)
            if compared.relation == "more":
                self._report.ahead.append(name)
            elif compared.relation in ("same", "less"):
                # What replaces it must be in place before.
                await run_in_thread(self._batch.flush)
                await run_in_thread(self._files.remove, name)
                self._report.removed += 1

    async def _compared(self, name: str) -> ComparedFile:
        """How a file compares with what the store has of its session."""
        return await compare_file(self._store, partial(self._files.content.open, name), name)

    async def _digest(self, name: str) -> str | None:
        """The digest of a file, which is read unless it is as we left it; None if there is none."""
        return await run_in_thread(self._files.digest, name)

    async def _keep(self, name: str, rendered: Rendered) -> None:
        """Leaves a file that has the session already."""
        rendered.file.discard()
        self._files.add(name, rendered.session.mark, rendered.entry())
        self._report.unchanged += 1

    def _queue(self, name: str, rendered: Rendered) -> None:
        def on_placed() -> None:
            self._files.add(name, rendered.session.mark, rendered.entry())
            self._report.written += 1

        def on_failed(error: OSError) -> None:
            self._fail(rendered.session, name, error)

        self._batch.add(rendered.file, name, on_placed, on_failed)

    def _fail(self, session: SessionMark, name: str, error: Exception) -> None:
        failure = failure_of(error, self._folder / name)
        self._report.failed.append(FailedExport(session.id, name, failure))

    def _write_states(self) -> None:
        """Says which sessions were deleted or came back, before their files are removed."""
        for identity, state in sorted(self._exchange.to_write().items()):
            name = state_name(identity)
            if self._files.is_taken(name):
                continue
            with atomic_write(self._folder / name, overwrite=True) as file:
                file.write(state.data(identity))
                file.commit(name)

    def _remove_deleted(self) -> None:
        """Removes the files of sessions that were deleted, if they are as an export left them and
        were not changed after that.
        """
        for stem, state in self._exchange.deleted().items():
            for name in self._files.of(stem):
                entry = self._files.entry(name)
                if entry is None or self._files.digest(name) != entry.sha256:
                    continue
                if self._files.is_as_left(name) or self._last_change(name) <= state.changed_at:
                    self._files.remove(name)
                    self._report.removed += 1

    def _last_change(self, name: str) -> str:
        """The time of the last change of the session in a file; the end of times if unknown."""
        try:
            found = SourceFile(partial(self._files.content.open, name), name).record
            exported_at = found["metadata"]["exported_at"]
            return change_time(iso_from_text(exported_at)) if self._choice.is_importable else _NEVER
        except (HfsError, LookupError, TypeError, ValueError):
            return _NEVER
