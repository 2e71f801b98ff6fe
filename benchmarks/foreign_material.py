"""Sessions as other tools write them, made by a generator after the shapes of real ones."""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks import texts

_BEGUN = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def claude_code_logs(folder: Path, files: int, megabytes_each: float) -> list[Path]:
    """Writes ``files`` logs below ``folder`` as the tool lays them out."""
    made = []
    for number in range(files):
        chance = random.Random(number)
        session = str(UUID(int=chance.getrandbits(128), version=4))
        path = folder / "projects" / f"-home-me-project-{number % 20}" / f"{session}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        size = 0
        with path.open("wb") as file:
            for line in claude_code_lines(session, chance):
                size += file.write(line)
                if size >= megabytes_each * 1e6:
                    break
        made.append(path)
    return made


def claude_code_lines(session: str, chance: random.Random) -> Iterator[bytes]:
    """The lines of a log without end: a prompt, then replies, calls and results."""
    parent: str | None = None
    time = _BEGUN + timedelta(seconds=chance.randrange(10**6))
    turn = 0
    while True:
        turn += 1
        for kind, message, extra in _turn(chance, turn):
            time += timedelta(milliseconds=chance.randrange(200, 9_000))
            record = {
                "parentUuid": parent,
                "isSidechain": False,
                "userType": "external",
                "cwd": "/home/me/project",
                "sessionId": session,
                "version": "2.1.207",
                "gitBranch": "main",
                "type": kind,
                "message": message,
                **extra,
                "uuid": str(UUID(int=chance.getrandbits(128), version=4)),
                "timestamp": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            }
            parent = str(record["uuid"])
            yield json.dumps(record, separators=(",", ":")).encode() + b"\n"


def _turn(chance: random.Random, turn: int) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The records of one prompt and of the work that follows it."""
    yield "user", {"role": "user", "content": _words(chance, 40)}, {"promptSource": "typed"}
    for step in range(chance.randrange(3, 8)):
        reply = f"msg_{turn}_{step}_{chance.getrandbits(48):x}"
        call = f"toolu_{turn}_{step}_{chance.getrandbits(48):x}"
        usage = {
            "input_tokens": chance.randrange(10),
            "cache_creation_input_tokens": chance.randrange(9_000),
            "cache_read_input_tokens": chance.randrange(90_000),
            "output_tokens": chance.randrange(900),
            "service_tier": "standard",
        }
        command = {"command": f"grep -rn {_words(chance, 2)!r} src", "description": "Search"}
        blocks = [
            {"type": "thinking", "thinking": _words(chance, 30), "signature": "x" * 300},
            {"type": "text", "text": _words(chance, 60)},
            {"type": "tool_use", "id": call, "name": "Bash", "input": command},
        ]
        for block in blocks[chance.randrange(2) :]:
            message = {
                "id": reply,
                "type": "message",
                "role": "assistant",
                "model": "claude-opus-4-5-20251101",
                "content": [block],
                "stop_reason": None,
                "usage": usage,
            }
            yield "assistant", message, {"requestId": f"req_{reply}"}
        output = "\n".join(_words(chance, 9) for _ in range(chance.randrange(5, 80)))
        result = {"type": "tool_result", "tool_use_id": call, "content": output, "is_error": False}
        details = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
        yield "user", {"role": "user", "content": [result]}, {"toolUseResult": details}


def chatgpt_archive(path: Path, megabytes: int) -> int:
    """Writes a zip archive with a ``conversations.json``; returns how many it holds."""
    count = size = 0
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("conversations.json", "w", force_zip64=True) as file,
    ):
        while size < megabytes * 1e6:
            chance = random.Random(count)
            text = json.dumps(_conversation(chance, count))
            size += file.write((b"," if count else b"[") + text.encode())
            count += 1
        file.write(b"]")
    return count


def _conversation(chance: random.Random, number: int) -> dict[str, Any]:
    """A conversation of ChatGPT: a tree of messages in which one path is active."""
    mapping: dict[str, Any] = {"root": {"id": "root", "message": None, "parent": None}}
    parent, time = "root", 1_760_000_000 + number * 1000.0
    mapping["root"]["children"] = []
    for index in range(chance.randrange(4, 40)):
        node = f"{number}-{index}"
        time += chance.randrange(1, 90)
        author = "user" if index % 2 == 0 else "assistant"
        mapping[node] = {
            "id": node,
            "message": {
                "id": node,
                "author": {"role": author, "name": None, "metadata": {}},
                "create_time": time,
                "content": {"content_type": "text", "parts": [_words(chance, 90)]},
                "status": "finished_successfully",
                "metadata": {"model_slug": "gpt-5"} if author == "assistant" else {},
                "recipient": "all",
            },
            "parent": parent,
            "children": [],
        }
        mapping[parent]["children"].append(node)
        parent = node
    return {
        "title": _words(chance, 4),
        "create_time": time - 500,
        "update_time": time,
        "mapping": mapping,
        "current_node": parent,
        "conversation_id": f"conversation-{number}",
    }


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(texts.WORDS, k=count))
