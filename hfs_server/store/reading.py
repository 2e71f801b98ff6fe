"""Sessions that are read to their end, several of them in one call if they are small.

The rule not to break: the next one is asked for only when those before it need their source no
more. An original is still to be read unless it is that of the session before.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

from hfs_server.session import Batch, SessionSource
from hfs_server.store.incoming import IncomingSession, identity_in
from hfs_server.store.shapes import ImportRules
from hfs_server.store.staging import StagedSession

_CALL_SECONDS = 0.05
"""How long a call in a thread reads, so that waiting for it costs little (rows 14 and 17)."""
_MOST_BYTES = 1 << 20
"""How much is read before it is saved, but for the last session."""

Incoming = IncomingSession[Any]


class Unread(NamedTuple):
    """A session that could not be read to its end, and why."""

    source: SessionSource
    error: Exception


class _Begun(NamedTuple):
    """A session that is being read."""

    source: SessionSource
    batches: Iterator[Batch]
    staged: StagedSession


class Reading:
    """The sessions of a file or a store, as one import reads them. It must be closed."""

    def __init__(
        self,
        sources: Iterator[SessionSource],
        stage: Callable[[], StagedSession],
        in_thread: Callable[[Callable[[], bool]], Awaitable[bool]],
        rules: ImportRules,
        *,
        is_exchanged: bool,
    ) -> None:
        self._sources = sources
        self._stage = stage
        self._in_thread = in_thread
        self._rules = rules
        self._is_exchanged = is_exchanged
        self.sessions: list[Incoming | Unread] = []
        """What was read since it was last cleared."""
        self._begun: _Begun | None = None
        self._bytes = 0
        self._error: Exception | None = None
        """What the sources raised after the sessions."""
        self._original: Callable[[], BinaryIO] | None = None

    @property
    def is_saved(self) -> bool:
        """Whether no session was found that is still to be saved."""
        return self._begun is None and not self.sessions

    async def read_some(self) -> bool:
        """Reads for a while; False if what was read is to be saved, or there is no more."""
        return await self._in_thread(self._read_some)

    def clear(self) -> None:
        """Releases what was read."""
        for session in self.sessions:
            if isinstance(session, IncomingSession):
                session.staged.close()
        self.sessions, self._bytes = [], 0

    def close(self) -> None:
        """Releases everything."""
        self.clear()
        if self._begun is not None:
            self._begun.staged.close()

    def _read_some(self) -> bool:
        if self._error is not None:
            raise self._error
        end = time.monotonic() + _CALL_SECONDS
        try:
            while begun := self._begun or self._next():
                self._begun = begun
                if begun.staged.stage(begun.batches, end):
                    return True
                self._end(begun)
                if not self._goes_on(begun) or time.monotonic() >= end:
                    return False
        except Exception as error:
            self._fail(error)
        return False

    def _fail(self, error: Exception) -> None:
        """Notes the error of a session, or raises one of the sources when all else is saved."""
        if self._begun is not None:
            self._begun.staged.close()
            self.sessions.append(Unread(self._begun.source, error))
            self._begun = None
        elif self.sessions:
            self._error = error
        else:
            raise error

    def _next(self) -> _Begun | None:
        source = next(self._sources, None)
        return None if source is None else _Begun(source, source.batches(), self._stage())

    def _end(self, begun: _Begun) -> None:
        source, _, staged = begun
        header = source.header
        staged.end(header.created_at)
        identity = identity_in(header, staged)
        self.sessions.append(
            IncomingSession(source, staged, header, identity, self._rules, self._is_exchanged)
        )
        self._begun = None

    def _goes_on(self, begun: _Begun) -> bool:
        """Whether the next session may be read before this one is saved."""
        self._bytes += begun.staged.size
        original = begun.source.original
        before, self._original = self._original, original and original.open
        return self._original in (None, before) and self._bytes < _MOST_BYTES
