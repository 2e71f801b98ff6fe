"""The end of the client's process: when it counts as gone, and when it must not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hfs_server.lsp import parent_process as parent
from testing.client import Client, Start
from testing.documents import document, text
from testing.waiting import PROMPT_SECONDS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no harmless way to ask")


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")


NAMES = ["python", ") Z 0 (", "a) Z 1 2 3", "((((", "Z", "\t)\t"]
"""What a process may call itself, as its stat has it before the state."""


NAMED = "import sys; open('/proc/self/comm', 'w').write({!r}); print(flush=True); sys.stdin.read()"


@pytest.fixture
def spawn() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts processes that live until their input ends, with the given name."""
    spawned: list[subprocess.Popen[bytes]] = []

    def spawn(name: str = "") -> subprocess.Popen[bytes]:
        program = NAMED.format(name) if name else "import sys; print(flush=True); sys.stdin.read()"
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        spawned.append(process)
        assert process.stdout is not None
        assert process.stdout.read(1)
        return process

    yield spawn
    for process in spawned:
        process.kill()
        process.communicate(timeout=10)


Spawn = Callable[..., "subprocess.Popen[bytes]"]


def become_zombie(process: subprocess.Popen[bytes]) -> None:
    """Ends the process and leaves it there, as a parent does that does not ask for its end."""
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)


def initialized(client: Client, process_id: int, store: Path) -> Client:
    client.initialize({"processId": process_id}, databasePath=str(store))
    client.request("hfs/listSessions")
    return client


@pytest.mark.parametrize("when", ["before", "later"])
def test_a_client_that_ended_and_was_not_reaped_is_gone(
    launch: Start, spawn: Spawn, store_path: Path, when: str
) -> None:
    process = spawn()
    client = launch()
    if when == "before":
        become_zombie(process)
        client.send("initialize", {"processId": process.pid})
        client.may_be_cut_off = True
    else:
        initialized(client, process.pid, store_path)
        become_zombie(process)
    assert client.wait_for_end(within=PROMPT_SECONDS + 1) == 1


@LINUX
@pytest.mark.parametrize("name", NAMES)
def test_a_process_counts_as_alive_regardless_of_its_name(spawn: Spawn, name: str) -> None:
    process = spawn(name)
    is_gone = parent.watched(process.pid)
    assert is_gone is not None
    assert not is_gone()
    become_zombie(process)
    assert is_gone()
    process.wait(10)
    assert is_gone()


def test_a_client_that_lives_is_not_gone(launch: Start, spawn: Spawn, store_path: Path) -> None:
    client = initialized(launch(), spawn(") Z (").pid, store_path)
    # It looks at its client as often as a change is notified.
    for number in (1, 2):
        client.request("hfs/import", {"content": text(document(f"No {number}"))})
        client.notification("hfs/didChangeSessions", number)
    assert client.process.poll() is None


@LINUX
def test_a_client_whose_id_another_process_got_is_gone(spawn: Spawn) -> None:
    first = spawn()
    is_gone = parent.watched(first.pid)
    assert is_gone is not None
    first.kill()
    first.communicate(timeout=10)
    for _ in range(20):
        try:
            Path("/proc/sys/kernel/ns_last_pid").write_text(str(first.pid - 1))
        except OSError:
            pytest.skip("NO ID GIVEN AGAIN: choosing the next process's id is not allowed here")
        second = spawn()
        if second.pid == first.pid:
            break
    assert second.pid == first.pid, "another process was faster each time"
    assert parent._is_there(second.pid)
    assert is_gone()


@pytest.mark.parametrize("process_id", [0, -1, -(2**70), 2**31, 2**40, 2**70])
def test_an_id_that_no_process_can_have_is_not_watched(process_id: int) -> None:
    assert parent.watched(process_id) is None
