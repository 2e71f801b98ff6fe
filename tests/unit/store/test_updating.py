"""Updates of a stored session, in any store: it becomes like the newer one, and loses nothing."""

import pytest

from hfs_server.store.postgresql import writing
from hfs_server.store.sqlite import staging
from tests.unit.store.sqlite.search.searches import found as matches_of
from tests.unit.store.sqlite.sessions import message, read, save_source, source, use
from tests.unit.store.sqlite.tool_sessions import (
    contents,
    plain,
    said,
    save,
    save_all,
    save_one,
    session,
)

FIRST = [said(number) for number in range(3)]


@pytest.fixture(params=[said, plain], ids=["with ids", "without ids"])
def make(request):
    return request.param


def test_a_longer_session_adds_its_messages_to_the_stored_one(place, make):
    before = save_one(place, session([make(number) for number in range(3)]))
    after = save_one(place, session([make(number) for number in range(5)], title="Newer"))
    assert (before.status, after.status, after.id) == ("created", "updated", before.id)
    assert (after.message_count, after.name) == (5, "Newer")
    assert contents(place) == [f"message {number}" for number in range(5)]


def test_a_message_with_the_same_id_in_its_tool_replaces_the_stored_one(place):
    save(place, session(FIRST))
    rewritten = [*FIRST[:2], said(2, "message 2, written to its end")]
    saved = save_one(place, session(rewritten))
    assert (saved.status, saved.message_count) == ("updated", 3)
    assert contents(place)[2] == "message 2, written to its end"
    assert save_one(place, session(rewritten)).status == "unchanged"


def thought(number, thinking, content="", **more):
    """A message that is written while it is imported, with or without a text."""
    return {**plain(number), "content": content, "thinking": thinking, **more}


STEP = {"id": "c", "name": "Bash", "input": {}}
WRITTEN_ON = {
    "text": (plain(1, "I will"), plain(1, "I will start.")),
    "thoughts": (thought(1, "So"), thought(1, "So it")),
    "text after thoughts": (thought(1, "So"), thought(3, "So", "Yes.", source_id="m-1")),
    "a call after thoughts": (thought(1, "So"), thought(3, "So", tool_calls=[STEP])),
    "a call after text": (plain(1, "I will"), {**plain(1, "I will now"), "tool_calls": [STEP]}),
    "a result": (
        {**plain(1, "line 1\n"), "role": "tool", "tool_call_id": "c"},
        {**plain(1, "line 1\nline 2\n"), "role": "tool", "tool_call_id": "c"},
    ),
}


@pytest.mark.parametrize("last", WRITTEN_ON.values(), ids=WRITTEN_ON)
def test_a_last_message_that_was_still_written_is_replaced_by_the_longer_one(place, last):
    begun, whole = last
    before = save_one(place, session([plain(0), begun]))
    for more in ([], [plain(4)]):
        after = save_one(place, session([plain(0), whole, *more]))
        assert (after.id, after.status, after.warnings) == (before.id, "updated", [])
        assert contents(place) == [each["content"] for each in (plain(0), whole, *more)]
    older = save_one(place, session([plain(0), begun]))
    assert (older.id, older.status, older.message_count) == (before.id, "unchanged", 3)
    assert any("more of this session" in warning for warning in older.warnings)
    assert contents(place)[1] == whole["content"]


OTHERS = {
    "not the last one": ([plain(1, "I will"), plain(2)], [plain(1, "I will start."), plain(2)]),
    "a prompt": ([plain(2, "go on")], [plain(2, "go on with it")]),
    "another role": ([plain(1, "I")], [{**plain(1, "I will"), "role": "tool"}]),
    "another result": (
        [{**plain(1, "a"), "role": "tool", "tool_call_id": "c"}],
        [{**plain(1, "ab"), "role": "tool", "tool_call_id": "d"}],
    ),
    "another id": ([{**plain(1, "a"), "source_id": "m"}], [{**plain(1, "ab"), "source_id": "n"}]),
    "no call": ([{**plain(1, "a"), "tool_calls": [STEP]}], [plain(1, "ab")]),
    "other thoughts": ([thought(1, "So")], [thought(3, "It", "Yes.")]),
    "nothing said": ([plain(1) | {"content": ""}], [plain(3, "Yes.")]),
}


@pytest.mark.parametrize("messages", OTHERS.values(), ids=OTHERS)
def test_a_message_that_is_another_one_is_never_replaced(place, messages):
    before = save_one(place, session([plain(0), *messages[0]]))
    after = save_one(place, session([plain(0), *messages[1]]))
    assert (after.status, after.id) == ("created", before.id + 1)
    assert contents(place) == [each["content"] for each in (plain(0), *messages[0])]


def test_a_message_that_became_shorter_leaves_the_stored_one(place):
    save(place, session([*FIRST[:2], said(2, "a long answer")]))
    saved = save_one(place, session([*FIRST[:2], said(2, "a")]))
    assert saved.status == "unchanged"
    assert any("more of this session" in warning for warning in saved.warnings)
    assert contents(place)[2] == "a long answer"


@pytest.mark.parametrize(("before", "after"), [(1000, 9), (9, 1000)])
def test_a_changed_usage_is_updated_whether_its_number_is_longer_or_shorter(place, before, after):
    save(place, session([said(0), said(1, usage={"input_tokens": before, "output_tokens": 1})]))
    newer = [said(0), said(1, usage={"input_tokens": after, "output_tokens": 1})]
    saved = save_one(place, session(newer))
    assert (saved.status, saved.warnings) == ("updated", [])
    _, messages, _ = use(place, lambda store: read(store, 1))
    assert messages[1]["usage"]["input_tokens"] == after
    (listed,) = use(place, lambda store: store.list()).sessions
    assert listed.total_tokens == after + 1


def test_a_session_that_is_written_in_many_parts_is_whole(place, monkeypatch):
    monkeypatch.setattr(staging, "SLICE_CHARACTERS", 3000)
    monkeypatch.setattr(writing, "_SLICE_CHARACTERS", 3000)
    state = {"trigger": "t", "created_at": None, "state": {"a": "y" * 500}}
    checkpoints = [{**state, "message_index": number} for number in range(40)]
    for end in (100, 250):
        messages = [message(f"{number} {'x' * 100}") for number in range(end)]
        saved = save_one(place, source(messages, checkpoints), on_conflict="update")
        _, found, states = use(place, lambda store: read(store, saved.id))  # noqa: B023
        assert [each["content"] for each in found] == [each["content"] for each in messages]
        assert [each["message_index"] for each in states] == [*range(40)]
        for number in (0, end // 2, end - 1):
            (match,) = matches_of(place, f'"{number} x"*')
            assert match.message_index == number + 1


def test_another_order_of_the_same_messages_is_taken_over(place, make):
    save(place, session([make(0), make(1), make(2)]))
    saved = save_one(place, session([make(1), make(0), make(2), make(3)]))
    assert saved.status == "updated"
    assert contents(place) == ["message 1", "message 0", "message 2", "message 3"]


def test_a_message_that_is_inserted_in_the_middle_gets_its_place(place, make):
    save(place, session([make(0), make(2)]))
    assert save_one(place, session([make(0), make(1), make(2)])).status == "updated"
    assert contents(place) == ["message 0", "message 1", "message 2"]


def test_checkpoints_of_a_newer_document_are_added(place):
    one, two = ({"trigger": "t", "message_index": n, "created_at": None, "state": {"n": n}}
                for n in (0, 1))  # fmt: skip

    async def work(store):
        first = await save_source(store, source([message()], [one]), on_conflict="update")
        second = await save_source(store, source([message()], [one, two]), on_conflict="update")
        return first, second, await read(store, 1)

    first, second, (_, _, checkpoints) = use(place, work)
    assert (first.status, second.status, second.checkpoint_count) == ("created", "updated", 2)
    assert [each["message_index"] for each in checkpoints] == [0, 1]


def test_one_import_updates_the_same_session_again_and_again(place):
    growing = [session([said(number) for number in range(end)]) for end in range(1, 6)]
    saved = use(place, lambda store: save_all(store, *growing))
    assert [each.status for each in saved] == ["created"] + ["updated"] * 4
    assert {each.id for each in saved} == {1}
    assert len(contents(place)) == 5


def test_a_number_that_another_program_wrote_otherwise_is_the_same(place, make):
    """JavaScript writes 157000.0 as 157000."""
    more = {"cost": 157000.0, "parts": [2.0, {"a": 1.5}]}
    messages = [make(number) | more for number in range(3)]
    first = save_one(place, session(messages))
    rewritten = [each | {"cost": 157000, "parts": [2, {"a": 1.5}]} for each in messages]
    assert save_one(place, session(rewritten)).status == "unchanged"
    longer = save_one(place, session([*rewritten, make(3)]))
    assert (longer.status, longer.id, longer.message_count) == ("updated", first.id, 4)
