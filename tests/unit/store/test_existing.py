"""Which stored session an imported one is, in any store."""

import json
from pathlib import Path

import pytest

from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.importers.hfs_json.reader import DocumentReader
from hfs_server.importers.source_file import file_of
from tests.unit.store.holding import held
from tests.unit.store.sqlite.sessions import message, names, source, use
from tests.unit.store.sqlite.tool_sessions import plain, said, save, save_one, session

MESSAGES = [said(number) for number in range(3)]
HAS_MORE = "more of this session"


def exported(place, session_id: int) -> str:
    """The document of a session."""
    return use(place, lambda store: export_to_text(store, session_id, exporter_named("json")))


def imported(place, text: str):
    """A document saved as the import of a file does."""
    return save_one(place, DocumentReader(file_of(text).open_original()))


@pytest.mark.parametrize(
    "other",
    [{"title": "Another name"}, {"path": Path("/b/s.jsonl")}, {"path": None}],
    ids=["name", "location", "no location"],
)
def test_another_name_or_location_changes_nothing(place, other):
    save(place, session(MESSAGES, path=Path("/a/s.jsonl")))
    before = use(place, held)
    saved = save_one(place, session(MESSAGES, **{"path": Path("/a/s.jsonl"), **other}))
    assert (saved.status, saved.name) == ("unchanged", "Title")
    assert use(place, held) == before


def test_other_facts_of_the_same_messages_are_updated_and_none_is_lost(place):
    git = {"branch": "main"}
    save(place, session(MESSAGES, git=git, working_directory="/home/ada"))
    saved = save_one(place, session(MESSAGES, tags=["new"], working_directory="/home/ada/web"))
    assert (saved.status, saved.message_count) == ("updated", 3)
    facts = json.loads(exported(place, 1))["metadata"]
    assert (facts["git"], facts["tags"]) == (git, ["new"])
    assert facts["working_directory"] == "/home/ada/web"


def test_a_given_name_renames_a_session_whatever_else_came(place):
    save(place, session(MESSAGES))
    for messages, status in ((MESSAGES, "updated"), (MESSAGES[:2], "updated"), (MESSAGES, "")):
        saved = save_one(place, session(messages), name=f"Mine {len(messages)}")
        assert saved.status == (status or "updated")
        assert use(place, names) == [f"Mine {len(messages)}"]
    assert save_one(place, session(MESSAGES), name="Mine 3").status == "unchanged"


def test_a_name_that_was_given_or_changed_in_the_store_survives_an_update(place):
    save(place, session(MESSAGES[:1]), name="Given")
    assert save_one(place, session(MESSAGES[:2], title="Newer")).name == "Given"
    use(place, lambda store: store.rename(1, "Renamed"))
    assert save_one(place, session(MESSAGES, title="Newest")).name == "Renamed"
    assert use(place, names) == ["Renamed"]


@pytest.mark.parametrize("make", [said, plain])
def test_a_session_of_which_the_store_has_more_stays_as_it_is_with_a_warning(place, make):
    save(place, session([make(number) for number in range(3)]))
    before = use(place, held)
    for numbers in ([0], [1, 2], [2, 0]):
        saved = save_one(place, session([make(number) for number in numbers]))
        assert (saved.status, saved.message_count) == ("unchanged", 3)
        assert [HAS_MORE in warning for warning in saved.warnings] == [True]
    assert use(place, held) == before


def test_where_each_side_has_more_there_is_a_second_session_but_never_a_third(place):
    save(place, session([plain(0), plain(1), plain(2)]))
    forked = [plain(0), plain(1), plain(2, "another answer")]
    saved = save_one(place, session(forked))
    assert (saved.status, saved.id) == ("created", 2)
    assert any("second session" in warning for warning in saved.warnings)
    again = save_one(place, session(forked))
    assert (again.status, again.id, again.warnings) == ("unchanged", 2, [])
    grown = save_one(place, session([*forked, plain(3)]))
    assert (grown.status, grown.id, grown.message_count) == ("updated", 2, 4)
    first = save_one(place, session([plain(0), plain(1), plain(2)]))
    assert (first.status, first.id) == ("unchanged", 1)
    assert len(use(place, names)) == 2


def test_a_session_is_found_under_any_id_in_any_store(place, tmp_path):
    save(place, session(MESSAGES))
    text = exported(place, 1)
    other = tmp_path / "other" / "sessions.db"
    save(other, session([said(9)], "unrelated"))
    assert imported(other, text).status == "created"
    assert imported(other, text).status == "unchanged"
    assert save_one(other, session(MESSAGES)).status == "unchanged"
    assert save_one(other, session([*MESSAGES, said(3)])).status == "updated"


def test_sessions_that_begin_alike_at_other_times_are_two(place):
    for number in range(2):
        made = source([message("hello")], created_at=f"2026-02-01T10:00:0{number}Z")
        assert save_one(place, made).status == "created"
