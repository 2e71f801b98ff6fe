"""Connections to the database, on which synchronous functions are run in a thread.

The rule not to break: nothing waits longer than ``ANSWER_SECONDS`` for the server, even if the
network swallows what either side sends.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus

from hfs_server.cancellation import finished, shielded
from hfs_server.errors import StoreUnusable
from hfs_server.store.address import Address
from hfs_server.store.postgresql.database_errors import NoAnswer, connection_error, unreachable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
ANSWER_SECONDS = 9.0
"""How long the server may take for one answer."""
_LOOK_SECONDS = 0.25
_CONNECT_SECONDS = 6
"""How long connecting may take, with all hosts and the look-up of their names."""
_STATEMENT_SECONDS = 8
_LOCK_SECONDS = 5
_CANCEL_SECONDS = 0.8
_OLDEST_SERVER = 13

_NETWORK = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "tcp_user_timeout": 8000,
}
_SETTINGS = {
    "statement_timeout": f"{_STATEMENT_SECONDS}s",
    "lock_timeout": f"{_LOCK_SECONDS}s",
    "TimeZone": "UTC",
    "DateStyle": "ISO",
    "search_path": "pg_catalog",
    "row_security": "on",
    "jit": "off",  # Compiling takes a second where the server has not analyzed the tables.
    "work_mem": "64MB",  # For words that are added to the index by the thousand.
}
"""What a role or a database may have set otherwise; set by SQL, since poolers reject options."""
_COMPRESS = b"""
    SELECT set_config('default_toast_compression', 'lz4', false) FROM pg_catalog.pg_settings
    WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
"""
"""Long texts are compressed by LZ4 if the server can: four times as fast, and 3 % larger."""


class Raw(psycopg.Connection[tuple[Any, ...]]):
    """A connection of psycopg, which only one thread uses at a time."""

    progress = 0
    """Differs after each answer of the server."""


class Connection:
    """One connection; its functions run one after the other, in a thread of its own.

    Shared threads could all wait for a lock whose holder needs one of them.
    """

    def __init__(self, raw: Raw, thread: ThreadPoolExecutor) -> None:
        self._raw = raw
        self._thread = thread

    @classmethod
    async def to(cls, address: Address) -> Connection:
        """A new connection. Raises StoreUnusable and StoreBusy."""
        made = _being_made(address)
        waiting = asyncio.wrap_future(made)
        try:
            done, _ = await asyncio.wait([waiting], timeout=_CONNECT_SECONDS)
            if not done:
                raise unreachable(address)
            raw = waiting.result()
        except BaseException:
            waiting.cancel()
            _abandon(made)
            raise
        return cls(raw, ThreadPoolExecutor(1, thread_name_prefix="postgresql"))

    @property
    def is_lost(self) -> bool:
        """Whether it cannot be used any more."""
        return self._raw.closed

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction is to be ended, or the connection is lost."""
        return self._raw.info.transaction_status != TransactionStatus.IDLE

    async def run(
        self,
        function: Callable[Concatenate[Raw, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """The result of ``function``, called in a thread.

        If the task is cancelled, so is the statement, and its end is awaited.
        """
        return await self.run_within(ANSWER_SECONDS, lambda raw: function(raw, *args, **kwargs))

    async def run_within(self, seconds: float, function: Callable[[Raw], Result]) -> Result:
        """The same, with another limit on how long the server may take for one answer."""
        work = asyncio.get_running_loop().run_in_executor(self._thread, function, self._raw)
        try:
            is_answered = await self._is_answered(work, seconds)
        except asyncio.CancelledError:
            await shielded(self._stop(work))
            raise
        try:
            return await finished(work)
        except psycopg.OperationalError:
            if is_answered:
                raise
            raise NoAnswer from None

    async def run_in_steps(
        self,
        function: Callable[Concatenate[Raw, Arguments], Generator[float, None, Result]],
        on_step: Callable[[float], None],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """What ``function`` returns, which yields the share that is done after each long step.

        What is short is one call in the thread, as each call costs more than most statements.
        """
        steps = function(self._raw, *args, **kwargs)
        result: list[Result] = []
        while (share := await self.run(_next_step, steps, result)) is not None:
            on_step(share)
        return result[0]

    async def close(self) -> None:
        """Ends the connection."""
        await shielded(asyncio.to_thread(self._raw.close))
        self._thread.shutdown(wait=False)

    async def _is_answered(self, work: asyncio.Future[Any], seconds: float) -> bool:
        """Waits for a call, which is ended if the server does not answer it for too long."""
        loop = asyncio.get_running_loop()
        progress, since = self._raw.progress, loop.time()
        while not work.done():
            await asyncio.wait([work], timeout=_LOOK_SECONDS)
            if progress != self._raw.progress:
                progress, since = self._raw.progress, loop.time()
            elif not work.done() and loop.time() > since + seconds:
                _cut(self._raw)
                return False
        return True

    async def _stop(self, work: asyncio.Future[Any]) -> None:
        """Ends a call, whose result nobody wants."""
        if not work.done():
            with suppress(psycopg.Error):
                await asyncio.to_thread(self._raw.cancel_safe, timeout=_CANCEL_SECONDS)
            await asyncio.wait([work], timeout=_CANCEL_SECONDS)
        if not work.done():
            _cut(self._raw)
        await asyncio.wait([work])
        work.exception()


def connect(address: Address) -> Raw:
    """A connection without a transaction. Raises StoreUnusable and StoreBusy."""
    made = _being_made(address)
    try:
        return made.result(_CONNECT_SECONDS)
    except TimeoutError:
        _abandon(made)
        raise unreachable(address) from None


@contextmanager
def limited(raw: Raw, seconds: float) -> Iterator[None]:
    """Ends the connection under calls that the server has not answered after this time."""
    timer = threading.Timer(seconds, _cut, [raw])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _being_made(address: Address) -> Future[Raw]:
    """A connection, made in a thread that nobody waits for: it may look for a host's name."""
    made: Future[Raw] = Future()

    def make() -> None:
        try:
            raw = _connected(address)
        except BaseException as error:
            with suppress(InvalidStateError):
                made.set_exception(error)
            return
        try:
            made.set_result(raw)
        except InvalidStateError:
            raw.close()

    threading.Thread(target=make, name="postgresql-connect", daemon=True).start()
    return made


def _abandon(made: Future[Raw]) -> None:
    """Closes a connection that nobody uses, now or once it is made."""
    if not made.cancel() and made.exception() is None:
        made.result().close()


def _cut(raw: Raw) -> None:
    """Ends the connection under a call that waits for it, which then fails."""
    with suppress(OSError, psycopg.Error):
        duplicate = socket.fromfd(raw.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        with duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)


def _connected(address: Address) -> Raw:
    try:
        params = conninfo_to_dict(address.connection_string)
    except psycopg.Error:
        raise StoreUnusable(
            f"The address {address} is not valid. Write it as postgresql://user@host:5432/name; "
            "characters such as @, / and # in a name or a password must be percent-encoded."
        ) from None
    hosts = str(params.get("host") or os.environ.get("PGHOST") or "").count(",") + 1
    timeout = max(2, _CONNECT_SECONDS // hosts)
    described: dict[str, Any] = {**_NETWORK, "application_name": "hfs-server", **params}
    try:
        raw = Raw.connect(
            make_conninfo(**{**described, "connect_timeout": timeout}),
            client_encoding="UTF8",
            autocommit=True,
            prepare_threshold=sys.maxsize,  # Only what is marked is prepared.
        )
    except psycopg.Error as error:
        raise connection_error(error, address) from None
    try:
        # Whoever waits for the connection gives up earlier, and says why.
        with limited(raw, 2 * _CONNECT_SECONDS):
            _prepare(raw, address)
    except BaseException:
        raw.close()
        raise
    return raw


def fetch(
    raw: Raw,
    sql: str,
    values: Sequence[Any] | dict[str, Any] = (),
    *,
    is_prepared: bool = False,
) -> list[Any]:
    """All rows of a query; one that ``is_prepared`` is planned once for all values."""
    rows = raw.execute(sql.encode(), values or None, prepare=is_prepared).fetchall()
    raw.progress += 1
    return rows


def execute(
    raw: Raw,
    sql: str,
    values: Sequence[Any] | dict[str, Any] = (),
    *,
    is_prepared: bool = False,
) -> int:
    """Executes a statement; returns how many rows it concerned."""
    count = raw.execute(sql.encode(), values or None, prepare=is_prepared).rowcount
    raw.progress += 1
    return count


def _next_step(_: Raw, steps: Generator[float, None, Result], result: list[Result]) -> float | None:
    """The share that is done; None at the end, with the result in the list."""
    try:
        return next(steps)
    except StopIteration as end:
        result.append(end.value)
        return None


def _prepare(raw: Raw, address: Address) -> None:
    """Checks the server, and sets what does not depend on how it was set up."""
    if raw.info.server_version // 10_000 < _OLDEST_SERVER:
        raise StoreUnusable(
            f"The server of {address} is too old. hfs-server needs PostgreSQL {_OLDEST_SERVER} or "
            "newer."
        )
    if raw.info.parameter_status("server_encoding") != "UTF8":
        raise StoreUnusable(
            f"The database of {address} does not have the encoding UTF8. Create one that has, "
            "for example with: createdb --encoding=UTF8 --template=template0 NAME"
        )
    calls = ", ".join("set_config(%s, %s, false)" for _ in _SETTINGS)
    values = [each for setting in _SETTINGS.items() for each in setting]
    try:
        raw.execute(f"SELECT {calls}".encode(), values)
        raw.execute(_COMPRESS)
    except psycopg.Error as error:
        raise connection_error(error, address) from None
