"""Work that is cancelled is completed first; shielded work is not cancelled at all."""

import asyncio
import threading

import pytest

from hfs_server.cancellation import cancel, finished, run_in_thread, shielded


def outcome(awaiting) -> tuple[bool, list[str]]:
    """Whether a task that was cancelled while it awaited is cancelled, and what was done."""
    done: list[str] = []
    release = threading.Event()

    def work() -> None:
        release.wait()
        done.append("work")

    async def task() -> None:
        await awaiting(work)
        done.append("after")

    async def run() -> bool:
        running = asyncio.ensure_future(task())
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.sleep(0)
        release.set()
        await asyncio.wait([running])
        return running.cancelled()

    return asyncio.run(run()), done


@pytest.mark.parametrize(
    "awaiting", [run_in_thread, lambda work: finished(asyncio.to_thread(work))], ids=["run", "wait"]
)
def test_a_cancelled_task_waits_for_its_work_and_is_cancelled_then(awaiting):
    assert outcome(awaiting) == (True, ["work"])


def test_shielded_work_ignores_a_cancellation():
    awaiting = lambda work: shielded(asyncio.to_thread(work))  # noqa: E731
    assert outcome(awaiting) == (False, ["work", "after"])


def test_a_task_that_ignored_a_cancellation_is_cancelled_again():
    release = threading.Event()

    async def work():
        await shielded(asyncio.to_thread(release.wait))
        await asyncio.get_running_loop().create_future()

    async def run():
        tasks = [asyncio.ensure_future(work()), asyncio.ensure_future(asyncio.Event().wait())]
        await asyncio.sleep(0)
        ending = asyncio.ensure_future(cancel(tasks))
        await asyncio.sleep(0)
        release.set()
        await asyncio.wait([ending])
        assert all(task.cancelled() for task in tasks)

    asyncio.run(run())
