"""The database of a store: connections when they are needed, and transactions of known schema.

The rule not to break: no statement runs on a schema of another version. Each transaction reads
the version first, which locks out a migration until it ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

import psycopg

from hfs_server.cancellation import shielded
from hfs_server.errors import StoreTooNew, StoreUnusable
from hfs_server.store.address import Address
from hfs_server.store.postgresql.connections import Connection, Raw
from hfs_server.store.postgresql.database_errors import READER, WRITER, NoAnswer, translated_errors
from hfs_server.store.postgresql.migrations import NEWEST, migrate, version_in
from hfs_server.store.postgresql.schema import check_is_new

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_MOST_IDLE = 3
_IDLE_SECONDS = 2.0
"""How long one that was idle may take to answer: the network may have forgotten it."""
_VERSION = "SELECT version FROM hfs.schema_version"
_READ = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {_VERSION}".encode()
_END_OF_READING = b"COMMIT"
"""After a ROLLBACK, psycopg would prepare all statements of the connection again."""
_WRITE = f"BEGIN ISOLATION LEVEL READ COMMITTED; {_VERSION}".encode()


class NoStore(StoreUnusable):
    """The database has no store yet."""


class Database:
    """The database at an address."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: list[Connection] = []
        self._is_closed = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """A transaction that sees one state of the store. Raises NoStore."""
        with translated_errors(self.address, READER):
            connection = await self._begun(_READ, creates=False)
            try:
                yield connection
            finally:
                await shielded(self._end(connection, _END_OF_READING))

    async def read(
        self,
        empty: Result,
        function: Callable[Concatenate[Raw, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """What ``function`` reads in a transaction; ``empty`` if there is no store yet."""
        try:
            async with self.reading() as connection:
                # Ended in the same call of the thread, since each one costs.
                return await connection.run(_read_and_end, function, *args, **kwargs)
        except NoStore:
            return empty

    @asynccontextmanager
    async def writing(self, *, creates: bool = False) -> AsyncIterator[Connection]:
        """A transaction that is committed at its end, unless an exception ends it.

        It ``creates`` a store if there is none, else it raises NoStore.
        """
        with translated_errors(self.address, WRITER):
            connection = await self._begun(_WRITE, creates=creates)
            try:
                yield connection
            except BaseException:
                await shielded(self._end(connection, b"ROLLBACK"))
                raise
            await shielded(self._commit(connection))

    async def close(self) -> None:
        """Closes the idle connections; those in use are closed when they are given back."""
        self._is_closed = True
        await self._close_idle()

    async def _close_idle(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _begun(self, begin: bytes, *, creates: bool) -> Connection:
        """A connection on which a transaction of the current schema has begun."""
        connection, version = await self._taken(begin)
        try:
            if version != NEWEST:
                await connection.run(_execute, b"ROLLBACK")
                if version is None:
                    await connection.run(check_is_new)
                self._check(version, creates=creates)
                await connection.run(migrate)
                self._check(await connection.run(_begin, begin), creates=False)
            return connection
        except BaseException:
            await shielded(connection.close())
            raise

    async def _taken(self, begin: bytes) -> tuple[Connection, int | None]:
        """A connection with a transaction, and the version of the schema; None if there is none."""
        while self._idle:
            connection = self._idle.pop()
            try:
                return connection, await connection.run_within(
                    _IDLE_SECONDS, partial(_begin, begin=begin)
                )
            except BaseException as error:
                await shielded(connection.close())
                # After a restart of the server, all that were idle are lost.
                if not isinstance(error, psycopg.OperationalError):
                    raise
                if isinstance(error, NoAnswer):
                    await self._close_idle()
        connection = await Connection.to(self.address)
        try:
            return connection, await connection.run(_begin, begin)
        except BaseException:
            await shielded(connection.close())
            raise

    def _check(self, version: int | None, *, creates: bool) -> None:
        if version is None and not creates:
            raise NoStore(
                f"The database {self.address} has no sessions yet. Import one to create the store."
            )
        if version is not None:
            check_is_known(version, self.address)

    async def _commit(self, connection: Connection) -> None:
        try:
            await connection.run(_execute, b"COMMIT")
        except BaseException:
            await connection.close()
            raise
        await self._give_back(connection)

    async def _end(self, connection: Connection, end: bytes) -> None:
        try:
            if connection.is_in_transaction:
                await connection.run(_execute, end)
        except psycopg.Error:
            await connection.close()
        else:
            await self._give_back(connection)

    async def _give_back(self, connection: Connection) -> None:
        if self._is_closed or len(self._idle) >= _MOST_IDLE:
            await connection.close()
        else:
            self._idle.append(connection)


def check_is_known(version: int, address: Address) -> None:
    """Raises StoreTooNew for a schema of a newer version."""
    if version > NEWEST:
        raise StoreTooNew(
            f"The store {address} was written by a newer hfs-server. Upgrade hfs-server.",
            found=version,
            supported=NEWEST,
        )


def _begin(raw: Raw, begin: bytes) -> int | None:
    try:
        cursor = raw.execute(begin)
        cursor.nextset()
        return version_in(cursor.fetchall())
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        return None


def _read_and_end(
    raw: Raw,
    function: Callable[Concatenate[Raw, Arguments], Result],
    /,
    *args: Arguments.args,
    **kwargs: Arguments.kwargs,
) -> Result:
    result = function(raw, *args, **kwargs)
    raw.execute(_END_OF_READING)
    return result


def _execute(raw: Raw, sql: bytes) -> None:
    raw.execute(sql)
