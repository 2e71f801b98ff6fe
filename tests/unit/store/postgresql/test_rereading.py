"""A reimport of a PostgreSQL store: what an importer of yesterday read otherwise is replaced.

Yesterday's importer is emulated by changing what it would have stored otherwise.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of, source_of
from hfs_server.reimport import reimport
from hfs_server.store import Store
from hfs_server.store.address import Address
from hfs_server.store.shapes import DELETED
from testing.postgresql import Server
from testing.tool_logs import FORMATS, claude_code
from tests.unit.store.holding import held
from tests.unit.store.sqlite.search.searches import found
from tests.unit.store.sqlite.sessions import message, read, save_source, source, use
from tests.unit.store.sqlite.tool_sessions import session

YESTERDAY = {
    "other keys": """UPDATE hfs.messages SET extra = replace(extra, '"source_id"', '"x"')""",
    "no model": "UPDATE hfs.messages SET extra = replace(extra, '\"claude-opus-4-7\"', 'null')",
    "no extra keys": "UPDATE hfs.messages SET extra = NULL",
    "no facts of the session": "UPDATE hfs.sessions SET extra = NULL, usage = NULL",
    "another role": "UPDATE hfs.messages SET role = 'user' WHERE position = 2",
    "other text": "UPDATE hfs.messages SET content = content || ' and more' WHERE position = 2",
    "less text": "UPDATE hfs.messages SET content = 'x' WHERE position = 4",
    "a message less": "DELETE FROM hfs.messages WHERE position = 2",
    "no messages": "DELETE FROM hfs.messages",
    "a message twice": """INSERT INTO hfs.messages SELECT session_id, 7, role, content, created_at,
        extra FROM hfs.messages WHERE position = 6""",
}


def imported(place: Address, *contents: bytes) -> None:
    async def work(store: Store) -> None:
        for content in contents:
            await import_file(store, source_of(content))

    use(place, work)


def reread(place: Address, tools: list[str] | None = None, **how: bool) -> ImportReport:
    return use(place, lambda store: reimport(store, tools, **how))


def statuses(report: ImportReport) -> list[str]:
    return [saved.status for saved in report.sessions]


async def contents(store: Store) -> list[Any]:
    """All that is read of the sessions."""
    return [await read(store, number) for number in await store.session_ids()]


@pytest.mark.parametrize("tool", FORMATS)
def test_sessions_of_every_tool_are_unchanged_and_nothing_is_written(
    database: Address, tool: str
) -> None:
    imported(database, FORMATS[tool](1, 3))
    before = use(database, held)
    for _ in range(2):
        assert statuses(reread(database)) == ["unchanged"]
        assert use(database, held) == before


@pytest.mark.parametrize("change", YESTERDAY)
def test_what_an_importer_of_yesterday_read_otherwise_is_replaced(
    postgresql: Server, database: Address, change: str
) -> None:
    imported(database, claude_code(1, 3))
    before = use(database, contents)
    with postgresql.connected(database) as connection:
        connection.execute(YESTERDAY[change].encode())
        connection.execute("UPDATE hfs.sessions SET digest = '', message_count = "
                           "(SELECT count(*) FROM hfs.messages WHERE session_id = id)")  # fmt: skip
    tried = statuses(reread(database, is_trial=True))
    assert statuses(reread(database)) == tried == ["updated"]
    assert use(database, contents) == before
    assert statuses(reread(database)) == ["unchanged"]
    (match,) = found(database, "assistant 2")
    assert match.message_index == 6


def test_what_a_document_has_added_stays(database: Address) -> None:
    imported(database, claude_code(1, 1))

    async def go_on(store: Store) -> None:
        header, messages, _ = await read(store, 1)
        metadata = {"schema_version": "1.1.0", "session_name": header.name, **header.facts}
        added = message("added", "2026-03-01T10:00:00Z", note=1)
        document = {"metadata": metadata, "messages": [*messages, added]}
        await import_file(store, file_of(json.dumps(document)))

    use(database, go_on)
    before = use(database, contents)
    assert statuses(reread(database)) == ["unchanged"]
    assert use(database, contents) == before


def test_what_was_deleted_stays_deleted_and_other_tools_are_left(database: Address) -> None:
    imported(database, claude_code(1), FORMATS["codex"](2))
    use(database, lambda store: save_source(store, source([message()])))
    use(database, lambda store: save_source(store, session([message()], "no original")))
    assert [saved.tool for saved in reread(database, ["codex"]).sessions] == ["codex"]
    use(database, lambda store: store.delete(1))
    assert statuses(reread(database)) == ["unchanged"]
    report = reread(database, ["claude-code"])
    assert (statuses(report), report.skipped) in (([], {}), (["skipped"], {DELETED: 1}))
