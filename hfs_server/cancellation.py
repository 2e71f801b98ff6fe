"""Awaiting work that must be completed when a request is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_REPEAT_SECONDS = 0.1


async def shielded(work: Awaitable[Result]) -> Result:
    """Awaits ``work``, ignoring cancellation."""
    return (await completed(work))[0].result()


async def shielded_from_late_cancellation(work: Awaitable[Result]) -> Result:
    """Awaits ``work``, which must be reported; a cancellation is raised by the next await."""
    future, was_cancelled = await completed(work)
    if was_cancelled and (task := asyncio.current_task()) is not None:
        task.cancel()
    return future.result()


async def completed(
    work: Awaitable[Result], on_cancelled: Callable[[], None] = lambda: None
) -> tuple[asyncio.Future[Result], bool]:
    """Awaits ``work`` to its end, however it ends, and whether a cancellation was held back.

    ``on_cancelled`` is called as soon as one is.
    """
    future = asyncio.ensure_future(work)
    task = asyncio.current_task()
    was_cancelled = False
    while not future.done():
        try:
            await asyncio.wait([future])
        except asyncio.CancelledError:
            if task is None or not task.cancelling():
                raise
            task.uncancel()
            was_cancelled = True
            on_cancelled()
    return future, was_cancelled


async def cancel(tasks: Collection[asyncio.Future[Any]]) -> None:
    """Cancels tasks until all have ended: what one completes just now may ignore a cancellation."""
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=_REPEAT_SECONDS)


async def finished(work: Awaitable[Result]) -> Result:
    """Awaits ``work`` to its end; a cancellation is raised after it."""
    future = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await shielded(asyncio.wait([future]))
        raise


async def run_in_thread(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """The result of ``function``, called in a thread.

    A cancelled task waits for the call: what it uses (a file, an iterator) is closed next.
    """
    return await finished(asyncio.to_thread(function, *args, **kwargs))
