"""A server whose output nobody reads."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from testing.messages import said
from testing.programs import PLAIN, environment_for
from testing.waiting import PATIENCE_SECONDS


def unread_server(
    home: Path, store: Path, exports: Path, stderr: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """An initialized server; neither its stdout nor its stderr is read."""
    process = subprocess.Popen(
        [sys.executable, *PLAIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=environment_for(home),
        cwd=home,
    )
    options = {"databasePath": str(store), "exportDirectory": str(exports), "logLevel": "debug"}
    params = {"processId": os.getpid(), "capabilities": {}, "initializationOptions": options}
    send_messages(process, {"id": 1, "method": "initialize", "params": params})
    send_messages(process, {"method": "initialized", "params": {}})
    return process


def send_messages(process: subprocess.Popen[bytes], *messages: dict[str, Any]) -> None:
    """Sends messages, which get their version here."""
    assert process.stdin is not None
    for message in messages:
        process.stdin.write(said({"jsonrpc": "2.0", **message}))
    process.stdin.flush()


def wait_until_idle(process_id: int) -> None:
    """Returns when all threads of the process have slept for a while, as all its work is done."""
    tasks = Path(f"/proc/{process_id}/task")
    if not tasks.exists():
        # The system does not show what the process does; no verdict depends on it.
        time.sleep(6)
        return
    used, quiet, deadline = "", 0, time.monotonic() + PATIENCE_SECONDS
    while quiet < 10 and time.monotonic() < deadline:
        time.sleep(0.05)
        try:
            stats = [path.read_text().rpartition(")")[2].split() for path in tasks.glob("*/stat")]
        except OSError:
            # A thread has just ended.
            stats = []
        now = str([stat[11:13] for stat in stats])
        # One that waits for a processor or for the disk is at work.
        quiet = quiet + 1 if now == used and all(stat[0] == "S" for stat in stats) else 0
        used = now
