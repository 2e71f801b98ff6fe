"""Frames: read in any pieces, answered once, or the end with 1; nothing else on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e import abuse
from tests.e2e.abuse import RESULT
from tests.e2e.answers import begin_anew, heard
from tests.e2e.client import Client
from tests.e2e.conftest import Start
from tests.e2e.documents import document, message, text


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in abuse.STREAMS])
def test_lost_framing_ends_the_server_with_1(launch: Start, tmp_path: Path, data: bytes) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    assert client.request("hfs/listSessions")["sessions"] == []
    was_whole = data.startswith(abuse.frame(abuse.PING)[:-1])
    if was_whole:
        client.expect_reply("a")
    client.send_bytes(data)
    assert client.wait_for_end() == 1
    assert len(client.stderr.splitlines()) == 1


@pytest.mark.parametrize("data", abuse.CUT_OFF, ids=repr)
def test_input_that_ends_within_a_message_ends_the_server_with_1(
    launch: Start, data: bytes
) -> None:
    client = launch()
    # It has set itself up when it answers.
    assert client.refusal("hfs/listSessions").code == abuse.TOO_EARLY
    client.send_bytes(data)
    client.end_input()
    assert client.wait_for_end() == 1


def test_frames_may_come_in_any_pieces(shared: Client) -> None:
    begin_anew(shared)
    data = abuse.request("piece 1") + abuse.request("piece 2")
    for message_id in ("piece 1", "piece 2"):
        shared.expect_reply(message_id)
    for position in range(len(data)):
        shared.send_bytes(data[position : position + 1])
    heard(shared, [("piece 1", RESULT), ("piece 2", RESULT)])


NOISE = """
import os, subprocess, sys

def noise(event, arguments):
    loads = event == "import" and arguments[0].split(".")[0] in ("pygls", "lsprotocol", "pydantic")
    if loads or event in ("sqlite3.connect", "os.unlink", "tempfile.mkstemp"):
        print("noise of a library", flush=True)
        os.write(1, b"Content-Length: 5\\r\\n\\r\\nnoise")
        if event == "sqlite3.connect":
            subprocess.run(["sh", "-c", "echo noise of a child; cat"])

sys.addaudithook(noise)
if "PYTHONUNBUFFERED" not in os.environ:
    # It stands in a buffer when stdout is claimed.
    print("noise of early times")
"""


@pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["", "unbuffered"])
def test_large_replies_side_by_side_and_a_library_that_prints_leave_stdout_clean(
    launch: Start, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOISE, encoding="utf-8")
    client = launch(environment={**environment, "PYTHONPATH": str(tmp_path)})
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    large = text(document("Large", *(message("x" * 10_000) for _ in range(300))))
    client.request("hfs/import", {"content": large})
    uri = {"uri": "hfs:/sessions/1.json"}
    ids = [client.send("workspace/textDocumentContent", uri) for _ in range(12)]
    ids += [client.send("hfs/listSessions") for _ in range(100)]
    ids += [client.send("workspace/textDocumentContent", uri) for _ in range(12)]
    sizes = {len(json.dumps(client.result(request_id))) > 3_000_000 for request_id in ids}
    assert sizes == {True, False}
    assert "noise of a library" in client.stderr
    assert "noise of a child" in client.stderr
    assert ("noise of early times" in client.stderr) == (not environment)
