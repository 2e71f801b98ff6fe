"""What is measured with: documents and stores, always the same, kept in a temporary folder.

Stores are written straight with SQLite, as the terminal program would, and are then opened
once by the server, which adds its indexes.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

SEED = 20260201
MEDIAN_CHARACTERS = 500
SIGMA = 1.1
"""Of the logarithm of a message's length; the mean is then some 920 characters."""

MESSAGES_PER_SESSION = 10
CACHE = Path(tempfile.gettempdir()) / "hfs-server-benchmarks-2"

SCHEMA = (
    "PRAGMA journal_mode = WAL",
    """CREATE TABLE sessions (
        id INTEGER NOT NULL, name VARCHAR(255) NOT NULL, created_at DATETIME NOT NULL,
        updated_at DATETIME, PRIMARY KEY (id))""",
    """CREATE TABLE messages (
        id INTEGER NOT NULL, session_id INTEGER NOT NULL, role VARCHAR(50) NOT NULL,
        content TEXT NOT NULL, created_at DATETIME NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(session_id) REFERENCES sessions (id))""",
    """CREATE TABLE checkpoints (
        id INTEGER NOT NULL, session_id INTEGER NOT NULL, message_index INTEGER NOT NULL,
        trigger_event VARCHAR(100) NOT NULL, state_json TEXT NOT NULL,
        created_at DATETIME NOT NULL, PRIMARY KEY (id),
        FOREIGN KEY(session_id) REFERENCES sessions (id))""",
)
INSERT_SESSION = "INSERT INTO sessions (id, name, created_at, updated_at) VALUES (?, ?, ?, ?)"
INSERT_MESSAGE = "INSERT INTO messages (session_id, role, content, created_at) VALUES (?, ?, ?, ?)"

_BEGINNING = datetime(2026, 2, 1, 10, 30, 0, 250184)
_TEXT = (
    "the a of to in and that it is was for on are with as at be this have from or one had by but "
    "not what all were we when your can said there use an each which she do how their if will up "
    "other about out many then them these so some her would make like him into time has look two "
    "server session message cursor parser index migration transaction function module request "
    "answer error file editor export import table column value key list test result branch commit"
)
_WORDS = _TEXT.split()
_NON_ASCII = ("größer", "naïve", "déjà", "żółw", "привет", "東京", "λόγος", "→", "…", "🚀", "👩‍💻")
_CODE = (
    "```python\ndef add(left: int, right: int) -> int:\n    # Adds both.\n"
    "    return left + right\n```",
    '```json\n{"name": "hfs", "items": [1, 2, 3], "path": "C:\\\\temp\\\\x"}\n```',
    "```\n$ make test\n112 passed in 3.1s\n```",
    "```sql\nSELECT id, name FROM sessions WHERE id > 10 ORDER BY id DESC;\n```",
)
_MARKDOWN = (
    "## What to do next",
    "- first open the `settings.py` file\n- then run `make test`",
    "1. read it\n2. change it\n3. **test** it",
    "See [the manual](https://example.org/manual#part) for *more* of that.",
    "> It was so before.",
)

Row = tuple[str, str, str]


def rows(count: int, seed: int = SEED) -> Iterator[Row]:
    """Messages as role, content and time in the store's form."""
    dice = random.Random(seed)
    sentences = [_sentence(dice) for _ in range(4000)]
    moment = _BEGINNING
    for number in range(count):
        length = dice.lognormvariate(math.log(MEDIAN_CHARACTERS), SIGMA)
        moment += timedelta(seconds=7, microseconds=dice.randrange(1, 999_999))
        role = "assistant" if number % 2 else "user"
        yield role, _content(dice, sentences, int(length)), moment.isoformat(" ")


def document(messages: int) -> Path:
    """An export file with one session of so many messages."""
    return _made(f"session-{messages}.json", lambda path: _write_document(path, messages))


def session_store(messages: int) -> Path:
    """A store whose session 1 has so many messages."""
    return _made(f"session-{messages}.db", lambda path: _write_store(path, 1, messages))


def sessions_store(sessions: int) -> Path:
    """A store with so many sessions, ten messages each."""
    return _made(
        f"sessions-{sessions}.db", lambda path: _write_store(path, sessions, MESSAGES_PER_SESSION)
    )


def empty_store(path: Path) -> Path:
    """A new store as the terminal program makes it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in SCHEMA:
            connection.execute(statement)
    return path


def _sentence(dice: random.Random) -> str:
    words = [dice.choice(_WORDS) for _ in range(dice.randrange(5, 18))]
    if dice.random() < 0.04:
        words.insert(dice.randrange(len(words)), dice.choice(_NON_ASCII))
    if dice.random() < 0.1:
        words.insert(dice.randrange(len(words)), f"`{dice.choice(_WORDS)}_{dice.choice(_WORDS)}()`")
    return " ".join(words).capitalize() + "."


def _content(dice: random.Random, sentences: list[str], length: int) -> str:
    """About so many characters: paragraphs, and now and then code, a list or a heading."""
    blocks: list[str] = []
    left = length
    while left > 0 or not blocks:
        kind = dice.random()
        if kind < 0.12 and left > 150:
            block = dice.choice(_CODE)
        elif kind < 0.27 and left > 150:
            block = dice.choice(_MARKDOWN)
        else:
            size = min(left, dice.randrange(100, 500))
            block = dice.choice(sentences)
            while len(block) < size:
                block += " " + dice.choice(sentences)
        blocks.append(block)
        left -= len(block) + 2
    return "\n\n".join(blocks)


def _made(name: str, write: Callable[[Path], None]) -> Path:
    """The file of this name, written now where it was not there yet."""
    CACHE.mkdir(exist_ok=True)
    path = CACHE / name
    if not path.exists():
        print(f"Making {path} …", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as folder:
            write(Path(folder) / name)
            shutil.move(Path(folder) / name, path)
    return path


def _write_document(path: Path, messages: int) -> None:
    metadata = {
        "schema_version": "1.0.0",
        "exported_at": "2026-02-01T10:30:00Z",
        "hfs_version": "0.1.0",
        "session_name": "A large session - 2026-02-01_10-30",
    }
    with path.open("w", encoding="utf-8") as file:
        head = json.dumps({"metadata": metadata}, indent=2).removesuffix("\n}")
        file.write(head + ',\n  "messages": [')
        for number, (role, content, moment) in enumerate(rows(messages)):
            created_at = moment.replace(" ", "T") + "Z"
            message = {"role": role, "content": content, "created_at": created_at}
            text = json.dumps(message, ensure_ascii=False, indent=2).replace("\n", "\n    ")
            file.write(("," if number else "") + "\n    " + text)
        file.write('\n  ],\n  "checkpoints": [],\n  "run_snapshot": null\n}\n')


def _write_store(path: Path, sessions: int, messages: int) -> None:
    with closing(sqlite3.connect(empty_store(path), isolation_level=None)) as connection:
        connection.execute("BEGIN")
        stream = rows(sessions * messages)
        for number in range(1, sessions + 1):
            session = [next(stream) for _ in range(messages)] if sessions > 1 else stream
            _write_session(connection, number, session)
        connection.execute("COMMIT")
    options = ["list", "--limit", "1", "--database", str(path)]
    subprocess.run(
        [sys.executable, "-m", "hfs_server", *options],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _write_session(
    connection: sqlite3.Connection, number: int, messages: list[Row] | Iterator[Row]
) -> None:
    begun = (_BEGINNING + timedelta(seconds=number)).isoformat(" ")
    name = f"Session {number} of many sessions"[:30] + " - 2026-02-01_10-30"
    connection.execute(INSERT_SESSION, (number, name, begun, begun if number % 3 else None))
    connection.executemany(INSERT_MESSAGE, ((number, *message) for message in messages))
    if number % 10 == 0:
        connection.execute(
            "INSERT INTO checkpoints (session_id, message_index, trigger_event, state_json,"
            " created_at) VALUES (?, 2, 'run.ended', '{}', ?)",
            (number, begun),
        )
