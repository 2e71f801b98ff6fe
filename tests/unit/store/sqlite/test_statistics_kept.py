"""What a session amounts to is kept in its row, and counted again when it has changed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.filters import EVERYTHING
from hfs_server.store import Store
from hfs_server.store.shapes import ImportRules
from testing import stores
from tests.unit.store.sqlite.counting import MESSAGES, counted
from tests.unit.store.sqlite.sessions import execute, save, save_in, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session


def kept(path: Path) -> list[Any]:
    return [text for (text,) in execute(path, "SELECT hfs_statistics FROM sessions ORDER BY id")]


def test_only_sessions_with_other_messages_are_read_again(path: Path) -> None:
    """Who reads a session again finds that all of its messages are prompts now."""

    async def work(store: Store) -> None:
        ids = [await save(store, MESSAGES, name=f"n{number}") for number in range(3)]
        assert (await counted(store))["prompts"] == 3
        execute(path, "UPDATE messages SET role = 'user', hfs_extra = NULL")
        assert (await counted(store))["prompts"] == 3
        execute(path, ADD_PROMPT, ids[1])
        assert (await counted(store))["prompts"] == 1 + 7 + 1
        execute(path, "DELETE FROM messages WHERE session_id = ? AND content = 'typed'", ids[2])
        assert (await counted(store))["prompts"] == 1 + 7 + 5

    use(path, work)


ADD_PROMPT = """
    INSERT INTO messages (session_id, role, content, created_at)
    VALUES (?, 'user', 'more', '2026-02-01 10:00:00.000000')
"""


def test_an_id_that_is_given_again_does_not_keep_the_counts_of_the_old_session(path: Path) -> None:
    async def work(store: Store) -> None:
        old = await save(store, MESSAGES)
        assert (await counted(store))["toolCalls"] == 2
        execute(path, "DELETE FROM messages")
        execute(path, "DELETE FROM sessions")
        assert (await counted(store))["sessions"] == 0
        sql = "INSERT INTO sessions (id, name, created_at) VALUES (?, 'n', '2026-03-01 10:00:00')"
        execute(path, sql, old)
        for number in range(1, 7):
            execute(
                path, "INSERT INTO messages VALUES (?, ?, 'user', 'x', '2026', NULL)", number, old
            )
        result = await counted(store)
        assert (result["prompts"], result["toolCalls"]) == (6, 0)

    use(path, work)


def test_an_update_that_only_changes_messages_is_counted(path: Path) -> None:
    async def work(store: Store) -> None:
        for tokens in (1, 2, 3):
            reply = said(1, model="opus", usage={"output_tokens": tokens})
            saved = await save_source(
                store, session([said(0), reply]), on_conflict="update", restores_deleted=False
            )
            assert saved.status == ("created" if tokens == 1 else "updated")
            assert (await counted(store))["usage"]["outputTokens"] == tokens

    use(path, work)


BROKEN = [
    "",
    "{",
    "[1,6,6]",
    "[1,6,6,5,5,5]",
    '[1,6,6,[1,2],[["m",["x",0,0]]],[]]',
    "[2,6,6,[],[],[]]",
]


@pytest.mark.parametrize("text", [*BROKEN, b"[1,6,6,[6,0,0],[],[]]", 5])
def test_counts_that_another_program_damaged_are_made_again(path: Path, text: Any) -> None:
    use(path, lambda store: save(store, MESSAGES))
    result = use(path, counted)
    (good,) = kept(path)
    execute(path, "UPDATE sessions SET hfs_statistics = ?", text)
    assert use(path, counted) == result
    assert kept(path) == [good]


def test_a_locked_store_is_counted_without_waiting_and_nothing_is_kept(path: Path) -> None:
    use(path, lambda store: save(store, MESSAGES))
    with stores.held(path):
        assert use(path, counted)["messages"] == 6
    assert kept(path) == [None]
    assert use(path, counted)["messages"] == 6
    assert json.loads(kept(path)[0])[1] == 6


def test_counts_are_not_kept_for_a_session_that_changed_meanwhile(path: Path) -> None:
    use(path, lambda store: save(store, MESSAGES))

    def change(_: float, __: str) -> None:
        execute(path, "UPDATE sessions SET hfs_statistics = 'changed by an import'")

    use(path, lambda store: store.statistics(EVERYTHING, change))
    assert kept(path) == ["changed by an import"]


def test_a_cancelled_count_keeps_what_it_has_done_and_leaves_the_store_free(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hfs_server.store.sqlite.statistics._KEEP_SECONDS", 0)
    monkeypatch.setattr("hfs_server.store.sqlite.statistics._CALL_SECONDS", 0)

    async def work(store: Store) -> None:
        for number in range(20):
            await save(store, MESSAGES, name=f"n{number}")
        task = asyncio.current_task()
        assert task is not None
        shares: list[float] = []

        def on_progress(share: float, _: str) -> None:
            shares.append(share)
            if len(shares) == 10:
                task.cancel()

        with pytest.raises(asyncio.CancelledError):
            await store.statistics(EVERYTHING, on_progress)
        task.uncancel()
        assert shares == sorted(shares)
        assert (await counted(store))["sessions"] == 20

    use(path, work)
    assert None not in kept(path)
    stores.check_whole_and_free(path)


def test_a_dry_run_and_a_copy_keep_their_own_counts(path: Path) -> None:
    async def work(store: Store) -> list[int]:
        await save(store, MESSAGES)
        found = [(await counted(store))["messages"]]
        async with store.importing(ImportRules(is_trial=True)) as trial:
            await save_in(trial, session(MESSAGES))
        found.append((await counted(store))["messages"])
        await save(store, MESSAGES)
        return [*found, (await counted(store))["messages"]]

    assert use(path, work) == [6, 6, 12]
