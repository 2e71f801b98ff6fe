"""Plans of lists and searches: each stops at what it needs, once the server knows the tables."""

from __future__ import annotations

import re

from hfs_server.store.address import Address
from hfs_server.store.postgresql import candidates, filtering, indexing, listing
from testing.postgresql import Server
from tests.unit.store.sqlite.sessions import message, save, use

_MORE = """
    INSERT INTO hfs.sessions (identity, name, folded_name, created_at, models, tags, digest,
        working_directory, message_count, checkpoint_count, has_facts, indexed_messages)
    SELECT identity || i, name, folded_name, created_at + make_interval(days => i), models, tags,
        digest, '/p' || i % 10, 1, 0, false, 1
    FROM hfs.sessions, generate_series(1, 3000) AS i
"""
_PARTS = {"condition": "", "named": "", "rows": "(s.message_count + 1)"}
STATEMENTS = {
    "a page": listing._LISTED[0].sql(None, "", 51),
    "a page after another": listing._LISTED[0].sql(None, listing._AFTER, 51),
    "the newest sessions": candidates._LOOKED_THROUGH.format(**_PARTS),
    "folders": filtering._FOLDERS,
    "what is to be indexed": indexing._PENDING + indexing._ANY,
}
VALUES = {"time": "2026-03-01 00:00:00", "id": 1, "words": "'word'"}


def test_no_statement_reads_or_sorts_all_sessions(postgresql: Server, database: Address) -> None:
    use(database, lambda store: save(store, [message()]))
    with postgresql.connected(database) as connection:
        connection.execute(_MORE)
        connection.execute("VACUUM ANALYZE hfs.sessions, hfs.words")
        for name, statement in STATEMENTS.items():
            rows = connection.execute(f"EXPLAIN {statement}".encode(), VALUES).fetchall()
            plan = "\n".join(row for (row,) in rows)
            assert "Seq Scan on sessions" not in plan, name
            assert not re.search("Sort Key: .*(activity|directory)", plan), name
