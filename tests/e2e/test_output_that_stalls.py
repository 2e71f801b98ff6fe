"""A session on its way to a program that has stopped reading, interrupted."""

import os
import signal
import subprocess
import sys

import pytest

from tests.e2e.client import PATIENCE_SECONDS
from tests.e2e.terminal import Terminal


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals of this kind")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_export_whose_reader_has_stopped_can_be_interrupted(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    number: signal.Signals,
) -> None:
    session_id = terminal.add_session("Large", *["x" * 100_000] * 20)
    reader, writer = os.pipe()
    with subprocess.Popen(
        [*arguments, "export", str(session_id), "-o", "-"],
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writer)
        # It fills the pipe when its first bytes are there, and waits from then on.
        assert os.read(reader, 1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    os.close(reader)
    assert process.returncode == -number
    assert b"Traceback" not in errors
