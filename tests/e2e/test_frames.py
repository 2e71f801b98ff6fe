"""Frames: read in any pieces, answered once, or the end with 1; nothing else on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.answers import check_and_forget, wait_for_answers
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.messages import PING, RESULT, TOO_EARLY, frame, request

STREAMS: list[tuple[str, bytes]] = [
    ("words for a header", b"nonsense\r\n\r\n"),
    ("an empty header", b"\r\n\r\n"),
    ("another field alone", b"Content-Type: x\r\n\r\n{}"),
    ("a body without a header", PING + b"\r\n\r\n"),
    ("a length in letters", b"Content-Length: x\r\n\r\n"),
    ("no length", b"Content-Length:\r\n\r\n"),
    ("digits that are not ASCII", b"Content-Length: \xd9\xa3\r\n\r\n123"),
    ("below zero", b"Content-Length: -1\r\n\r\n"),
    ("a sign", b"Content-Length: +2\r\n\r\n{}"),
    ("a fraction", b"Content-Length: 2.0\r\n\r\n{}"),
    ("hexadecimal", b"Content-Length: 0x2\r\n\r\n{}"),
    ("a list of lengths", b"Content-Length: 2, 2\r\n\r\n{}"),
    ("two lengths", b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}"),
    ("a length too short", frame(PING, b"Content-Length: %d\r\n\r\n")[:-1] + b"}}\r\n\r\n"),
]

CUT_OFF = [b"C", b"Content-Length: 5", b"Content-Length: 5\r\n", b"Content-Length: 100\r\n\r\n{"]


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in STREAMS])
def test_lost_framing_ends_the_server_with_1(launch: Start, tmp_path: Path, data: bytes) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    assert client.request("hfs/listSessions")["sessions"] == []
    was_whole = data.startswith(frame(PING)[:-1])
    if was_whole:
        client.expect_reply("a")
    client.send_bytes(data)
    assert client.wait_for_end() == 1
    assert len(client.stderr.splitlines()) == 1


@pytest.mark.parametrize("data", CUT_OFF, ids=repr)
def test_input_that_ends_within_a_message_ends_the_server_with_1(
    launch: Start, data: bytes
) -> None:
    client = launch()
    # It has set itself up when it answers.
    assert client.refusal("hfs/listSessions").code == TOO_EARLY
    client.send_bytes(data)
    client.end_input()
    assert client.wait_for_end() == 1


def test_frames_are_read_in_any_pieces(shared: Client) -> None:
    check_and_forget(shared)
    data = request("piece 1") + request("piece 2")
    for message_id in ("piece 1", "piece 2"):
        shared.expect_reply(message_id)
    for position in range(len(data)):
        shared.send_bytes(data[position : position + 1])
    wait_for_answers(shared, [("piece 1", RESULT), ("piece 2", RESULT)])


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
