"""A reimport: sessions become as today's importers read their originals, and lose nothing else.

Yesterday's importer is emulated by changing what it would have stored otherwise.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import HfsError, SourceNotReadable
from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_file, import_paths
from hfs_server.importers.source_file import file_of, source_of
from hfs_server.reimport import reimport
from hfs_server.store import Store
from hfs_server.store.shapes import DELETED, OTHER_ORIGINAL
from hfs_server.store.sqlite import staging
from testing import stores
from testing.terminal import Terminal
from testing.tool_logs import FORMATS, claude_code, id_of, subagent, write, write_cursor_state
from tests.unit.store.sqlite.sessions import execute, read, use


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sessions.db"


def imported(path: Path, *contents: bytes) -> None:
    async def work(store: Store) -> None:
        for content in contents:
            await import_file(store, source_of(content))

    use(path, work)


def reread(path: Path, tools: list[str] | None = None, *, is_trial: bool = False) -> ImportReport:
    return use(path, lambda store: reimport(store, tools, is_trial=is_trial))


def statuses(report: ImportReport) -> list[str]:
    return [saved.status for saved in report.sessions]


def said(path: Path, session_id: int = 1) -> list[str]:
    sql = "SELECT content FROM messages WHERE session_id = ? ORDER BY id"
    return [content for (content,) in execute(path, sql, session_id)]


def all_of(path: Path) -> Any:
    async def work(store: Store) -> Any:
        return [
            (header._replace(updated_at=None), messages, checkpoints)
            for header, messages, checkpoints in [
                await read(store, number) for number in await store.session_ids()
            ]
        ]

    return use(path, work)


@pytest.mark.parametrize("tool", FORMATS)
def test_sessions_of_every_tool_are_unchanged_and_nothing_is_written(path: Path, tool: str) -> None:
    imported(path, FORMATS[tool](1, 3))
    before = stores.contents_of(path.parent), path.stat().st_mtime_ns
    for _ in range(2):
        assert statuses(reread(path)) == ["unchanged"]
        assert (stores.contents_of(path.parent), path.stat().st_mtime_ns) == before


def test_sessions_of_a_database_are_unchanged(tmp_path: Path, path: Path) -> None:
    state = write_cursor_state(tmp_path / "state" / "state.vscdb", range(3))
    use(path, lambda store: import_paths(store, [state.parent]))
    assert statuses(reread(path)) == ["unchanged"] * 3


YESTERDAY = {
    "other keys": """UPDATE messages SET hfs_extra = replace(hfs_extra, '"source_id"', '"x"')""",
    "no model": "UPDATE messages SET hfs_extra = replace(hfs_extra, '\"claude-opus-4-7\"', 'null')",
    "no extra keys": "UPDATE messages SET hfs_extra = NULL",
    "no facts of the session": "UPDATE sessions SET hfs_extra = NULL, hfs_usage = NULL",
    "another role": "UPDATE messages SET role = 'user' WHERE id = 2",
    "other text": "UPDATE messages SET content = content || ' and more than there is' WHERE id = 2",
    "less text": "UPDATE messages SET content = 'x' WHERE id = 4",
    "a message less": "DELETE FROM messages WHERE id = 2",
    "the last message less": "DELETE FROM messages WHERE id = 6",
    "no messages": "DELETE FROM messages",
    "a message twice": """
        INSERT INTO messages (id, session_id, role, content, created_at, hfs_extra)
        SELECT 7, session_id, role, content, created_at, hfs_extra FROM messages WHERE id = 6""",
    "a message more": """UPDATE messages SET id = id + 100 WHERE id > 2;
        INSERT INTO messages (id, session_id, role, content, created_at) VALUES
        (50, 1, 'user', 'injected', '2026-02-01 10:00:01.000000')""",
    "another order": "UPDATE messages SET id = 100 - id",
    "another title": "UPDATE sessions SET name = 'Odd', hfs_imported_name = 'Odd'",
}


EVERY = [
    (tool, change) for change in YESTERDAY for tool in ("claude-code", "opencode", "gemini-cli")
]
ONLY = {
    "no model": {"claude-code"},
    # The others have no titles, and the beginning of a prompt is no better than another name.
    "another title": {"opencode"},
}


@pytest.mark.parametrize(("tool", "change"), [(a, b) for a, b in EVERY if a in ONLY.get(b, {a})])
def test_what_an_importer_of_yesterday_read_otherwise_is_replaced(
    path: Path, tool: str, change: str
) -> None:
    imported(path, FORMATS[tool](1, 3))
    before = all_of(path)
    for statement in YESTERDAY[change].split(";"):
        execute(path, statement)
    tried = statuses(reread(path, is_trial=True))
    assert statuses(reread(path)) == tried
    assert tried == ["updated"]
    assert all_of(path) == before
    assert statuses(reread(path)) == ["unchanged"]


def test_what_was_added_by_other_means_stays(path: Path) -> None:
    imported(path, claude_code(1, 2))
    with Terminal(path) as terminal:
        terminal.add_message(1, "user", "added")
        terminal.add_message(1, "assistant", "an answer")
        terminal.add_checkpoint(1, 2, "run.ended", "{}")
    before = said(path)
    assert statuses(reread(path)) == ["unchanged"]
    execute(path, "UPDATE messages SET hfs_extra = NULL WHERE id < 3")
    execute(path, "DELETE FROM messages WHERE id = 2")
    report = reread(path)
    assert (statuses(report), report.sessions[0].message_count) == (["updated"], 6)
    assert said(path) == before
    assert stores.counts(path)["checkpoints"] == 1
    assert statuses(reread(path)) == ["unchanged"]


def test_text_that_another_program_added_keeps_its_bytes(path: Path) -> None:
    imported(path, claude_code(1, 2))
    with Terminal(path) as terminal:
        terminal.add_message(1, "user", "added")
        terminal.add_checkpoint(1, 2, "run.ended", "{}")
    execute(path, "UPDATE messages SET content = CAST(x'61ff62' AS TEXT) WHERE content = 'added'")
    execute(path, "UPDATE checkpoints SET state_json = CAST(x'7bff7d' AS TEXT)")
    execute(path, "DELETE FROM messages WHERE id = 2")
    assert statuses(reread(path)) == ["updated"]
    kept = "SELECT typeof(content), hex(content) FROM messages ORDER BY id DESC LIMIT 1"
    assert execute(path, kept) == [("text", "61FF62")]
    assert execute(path, "SELECT typeof(state_json), hex(state_json) FROM checkpoints") == [
        ("text", "7BFF7D")
    ]


def test_a_session_that_a_document_has_continued_is_not_cut(path: Path) -> None:
    imported(path, claude_code(1, 1))
    more = claude_code(1, 3)
    other = path.with_name("other.db")
    imported(other, more)
    document = use(other, _as_document)
    use(path, lambda store: import_file(store, file_of(document)))
    before = all_of(path)
    assert len(said(path)) == 6
    assert statuses(reread(path)) == ["unchanged"]
    assert all_of(path) == before


async def _as_document(store: Store) -> str:
    header, messages, _ = await read(store, 1)
    metadata = {"schema_version": "1.1.0", "session_name": header.name, **header.facts}
    metadata["session_created_at"] = header.created_at
    return json.dumps({"metadata": metadata, "messages": messages})


def test_a_name_given_by_the_user_stays(path: Path) -> None:
    imported(path, FORMATS["opencode"](1))
    execute(path, "UPDATE sessions SET name = 'Mine'")
    execute(path, "UPDATE messages SET hfs_extra = NULL")
    assert statuses(reread(path)) == ["updated"]
    assert execute(path, "SELECT name FROM sessions") == [("Mine",)]


def test_only_the_sessions_of_the_tool_are_read(path: Path) -> None:
    imported(path, FORMATS["codex"](1), FORMATS["opencode"](2))
    execute(path, "UPDATE messages SET content = 'x'")
    assert [saved.tool for saved in reread(path, ["codex"]).sessions] == ["codex"]


def test_what_was_deleted_stays_deleted_and_what_was_not_read_is_created(path: Path) -> None:
    chats = [_of_chatgpt(number) for number in range(4)]
    imported(path, json.dumps(chats).encode())
    execute(path, "DELETE FROM messages WHERE session_id IN (2, 3)")
    execute(path, "DELETE FROM sessions WHERE id IN (2, 3)")
    (third,) = execute(path, "SELECT identity FROM hfs_identities WHERE identity LIKE '%c-2'")
    execute(path, "DELETE FROM hfs_identities WHERE identity = ?", *third)
    report = reread(path)
    assert statuses(report) == ["unchanged", "skipped", "created", "unchanged"]
    assert report.skipped == {DELETED: 1}
    assert statuses(reread(path)) == ["unchanged", "skipped", "unchanged", "unchanged"]


def test_what_can_be_restored_stays_deleted_too(path: Path) -> None:
    imported(path, json.dumps([_of_chatgpt(0), _of_chatgpt(1)]).encode())
    use(path, lambda store: store.delete(1))
    for is_trial in (True, False):
        report = reread(path, is_trial=is_trial)
        assert (statuses(report), report.skipped) == (["skipped", "unchanged"], {DELETED: 1})
    assert use(path, lambda store: store.restore(1)).name == "No 0"


def _of_chatgpt(number: int) -> dict[str, Any]:
    said = {"author": {"role": "user"}, "content": {"content_type": "text", "parts": [f"{number}"]}}
    return {
        "title": f"No {number}",
        "create_time": 1_760_000_000.5,
        "conversation_id": f"c-{number}",
        "id": f"c-{number}",
        "current_node": "m",
        "mapping": {
            "root": {"id": "root", "message": None, "parent": None, "children": ["m"]},
            "m": {
                "id": "m",
                "message": {"id": f"m-{number}", "create_time": 1_760_000_001.5, **said},
                "parent": "root",
                "children": [],
            },
        },
    }


def test_an_older_original_of_a_session_does_not_replace_a_newer_one(path: Path) -> None:
    both = json.dumps([_of_chatgpt(0), _of_chatgpt(1)]).encode()
    imported(path, both)
    newer = _of_chatgpt(0)
    newer["mapping"]["m"]["message"]["content"]["parts"] = ["a longer text"]
    imported(path, json.dumps([newer]).encode())
    report = reread(path)
    assert sorted(statuses(report)) == ["skipped", "unchanged", "unchanged"]
    assert report.skipped == {OTHER_ORIGINAL: 1}
    assert said(path) == ["a longer text"]


def test_the_identity_of_a_subagent_follows_from_where_its_log_lay(
    tmp_path: Path, path: Path
) -> None:
    parent, folder = id_of(1), tmp_path / "project" / id_of(1) / "subagents"
    write(folder / "agent-a1.jsonl", subagent(1, "a1"))
    write(folder.parent.parent / f"{parent}.jsonl", claude_code(1))
    use(path, lambda store: import_paths(store, [tmp_path / "project"]))
    execute(path, "UPDATE messages SET hfs_extra = NULL")
    identities = execute(path, "SELECT hfs_identity, hfs_parent FROM sessions ORDER BY id")
    assert statuses(reread(path)) == ["updated"] * 2
    assert execute(path, "SELECT hfs_identity, hfs_parent FROM sessions ORDER BY id") == identities


def test_an_identity_that_is_derived_otherwise_today_makes_no_second_session(path: Path) -> None:
    imported(path, claude_code(1, 2))
    execute(path, "UPDATE sessions SET hfs_identity = 'claude-code:of-old'")
    reread(path)
    assert execute(path, "SELECT hfs_identity FROM sessions") == [("claude-code:of-old",)]
    assert statuses(reread(path)) == ["unchanged"]


def test_an_original_that_cannot_be_read_is_a_failure_and_stops_no_other(path: Path) -> None:
    imported(path, FORMATS["codex"](1), FORMATS["opencode"](2), FORMATS["gemini-cli"](3))
    execute(path, "UPDATE messages SET hfs_extra = NULL, content = 'x'")
    execute(path, "UPDATE hfs_pieces SET data = x'00' WHERE rowid = 1")
    execute(path, "UPDATE sessions SET hfs_tool = 'of-tomorrow' WHERE id = 2")
    before = said(path, 1), said(path, 2)
    report = reread(path)
    assert statuses(report) == ["updated"]
    reasons = sorted(failed.error.message for failed in report.failed)
    assert "damaged" in reasons[0]
    assert "of-tomorrow" in reasons[1]
    assert (said(path, 1), said(path, 2)) == before


def test_if_all_originals_are_damaged_it_is_an_error(path: Path) -> None:
    imported(path, FORMATS["codex"](1))
    execute(path, "UPDATE hfs_pieces SET data = x'00'")
    with pytest.raises(HfsError, match="damaged"):
        reread(path)


def test_a_store_without_originals_is_left_alone(path: Path) -> None:
    with Terminal(path) as terminal:
        terminal.add_session("Mine", "one")
    assert statuses(reread(path)) == []


def test_a_large_session_is_replaced_as_a_whole(path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 3000)
    imported(path, claude_code(1, 60))
    before = all_of(path)
    execute(path, "DELETE FROM messages WHERE id > 20")
    assert statuses(reread(path)) == ["updated"]
    assert all_of(path) == before
    execute(path, "DELETE FROM messages WHERE id % 2 = 1")
    assert statuses(reread(path)) == ["updated"]
    assert all_of(path) == before


def test_originals_that_find_no_room_for_a_copy_are_an_error_that_says_what_to_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(path, claude_code(1), claude_code(2))
    before = all_of(path)
    monkeypatch.setattr(tempfile, "tempdir", str(path.parent / "missing"))
    with pytest.raises(SourceNotReadable, match="Make room there, or set TMPDIR"):
        reread(path)
    assert all_of(path) == before
