"""A consistent read of one session, whichever program wrote its rows."""

import pytest

from hfs_server.errors import SessionNotFound
from tests.unit.store.sqlite.sessions import execute, message, read, save, use


def test_a_corrupted_row_affects_only_itself(path):
    async def work(store):
        await save(store, [message("fine")])
        for statement in (
            "INSERT INTO sessions (id, name, created_at, updated_at, hfs_run_snapshot, hfs_extra)"
            " VALUES (2, CAST(x'ff41' AS TEXT), 'yesterday', 5, '{', 'x')",
            "INSERT INTO messages VALUES (90, 2, 7, x'ff', '', NULL)",
            "INSERT INTO messages VALUES (91, 2, 'user', CAST(x'c3' AS TEXT), 1.5, '[1]')",
            "INSERT INTO messages VALUES (92, 555, 'user', 'orphan', '', NULL)",
            "INSERT INTO checkpoints VALUES (1, 2, 'many', x'00', '{', '', NULL)",
        ):
            execute(path, statement)
        return await read(store, 2), await read(store, 1), await store.list()

    (header, messages, checkpoints), (_, intact, _), page = use(path, work)
    assert (header.name, header.created_at, header.run_snapshot) == ("\\xffA", None, None)
    assert [(m["role"], m["content"], m["created_at"]) for m in messages] == [
        ("7", "\\xff", None),
        ("user", "\\xc3", None),
    ]
    assert checkpoints[0]["message_index"] == 0
    assert checkpoints[0]["state"] == "{"
    assert intact == [message("fine")]
    assert {summary.id for summary in page.sessions} == {1, 2}


def test_a_session_that_does_not_exist_is_reported_with_its_id(path):
    with pytest.raises(SessionNotFound, match="no session 7"):
        use(path, lambda store: read(store, 7))


def test_a_snapshot_is_unaffected_by_later_writes(path):
    async def work(store):
        session_id = await save(store, [message(str(n)) for n in range(100)])
        seen = 0
        async with store.snapshot(session_id) as snapshot:
            async for batch in snapshot.messages():
                execute(path, "DELETE FROM messages WHERE session_id = ?", session_id)
                seen += batch.size
        return seen, (await read(store, session_id))[1]

    assert use(path, work) == (100, [])
