"""A session of the store as a document, piece by piece, whatever its size."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from typing import Literal

from hfs_server.cancellation import in_thread
from hfs_server.export import trace_of
from hfs_server.exporters.hfs_json import JsonWriter
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.importers.hfs_json.models import state_from_text
from hfs_server.session import JsonObject
from hfs_server.store.sqlite.rows import Rows, checkpoints_of, messages_of
from hfs_server.store.sqlite.snapshot import SessionSnapshot
from hfs_server.timestamps import now

Format = Literal["markdown", "json"]

SUFFIXES: dict[Format, str] = {"markdown": ".md", "json": ".json"}
"""The end of a file's name, by format."""

Progress = Callable[[float, str], None]
"""Hears the share of the work that is done, from 0 to 1, and how far it is in words."""


Sink = Callable[[bytes], object]
"""Takes what follows of a document."""


def unheard(_: float, __: str) -> None:
    """Progress that nobody asked for."""


async def write_document(
    snapshot: SessionSnapshot, format: Format, sink: Sink, on_progress: Progress = unheard
) -> None:
    """Gives the document in UTF-8 to ``sink``, piece by piece, in a thread."""
    write = _write_json if format == "json" else _write_markdown
    await write(snapshot, sink, on_progress)


async def _write_json(snapshot: SessionSnapshot, sink: Sink, on_progress: Progress) -> None:
    header = snapshot.header
    writer = JsonWriter(
        header.name,
        now(),
        more_metadata={
            "session_created_at": header.created_at,
            "session_updated_at": header.updated_at,
            **snapshot.extra.get("metadata", {}),
        },
        run_snapshot=header.run_snapshot,
        unknown_members=snapshot.extra.get("document"),
    )

    def checkpoints(rows: Rows) -> None:
        sink(writer.checkpoints(_with_states(checkpoints_of(rows))))

    await in_thread(lambda: sink(writer.head()))
    await _write_messages(snapshot, writer, sink, on_progress)
    async with aclosing(snapshot.checkpoints()) as batches:
        async for rows in batches:
            await in_thread(checkpoints, rows)
    await in_thread(lambda: sink(writer.tail()))


async def _write_markdown(snapshot: SessionSnapshot, sink: Sink, on_progress: Progress) -> None:
    newest_state = state_from_text(await snapshot.newest_state())
    trace = trace_of(snapshot.header.run_snapshot, [newest_state])
    moments = await snapshot.moments()
    writer = MarkdownWriter(snapshot.header._replace(run_snapshot=trace), moments, now())
    await in_thread(lambda: sink(writer.head()))
    await _write_messages(snapshot, writer, sink, on_progress)
    await in_thread(lambda: sink(writer.tail()))


async def _write_messages(
    snapshot: SessionSnapshot,
    writer: JsonWriter | MarkdownWriter,
    sink: Sink,
    on_progress: Progress,
) -> None:
    def write(rows: Rows) -> None:
        sink(writer.messages(messages_of(rows)))

    done = 0
    async with aclosing(snapshot.messages()) as batches:
        async for rows in batches:
            await in_thread(write, rows)
            done += len(rows)
            total = max(done, snapshot.header.message_count)
            on_progress(done / total, f"{done:,} of {total:,} messages")


def _with_states(checkpoints: list[JsonObject]) -> list[JsonObject]:
    return [{**moment, "state": state_from_text(moment["state"])} for moment in checkpoints]
