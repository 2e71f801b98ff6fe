"""A log as a whole: its branches, its encodings, its size, and damage."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.errors import InvalidDocument
from hfs_server.importers.claude_code import ClaudeCode
from hfs_server.importers.claude_code.record_chain import RecordChain
from hfs_server.importers.source_file import SourceFile
from tests.unit.importers.claude_code.logs import (
    Read,
    assistant,
    call,
    lines,
    read,
    record,
    result,
    text,
    user,
)
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive


def test_a_record_that_is_written_twice_counts_once() -> None:
    prompt = user("Fix it", uuid="a")
    reply = assistant(text("Done"), uuid="b")
    assert len(read(prompt, reply, prompt, reply).messages) == 2


def test_a_record_without_content_does_not_hide_a_later_one_with_its_id() -> None:
    damaged = {**user("x", uuid="a"), "message": "error"}
    log = read(damaged, user("Fix it", uuid="a"), record("user"), record("assistant", message={}))
    assert log.prompts == ["Fix it"]
    assert log.warnings == ["3 messages have no content and were skipped."]


def test_branches_are_kept_in_the_order_of_the_file_and_counted() -> None:
    log = read(
        user("One", uuid="a"),
        assistant(text("1"), uuid="b", parentUuid="a"),
        user("Two", uuid="c", parentUuid="b"),
        assistant(text("2"), uuid="d", parentUuid="c", id="msg_2"),
        user("Two again", uuid="e", parentUuid="b"),
    )
    assert log.prompts == ["One", "Two", "Two again"]
    assert log.warnings == [
        "The session has branches at 1 place: all are kept, in the order of the file."
    ]


def test_branches_are_found_through_records_that_are_not_shown() -> None:
    log = read(
        user("One", uuid="a"),
        record("progress", uuid="p", parentUuid="a"),
        user("Two", uuid="b", parentUuid="p"),
        user("Two again", uuid="c", parentUuid="p"),
    )
    assert "at 1 place" in log.warnings[0]


def test_a_tag_of_the_session_is_kept() -> None:
    log = read(user("Fix it"), {"type": "tag", "tag": "old"}, {"type": "tag", "tag": "billing"})
    assert log.header.facts["tags"] == ["billing"]


def test_commands_beside_a_prompt_are_no_branches() -> None:
    log = read(
        user("One", uuid="a"),
        user("<bash-input>ls</bash-input>", uuid="b", parentUuid="a"),
        user("<command-name>/status</command-name>", uuid="c", parentUuid="a"),
        user("Two", uuid="d", parentUuid="a"),
    )
    assert log.prompts == ["One", "!ls", "/status", "Two"]
    assert log.warnings == []


@given(st.lists(st.tuples(st.integers(-1, 12), st.booleans()), max_size=12))
def test_forks_are_where_two_branches_hold_prompts(nodes: list[tuple[int, bool]]) -> None:
    chain = RecordChain()
    holds = [prompt for _, prompt in nodes]
    parents = [parent if parent < place else -1 for place, (parent, _) in enumerate(nodes)]
    for place, (parent, is_prompt) in enumerate(nodes):
        chain.add(f"node {place}", f"node {parent}" if parent >= 0 else None)
        if is_prompt:
            chain.mark_prompt()
    for place in reversed(range(len(nodes))):
        if holds[place] and parents[place] >= 0:
            holds[parents[place]] = True
    branches = [
        sum(holds[child] for child, parent in enumerate(parents) if parent == place)
        for place in range(len(nodes))
    ]
    assert chain.forks() == sum(count > 1 for count in branches)


def test_a_cycle_and_100000_siblings_are_read() -> None:
    cycle = [user("a", uuid="a", parentUuid="b"), user("b", uuid="b", parentUuid="a")]
    assert read(*cycle).prompts == ["a", "b"]
    sibling = '{"type":"user","parentUuid":"a","uuid":"%d","message":{"content":"x"}}\n'
    siblings = "".join(sibling % number for number in range(100_000))
    log = Read(file_with(lines(user("a", uuid="a")) + siblings.encode()))
    assert len(log.messages) == 100_001
    assert "at 1 place" in log.warnings[0]


def test_types_of_records_that_are_not_known_are_counted() -> None:
    known = [{"type": "mode"}, {"type": "last-prompt"}, {"type": "progress", "uuid": "p"}]
    log = read(user("Fix it"), {"type": "new-thing"}, {"silly": 1}, {"type": "new-thing"}, *known)
    assert log.warnings == [
        "3 records of unknown types are kept only in the original: new-thing (2), (none) (1)."
    ]


def test_a_torn_last_line_costs_only_that_line() -> None:
    content = lines(user("Fix it"), user("Go on"))
    log = Read(file_with(content[:-20]))
    assert log.prompts == ["Fix it"]
    assert log.warnings == ["Line 2 is not a JSON object and was skipped."]


@pytest.mark.parametrize(
    "encode",
    [
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.decode().encode("utf-16"),
        lambda content: content.rstrip(b"\n"),
        lambda content: content.replace(b"\n", b"\n\n"),
    ],
)
def test_a_log_in_other_encodings_is_read(encode: Any) -> None:
    content = encode(lines(user("Grüße 🎉"), user("C:\\temp \x1b[1m")))
    assert Read(file_with(content)).prompts == ["Grüße 🎉", "C:\\temp \x1b[1m"]


def test_lone_surrogates_are_replaced_and_counted() -> None:
    log = read(user("a \ud800 b"))
    assert log.prompts == ["a \ufffd b"]
    assert log.warnings == ["1 lone surrogate was replaced."]


def test_a_log_of_notes_has_no_session() -> None:
    assert (
        read({"type": "summary", "summary": "x", "leafUuid": "y"}, {"type": "mode"}).sessions == []
    )
    with pytest.raises(InvalidDocument, match="no messages of Claude Code"):
        Read(file_with(b"nonsense\n"))


def test_a_session_of_the_web_version_is_read() -> None:
    document = {"loglines": [user("Fix it"), assistant(text("Done")), 5], "title": "Mine"}
    log = Read(file_with(json.dumps(document, indent=1).encode()))
    assert [message["content"] for message in log.messages] == ["Fix it", "Done"]
    assert log.header.name == "Mine"


def test_a_log_is_read_piece_by_piece() -> None:
    content = lines(*(user("x" * 20_000) for _ in range(1_000)))
    opened = []

    def reopen() -> io.BytesIO:
        opened.append(io.BytesIO(content))
        return opened[-1]

    session = next(ClaudeCode().sessions(SourceFile(reopen, "x")))
    next(session.batches())
    assert opened[-1].tell() < len(content) / 4


def test_images_do_not_gather_in_a_batch() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "aaaa" * 50_000}
    shown = [result(f"t{number}", [{"type": "image", "source": source}]) for number in range(40)]
    session = next(ClaudeCode().sessions(file_with(lines(*shown))))
    assert max(batch.size for batch in session.batches()) < 40


def test_damaged_logs_are_read_or_refused() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "aGVsbG8="}
    content = lines(
        {"type": "summary", "summary": "x", "leafUuid": "a"},
        user([text("Fix it"), {"type": "image", "source": source}], uuid="a", origin={"kind": "x"}),
        assistant(
            {"type": "thinking", "thinking": "Hm"}, call("t1", prompt="p", deep={"a": [1]}),
            usage={"input_tokens": 4},
        ),
        result("t1", [text("ok")], toolUseResult={"stdout": "x", "agentId": "y"}),
        record("attachment", attachment={"type": "queued_command", "prompt": "x", "origin": {}}),
        record("system", content="x"),
        user("side", isSidechain=True, uuid="s", forkedFrom={"sessionId": "x"}),
        {"type": "custom-title", "customTitle": "x"},
    )  # fmt: skip
    assert survive(ClaudeCode(), content) > 1_000


def test_a_damaged_document_of_the_web_version_is_read_or_refused() -> None:
    document = {"loglines": [user("Fix it"), assistant(text("Done"))], "title": "x"}
    assert survive(ClaudeCode(), json.dumps(document).encode()) > 100
