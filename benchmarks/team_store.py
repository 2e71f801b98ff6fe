"""A store on PostgreSQL as a team has it, of any size: ``python -m benchmarks.team_store -h``.

The rows are those that an import and the index of words write; a pool of messages is made by the
same code, and the server multiplies it. Each message has one word that no other has.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import accumulate
from typing import Any

import psycopg

from benchmarks.material import SEED
from hfs_server.store import open_store
from hfs_server.store.address import Address
from hfs_server.store.postgresql.access import SCOPE
from hfs_server.store.postgresql.words import words_of_message
from testing.postgresql import Server, programs

MESSAGES = 10
"""Of each session."""
_POOL = 50_000
_SIGMA = 1.1
"""Of the logarithm of a message's length, whose mean is then 1.8 times the median."""
_VOCABULARY = 40_000
_SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "er", "on", "ig")]
_COMMON = (
    "the to of and in that it is for on with as be this have from or by not when your can use each "
    "error file server session test function request branch migration index cursor import export"
)
SERVER_SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "8GB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "16GB",
    "random_page_cost": "1.1",
    "autovacuum": "on",
    "full_page_writes": "on",
    "timezone": "UTC",
    "datestyle": "ISO",
}
"""What was tried for a large store; see docs/team.md."""
_LOADING = {"wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off"}


@contextmanager
def team_server(*, is_loading: bool = False) -> Iterator[Server]:
    """A server in a temporary folder, which is removed afterwards."""
    folder = programs()
    assert folder is not None, "install PostgreSQL's server"
    server = Server(folder)
    try:
        restart(server, is_loading=is_loading)
        yield server
    finally:
        server.remove()


def restart(server: Server, *, is_loading: bool = False) -> None:
    """Starts the server again, with settings to load rows, or those of a team."""
    server.stop()
    sync = "off" if is_loading else "on"
    settings = {**SERVER_SETTINGS, "fsync": sync, "synchronous_commit": sync}
    server.start(**{**settings, **(_LOADING if is_loading else {})})


async def fill(
    address: Address, sessions: int, messages: int, characters: int = 400
) -> dict[str, float]:
    """Fills an empty database with sessions of so many messages each; the seconds of each step.

    Half of the messages have no more than so many ``characters``.
    """
    store = open_store(address)
    await store.delete_identity("none", "2026-01-01T00:00:00Z")  # Creates the schema.
    await store.close()
    took = {}
    with psycopg.connect(address.connection_string, autocommit=True) as connection:
        for name, statements in _steps(sessions, messages).items():
            begun = time.perf_counter()
            if name == "pool":
                _copy_pool(connection, characters)
            for statement in statements:
                connection.execute(statement.encode())
            took[name] = time.perf_counter() - begun
            print(f"{name}: {took[name]:.0f} s", file=sys.stderr, flush=True)
    return took


def _copy_pool(connection: psycopg.Connection[Any], characters: int) -> None:
    connection.execute(
        "CREATE UNLOGGED TABLE public.pool"
        " (n int PRIMARY KEY, role text, content text, extra text, words tsvector)"
    )
    with connection.cursor().copy("COPY public.pool FROM STDIN") as copy:
        for row in _pool(characters):
            copy.write_row(row)
    connection.execute("ANALYZE public.pool")


def _pool(characters: int) -> Iterator[tuple[Any, ...]]:
    dice = random.Random(SEED)
    made = ("".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4))) for _ in range(_VOCABULARY))
    vocabulary = [*_COMMON.split(), *made]
    weights = [*accumulate(1 / rank for rank in range(1, len(vocabulary) + 1))]
    for number in range(_POOL):
        role = "assistant" if number % 2 else "user"
        length = dice.lognormvariate(math.log(characters), _SIGMA)
        content = _content(dice, vocabulary, weights, min(int(length), 200_000))
        extra = _extra(dice) if number % 2 else None
        yield number, role, content, extra, words_of_message(role, content, extra)


def _content(dice: random.Random, vocabulary: list[str], weights: list[float], length: int) -> str:
    words = dice.choices(vocabulary, cum_weights=weights, k=max(2, length // 6))
    for place in range(0, len(words) - 2, 25):
        words[place] = f"`{words[place]}_{words[place + 1]}()`"
    for place in range(12, len(words), 14):
        words[place] += ".\n"
    return " ".join(words)


def _extra(dice: random.Random) -> str:
    usage = {"input_tokens": dice.randrange(9_999), "output_tokens": dice.randrange(999)}
    return json.dumps({"model": "model-1", "usage": usage}, separators=(",", ":"))


def _steps(sessions: int, messages: int) -> dict[str, list[str]]:
    total = sessions * messages
    numbers = f"generate_series(0, {total - 1}) AS i"
    # The order of a hash, so that neighbours are not the same in all sessions.
    of_pool = f"JOIN public.pool AS p ON p.n = abs(hashint8(i)) % {_POOL}"
    own_word = "'q' || translate(i::text, '0123456789', 'abcdefghij')"
    # Who may find it: a word that no text has.
    scope = f"(SELECT {SCOPE} FROM hfs.sessions LIMIT 1)"
    place = f"i / {messages} + 1, i % {messages} + 1"
    when = "timestamptz '2024-01-01 00:00:00Z' + make_interval(secs => i * 63115200.0 / {})"
    return {
        "pool": [],
        "without indexes": [
            "DROP INDEX hfs.words_by_word",
            "ALTER TABLE hfs.messages DROP CONSTRAINT messages_session_id_fkey",
            "ALTER TABLE hfs.messages DROP CONSTRAINT messages_pkey",
            "ALTER TABLE hfs.words DROP CONSTRAINT words_session_id_fkey",
            "ALTER TABLE hfs.words DROP CONSTRAINT words_pkey",
        ],
        "sessions": [
            _SESSIONS.format(sessions=sessions, messages=messages, when=when.format(sessions))
        ],
        "messages": [
            f"""INSERT INTO hfs.messages (session_id, position, role, content, created_at, extra)
            SELECT {place}, p.role, p.content || ' ' || {own_word}, {when.format(total)}, p.extra
            FROM {numbers} {of_pool}"""
        ],
        "words": [
            f"""INSERT INTO hfs.words (session_id, position, words)
            SELECT {place}, p.words || array_to_tsvector(ARRAY[{own_word}, {scope}])
            FROM {numbers} {of_pool}""",
            f"""INSERT INTO hfs.words (session_id, position, words)
            SELECT id, 0, array_to_tsvector(regexp_split_to_array(folded_name, ' ') || {SCOPE})
            FROM hfs.sessions""",
        ],
        "keys": [
            "ALTER TABLE hfs.messages ADD PRIMARY KEY (session_id, position)",
            "ALTER TABLE hfs.words ADD PRIMARY KEY (session_id, position)",
            *(
                f"ALTER TABLE hfs.{table} ADD FOREIGN KEY (session_id) REFERENCES hfs.sessions"
                " ON DELETE CASCADE"
                for table in ("messages", "words")
            ),
        ],
        "index of words": [
            "CREATE INDEX words_by_word ON hfs.words USING gin (words)"
            " WITH (gin_pending_list_limit = 16384)"
        ],
        "statistics": ["DROP TABLE public.pool", "VACUUM ANALYZE"],
    }


_SESSIONS = """
    INSERT INTO hfs.sessions (
        identity, name, folded_name, created_at, updated_at, tool, working_directory, models, tags,
        preview, message_count, checkpoint_count, digest, has_facts, indexed_messages
    )
    SELECT 'claude-code:' || md5(i::text), n.name, lower(n.name), w.begun, w.begun + interval '1 h',
        'claude-code', '/home/user' || i % 1000 || '/project' || i % 7, ARRAY['model-1'], '{{}}',
        'A question about ' || i, {messages}, 0, decode(md5(i::text) || md5((-i)::text), 'hex'),
        true, {messages}
    FROM generate_series(1, {sessions}) AS i,
        LATERAL (SELECT 'Session ' || i || ' about ' || md5(i::text) AS name) AS n,
        LATERAL (SELECT {when} AS begun) AS w
    ORDER BY i
"""


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.team_store", description=__doc__)
    parser.add_argument("address", help="postgresql://… of an empty database")
    parser.add_argument("--sessions", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=MESSAGES, help="of each session (10)")
    parser.add_argument("--characters", type=int, default=400, help="median of a message (400)")
    options = parser.parse_args()
    address = Address(options.address)
    await fill(address, options.sessions, options.messages, options.characters)


if __name__ == "__main__":
    import asyncio

    asyncio.run(_main())
