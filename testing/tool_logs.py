"""Sessions of other tools as files, each where its tool keeps them below a home folder."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from testing.documents import MARKER

Json = dict[str, Any]

SECOND = 1_760_000_000_000
_STATE = "CREATE TABLE cursorDiskKV (key TEXT UNIQUE ON CONFLICT REPLACE, value BLOB)"


def id_of(number: int) -> str:
    """The id that tools give a session: a UUID of version 4."""
    return str(UUID(int=number * 7919 + 1, version=4))


def claude_code(number: int, turns: int = 1, words: str = MARKER, **common: Any) -> bytes:
    """A log of Claude Code: prompts and replies in turn."""
    lines: list[Json] = []
    for turn in range(turns):
        for role in ("user", "assistant"):
            said: Json = {"role": role, "content": f"{role} {turn} of {number}: {words}"}
            if role == "assistant":
                usage = {"input_tokens": 10, "output_tokens": 2}
                block = {"type": "text", "text": said["content"]}
                said |= {"id": f"msg_{number}_{turn}", "model": "claude-opus-4-7"}
                said |= {"content": [block], "usage": usage}
            lines.append(
                {
                    "parentUuid": lines[-1]["uuid"] if lines else None,
                    "isSidechain": False,
                    "cwd": "/home/ada/web",
                    "sessionId": id_of(number),
                    "version": "2.1.207",
                    "type": role,
                    "uuid": f"{number}-{turn}-{role}",
                    "timestamp": f"2026-02-01T10:{turn // 60 % 60:02}:{turn % 60:02}.000Z",
                    "message": said,
                    **common,
                }
            )
    return json_lines(lines)


def subagent(number: int, agent: str, turns: int = 1) -> bytes:
    """The log of a subagent of a session of Claude Code."""
    return claude_code(number, turns, f"by {agent}", isSidechain=True, agentId=agent)


def codex(number: int, turns: int = 1, words: str = MARKER) -> bytes:
    """A rollout of Codex."""

    def record(kind: str, **payload: Any) -> Json:
        return {"timestamp": "2026-04-11T14:53:00.000Z", "type": kind, "payload": payload}

    meta = {"id": id_of(number), "timestamp": "2026-04-11T14:52:59Z", "cwd": "/work"}
    lines = [record("session_meta", cli_version="0.118.0", source="cli", **meta)]
    for turn in range(turns):
        for role, kind in (("user", "input_text"), ("assistant", "output_text")):
            content = [{"type": kind, "text": f"{role} {turn} of {number}: {words}"}]
            lines.append(record("response_item", type="message", role=role, content=content))
    return json_lines(lines)


def gemini_cli(number: int, turns: int = 1, words: str = MARKER) -> bytes:
    """A session of Gemini CLI as one document."""
    messages = [
        {
            "id": f"{number}-{turn}-{kind}",
            "timestamp": f"2026-04-23T12:{turn % 60:02}:00.000Z",
            "type": kind,
            "content": f"{kind} {turn} of {number}: {words}",
        }
        for turn in range(turns)
        for kind in ("user", "gemini")
    ]
    facts = {"sessionId": id_of(number), "projectHash": "abc"}
    times = {"startTime": "2026-04-23T12:00:00.000Z", "lastUpdated": "2026-04-23T13:00:00.000Z"}
    return json.dumps({**facts, **times, "messages": messages}, indent=2).encode()


def copilot_cli(number: int, turns: int = 1, words: str = MARKER) -> bytes:
    """The events of a session of Copilot CLI."""

    def event(kind: str, **data: Any) -> Json:
        time = "2026-05-12T00:21:00.000Z"
        return {"type": kind, "data": data, "id": "e", "timestamp": time, "parentId": None}

    facts = {"sessionId": id_of(number), "producer": "copilot-agent", "copilotVersion": "1.0.45"}
    lines = [event("session.start", startTime="2026-05-12T00:21:00Z", **facts)]
    for turn in range(turns):
        lines.append(event("user.message", content=f"user {turn} of {number}: {words}"))
        said = f"assistant {turn} of {number}: {words}"
        lines.append(event("assistant.message", messageId=f"a{turn}", content=said))
    return json_lines(lines)


def opencode(number: int, turns: int = 1, words: str = MARKER) -> bytes:
    """An export of opencode."""
    session = f"ses_{number}"
    messages = []
    for turn in range(turns):
        for role in ("user", "assistant"):
            message = f"msg_{number}_{turn}_{role}"
            about = {"sessionID": session, "messageID": message}
            text = f"{role} {turn} of {number}: {words}"
            part = {"id": f"prt_{turn}", "type": "text", "text": text, **about}
            said: Json = {"id": message, "sessionID": session, "role": role}
            said["time"] = {"created": SECOND + turn * 1000}
            messages.append({"info": said, "parts": [part]})
    times = {"created": SECOND, "updated": SECOND + 60_000}
    info: Json = {"id": session, "projectID": "p", "directory": "/work", "title": f"No {number}"}
    info |= {"version": "1.2.5", "time": times}
    return json.dumps({"info": info, "messages": messages}).encode()


def cursor(number: int, turns: int = 1, words: str = MARKER) -> bytes:
    """A session of Cursor's editor as a document."""
    return json.dumps(_composer(number, turns, words)).encode()


def write_cursor_state(path: Path, numbers: Sequence[int], journal_mode: str = "DELETE") -> Path:
    """The database of Cursor's editor with these sessions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
        connection.execute(_STATE)
        for number in numbers:
            add_to_cursor_state(connection, number)
    return path


def add_to_cursor_state(connection: sqlite3.Connection, number: int, turns: int = 1) -> None:
    """Adds a session to a database of Cursor's editor, or replaces it."""
    row = (f"composerData:{id_of(number)}", json.dumps(_composer(number, turns, MARKER)))
    connection.execute("INSERT INTO cursorDiskKV VALUES (?, ?)", row)
    connection.commit()


def json_lines(records: Sequence[Json]) -> bytes:
    """JSON Lines."""
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


def write(path: Path, content: bytes) -> Path:
    """Writes a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write_claude_code(folder: Path, numbers: Sequence[int], turns: int = 1) -> list[Path]:
    """Logs of Claude Code, where it keeps them below its folder."""
    place = folder / "projects" / "-home-ada-web"
    return [write(place / f"{id_of(n)}.jsonl", claude_code(n, turns)) for n in numbers]


def _composer(number: int, turns: int, words: str) -> Json:
    bubbles = [
        {
            "type": kind,
            "bubbleId": f"b-{number}-{turn}-{kind}",
            "text": f"{'user' if kind == 1 else 'assistant'} {turn} of {number}: {words}",
            "createdAt": f"2026-02-01T10:{turn % 60:02}:0{kind}.000Z",
        }
        for turn in range(turns)
        for kind in (1, 2)
    ]
    about = {"composerId": id_of(number), "name": f"No {number}", "createdAt": SECOND}
    return {**about, "lastUpdatedAt": SECOND + 60_000, "conversation": bubbles}


FORMATS = {
    "claude-code": claude_code,
    "codex": codex,
    "gemini-cli": gemini_cli,
    "copilot-cli": copilot_cli,
    "opencode": opencode,
    "cursor": cursor,
}
"""What makes a file of each tool, from a session's number and how many turns it has."""
