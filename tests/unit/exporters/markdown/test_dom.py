"""An export as a browser shows it: its headings are ours, and nothing in it acts or loads."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hfs_server.export import export_to_markdown
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.text import encode
from tests.unit.exporters.markdown.dom import check_harmless, parsed, sections
from tests.unit.exporters.markdown.extended_viewers import EXTENDED_VIEWERS, Render
from tests.unit.exporters.markdown.foreign_messages import FOREIGN, FOREIGN_FRAGMENTS, PAIRS
from tests.unit.exporters.markdown.messages import (
    FRAGMENTS,
    HOSTILE,
    LINKING,
    LINKING_FRAGMENTS,
    ORDINARY,
    SWALLOWED,
)
from tests.unit.exporters.markdown.viewers import VIEWERS

SAID = "the very last word"
OUR_PARTS = ["Agent activity", "Negotiation", "Token usage", "Timeline", "Checkpoints"]

SIMPLE_VIEWERS: Mapping[str, Render] = {name: viewer.render for name, viewer in VIEWERS.items()}
ALL_VIEWERS = {**SIMPLE_VIEWERS, **EXTENDED_VIEWERS}

PLACES = ["name", "role", "message", "trigger", "snapshot"]


def snapshot_of(text: str) -> dict[str, object]:
    """A run in which every text that a program or a person gives is this one."""
    agent = {
        "agent_id": text, "triad_id": text, "role": text, "status": text, "current_action": text,
        "progress": 0.5, "started_at": text, "ended_at": None, "blocking_reason": text,
        "duration_ms": 5,
    }  # fmt: skip
    contest = {"round": 1, "claimants": [text, text], "resolution": text, "winner": text}
    section = {
        "section_name": text, "status": text, "owner": text, "claimants": [text],
        "contest_history": [contest],
    }  # fmt: skip
    used = {"agent_id": text, "prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    phases = [
        {"phase_name": text, "started_at": "2026-02-01T10:00:00Z",
         "ended_at": f"2026-02-01T10:00:0{second}Z", "duration_ms": 1000, "is_complete": True}
        for second in (1, 2)
    ]  # fmt: skip
    return {
        "version": "1", "run_id": text,
        "agent_tree": {"triads": [{"triad_id": text, "preset": text, "agents": [agent, agent]}]},
        "negotiation": {"temperature": 0.5, "round": 1, "sections": [section]},
        "usage": {
            "by_phase": [{"phase_name": text, "agents": [used], "total_tokens": 3}],
            "by_agent": [used], "total_tokens": 3,
        },
        "timeline": {"run_id": text, "started_at": text, "phases": phases},
    }  # fmt: skip


def export_with(text: str, place: str | None = None) -> str:
    """An export that has the text in this place, or in all; three messages with a calm end."""
    put = {name: text if place in (name, None) else "calm" for name in PLACES}
    messages = [
        {"role": put["role"], "content": put["message"], "created_at": None},
        {"role": "user", "content": put["message"], "created_at": "2026-02-01T10:00:00Z"},
        {"role": "assistant", "content": SAID, "created_at": None},
    ]
    checkpoint = {"trigger": put["trigger"], "message_index": 1, "created_at": None, "state": {}}
    # Below a message that is tried stands another one; a trace there would only take time.
    snapshot = snapshot_of(put["snapshot"]) if place in ("name", "snapshot", None) else None
    return export_to_markdown(put["name"], messages, snapshot, [checkpoint, checkpoint])


def check_export(markdown: str, viewers: Mapping[str, Render] = SIMPLE_VIEWERS) -> None:
    """Fails where any viewer shows anything but our headings with their messages below them."""
    for name, render in viewers.items():
        root = parsed(render(markdown))
        check_harmless(root)
        found = sections(root)
        assert [tag for tag, _, _ in found].count("h1") == 1
        assert found[0][0] == "h1"
        parts = [title for tag, title, _ in found if tag == "h2"]
        assert parts == ["Conversation"] + [title for title in OUR_PARTS if title in parts]
        (_, after, *_) = [*(n for n, (tag, *_) in enumerate(found) if tag == "h2"), len(found)]
        conversation = found[2:after]
        numbers = [title.partition(" ")[0] for _, title, _ in conversation]
        assert numbers == ["1.", "2.", "3."], (name, numbers)
        (*_, (_, last, said)) = conversation
        assert last == "3. Assistant"
        assert [(element.tag, element.text().strip()) for element in said] == [("p", SAID)], name


@pytest.mark.parametrize("text", [*HOSTILE.values(), *LINKING.values()], ids=[*HOSTILE, *LINKING])
def test_hostile_text_stays_in_its_place_wherever_it_stands(text: str) -> None:
    for place in [*PLACES, None]:
        check_export(export_with(text, place))


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_text_is_as_harmless_in_every_place(text: str) -> None:
    for place in [*PLACES, None]:
        check_export(export_with(text, place))


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", SWALLOWED.values(), ids=SWALLOWED)
def test_a_bare_address_swallows_no_mark_that_guards_what_follows(text: str, place: str) -> None:
    check_export(export_with(text, place))


@pytest.mark.parametrize("name", VIEWERS)
def test_no_message_takes_a_viewer_far_longer_than_as_many_words(name: str) -> None:
    """Some twenty times as long is usual; what backtracks takes a million times."""
    for text in [*HOSTILE.values(), *LINKING.values(), *SWALLOWED.values()]:
        hostile = conversation(f"{text}\n" * 10)
        ordinary = "word " * (len(hostile) // 5)
        assert processor_time(name, hostile) < 1000 * processor_time(name, ordinary), text


def processor_time(viewer: str, markdown: str) -> float:
    began = time.process_time()
    VIEWERS[viewer].render(markdown)
    return time.process_time() - began


def test_an_address_that_would_swallow_a_mark_shows_as_it_was_written() -> None:
    (said, *_) = sections(parsed(VIEWERS["vscode"].render(conversation("http://x.y/`<b>`"))))
    assert said[2][0].text() == "http://x.y/<b>"
    assert sanitize("See http://x.y/z and `http://x.y/`.") == "See http://x.y/z and `http://x.y/`."


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_what_only_some_viewers_know_stays_in_its_place_in_all(text: str) -> None:
    check_export(export_of(text, text, SAID), ALL_VIEWERS)
    check_export(export_with(text), ALL_VIEWERS)


@pytest.mark.parametrize(
    "text",
    [*HOSTILE.values(), *LINKING.values(), *SWALLOWED.values(), *ORDINARY.values()],
    ids=[*HOSTILE, *LINKING, *SWALLOWED, *ORDINARY],
)
def test_any_text_stays_in_its_place_with_all_extensions_on(text: str) -> None:
    check_export(export_of(text, text, SAID), EXTENDED_VIEWERS)


@pytest.mark.parametrize("texts", [*PAIRS, *((end, begin) for begin, end in PAIRS)], ids=ascii)
def test_what_one_message_begins_no_other_ends(texts: tuple[str, str]) -> None:
    check_export(export_of(*texts, SAID), ALL_VIEWERS)


ANY = st.lists(st.sampled_from(FRAGMENTS + LINKING_FRAGMENTS * 3), max_size=12).map("".join)

ANY_FOREIGN = st.lists(st.sampled_from(FRAGMENTS + FOREIGN_FRAGMENTS * 3), max_size=10).map("".join)


@given(ANY)
def test_any_message_stays_harmless(message: str) -> None:
    check_export(export_with(message, "message"))


@settings(max_examples=60, derandomize=True)
@given(ANY_FOREIGN, ANY_FOREIGN)
def test_any_two_messages_stay_harmless_with_all_extensions_on(one: str, other: str) -> None:
    check_export(export_of(one, other, SAID), EXTENDED_VIEWERS)


def export_of(*contents: str) -> str:
    """An export of these messages, the last of them by the assistant."""
    roles = ["user"] * (len(contents) - 1) + ["assistant"]
    return export_to_markdown(
        "Session",
        [
            {"role": role, "content": content, "created_at": None}
            for role, content in zip(roles, contents, strict=True)
        ],
    )


def conversation(message: str) -> str:
    return f"### 1. User\n\n{encode(sanitize(message)).decode()}\n"
