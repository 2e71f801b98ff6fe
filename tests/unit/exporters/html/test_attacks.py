"""No text of a session leaves its place in a page, acts or loads anything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hfs_server.exporters import ExportOptions, SessionOverview
from hfs_server.session import JsonObject, SessionHeader
from tests.unit.exporters.html.attacks import ACTIVE
from tests.unit.exporters.html.pages import Element, check_page, entries, page
from tests.unit.exporters.markdown.foreign_messages import FOREIGN, FOREIGN_FRAGMENTS, PAIRS
from tests.unit.exporters.markdown.messages import (
    FRAGMENTS,
    HOSTILE,
    LINKING,
    LINKING_FRAGMENTS,
    LONG_PIECES,
    ORDINARY,
    SWALLOWED,
)
from tests.unit.exporters.markdown.test_dom import SAID, snapshot_of
from tests.unit.exporters.markdown.test_tool_messages_dom import FOLDING, PLACES, session_with

TEXTS = {**ACTIVE, **FOLDING, **HOSTILE, **FOREIGN, **LINKING, **SWALLOWED, **ORDINARY}
ANY_TEXT = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from([*FRAGMENTS, *FOREIGN_FRAGMENTS, *LINKING_FRAGMENTS, *ACTIVE.values()]),
        max_size=30,
    ).map("".join),
)
NAMES = [("h2", "conversation"), ("article", "message-1"), ("article", "message-2")]


def check(text: str, *places: str) -> None:
    check_session(page(*session_with(text, *places)))


def check_session(html: str) -> None:
    """Fails unless the page of such a session has its own entries, and its last words."""
    found = check_page(html)
    assert entries(found) == [
        *NAMES,
        *calls(found),
        ("details", "message-5"),
        ("article", "message-6"),
        ("article", "message-7"),
    ]
    assert last_words(found) == SAID


def calls(found: Element) -> list[tuple[str, str]]:
    """The entries of the seven calls of the session, in which two results are."""
    classes = ("call", "call failed")
    tops = [each for each in found.elements() if each.attributes.get("class") in classes]
    assert len(tops) == 7
    results = {inner.id() for top in tops for inner in top.all() if inner.id()}
    assert results == {"message-3", "message-4"}
    return [("details", each.attributes["class"] or "") for each in tops]


def last_words(found: Element) -> str:
    """All that the last message says."""
    last = [each for each in found.elements() if each.tag == "article"][-1]
    body = next(each for each in last.elements() if each.tag == "div")
    assert [each.tag for each in body.all()] == ["p"]
    return body.text().strip()


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_text_leaves_its_place(text: str) -> None:
    check(text)


@pytest.mark.parametrize("place", PLACES)
def test_no_text_leaves_its_place_alone(place: str) -> None:
    for text in (*ACTIVE.values(), *FOLDING.values()):
        check(text, place)


@pytest.mark.parametrize("texts", [*PAIRS, *((end, begin) for begin, end in PAIRS)], ids=ascii)
def test_what_one_part_begins_no_other_ends(texts: tuple[str, str]) -> None:
    begin, end = texts
    overview, messages = session_with("calm")
    messages[1] |= {"thinking": begin, "content": end}
    messages[2] |= {"content": begin}
    messages[4] |= {"content": end}
    assert last_words(check_page(page(overview, messages))) == SAID


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_text_stays_in_its_place(text: str) -> None:
    check(text)


@settings(deadline=None)
@given(ANY_TEXT)
def test_any_name_time_trigger_and_snapshot_stay_in_their_places(text: str) -> None:
    message: JsonObject = {"role": text, "content": SAID, "created_at": text}
    checkpoint: JsonObject = {"trigger": text, "message_index": 1, "created_at": text}
    header = SessionHeader(text, text, text)
    overview = SessionOverview(header, 2, [checkpoint], snapshot_of(text))
    found = check_page(page(overview, [message, message]))
    assert entries(found)[:4] == [NAMES[0], NAMES[1], ("p", "checkpoint"), NAMES[2]]
    assert {tag for tag, _ in entries(found)[4:]} == {"section"}
    assert last_words(found) == SAID


@pytest.mark.parametrize("options", [ExportOptions(False, "brief"), ExportOptions(True, "none")])
def test_no_text_leaves_its_place_if_parts_are_left_out(options: ExportOptions) -> None:
    for text in (*ACTIVE.values(), *FOLDING.values()):
        found = check_page(page(*session_with(text), options))
        assert last_words(found) == SAID
        assert entries(found)[:3] == NAMES or options.tool_calls == "none"


@pytest.mark.parametrize("piece", LONG_PIECES, ids=ascii)
def test_a_text_of_many_marks_takes_time_in_proportion(piece: str) -> None:
    found = check_page(page(*session_with(piece * (20_000 // len(piece)), "content")))
    assert last_words(found) == SAID
