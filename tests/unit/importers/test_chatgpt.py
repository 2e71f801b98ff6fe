"""ChatGPT's exports: the active path of each tree."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify
from hfs_server.importers.chatgpt import ChatGpt
from tests.unit.importers.chatgpt_trees import messages, node, read, read_bytes, tree
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive


def test_a_session_has_its_id_title_and_times() -> None:
    (found,) = read(tree(node("a", "root"), conversation_id="c-1"))
    assert found["name"] == "T"
    assert found["facts"]["session_id"] == "chatgpt:c-1"
    assert found["times"] == ("2023-11-14T22:13:20Z", "2023-11-14T22:15:00Z")
    assert found["messages"] == [
        {
            "role": "user",
            "content": "a",
            "created_at": "2023-11-14T22:13:20.500000Z",
            "source_id": "a",
        }
    ]


def test_only_the_active_path_is_read_and_the_rest_is_counted() -> None:
    answers = [node(f"b{n}", "a", "assistant") for n in range(4)]
    hidden = node("h", "a", metadata={"is_visually_hidden_from_conversation": True})
    (found,) = read(tree(node("a", "root"), *answers, hidden, node("c", "b1"), current="c"))
    assert [message["content"] for message in found["messages"]] == ["a", "b1", "c"]
    assert found["warnings"] == ["3 messages are on other branches, and only in the original."]


@pytest.mark.parametrize("current", ["nowhere", 5, None, ["b"], ""])
def test_without_a_current_node_the_path_of_the_newest_leaf_is_read(current: Any) -> None:
    session = {**tree(node("a", "root"), node("b", "a")), "current_node": current}
    assert [message["content"] for message in read(session)[0]["messages"]] == ["a", "b"]


def test_the_newest_leaf_may_stand_anywhere() -> None:
    times = {"a": 1, "new": 9, "old": 5, "older": None}
    nodes = [node(key, "a" if key != "a" else "root", create_time=times[key]) for key in times]
    session = {**tree(*nodes), "current_node": None}
    assert [message["content"] for message in read(session)[0]["messages"]] == ["a", "new"]


def test_a_time_beyond_all_numbers_is_none() -> None:
    (found,) = messages(node("a", "root", create_time=10**400))
    assert (found["content"], found["created_at"]) == ("a", None)


def test_parents_are_found_by_the_lists_of_children() -> None:
    session = tree(node("a", "root"), node("b", "a"))
    for one in session["mapping"].values():
        del one["parent"]
    assert [message["content"] for message in read(session)[0]["messages"]] == ["a", "b"]


def test_a_cycle_ends() -> None:
    found = messages(node("a", "c"), node("b", "a"), node("c", "b"))
    assert [message["content"] for message in found] == ["a", "b", "c"]


def test_a_missing_node_ends_the_path() -> None:
    assert [message["content"] for message in messages(node("b", "lost"))] == ["b"]


def test_100_000_siblings_are_no_problem() -> None:
    session = tree(node("a", "root"), node("b", "a"), node("c", "b"))
    said = session["mapping"]["c"]["message"]
    siblings = {f"s{n}": {"parent": "a", "message": said} for n in range(100_000)}
    session["mapping"] |= siblings
    session["mapping"]["a"]["children"] = ["b", *siblings]
    (found,) = read(session)
    assert len(found["messages"]) == 3
    assert found["warnings"][0].startswith("100,000 messages")


def test_a_path_of_20_000_messages_is_no_problem() -> None:
    chain = [node("n0", "root"), *(node(f"n{n}", f"n{n - 1}") for n in range(1, 20_000))]
    assert len(messages(*chain)) == 20_000


def test_a_damaged_session_costs_only_itself() -> None:
    whole = [tree(node("a", "root"), id=f"s{n}") for n in range(3)]
    texts = [json.dumps(session) for session in whole]
    damaged = ", ".join((texts[0], texts[1].replace('"root"', '"root', 1), texts[2]))
    found = read_bytes(f"[{damaged}]".encode())
    assert [one["facts"]["source"]["session_id"] for one in found] == ["s0", "s2"]
    assert "damaged" in found[1]["warnings"][0]


def test_lone_surrogates_are_replaced_and_counted() -> None:
    (found,) = read(tree(node("a", "root", text="x\ud800y")))
    assert found["messages"][0]["content"] == "x\ufffdy"
    assert found["warnings"] == ["1 lone surrogate was replaced."]


@pytest.mark.parametrize("wrap", [lambda session: session, lambda session: [session]])
def test_lists_and_single_sessions_are_recognized(wrap: Any) -> None:
    content = json.dumps(wrap(tree(node("a", "root", text="long " * 50_000))), indent=1).encode()
    importer, evidence = identify(file_with(content, "conversations-000.json"))
    assert (importer.tool, evidence) == ("chatgpt", "chatgpt: mapping")


@pytest.mark.parametrize(
    "content", ["{}", '{"mapping": {}}', '{"mapping": {"a": {"type": 1}}}', '[{"mapping": 5}]']
)
def test_other_files_are_not_recognized(content: str) -> None:
    assert ChatGpt().recognizes(file_with(content.encode())) is None


def test_a_file_without_any_session_is_rejected() -> None:
    with pytest.raises(InvalidDocument, match="no session in it can be read"):
        read_bytes(b'[{"title": "x"}]')


def test_damaged_files_are_read_or_rejected() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "S", "content": "hm"}]}
    image = {
        "content_type": "image_asset_pointer",
        "asset_pointer": "sediment://f1",
        "size_bytes": 9,
    }
    files = {"attachments": [{"id": "f1", "name": "a.png"}], "model_slug": "m"}
    sources = {"content_references": [{"matched_text": "\ue200a\ue201", "alt": "b"}]}
    session = tree(
        node(
            "u",
            "root",
            content={"content_type": "multimodal_text", "parts": [image, "x"]},
            metadata=files,
        ),
        node("t", "u", "assistant", content=thoughts),
        node("c", "t", "assistant", recipient="python", metadata=files),
        node(
            "r",
            "c",
            "tool",
            name="python",
            content={"content_type": "tether_quote", "text": "t", "url": "u"},
        ),
        node("a", "r", "assistant", text="\ue200a\ue201", metadata=sources),
        node("b", "r", "assistant"),
        current="a",
    )
    assert survive(ChatGpt(), json.dumps([session]).encode()) > 500
