"""Limits: what exceeds one is rejected, or ends the server with 1."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.client import Client, Start
from testing.requests import import_refused, imported_and_exported

TOO_LARGE: list[tuple[str, bytes]] = [
    ("a body of a byte too many", b"Content-Length: %d\r\n\r\n" % (2**29 + 1)),
    ("past 32 bits", b"Content-Length: %d\r\n\r\n" % 2**32),
    ("past all bits", b"Content-Length: %d\r\n\r\n" % 2**62),
    ("5000 digits", b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"),
    ("an endless field", b"X: " + b"y" * 100_000),
    ("endless fields", b"X: y\r\n" * 100_000),
]


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in TOO_LARGE])
def test_a_frame_above_a_limit_ends_the_server_with_1(
    launch: Start, tmp_path: Path, data: bytes
) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    assert client.request("hfs/listSessions")["sessions"] == []
    client.send_bytes(data)
    assert client.wait_for_end() == 1
    assert len(client.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("before", "after", "outside"),
    [
        ('{"messages": [], "x": ', "}", 1),
        ('{"messages": [], "run_snapshot": ', "}", 1),
        ('{"messages": [], "metadata": {"x": ', "}}", 2),
        ('{"messages": [{"role": "", "content": "", "x": ', "}]}", 3),
        (
            '{"messages": [], "checkpoints": [{"trigger": "", "message_index": 0, "state": ',
            "}]}",
            3,
        ),
    ],
)
def test_a_hundred_levels_are_imported_and_one_more_is_rejected(
    shared: Client, before: str, after: str, outside: int
) -> None:
    most = nested(100 - outside)
    found = imported_and_exported(shared, before + most + after)
    assert most in json.dumps(found)
    assert "nested" in import_refused(shared, {"content": f"{before}[{most}]{after}"}).message


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels
