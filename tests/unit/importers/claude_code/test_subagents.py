"""Subagents are sessions with a parent, in files of their own or in that of their parent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.importers.source_file import SourceFile
from hfs_server.sources import read_sessions
from tests.unit.importers.claude_code.logs import (
    SESSION,
    Read,
    assistant,
    call,
    lines,
    read,
    result,
    text,
    user,
)

AGENT = "a0ad4f44468bdf20d"
OF_AGENT: dict[str, Any] = {"isSidechain": True, "agentId": AGENT}


def read_file(path: Path, *records: Any) -> Read:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lines(*records))
    return Read(SourceFile(lambda: path.open("rb"), path.name, path))


def test_the_file_of_a_subagent_has_the_folder_of_its_parent(tmp_path: Path) -> None:
    path = tmp_path / SESSION / "subagents" / f"agent-{AGENT}.jsonl"
    path.parent.mkdir(parents=True)
    path.with_suffix(".meta.json").write_text(json.dumps({"description": "Search for TODO"}))
    unrelated = {**OF_AGENT, "sessionId": f"agent-{AGENT}"}
    log = read_file(path, user("Search", **unrelated), assistant(text("None"), **unrelated))
    assert log.header.facts["session_id"] == f"claude-code:{SESSION}/{AGENT}"
    assert log.header.facts["parent_session_id"] == f"claude-code:{SESSION}"
    assert log.header.name == "Search for TODO"
    assert not log.header.is_inline
    assert (log.prompts, log.synthetic) == ([], ["Search"])


def test_the_file_of_a_workflow_lies_deeper_in_that_folder(tmp_path: Path) -> None:
    path = tmp_path / SESSION / "subagents" / "workflows" / "w1" / f"agent-{AGENT}.jsonl"
    log = read_file(
        path,
        user(
            "Search",
            **OF_AGENT,
        ),
    )
    assert log.header.facts["parent_session_id"] == f"claude-code:{SESSION}"


def test_the_file_of_a_subagent_beside_that_of_its_parent_names_it(tmp_path: Path) -> None:
    log = read_file(tmp_path / f"agent-{AGENT}.jsonl", user("Search\nfor it", **OF_AGENT))
    assert log.header.facts["session_id"] == f"claude-code:{SESSION}/{AGENT}"
    assert log.header.facts["parent_session_id"] == f"claude-code:{SESSION}"
    assert log.header.name == "Search for it"


def test_a_folder_of_another_name_is_no_parent(tmp_path: Path) -> None:
    path = tmp_path / "ada" / "subagents" / f"agent-{AGENT}.jsonl"
    log = read_file(path, user("Search", **OF_AGENT))
    assert log.header.facts["parent_session_id"] == f"claude-code:{SESSION}"


def test_a_subagent_without_a_parent_has_its_own_id() -> None:
    log = read(user("Search", **OF_AGENT, sessionId=f"agent-{AGENT}"))
    assert log.header.facts["session_id"] == f"claude-code:{AGENT}"
    assert "parent_session_id" not in log.header.facts


def test_a_damaged_description_of_a_subagent_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / f"agent-{AGENT}.jsonl"
    for damaged in ("{", "[]", '{"description": 5}'):
        path.with_suffix(".meta.json").write_text(damaged)
        assert read_file(path, user("Search", **OF_AGENT)).header.name == "Search"


@pytest.mark.parametrize(
    "named", [{"toolUseResult": {"agentId": AGENT, "status": "completed"}}, {"agentId": AGENT}]
)
def test_the_result_of_a_subagent_names_it(named: dict[str, Any]) -> None:
    log = read(
        assistant(call("t1", "Task", prompt="Search")), result("t1", [text("None")], **named)
    )
    assert log.messages[1]["agent"] == AGENT


def inline(*agents: str) -> list[Any]:
    """The records of subagents that work at the same time, between those of their parent."""
    side: dict[str, Any] = {"isSidechain": True}
    starts = [user(f"Do {agent}", uuid=agent, **side) for agent in agents]
    works = [
        assistant(text(f"{agent} done"), uuid=f"{agent}2", parentUuid=agent, id=agent, **side)
        for agent in agents
    ]
    return [
        user("Fix it"),
        *(assistant(call(agent, "Task", prompt=f"Do {agent}")) for agent in agents),
        *starts,
        *works,
        *(result(agent, "done") for agent in agents),
        assistant(text("All done"), id="msg_2"),
    ]


def test_inline_subagents_are_sessions_of_the_same_file() -> None:
    log = read(*inline("a", "b"))
    assert log.prompts == ["Fix it"]
    assert [message["role"] for message in log.messages] == [
        "user", "assistant", "tool", "tool", "assistant",
    ]  # fmt: skip
    assert [message.get("agent") for message in log.messages[2:4]] == ["a", "b"]
    for agent, (header, messages, warnings) in zip("ab", log.sessions[1:], strict=True):
        assert header.is_inline
        assert header.name == f"Do {agent}"
        assert header.facts["session_id"] == f"claude-code:{SESSION}/{agent}"
        assert header.facts["parent_session_id"] == f"claude-code:{SESSION}"
        assert [message["content"] for message in messages] == [f"Do {agent}", f"{agent} done"]
        assert messages[0]["synthetic"]
        assert warnings == []


def test_sessions_of_inline_subagents_are_read_on_request(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes(lines(*inline("a", "b")))
    assert len([*read_sessions(path)]) == 1
    assert len([*read_sessions(path, subagents=True)]) == 3


def test_a_log_that_is_not_read_to_its_end_leaves_no_file_open() -> None:
    log = read(*inline(*(f"agent {number}" for number in range(200))))
    assert len(log.sessions) == 201


def test_a_sidechain_whose_beginning_is_missing_is_a_session() -> None:
    log = read(user("Fix it"), assistant(text("x"), isSidechain=True, uuid="s", parentUuid="gone"))
    assert log.sessions[1][0].facts["session_id"] == f"claude-code:{SESSION}/s"


def test_a_log_of_only_sidechains_is_read_as_their_sessions(tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    path.write_bytes(lines(user("Search", isSidechain=True, uuid="s")))
    (document,) = read_sessions(path)
    assert document["metadata"]["session_id"] == f"claude-code:{SESSION}/s"
    assert document["metadata"]["parent_session_id"] == f"claude-code:{SESSION}"
