"""Sessions that show that they are whole: no message can be lost, cut or moved unnoticed."""

from __future__ import annotations

import json
import re
from pathlib import Path

from testing import documents, effort, stores
from testing.documents import MARKER
from testing.isolation import isolated

LARGE_MESSAGES = 12_000 if effort.IS_LONG else 5000
"""How many messages a session has that is imported in slices."""

OPENED_MESSAGES = 5000
"""How many messages a session has that is as large as a text that an editor opens."""

LARGE_MESSAGE_CHARACTERS = 8000

_NAME = re.compile(r"whole-(\S+) of (\d+)")


def name_of(tag: str, count: int) -> str:
    """The name of a session, which says how many messages it has."""
    return f"whole-{tag} of {count}"


def content_of(tag: str, index: int, characters: int) -> str:
    """A message's text, of about so many characters."""
    return f"{tag} {index} {MARKER} ".ljust(characters, "x")


def whole_document(tag: str, count: int, characters: int = 60) -> documents.Document:
    """A session in which no message can be missing, cut or moved without being missed."""
    said = [
        documents.message(content_of(tag, index, characters), "user" if index % 2 else "assistant")
        for index in range(count)
    ]
    checkpoints = [
        {
            "trigger": f"{tag} {index}",
            "message_index": index,
            "created_at": "2026-02-01T10:00:09Z",
            "state": {"tag": tag},
        }
        for index in range(0, count, 10)
    ]
    return documents.document(name_of(tag, count), *said, checkpoints=checkpoints)


def write_whole(path: Path, tag: str, count: int, characters: int = 60) -> Path:
    """Such a session as a file."""
    path.write_text(json.dumps(whole_document(tag, count, characters)), encoding="utf-8")
    return path


def check_all_whole(path: Path) -> dict[str, int]:
    """Fails if a session lacks anything; returns the sessions' ids by name."""
    return isolated(_all_whole, path)


def _all_whole(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    with stores.opened(path) as connection:
        for session_id, name in connection.execute("SELECT id, name FROM sessions").fetchall():
            match = _NAME.fullmatch(name)
            if match is None:
                continue
            assert name not in found, f"{name} is there twice"
            found[name] = session_id
            tag, count = match[1], int(match[2])
            said = connection.execute(
                "SELECT substr(content, 1, 100), role FROM messages WHERE session_id = ?"
                " ORDER BY id",
                (session_id,),
            ).fetchall()
            assert len(said) == count, f"{name} has {len(said)} messages"
            for index, (content, role) in enumerate(said):
                assert content.startswith(f"{tag} {index} "), (name, index, content)
                assert role == ("user" if index % 2 else "assistant")
            checkpoints = connection.execute(
                "SELECT count(*) FROM checkpoints WHERE session_id = ?", (session_id,)
            ).fetchone()[0]
            assert checkpoints == (count + 9) // 10, f"{name} has {checkpoints} checkpoints"
    return found
