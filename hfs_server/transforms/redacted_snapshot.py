"""A session of a store as it is exported with redaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from hfs_server.cancellation import run_in_thread
from hfs_server.session import Batch, JsonObject, SessionHeader, SessionSnapshot
from hfs_server.transforms.findings import Place
from hfs_server.transforms.redaction import Redactor


class RedactedSnapshot:
    """A snapshot without secrets; the original alone is as it was."""

    def __init__(self, session: SessionSnapshot, header: SessionHeader, redactor: Redactor) -> None:
        """The header is redacted already."""
        self._session = session
        self._redactor = redactor
        self.header = header
        self.message_count = session.message_count
        self.checkpoint_count = session.checkpoint_count
        self.usage = session.usage
        self.original_name = session.original_name

    async def related(self) -> Mapping[str, tuple[int, str]]:
        """The ids and names of its parent and of the sessions that it started, by identity."""
        place = Place("relatedSession")
        self._redactor.findings.forget(place.part)
        related = await self._session.related()
        return {
            key: (number, self._redactor.name_at(place, name))
            for key, (number, name) in related.items()
        }

    def original(self) -> AsyncGenerator[bytes, None]:
        """The bytes that it was read from, which are not redacted."""
        return self._session.original()

    async def checkpoint_outlines(self) -> list[JsonObject]:
        """All checkpoints without their states."""
        self._redactor.findings.forget("checkpoint")
        outlines = await self._session.checkpoint_outlines()
        return await run_in_thread(self._redactor.parts, outlines, Place("checkpoint", 1))

    async def newest_state(self) -> Any:
        """The state of the newest checkpoint that has one, else None."""
        place = Place("runSnapshot")
        self._redactor.findings.forget(place.part)
        state = await self._session.newest_state()
        return await run_in_thread(self._redactor.at, place, state)

    async def messages(self, first: int = 1) -> AsyncGenerator[Batch, None]:
        """All messages from the one with the number ``first`` on, in order."""
        next_place = Place("message", first)
        self._redactor.findings.forget(next_place.part)
        async with aclosing(self._session.messages(first)) as batches:
            async for batch in batches:
                messages = await run_in_thread(self._redactor.parts, batch.messages, next_place)
                next_place = _after(next_place, len(messages))
                yield batch._replace(messages=messages)

    async def checkpoints(self) -> AsyncGenerator[Batch, None]:
        """All checkpoints with their states, in order."""
        next_place = Place("checkpoint", 1)
        self._redactor.findings.forget(next_place.part)
        if self.header.run_snapshot is None:
            # What was found in the newest state is found here once more.
            self._redactor.findings.forget("runSnapshot")
        async with aclosing(self._session.checkpoints()) as batches:
            async for batch in batches:
                found = await run_in_thread(self._redactor.parts, batch.checkpoints, next_place)
                next_place = _after(next_place, len(found))
                yield batch._replace(checkpoints=found)


def _after(place: Place, count: int) -> Place:
    return place._replace(number=(place.number or 1) + count)
