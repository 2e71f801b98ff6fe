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
    plain,
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


@pytest.mark.parametrize(
    "other",
    [{"title": "Another name"}, {"path": Path("/b/s.jsonl")}, {"path": None}],
    ids=["name", "location", "no location"],
)
def test_another_name_or_location_changes_nothing(path, other):
    save(path, session(MESSAGES, path=Path("/a/s.jsonl")))
    before = everything(path)
    saved = save_one(path, session(MESSAGES, **{"path": Path("/a/s.jsonl"), **other}))
    assert (saved.status, saved.name) == ("unchanged", "Title")
    assert everything(path) == before


def test_other_facts_of_the_same_messages_are_updated_and_none_is_lost(path):
    git = {"branch": "main"}
    save(path, session(MESSAGES, git=git, working_directory="/home/ada"))
    saved = save_one(path, session(MESSAGES, tags=["new"], working_directory="/home/ada/web"))
    assert (saved.status, saved.message_count) == ("updated", 3)
    facts = json.loads(exported(path, 1))["metadata"]
    assert (facts["git"], facts["tags"]) == (git, ["new"])
    assert facts["working_directory"] == "/home/ada/web"


def test_a_given_name_renames_a_session_whatever_else_came(path):
    save(path, session(MESSAGES))
    for messages, status in ((MESSAGES, "updated"), (MESSAGES[:2], "updated"), (MESSAGES, "")):
        saved = save_one(path, session(messages), name=f"Mine {len(messages)}")
        assert saved.status == (status or "updated")
        assert execute(path, "SELECT name FROM sessions") == [(f"Mine {len(messages)}",)]
    assert save_one(path, session(MESSAGES), name="Mine 3").status == "unchanged"


def test_a_name_that_was_given_or_changed_in_the_store_survives_an_update(path):
    save(path, session(MESSAGES[:1]), name="Given")
    assert save_one(path, session(MESSAGES[:2], title="Newer")).name == "Given"
    execute(path, "UPDATE sessions SET name = 'Renamed'")
    assert save_one(path, session(MESSAGES, title="Newest")).name == "Renamed"
    assert execute(path, "SELECT name FROM sessions") == [("Renamed",)]


@pytest.mark.parametrize("make", [said, plain])
def test_a_session_of_which_the_store_has_more_stays_as_it_is_with_a_warning(path, make):
    save(path, session([make(number) for number in range(3)]))
    before = everything(path)
    for numbers in ([0], [1, 2], [2, 0]):
        saved = save_one(path, session([make(number) for number in numbers]))
        assert (saved.status, saved.message_count) == ("unchanged", 3)
        assert [HAS_MORE in warning for warning in saved.warnings] == [True]
    assert everything(path) == before


def test_where_each_side_has_more_there_is_a_second_session_but_never_a_third(path):
    save(path, session([plain(0), plain(1), plain(2)]))
    forked = [plain(0), plain(1), plain(2, "another answer")]
    saved = save_one(path, session(forked))
    assert (saved.status, saved.id) == ("created", 2)
    assert any("second session" in warning for warning in saved.warnings)
    again = save_one(path, session(forked))
    assert (again.status, again.id, again.warnings) == ("unchanged", 2, [])
    grown = save_one(path, session([*forked, plain(3)]))
    assert (grown.status, grown.id, grown.message_count) == ("updated", 2, 4)
    first = save_one(path, session([plain(0), plain(1), plain(2)]))
    assert (first.status, first.id) == ("unchanged", 1)
    assert execute(path, "SELECT count(*) FROM sessions") == [(2,)]


def test_an_id_that_is_used_again_for_another_session_is_never_updated(path):
    save(path, session(MESSAGES))
    with Terminal(path) as terminal:
        terminal.delete_session(1)
        assert terminal.add_session("Another", "of the terminal") == 1
    saved = save_one(path, session([*MESSAGES, said(3)]))
    assert (saved.status, saved.id) == ("created", 2)
    assert contents(path) == ["of the terminal"]


def test_a_session_is_found_under_any_id_in_any_store(path, tmp_path):
    save(path, session(MESSAGES))
    text = exported(path, 1)
    other = tmp_path / "other" / "sessions.db"
    save(other, session([said(9)], "unrelated"))
    assert imported(other, text).status == "created"
    assert imported(other, text).status == "unchanged"
    assert save_one(other, session(MESSAGES)).status == "unchanged"
    assert save_one(other, session([*MESSAGES, said(3)])).status == "updated"


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


def test_sessions_that_begin_alike_at_other_times_are_two(path):
    for number in range(2):
        made = source([message("hello")], created_at=f"2026-02-01T10:00:0{number}Z")
        assert save_one(path, made).status == "created"


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
