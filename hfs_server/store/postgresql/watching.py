"""Changes of the store by any program, as the server notifies of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import psycopg

from hfs_server.store.address import Address
from hfs_server.store.postgresql.connections import Connection, Raw, fetch
from hfs_server.store.postgresql.database_errors import translated_errors


class ChangeWatch:
    """Counts notifications on a connection of its own, which costs no query.

    After the connection was lost, anything may have changed.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self._connection: Connection | None = None
        self._count = 0
        self._is_polled = False
        self._turn = asyncio.Lock()

    async def mark(self) -> object:
        """A value that differs after each change."""
        async with self._turn:
            with translated_errors(self._address):
                if self._connection is None:
                    self._connection = await Connection.to(self._address)
                    self._count += 1
                    await self._listen()
                if self._is_polled:
                    return self._count, await self._run(_state)
                self._count += await self._run(_notifications)
            return self._count

    async def close(self) -> None:
        """Ends the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _listen(self) -> None:
        try:
            await self._run(_listen, closes=False)
            self._is_polled = False
        except psycopg.errors.ReadOnlySqlTransaction:
            # A replica cannot notify.
            self._is_polled = True

    async def _run(self, function: Callable[[Raw], int], *, closes: bool = True) -> int:
        assert self._connection is not None
        try:
            return await self._connection.run(function)
        except BaseException:
            if closes:
                await self.close()
            raise


def _listen(raw: Raw) -> int:
    raw.execute("LISTEN hfs_sessions")
    return 0


def _state(raw: Raw) -> int:
    """A number that differs after nearly every change."""
    if fetch(raw, "SELECT to_regclass('hfs.sessions') IS NULL")[0][0]:
        return 0
    return hash(fetch(raw, "SELECT count(*), sum(revision), max(id) FROM hfs.sessions")[0])


def _notifications(raw: Raw) -> int:
    """How many there were since the last time."""
    return sum(1 for _ in raw.notifies(timeout=0))
