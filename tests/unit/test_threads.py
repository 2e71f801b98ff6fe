"""The event loop's threads."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading

import pytest

from hfs_server.threads import start_threads

NO_MORE_THREADS = """
import asyncio, resource
from hfs_server.threads import start_threads

async def main():
    size = next(line for line in open("/proc/self/status") if line.startswith("VmSize"))
    own = int(size.split()[1]) << 10
    resource.setrlimit(resource.RLIMIT_AS, (own + (12 << 20), resource.RLIM_INFINITY))
    try:
        start_threads()
    except MemoryError:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return "refused"
    return "started"

print(asyncio.run(main()))
"""


@pytest.mark.parametrize("processors", [1, 2, 64])
def test_there_are_as_many_threads_on_every_machine(
    monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: processors)

    async def names() -> set[str]:
        start_threads()
        together = threading.Barrier(6)

        def name() -> str:
            together.wait(60)
            return threading.current_thread().name

        return set(await asyncio.gather(*(asyncio.to_thread(name) for _ in range(6))))

    assert len(asyncio.run(names())) == 6


def test_no_thread_is_started_by_a_call() -> None:
    async def threads() -> tuple[set[threading.Thread], set[threading.Thread]]:
        start_threads()
        before = set(threading.enumerate())
        for _ in range(200):
            await asyncio.to_thread(int)
        return before, set(threading.enumerate())

    before, after = asyncio.run(threads())
    assert before == after


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="NO MEMORY LIMIT TESTED: no prlimit")
def test_threads_without_room_are_a_memory_error() -> None:
    done = subprocess.run(
        [sys.executable, "-c", NO_MORE_THREADS], capture_output=True, text=True, check=False
    )
    assert done.stdout == "refused\n", done.stderr[-2000:]
