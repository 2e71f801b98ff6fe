"""Which stored session an imported one is, and what is the same though it is written otherwise."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.source_file import file_of
from testing import stores
from testing.terminal import Terminal
from tests.unit.store.sqlite.sessions import BEGUN, execute, message, source, use
from tests.unit.store.sqlite.tool_sessions import (
    contents,
    everything,
    said,
    save,
    save_one,
    session,
)

MESSAGES = [said(number) for number in range(3)]
HAS_MORE = "more of this session"
CHECKPOINT = {"trigger": "t", "message_index": 1, "created_at": BEGUN, "state": {"a": [1.5, None]}}


def exported(path: Path, session_id: int) -> str:
    """The document of a session."""
    return use(path, lambda store: export_to_text(store, session_id, exporter_named("json")))


def imported(path: Path, text: str, **how: object):
    """A document saved as the import of a file does."""
    return save_one(path, DocumentReader(file_of(text).open_original()), **how)


def test_an_identical_session_is_unchanged_and_nothing_is_written(path):
    save(path, session(MESSAGES, original=b"file", path=Path("/a/s.jsonl")))
    with stores.opened(path) as watching:
        before = everything(path), watching.execute("PRAGMA data_version").fetchall()
        saved = save_one(path, session(MESSAGES, original=b"file", path=Path("/a/s.jsonl")))
        assert (saved.status, saved.id, saved.warnings) == ("unchanged", 1, [])
        assert (everything(path), watching.execute("PRAGMA data_version").fetchall()) == before


def test_an_id_that_is_used_again_for_another_session_is_never_updated(path):
    save(path, session(MESSAGES))
    with Terminal(path) as terminal:
        terminal.delete_session(1)
        assert terminal.add_session("Another", "of the terminal") == 1
    saved = save_one(path, session([*MESSAGES, said(3)]))
    assert (saved.status, saved.id) == ("created", 2)
    assert contents(path) == ["of the terminal"]


@pytest.fixture
def of_the_terminal(path):
    """A store with one session of the terminal program: messages, a checkpoint, a run."""
    with Terminal(path) as terminal:
        chat = terminal.add_session("Chat", "hello\r\n", created_at=datetime(2026, 2, 1, 10, 0, 0))
        terminal.add_message(chat, "assistant", "an answer ü🙂")
        terminal.add_checkpoint(chat, 1, "turn", '{"b": 1, "a": [1.0, 2e3, null], "c": "ü"}')
        terminal.add_checkpoint(chat, 2, "turn", "")
        terminal.add_checkpoint(chat, 2, "turn", "not JSON")
    return path


def test_a_session_of_the_terminal_program_is_unchanged_when_its_export_is_imported(
    of_the_terminal,
):
    text = exported(of_the_terminal, 1)
    before = everything(of_the_terminal)
    assert (imported(of_the_terminal, text).status) == "unchanged"
    with Terminal(of_the_terminal) as terminal:
        assert terminal.names() == {1: "Chat"}
    assert everything(of_the_terminal) == before


def test_a_session_of_the_terminal_program_that_goes_on_elsewhere_is_updated(of_the_terminal):
    document = json.loads(exported(of_the_terminal, 1))
    document["messages"].append(message("more", "2026-02-01T11:00:00Z"))
    saved = imported(of_the_terminal, json.dumps(document))
    assert (saved.status, saved.id, saved.message_count) == ("updated", 1, 3)
    with Terminal(of_the_terminal) as terminal:
        ((_, name, messages),) = terminal.list()
    assert (name, messages[-1]) == ("Chat", ("user", "more"))


def test_a_session_of_the_terminal_program_that_went_on_there_is_unchanged(of_the_terminal):
    text = exported(of_the_terminal, 1)
    with Terminal(of_the_terminal) as terminal:
        terminal.add_message(1, "user", "typed since")
    saved = imported(of_the_terminal, text)
    assert (saved.status, saved.message_count) == ("unchanged", 3)
    assert HAS_MORE in saved.warnings[0]


def test_a_session_of_the_terminal_program_without_messages_is_found(path):
    with Terminal(path) as terminal:
        terminal.add_session("Empty", created_at=datetime(2026, 2, 1, 10, 0, 0))
    assert imported(path, exported(path, 1)).status == "unchanged"


def test_what_an_older_version_wrote_with_blanks_in_its_json_is_the_same(path):
    parts = ([message(created_at=None, note={"k": [1, 2]})], [CHECKPOINT])
    more = {"run_snapshot": {"run_id": "r", "steps": [1, 2]}, "k": {"a": 1}}
    save(path, source(*parts, **more))
    for table, names in {
        "sessions": ("hfs_extra", "hfs_run_snapshot"),
        "messages": ("hfs_extra",),
        "checkpoints": ("hfs_extra", "state_json"),
    }.items():
        for name in names:
            for row, value in execute(path, f"SELECT id, {name} FROM {table}"):
                blanks = json.dumps(json.loads(value)) if value else None
                execute(path, f"UPDATE {table} SET {name} = ? WHERE id = ?", blanks, row)
    nothing = "hfs_identity = NULL, hfs_imported_name = NULL"
    execute(path, f"UPDATE sessions SET {nothing}")
    before = everything(path)
    saved = save_one(path, source(*parts, **more))
    assert (saved.status, HAS_MORE in str(saved.warnings)) == ("unchanged", False)
    assert everything(path) == before


@pytest.mark.parametrize("column", ["hfs_extra", "hfs_usage", "hfs_run_snapshot", "hfs_original"])
@pytest.mark.parametrize(
    "value", ["", "[1]", "{", "null", '{"facts": 5}', '{"facts": {"source": 5}}']
)
def test_columns_that_another_program_damaged_stop_no_import(path, column, value):
    save(path, session(MESSAGES, path=Path("/a/s.jsonl")))
    execute(path, f"UPDATE sessions SET {column} = ?", value)
    assert save_one(path, session(MESSAGES)).status in ("updated", "unchanged")
    assert save_one(path, session([*MESSAGES, said(3)])).status == "updated"
    execute(path, "UPDATE messages SET hfs_extra = ?", value)
    assert save_one(path, session([*MESSAGES, said(3), said(4)])).message_count >= 4
