"""The use-cases that the server and the command line share: a session out, a session in."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import BinaryIO, NamedTuple

from hfs_server.cancellation import in_thread, uninterrupted
from hfs_server.errors import InvalidDocument, SessionTooLarge
from hfs_server.files.atomic import Destination, make_folder, open_source, store_files
from hfs_server.importers.hfs_json.reader import DocumentReader, markdown_refused
from hfs_server.session import JsonObject
from hfs_server.store.sqlite.repository import SessionRepository
from hfs_server.store.sqlite.rows import ArrivedSession
from hfs_server.store.sqlite.staging import Arrival
from hfs_server.timestamps import now
from hfs_server.write_document import SUFFIXES, Format, Progress, Sink, unheard, write_document

LARGEST_TEXT = 50 * 1000 * 1000
"""How many bytes an answer that is one text may have; an editor opens no more."""

_STAGED_SHARE = 0.8
_MARKDOWN_SUFFIXES = (".md", ".markdown", ".mdown", ".mkd")


class Exported(NamedTuple):
    """A file that was written; ``size`` in bytes."""

    path: Path
    size: int
    message_count: int
    checkpoint_count: int


class Imported(NamedTuple):
    """A session that was taken into the store."""

    session_id: int
    name: str
    message_count: int
    checkpoint_count: int
    migrated: bool
    original_version: str
    warnings: list[str]


class Exchange:
    """Sessions between one store and the user's files."""

    def __init__(
        self, repository: SessionRepository, database_path: Path, export_directory: Path
    ) -> None:
        self._repository = repository
        self._export_directory = export_directory
        self._database_path = database_path

    async def export(
        self,
        session_id: int,
        format: Format,
        destination: Path | None = None,
        overwrite: bool = False,
        on_progress: Progress = unheard,
    ) -> Exported:
        """Writes the session to a file: all of it, or none.

        ``destination`` is a file or an existing folder, else the export directory. Raises
        SessionNotFound, DestinationExists, DestinationNotWritable, and what the store raises.
        """
        async with AsyncExitStack() as reading:
            snapshot = await reading.enter_async_context(self._repository.snapshot(session_id))
            if destination is None:
                make_folder(self._export_directory)
            place = Destination(
                destination or self._export_directory, overwrite, store_files(self._database_path)
            )
            with place.opened() as file:
                await write_document(snapshot, format, file.write, on_progress)
                # Only now is it known that nobody changed the store where no locks can be had.
                await reading.aclose()
                name = snapshot.header.name
                work = asyncio.to_thread(place.finish, file, name, SUFFIXES[format])
                path = await uninterrupted(work)
            header = snapshot.header
            return Exported(path, file.size, header.message_count, header.checkpoint_count)

    async def text(
        self,
        session_id: int,
        format: Format,
        on_progress: Progress = unheard,
        on_text: Callable[[str], None] | None = None,
    ) -> str:
        """The same text as ``export`` would write. Raises SessionTooLarge, SessionNotFound.

        With ``on_text`` only what that has not been given of it.
        """
        text = bytearray()
        size = 0

        def add(piece: bytes) -> None:
            nonlocal size
            text.extend(piece)
            size += len(piece)
            if size > LARGEST_TEXT:
                raise SessionTooLarge(
                    "The session is too large to be opened as one text. Export it to a file "
                    "instead.",
                    largest=LARGEST_TEXT,
                )

        def advance(share: float, words: str) -> None:
            on_progress(share, words)
            if on_text is not None:
                on_text(text.decode())
                text.clear()

        await self.write(session_id, format, add, advance)
        return text.decode()

    async def write(
        self, session_id: int, format: Format, sink: Sink, on_progress: Progress = unheard
    ) -> None:
        """Gives ``sink`` the same text as ``export`` would write, piece by piece."""
        async with self._repository.snapshot(session_id) as snapshot:
            await write_document(snapshot, format, sink, on_progress)

    async def import_file(
        self, path: Path, name: str | None = None, on_progress: Progress = unheard
    ) -> Imported:
        """Takes an exported file into the store: all of it, or nothing.

        Raises SourceNotReadable, InvalidDocument, UnsupportedVersion, and what the store raises.
        """
        with open_source(path, store_files(self._database_path)) as file:
            try:
                return await self._import(file, name, on_progress)
            except InvalidDocument as error:
                if error.data.get("path") == "" and path.suffix.lower() in _MARKDOWN_SUFFIXES:
                    raise markdown_refused() from None
                raise
            except MemoryError:
                raise InvalidDocument(
                    f"{path} has a part that does not fit into memory. Import it where there is "
                    "more of it."
                ) from None

    async def import_text(
        self, content: str, name: str | None = None, on_progress: Progress = unheard
    ) -> Imported:
        """Takes an exported text into the store, as ``import_file`` does a file."""
        try:
            data = content.encode()
        except UnicodeEncodeError:
            raise InvalidDocument(
                "The text has half of a surrogate pair, which is no text. Correct it and try again."
            ) from None
        return await self._import(io.BytesIO(data), name, on_progress)

    async def _import(self, file: BinaryIO, name: str | None, on_progress: Progress) -> Imported:
        size = max(1, file.seek(0, io.SEEK_END))
        read = 0

        def on_read(count: int) -> None:
            nonlocal read
            read = count

        async with self._repository.arrival() as arrival:
            reader = await in_thread(DocumentReader, file, on_read)
            batches = reader.batches()
            while (batch := await in_thread(next, batches, None)) is not None:
                await arrival.add(batch.messages, batch.checkpoints)
                on_progress(_STAGED_SHARE * read / size, f"{arrival.message_count:,} messages read")
            session = _arrived(reader, name, arrival)

            def on_moved(share: float) -> None:
                done = _STAGED_SHARE + (1 - _STAGED_SHARE) * share
                on_progress(done, f"{share:.0%} moved into the store")

            session_id = await arrival.move_in(session, on_moved)
        return Imported(
            session_id=session_id,
            name=session.name,
            message_count=arrival.message_count,
            checkpoint_count=arrival.checkpoint_count,
            migrated=reader.migration.migrated,
            original_version=reader.migration.original_version,
            warnings=reader.warnings,
        )


def _arrived(reader: DocumentReader, name: str | None, arrival: Arrival) -> ArrivedSession:
    """The session's own row: its times are the document's, or else those of its messages."""
    metadata = reader.metadata
    extra: JsonObject = {}
    unknown = dict(metadata.model_extra or {})
    if "session_created_at" in metadata.model_fields_set and metadata.session_created_at is None:
        unknown["session_created_at"] = None
    if unknown:
        extra["metadata"] = unknown
    if reader.unknown_members:
        extra["document"] = reader.unknown_members
    has_update = "session_updated_at" in metadata.model_fields_set
    return ArrivedSession(
        name=metadata.session_name if name is None else name,
        created_at=metadata.session_created_at or arrival.first_time or now(),
        updated_at=metadata.session_updated_at if has_update else arrival.last_time,
        run_snapshot=reader.run_snapshot,
        extra=extra,
    )
