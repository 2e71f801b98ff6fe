"""Claude.ai's exports: the blocks of messages, their files, and the active branch."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify
from hfs_server.importers.claude_ai import ClaudeAi
from tests.unit.importers.attached import beside, with_text
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive

Json = dict[str, Any]
ROOT = "00000000-0000-4000-8000-000000000000"


def said(uuid: str, sender: str = "human", parent: str | None = None, **keys: Any) -> Json:
    """A message whose only block says its id, or that has the given keys."""
    made: Json = {"uuid": uuid, "sender": sender, "created_at": "2025-01-02T03:04:05.678901Z"}
    made["text"] = uuid
    made["content"] = [{"type": "text", "text": uuid}]
    if parent is not None:
        made["parent_message_uuid"] = parent
    return {**made, **keys}


def session(*messages: Json, **keys: Any) -> Json:
    made = {"uuid": "s-1", "name": "N", "created_at": "2025-01-02T03:00:00Z"}
    return {**made, "updated_at": "2025-01-03T00:00:00Z", "chat_messages": [*messages], **keys}


def read(*sessions: Json) -> list[Json]:
    found = []
    for source in ClaudeAi().sessions(file_with(json.dumps(list(sessions)).encode())):
        messages = [message for batch in source.batches() for message in batch.messages]
        header = source.header
        found.append(
            {"name": header.name, "messages": messages, "facts": header.facts}
            | {"times": (header.created_at, header.updated_at), "warnings": source.warnings}
        )
    return found


def messages(*found: Json, **keys: Any) -> list[Json]:
    return list(read(session(*found, **keys))[0]["messages"])


def test_a_session_has_its_id_name_summary_and_times() -> None:
    (found,) = read(session(said("a"), said("b", "assistant"), summary="S", model="claude-x"))
    assert found["name"] == "N"
    assert found["times"] == ("2025-01-02T03:00:00Z", "2025-01-03T00:00:00Z")
    facts = found["facts"]
    assert (facts["session_id"], facts["summary"]) == ("claude-ai:s-1", "S")
    assert facts["models"] == ["claude-x"]
    assert [(message["role"], message["content"]) for message in found["messages"]] == [
        ("user", "a"),
        ("assistant", "b"),
    ]


def test_blocks_win_over_the_text_that_glues_them_together() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm", "summaries": []},
        {"type": "text", "text": "one"},
        {"type": "thinking", "thinking": " "},
        {"type": "text", "text": "two"},
        {"type": "token_budget"},
    ]
    (found,) = messages(said("a", "assistant", content=blocks, text="hm\none\ntwo"))
    assert (found["content"], found["thinking"]) == ("one\n\ntwo", "hm")


@pytest.mark.parametrize("content", [[], None, [{"type": "text", "text": ""}], 5, [None]])
def test_the_text_is_read_where_blocks_have_none(content: Any) -> None:
    assert messages(said("a", content=content, text="older"))[0]["content"] == "older"


def test_what_stands_for_a_block_that_is_not_exported_is_no_text() -> None:
    text = "```\nThis block is not supported on your current device yet.\n```\n\n"
    blocks = [{"type": "tool_use", "id": "t", "name": "web", "input": {}}]
    (found,) = messages(said("a", "assistant", content=blocks, text=text))
    assert found["content"] == ""
    assert len(found["tool_calls"]) == 1


def test_calls_and_results_are_apart() -> None:
    image = {"media_type": "image/png", "data": base64.b64encode(b"png").decode()}
    blocks = [
        {"type": "text", "text": "Looking"},
        {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": 1}},
        {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": 1}},
        {
            "type": "tool_result",
            "tool_use_id": "t1",
            "content": [{"type": "text", "text": "found"}],
        },
        {"type": "tool_use", "name": "draw", "input": "x"},
        {
            "type": "tool_result",
            "name": "draw",
            "is_error": True,
            "content": [{"title": "T", "url": "U"}, {"type": "image", "source": image}, "end"],
        },
        {"type": "text", "text": "Done"},
    ]
    answer, first, second = messages(said("a", "assistant", content=blocks))
    assert answer["content"] == "Looking\n\nDone"
    assert answer["tool_calls"] == [
        {"id": "t1", "name": "search", "input": {"q": 1}},
        {"id": "", "name": "draw", "input": "x"},
    ]
    assert (first["content"], first["tool_call_id"]) == ("found", "t1")
    assert (first["role"], first["tool_name"]) == ("tool", "search")
    assert (second["content"], second["is_error"]) == ("T\nU\n\nend", True)
    assert second["attachments"][0]["size"] == 3


def test_files_are_attachments_and_documents_have_their_text() -> None:
    document = {
        "file_name": "a.txt",
        "file_type": "text/plain",
        "file_size": 4,
        "extracted_content": "text",
    }
    picture = {"file_uuid": "f1", "file_name": "p.png", "preview_url": "/api/f1/preview"}
    keys = {"attachments": [document, None], "files": [picture, {}], "files_v2": [picture]}
    (found,) = messages(said("a", content=[], text="", **keys))
    assert found["attachments"] == [
        with_text("a.txt", "text/plain", "text"),
        beside("p.png", "image/png", "/api/f1/preview"),
    ]


def test_a_document_that_is_among_the_files_too_is_one_attachment() -> None:
    document = {"file_name": "a.py", "file_size": 99, "extracted_content": "x = \u00e9"}
    scan = {"file_name": "b.pdf", "file_type": "pdf", "file_size": 99}
    files = [{"file_name": "a.py"}, {"file_name": "b.pdf"}, {"file_name": "c.docx"}]
    (found,) = messages(said("a", attachments=[document, scan], files=files))
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert found["attachments"] == [
        with_text("a.py", "text/x-python", "x = \u00e9"),
        beside("b.pdf", "application/pdf", "b.pdf", 99),
        beside("c.docx", word, "c.docx"),
    ]


@pytest.mark.parametrize("summary", [[{"text": "So far"}], "So far", {"text": "So far"}])
def test_the_summary_of_a_compaction_is_synthetic(summary: Any) -> None:
    (found,) = read(session(said("a"), said("b", "assistant", compaction_summary=summary)))
    shown = [(item["role"], item["content"]) for item in found["messages"]]
    assert shown == [("user", "a"), ("assistant", "b"), ("system", "So far")]
    assert found["messages"][2]["synthetic"]
    assert found["warnings"] == []


def test_a_summary_of_a_compaction_in_another_shape_is_noted() -> None:
    (found,) = read(session(said("a", compaction_summary=[{"parts": 1}])))
    assert len(found["messages"]) == 1
    assert "compaction_summary (1)" in found["warnings"][0]


def test_a_message_without_anything_is_left_out() -> None:
    assert messages(said("a", content=[], text=" ")) == []


def branched(**keys: Any) -> Json:
    return session(
        said("a", parent=ROOT),
        said("b", "assistant", parent="a"),
        said("c", "assistant", parent="a"),
        said("d", parent="c"),
        said("e", parent="b"),
        **keys,
    )


@pytest.mark.parametrize(
    ("leaf", "path"), [("d", "acd"), ("e", "abe"), ("lost", "abe"), (None, "abe"), (5, "abe")]
)
def test_only_the_active_branch_is_read_and_the_rest_is_counted(leaf: Any, path: str) -> None:
    (found,) = read(branched(current_leaf_message_uuid=leaf))
    assert "".join(message["content"] for message in found["messages"]) == path
    assert found["warnings"] == ["2 messages are on other branches, and only in the original."]


def test_a_first_question_that_was_edited_is_a_branch() -> None:
    edited = session(said("a", parent=ROOT), said("b", parent=ROOT), said("c", parent="b"))
    (found,) = read(edited)
    assert [message["content"] for message in found["messages"]] == ["b", "c"]


def test_a_session_without_branches_is_read_whole_wherever_its_leaf_is() -> None:
    parents = [said("a", parent=ROOT), said("b", parent="lost"), said("c", parent="b")]
    assert len(messages(*parents, current_leaf_message_uuid="c")) == 3
    assert len(messages(said("a"), said("b"), current_leaf_message_uuid="a")) == 2


def test_a_cycle_ends_and_100_000_siblings_are_no_problem() -> None:
    cycle = [said("a", parent="b"), said("b", parent="a"), said("c", parent="a")]
    assert [message["content"] for message in messages(*cycle)] == ["b", "a", "c"]
    siblings = [{"uuid": f"s{n}", "parent_message_uuid": "a"} for n in range(100_000)]
    assert len(messages(said("a", parent=ROOT), *siblings, said("b", parent="s5"))) == 2


def test_unknown_senders_and_blocks_are_named() -> None:
    (found,) = read(session(said("a", content=[{"type": "new"}]), said("b", "robot")))
    assert found["warnings"] == [
        "2 records of unknown types are kept only in the original: new (1), sender robot (1)."
    ]


@pytest.mark.parametrize("wrap", [lambda found: found, lambda found: [found]])
def test_lists_and_single_sessions_are_recognized(wrap: Any) -> None:
    content = json.dumps(wrap(session(said("a", text="long " * 50_000)))).encode()
    importer, evidence = identify(file_with(content))
    assert (importer.tool, evidence) == ("claude-ai", "claude-ai: chat_messages")


@pytest.mark.parametrize(
    "content", ["{}", '{"chat_messages": []}', '{"name": 1, "chat_messages": 5}', "5"]
)
def test_other_files_are_not_recognized(content: str) -> None:
    assert ClaudeAi().recognizes(file_with(content.encode())) is None


def test_a_file_without_any_session_is_rejected() -> None:
    with pytest.raises(InvalidDocument, match="no session in it can be read"):
        read({"invalid": "x"})


def test_damaged_files_are_read_or_rejected() -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "x"},
        {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": 1}},
        {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "y"}]},
        {"type": "image", "source": {"media_type": "image/png", "data": "cG5n"}},
    ]
    document = {
        "file_name": "a.txt",
        "file_type": "text/plain",
        "file_size": 4,
        "extracted_content": "t",
    }
    files = {"attachments": [document], "files": [{"file_uuid": "f", "file_name": "p"}]}
    whole = session(
        said("a", parent=ROOT, **files),
        said("b", "assistant", parent="a", content=blocks),
        said("c", "assistant", parent="a"),
        current_leaf_message_uuid="b",
    )
    assert survive(ClaudeAi(), json.dumps([whole]).encode()) > 500
