"""Searches in a store of more sessions than are looked through before the index is asked."""

from __future__ import annotations

import psycopg

from hfs_server.filters import Filters
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.address import Address
from tests.unit.store.sqlite.search.searches import all_matches
from tests.unit.store.sqlite.sessions import message, save, use

_COPIES = 1_200
_SOME = 40
"""Too many to ask the index for, and fewer than are found together."""
_IS_COPY = """
    {0}.session_id = (SELECT min(id) FROM hfs.sessions WHERE name = 'Common')
    AND s.name = 'Common' AND s.id > {0}.session_id
"""
_MULTIPLY = (
    f"""INSERT INTO hfs.sessions (identity, name, folded_name, created_at, models, tags, digest,
            message_count, checkpoint_count, has_facts, indexed_messages)
        SELECT s.identity || i, s.name, s.folded_name, s.created_at + make_interval(days => i),
            s.models, s.tags, s.digest, 1, 0, false, 1
        FROM hfs.sessions AS s, generate_series(1, {_COPIES}) AS i WHERE s.name = 'Common'""",
    f"""INSERT INTO hfs.messages (session_id, position, role, content, created_at)
        SELECT s.id, m.position, m.role, m.content, m.created_at
        FROM hfs.sessions AS s, hfs.messages AS m WHERE {_IS_COPY.format("m")}""",
    f"""INSERT INTO hfs.words (session_id, position, words)
        SELECT s.id, w.position, w.words
        FROM hfs.sessions AS s, hfs.words AS w WHERE {_IS_COPY.format("w")}""",
    f"""UPDATE hfs.words AS w SET words = w.words || array_to_tsvector('{{sometimes}}')
        FROM hfs.sessions AS s WHERE s.id = w.session_id AND s.name = 'Common'
            AND w.position > 0 AND s.id % {_COPIES // _SOME} = 0""",
)
_OLDEST = {
    "Rare one": "word rare",
    "Rare two": "rare and word",
    "Lighthouse": "word lighthouse",
    "Other": "nothing",
}
_FOUND = {
    "word": _COPIES + 4,
    "wo*": _COPIES + 4,
    "common": _COPIES + 1,
    "word -rare": _COPIES + 2,
    "sometimes": _SOME,
    "sometimes word": _SOME,
    "rare": 2,
    "word rare": 2,
    '"word rare"': 1,
    '"a word"': _COPIES + 1,
    "lighthouse": 1,
    "word lighthouse": 1,
    "rare lighthouse": 0,
    "absent": 0,
    "-word": _COPIES + 5,  # A name without the word is enough.
    "role:user word": _COPIES + 4,
    "role:tool word": 0,
    "": _COPIES + 5,
}


async def _counts(store: Store) -> dict[str, int]:
    """How many sessions each query finds, after a check of their order."""
    counts = {}
    for query in _FOUND:
        found = await all_matches(store, query, limit=500)
        ids = [each.session.id for each in found]
        assert len(ids) == len(set(ids)), query
        counts[query] = len(ids)
    return counts


def test_common_and_rare_words_are_found_in_all_sessions(database: Address) -> None:
    async def search(store: Store) -> dict[str, int]:
        for name, text in {**_OLDEST, "Common": "a word"}.items():
            await save(store, [message(text)], name=name)
        await store.update_index(no_progress)
        with psycopg.connect(database.connection_string, autocommit=True) as connection:
            for statement in _MULTIPLY:
                connection.execute(statement.encode())
        counts = await _counts(store)
        until = Filters(until="2026-02-02T00:00:00Z")
        assert len(await all_matches(store, "word", filters=until)) == 4
        first = await store.search("word", limit=50)
        times = [each.session.created_at or "" for each in first.matches]
        assert len(times) == 50
        assert times == sorted(times, reverse=True)
        return counts

    assert use(database, search) == _FOUND
