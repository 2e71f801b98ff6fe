"""Exports of all sessions to folders, and what is in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from testing.client import Client
from testing.documents import document, text
from testing.tool_logs import FORMATS, write

MANIFEST = "hfs-export.json"


def export_all(client: Client, destination: Path, **params: Any) -> Any:
    """The result of an export of all sessions."""
    return client.request("hfs/exportAll", {"destination": destination.as_uri(), **params})


def counts(result: Any) -> tuple[int, int, int]:
    """How many were written, unchanged, and failed."""
    return result["written"], result["unchanged"], len(result["failed"])


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """What differs after a file was replaced or written to."""
    found = {path.name: path.stat() for path in folder.iterdir()}
    return {name: (status.st_ino, status.st_mtime_ns) for name, status in found.items()}


def add(client: Client, name: str, *messages: Any, **more: Any) -> Any:
    """Imports a document; returns what became of its session."""
    content = text(document(name, *messages, **more))
    return client.request("hfs/import", {"content": content})["sessions"][0]


def fill(client: Client, folder: Path) -> None:
    """Imports sessions of all tools, and two documents."""
    for number, (tool, made) in enumerate(FORMATS.items()):
        write(folder / f"{number}-{tool}", made(number))
    client.request("hfs/import", {"uri": folder.as_uri()})
    ended = {"trigger": "end", "message_index": 1, "state": {}}
    add(client, "Fix: ü 🙂\n<b>", checkpoints=[ended])
    untimed = {"role": "user", "content": "hi"}
    add(client, "Without times", untimed, metadata={"session_created_at": None})
