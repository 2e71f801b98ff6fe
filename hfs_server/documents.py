"""A session of the store as a document, piece by piece, whatever its size."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

from hfs_server.export import trace_of
from hfs_server.export.json_export import JsonWriter
from hfs_server.export.markdown import MarkdownWriter
from hfs_server.export.models import state_from_text
from hfs_server.session import JsonObject
from hfs_server.store.rows import Rows, checkpoints_of, messages_of
from hfs_server.store.snapshot import SessionSnapshot
from hfs_server.times import now
from hfs_server.waiting import in_thread

Format = Literal["markdown", "json"]

SUFFIXES: dict[Format, str] = {"markdown": ".md", "json": ".json"}
"""The end of a file's name, by format."""

Progress = Callable[[float, str], None]
"""Hears the share of the work that is done, from 0 to 1, and how far it is in words."""


def unheard(_: float, __: str) -> None:
    """Progress that nobody asked for."""


def pieces(
    snapshot: SessionSnapshot, format: Format, on_progress: Progress = unheard
) -> AsyncGenerator[bytes, None]:
    """The document in UTF-8."""
    return (_json if format == "json" else _markdown)(snapshot, on_progress)


async def _json(snapshot: SessionSnapshot, on_progress: Progress) -> AsyncGenerator[bytes, None]:
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

    def messages(rows: Rows) -> bytes:
        return writer.messages(messages_of(rows))

    def checkpoints(rows: Rows) -> bytes:
        return writer.checkpoints(_with_states(checkpoints_of(rows)))

    yield writer.head()
    async with aclosing(_messages(snapshot, on_progress)) as batches:
        async for rows in batches:
            yield await in_thread(messages, rows)
    async with aclosing(snapshot.checkpoints()) as batches:
        async for rows in batches:
            yield await in_thread(checkpoints, rows)
    yield writer.tail()


async def _markdown(
    snapshot: SessionSnapshot, on_progress: Progress
) -> AsyncGenerator[bytes, None]:
    header = snapshot.header
    newest_state = state_from_text(await snapshot.newest_state())
    trace = trace_of(header.run_snapshot, [newest_state])
    moments = await snapshot.moments()
    writer = MarkdownWriter(replace(header, run_snapshot=trace), moments, now())

    def messages(rows: Rows) -> bytes:
        return writer.messages(messages_of(rows))

    yield await in_thread(writer.head)
    async with aclosing(_messages(snapshot, on_progress)) as batches:
        async for rows in batches:
            yield await in_thread(messages, rows)
    yield writer.tail()


async def _messages(snapshot: SessionSnapshot, on_progress: Progress) -> AsyncGenerator[Rows, None]:
    done = 0
    async with aclosing(snapshot.messages()) as batches:
        async for rows in batches:
            yield rows
            done += len(rows)
            total = max(done, snapshot.header.message_count)
            on_progress(done / total, f"{done:,} of {total:,} messages")


def _with_states(checkpoints: list[JsonObject]) -> list[JsonObject]:
    return [{**moment, "state": state_from_text(moment["state"])} for moment in checkpoints]
