"""Forks, subagents and the older layout of Codex, and where it keeps its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from hfs_server.importers.codex import Codex
from hfs_server.importers.codex_replies import Replies
from hfs_server.importers.codex_rollback import rollbacks_in
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import source_of
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import JsonObject, lines_of, sessions_in
from tests.unit.importers.test_codex import (
    CALL,
    NEWER,
    OLDER,
    OUTPUT,
    OWN,
    counted,
    event,
    item,
    meta,
    read,
    said,
)
from tests.unit.importers.truth import differences

SPAWN = {"subagent": {"thread_spawn": {"parent_thread_id": OLDER, "agent_nickname": "Ada"}}}
REPLAY = (
    {**meta(id=OLDER)},
    event("task_started", turn_id=OLDER),
    said("user", "the parent's prompt"),
    said("assistant", "the parent's answer"),
    event("thread_name_updated", thread_name="The parent's name"),
)
LEGACY = (
    {"id": OWN, "timestamp": "2025-08-20T10:00:00.000Z", "instructions": None, "git": None},
    {"record_type": "state"},
    {"type": "message", "role": "user", "content": [
        {"text": "<environment_context>\n<cwd>/old</cwd>\n</environment_context>"}
    ]},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hello"}]},
    {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
    {"type": "function_call", "name": "shell", "arguments": "{}", "call_id": "c1"},
    {"type": "function_call_output", "call_id": "c1", "output": "ok"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "hi"}]},
)  # fmt: skip


def test_a_fork_begins_at_its_first_own_turn() -> None:
    found = read(
        meta(forked_from_id=OLDER), *REPLAY,
        event("task_started", turn_id=NEWER), said("user", "mine"), said("assistant", "own"),
    )  # fmt: skip
    assert found.shown() == [("user", "mine"), ("assistant", "own")]
    assert (found.name, found.facts["session_id"]) == ("mine", f"codex:{OWN}")
    assert found.facts["parent_session_id"] == f"codex:{OLDER}"
    assert any("5 records repeat the session" in warning for warning in found.warnings)


def test_a_fork_without_a_turn_of_its_own_has_no_messages() -> None:
    found = read(meta(forked_from_id=OLDER), *REPLAY)
    assert found.messages == []
    assert found.facts["parent_session_id"] == f"codex:{OLDER}"


def test_a_fork_whose_turns_have_no_times_in_their_ids_is_read_whole() -> None:
    found = read(meta(forked_from_id=OLDER), event("task_started", turn_id="1"), said("user", "a"))
    assert found.shown() == [("user", "a")]


def test_a_fork_that_only_names_where_its_beginning_is_repeats_nothing() -> None:
    base = {"thread_id": OLDER, "end_ordinal_exclusive": 7}
    found = read(
        meta(forked_from_id=OLDER, history_base=base), said("developer", "rules"),
        event("task_started", turn_id=NEWER), said("user", "mine"),
    )  # fmt: skip
    assert found.shown() == [("system*", "rules"), ("user", "mine")]
    assert found.facts["parent_session_id"] == f"codex:{OLDER}"
    assert found.warnings == [f"The messages before its first one are in the session {OLDER}."]
    other = read(meta(forked_from_id=NEWER, history_base=base), said("user", "mine"))
    assert other.facts["parent_session_id"] == f"codex:{NEWER}"


def test_a_file_after_turns_were_reverted_says_that_its_beginning_is_in_another_one() -> None:
    found = read(meta(history_base={"thread_id": OWN}), said("user", "asked again"))
    assert found.shown() == [("user", "asked again")]
    assert "parent_session_id" not in found.facts
    assert found.warnings == [
        "The messages before its first one are in another file of this session."
    ]


def test_the_prompt_of_a_subagent_comes_from_its_parent() -> None:
    found = read(
        meta(source=SPAWN), said("user", "review the code"), said("assistant", "done"),
        item("agent_message", author="/root", content=[{"type": "input_text", "text": "more"}]),
    )  # fmt: skip
    assert found.shown() == [
        ("user*", "review the code"), ("assistant", "done"), ("user*", "more"),
    ]  # fmt: skip
    assert found.messages[2]["agent"] == "/root"
    assert (found.name, found.facts["parent_session_id"]) == ("review the code", f"codex:{OLDER}")


def test_a_subagent_that_got_the_history_of_its_parent_begins_at_its_own_record() -> None:
    records = (said("user", "the parent's"), said("user", "look"), said("assistant", "done"))
    numbered = [{**made, "ordinal": number} for number, made in enumerate(records, start=1)]
    found = read(meta(source=SPAWN, subagent_history_start_ordinal=2), *numbered)
    assert found.shown() == [("user*", "look"), ("assistant", "done")]
    assert any("1 records repeat the session" in warning for warning in found.warnings)


def test_the_layout_without_envelopes_is_read_by_the_same_rules() -> None:
    (found,) = sessions_in(Codex(), lines_of(*LEGACY))
    assert [role for role, _ in found.shown()] == [
        "user*",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    assert (found.name, found.facts["session_id"]) == ("hello", f"codex:{OWN}")
    assert found.created_at == "2025-08-20T10:00:00Z"
    assert found.facts["working_directory"] == "/old"
    assert [message["created_at"] for message in found.messages] == [None] * 5
    assert found.warnings == []


def test_damaged_files_without_envelopes_never_raise_anything_else() -> None:
    assert survive(Codex(), lines_of(*LEGACY), "rollout.jsonl") > 100


def taken_back(turns: int) -> JsonObject:
    return event("thread_rolled_back", num_turns=turns)


SHELL = said("user", "<user_shell_command>\n<command>\nls\n</command>\n</user_shell_command>")


def test_turns_that_were_taken_back_are_counted_and_left_out() -> None:
    found = read(
        meta(), said("user", "<environment_context>x</environment_context>"), said("user", "one"),
        said("assistant", "1"), said("user", "two"), said("assistant", "2"), SHELL, taken_back(1),
        said("user", "three"), said("assistant", "3"), taken_back(2), said("user", "four"),
    )  # fmt: skip
    assert found.shown() == [
        ("user*", "<environment_context>x</environment_context>"), ("user", "four"),
    ]  # fmt: skip
    assert found.warnings == ["3 turns that were taken back are kept only in the original."]


def test_what_is_typed_while_a_turn_runs_belongs_to_it() -> None:
    found = read(
        meta(), event("task_started"), said("user", "one"), event("task_complete"),
        event("task_started"), said("user", "two"), said("user", "and this"),
        event("task_complete"), event("thread_name_updated", thread_name="A name"), taken_back(1),
    )  # fmt: skip
    assert (found.shown(), found.name) == ([("user", "one")], "A name")
    assert found.warnings == ["1 turn that was taken back is kept only in the original."]


def test_turns_that_the_parent_of_a_fork_took_back_are_not_those_of_the_fork() -> None:
    found = read(
        meta(forked_from_id=OLDER), *REPLAY, taken_back(1),
        event("task_started", turn_id=NEWER), said("user", "mine"),
    )  # fmt: skip
    assert found.shown() == [("user", "mine")]
    assert not any("taken back" in warning for warning in found.warnings)


def test_a_rollback_without_turns_takes_nothing_back() -> None:
    found = read(meta(), taken_back(1), said("user", "one"), taken_back(0))
    assert (found.shown(), found.warnings) == ([("user", "one")], [])


def test_lines_are_compared_with_one_rollback_however_many_there_are() -> None:
    turn = (said("user", "one"), said("assistant", "1"))
    records = (meta(), *turn, *turn, taken_back(1), *turn, taken_back(2), *turn, taken_back(1))
    found = rollbacks_in(source_of(lines_of(*records)))
    assert [*found.lines] == [range(2, 9), range(10, 12)]
    assert found.turns == {6: 1, 9: 2, 12: 1}


def test_usage_that_older_versions_wrote_before_the_reply_goes_to_that_reply() -> None:
    found = read(
        meta(), said("user", "a"), counted(10, 10), said("assistant", "one"), CALL, OUTPUT,
        counted(30, 20), said("assistant", "two"),
    )  # fmt: skip
    inputs = [message["usage"]["input_tokens"] for message in found.messages if "usage" in message]
    assert inputs == [10, 20]


def test_the_sum_of_counts_is_one_that_a_document_can_hold() -> None:
    most = 2**63 - 1
    found = read(
        meta(), said("user", "a"), said("assistant", "one"), counted(most, most),
        counted(most - 1, most - 1),
    )  # fmt: skip
    assert found.messages[1]["usage"]["input_tokens"] == most


def test_usage_of_a_reply_that_shows_nothing_is_not_lost() -> None:
    found = read(
        meta(), said("user", "a"), said("assistant", "one"), counted(10, 10),
        item("reasoning", summary=[]), counted(30, 20),
    )  # fmt: skip
    assert found.messages[1]["usage"]["input_tokens"] == 30


def test_few_results_wait_for_the_usage_of_their_reply() -> None:
    replies = Replies()
    replies.add({"type": "function_call", "call_id": "c1"}, None)
    released = [made for _ in range(1_000) for made in replies.follow({"role": "tool"})]
    assert len(released) > 700
    assert len(released) + len(replies.finish()) == 1_001


@pytest.mark.parametrize("home", ["/elsewhere", None])
def test_its_folders_follow_its_environment_variable(home: str | None) -> None:
    places = Places(Path("/home/ada"), {"CODEX_HOME": home} if home else {}, "linux")
    base = Path(home or "/home/ada/.codex")
    assert list(Codex().folders(places)) == [base / "sessions", base / "archived_sessions"]


def test_all_real_sessions_are_read_as_they_are() -> None:
    assert differences("codex") == []
