"""Cancelled deletions, restorations and new names: what is answered is what was done."""

from __future__ import annotations

import asyncio

import pytest

from tests.unit.store.sqlite.deletions import row_by_row
from tests.unit.store.sqlite.sessions import message, save, use

TRIES = 40
LATEST_SECONDS = 0.02


async def cancelled_after(work, seconds):
    """Whether the work was cancelled, and not done."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    end = loop.time() + seconds
    while loop.time() < end and not task.done():
        await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        return True
    return False


@pytest.mark.parametrize("is_slow", [False, True])
def test_what_was_cancelled_is_not_done_and_what_was_done_is_answered(path, monkeypatch, is_slow):
    async def work(store):
        session_id = await save(store, [message(f"{n}") for n in range(6)], name="0")
        await save(store, [message("newer")], name="newer")
        name, is_deleted = "0", False
        for number in range(TRIES):
            seconds = LATEST_SECONDS * number / TRIES
            if not is_deleted:
                if not await cancelled_after(store.rename(session_id, f"{number}"), seconds):
                    name = f"{number}"
                assert (await store.list(query=name)).sessions[-1].name == name
            step = store.restore if is_deleted else store.delete
            if not await cancelled_after(step(session_id), seconds):
                is_deleted = not is_deleted
            found = (await store.list(deleted=is_deleted)).sessions
            assert [each.message_count for each in found if each.id == session_id] == [6]

    if is_slow:
        with row_by_row(monkeypatch):
            use(path, work)
    else:
        use(path, work)
