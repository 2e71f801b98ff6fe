"""The use case of an export: store to redaction to exporter to file, text or stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, NamedTuple

from hfs_server.cancellation import run_in_thread, shielded
from hfs_server.errors import OriginalNotKept, SessionTooLarge
from hfs_server.exporters import (
    DEFAULT_OPTIONS,
    JSON,
    ORIGINAL,
    Exporter,
    ExportOptions,
    SessionOverview,
)
from hfs_server.exporters.archive import ArchivedText, ArchiveWriter
from hfs_server.files.atomic import atomic_write
from hfs_server.files.destinations import make_folder
from hfs_server.files.filenames import generated_name
from hfs_server.session import Batch, Progress, SessionHeader, SessionSnapshot, no_progress
from hfs_server.store import SessionReader, Store
from hfs_server.timestamps import now

if TYPE_CHECKING:
    from hfs_server.transforms.redaction import Redactor

LARGEST_TEXT = 50 * 1000 * 1000
"""The most bytes of a result that is one text; VS Code opens no more."""

Sink = Callable[[bytes], object]
"""Receives the next piece of a document."""


class DocumentContext(NamedTuple):
    """What a document says about itself, and how it refers to other sessions."""

    exported_at: Callable[[SessionHeader], str] = lambda _: now()
    link: Callable[[str, int], str] = lambda _, session_id: f"hfs:/sessions/{session_id}.md"
    """The address of the document of another session, by its identity and its id."""


SINGLE = DocumentContext()
"""A document by itself, which is exported now."""


class ExportedFile(NamedTuple):
    """A file that was written; ``size`` in bytes."""

    path: Path
    size: int
    message_count: int
    checkpoint_count: int
    schema_version: str


async def export_to_file(
    store: Store,
    session_id: int,
    exporter: Exporter,
    destination: Path,
    *,
    overwrite: bool = False,
    on_progress: Progress = no_progress,
    options: ExportOptions = DEFAULT_OPTIONS,
    redactor: Redactor | None = None,
) -> ExportedFile:
    """Writes a session to a file, all of it or nothing; ``destination`` is a file or a folder.

    Raises SessionNotFound, DestinationExists, DestinationNotWritable, and the store's errors.
    """
    with atomic_write(destination, overwrite=overwrite, store_files=store.files) as file:
        async with open_session(store, session_id, redactor) as session:
            await write_session(session, exporter, file.write, on_progress, options)
        # Closing the snapshot checks that a store without locks was not changed meanwhile.
        suffix = _suffix(session, exporter)
        name = generated_name(session.header.name, suffix)
        path = await shielded(asyncio.to_thread(file.commit, name))
    return ExportedFile(
        path,
        file.size,
        session.message_count,
        session.checkpoint_count,
        session.header.schema_version,
    )


async def export_to_folder(
    store: Store,
    session_id: int,
    exporter: Exporter,
    folder: Path,
    on_progress: Progress,
    options: ExportOptions = DEFAULT_OPTIONS,
    redactor: Redactor | None = None,
) -> ExportedFile:
    """Writes a session to a new file in a folder, which is created if it is missing."""
    make_folder(folder, store.files)
    return await export_to_file(
        store,
        session_id,
        exporter,
        folder,
        on_progress=on_progress,
        options=options,
        redactor=redactor,
    )


async def export_to_text(
    store: Store,
    session_id: int,
    exporter: Exporter,
    on_progress: Progress = no_progress,
    on_text: Callable[[str], None] | None = None,
    options: ExportOptions = DEFAULT_OPTIONS,
) -> str:
    """The content of the file; ``on_text`` receives parts of it, and the rest is returned.

    Raises SessionTooLarge, SessionNotFound, and the store's errors.
    """
    text = bytearray()
    size = 0

    def add(piece: bytes) -> None:
        nonlocal size
        text.extend(piece)
        size += len(piece)
        if size > LARGEST_TEXT:
            raise SessionTooLarge(
                "The session is too large to be opened as one text. Export it to a file instead.",
                largest=LARGEST_TEXT,
            )

    def advance(share: float, words: str) -> None:
        on_progress(share, words)
        if on_text is not None:
            on_text(text.decode())
            text.clear()

    async with store.snapshot(session_id) as session:
        await write_session(session, exporter, add, advance, options)
    return text.decode()


@asynccontextmanager
async def open_session(
    store: SessionReader, session_id: int, redactor: Redactor | None = None
) -> AsyncIterator[SessionSnapshot]:
    """One session of the store, without secrets if there is a redactor. Raises SessionNotFound."""
    async with store.snapshot(session_id) as session:
        if redactor is None:
            yield session
            return
        from hfs_server.transforms.redacted_snapshot import RedactedSnapshot

        if redactor.replaces_users:
            from hfs_server.transforms.user_names import user_names

            await run_in_thread(redactor.know_users, await user_names(session))
        header = await run_in_thread(redactor.header, session.header)
        yield RedactedSnapshot(session, header, redactor)


async def write_session(
    session: SessionSnapshot,
    exporter: Exporter,
    sink: Sink,
    on_progress: Progress = no_progress,
    options: ExportOptions = DEFAULT_OPTIONS,
    context: DocumentContext = SINGLE,
) -> None:
    """Writes the document to ``sink``, piece by piece, in threads. Raises OriginalNotKept."""
    if exporter is ORIGINAL:
        await _write_original(session, sink)
    elif not options.archive:
        await _write_document(session, exporter, sink, on_progress, options, context)
    else:
        text = ArchivedText(sink)
        await _write_document(session, exporter, text.write, on_progress, options, context)
        archive = ArchiveWriter(sink, text.hexdigest())
        await _write_document(session, JSON, archive.write, context=context)
        await run_in_thread(archive.end)


async def _write_document(
    session: SessionSnapshot,
    exporter: Exporter,
    sink: Sink,
    on_progress: Progress = no_progress,
    options: ExportOptions = DEFAULT_OPTIONS,
    context: DocumentContext = SINGLE,
) -> None:
    overview = await overview_of(session, context)
    exported_at = context.exported_at(session.header)
    writer = await run_in_thread(exporter.writer, overview, exported_at, options)

    def write_messages(batch: Batch) -> None:
        sink(writer.messages(batch.messages))

    def write_checkpoints(batch: Batch) -> None:
        sink(writer.checkpoints(batch.checkpoints))

    await run_in_thread(lambda: sink(writer.head()))
    done = options.first_message - 1
    async with aclosing(session.messages(options.first_message)) as batches:
        async for batch in batches:
            await run_in_thread(write_messages, batch)
            done += batch.size
            total = max(done, session.message_count)
            on_progress(done / total, f"{done:,} of {total:,} messages")
    if exporter.writes_states:
        async with aclosing(session.checkpoints()) as batches:
            async for batch in batches:
                await run_in_thread(write_checkpoints, batch)
    await run_in_thread(lambda: sink(writer.tail()))


async def overview_of(
    session: SessionSnapshot, context: DocumentContext = SINGLE
) -> SessionOverview:
    """What a writer knows before the first message."""
    related = await session.related()
    return SessionOverview(
        session.header,
        session.message_count,
        await session.checkpoint_outlines(),
        session.header.run_snapshot or await session.newest_state(),
        session.usage,
        {key: (name, context.link(key, number)) for key, (number, name) in related.items()},
    )


async def _write_original(session: SessionSnapshot, sink: Sink) -> None:
    if session.original_name is None:
        raise OriginalNotKept(
            "The store has no original of this session, only of sessions that were imported from "
            "files of other tools. Export it as JSON or Markdown."
        )
    async with aclosing(session.original()) as pieces:
        async for piece in pieces:
            await run_in_thread(sink, piece)


def _suffix(session: SessionSnapshot, exporter: Exporter) -> str:
    """The suffix of a new file; an original keeps that of the file that it was read from."""
    if exporter is not ORIGINAL:
        return exporter.suffix
    name = PurePath(session.original_name or "").name
    return "".join(PurePath(name).suffixes[-2:]) if name.endswith(".zst") else PurePath(name).suffix
