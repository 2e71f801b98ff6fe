"""A session of a store as it is exported with redaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from hfs_server.session import Batch, JsonObject, SessionSnapshot
from hfs_server.transforms.redaction import Redactor


class RedactedSnapshot:
    """A snapshot without secrets; the original alone is as it was."""

    def __init__(self, session: SessionSnapshot, redactor: Redactor) -> None:
        self._session = session
        self._redactor = redactor
        self.header = redactor.header(session.header)
        self.message_count = session.message_count
        self.checkpoint_count = session.checkpoint_count
        self.usage = session.usage
        self.original_name = session.original_name

    async def related(self) -> Mapping[str, tuple[int, str]]:
        """The ids and names of its parent and of the sessions that it started, by identity."""
        related = await self._session.related()
        return {key: (number, self._redactor.text(name)) for key, (number, name) in related.items()}

    def original(self) -> AsyncGenerator[bytes, None]:
        """The bytes that it was read from, which are not redacted."""
        return self._session.original()

    async def checkpoint_outlines(self) -> list[JsonObject]:
        """All checkpoints without their states."""
        return [*self._redactor.parts(await self._session.checkpoint_outlines())]

    async def newest_state(self) -> Any:
        """The state of the newest checkpoint that has one, else None."""
        return self._redactor.value(await self._session.newest_state())

    async def messages(self) -> AsyncGenerator[Batch, None]:
        """All messages, in order."""
        async with aclosing(self._session.messages()) as batches:
            async for batch in batches:
                yield batch._replace(messages=self._redactor.parts(batch.messages))

    async def checkpoints(self) -> AsyncGenerator[Batch, None]:
        """All checkpoints with their states, in order."""
        async with aclosing(self._session.checkpoints()) as batches:
            async for batch in batches:
                yield batch._replace(checkpoints=self._redactor.parts(batch.checkpoints))
