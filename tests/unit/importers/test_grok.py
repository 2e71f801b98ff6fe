"""Exports of Grok: sessions with their responses beside them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.grok import Grok
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in
from tests.unit.importers.truth import foreign_folder

Json = dict[str, Any]
TIME = {"$date": {"$numberLong": "1700000000000"}}


def said(name: str, parent: str = "", **keys: Any) -> Json:
    """A response whose text is its id; those of the user begin with "u"."""
    sender = "human" if name.startswith("u") else "ASSISTANT"
    made = {"_id": name, "parent_response_id": parent, "message": name, "sender": sender}
    return {"response": {**made, "create_time": TIME, **keys}, "share_link": None}


def session(*responses: Json, **keys: Any) -> Json:
    about = {"id": "c-1", "title": "T", "create_time": "2026-08-01T10:00:00Z"}
    about["modify_time"] = "2026-08-02T10:00:00Z"
    return {"conversation": {**about, **keys}, "responses": [*responses]}


def read(*found: Json) -> list[Found]:
    content = json.dumps({"conversations": [*found], "projects": [], "tasks": []})
    return sessions_in(Grok(), content.encode(), "prod-grok-backend.json")


def test_each_session_has_its_id_title_times_and_models() -> None:
    first, second = read(session(said("u1"), said("a1", "u1", model="grok-4")), session(id="c-2"))
    assert (first.name, first.facts["session_id"]) == ("T", "grok:c-1")
    assert first.facts["models"] == ["grok-4"]
    assert first.created_at == "2026-08-01T10:00:00Z"
    assert first.shown() == [("user", "u1"), ("assistant", "a1")]
    assert first.messages[0]["created_at"] == "2023-11-14T22:13:20Z"
    assert second.facts["session_id"] == "grok:c-2"


@pytest.mark.parametrize("sender", ["assistant", "ASSISTANT", "grok-3", None, 5])
def test_whoever_is_not_the_human_is_the_assistant(sender: Any) -> None:
    (found,) = read(session(said("a1", sender=sender), said("u1", sender="Human")))
    assert found.shown() == [("assistant", "a1"), ("user", "u1")]


@pytest.mark.parametrize(("leaf", "path"), [("", "u1 a2"), ("a1", "u1 a1")])
def test_only_the_active_branch_is_read(leaf: str, path: str) -> None:
    responses = said("u1"), said("a1", "u1"), said("a2", "u1")
    (found,) = read(session(*responses, leaf_response_id=leaf))
    assert " ".join(message["content"] for message in found.messages) == path
    assert found.warnings == ["1 message is on other branches, and only in the original."]


def test_thinking_images_files_and_errors_are_read() -> None:
    traces = [{"agent_id": 1, "thinking_trace": "Ha"}, {"thinking_trace": " "}]
    files = ["f-1", {"file_name": "a.txt", "file_mime_type": "text/plain"}, 5]
    (found,) = read(session(
        said("u1", file_attachments=files),
        said("a1", "u1", message="", thinking_trace="Hm", agent_thinking_traces=traces,
             generated_image_urls=["https://x.ai/a.png"], error="Failed to respond."),
    ))  # fmt: skip
    prompt, answer, error = found.messages
    assert [each["name"] for each in prompt["attachments"]] == ["f-1", "a.txt"]
    assert (answer["content"], answer["thinking"]) == ("", "Hm\n\nHa")
    assert answer["attachments"][0]["uri"] == "https://x.ai/a.png"
    assert (error["content"], error["synthetic"]) == ("Failed to respond.", True)


TIMES = [
    ({"$date": "2026-08-01T10:00:00Z"}, "2026-08-01T10:00:00Z"),
    ("2026-08-01T10:00:00Z", "2026-08-01T10:00:00Z"),
    ({"$date": {"$numberLong": "x"}}, None),
    ({"$date": {"$numberLong": "9" * 5_000}}, None),
    ({}, None),
    ([], None),
]


@pytest.mark.parametrize(("value", "expected"), TIMES)
def test_times_have_several_forms(value: Any, expected: str | None) -> None:
    (found,) = read(session(said("u1", create_time=value)))
    assert found.messages[0]["created_at"] == expected


def test_an_export_that_ends_too_early_is_read_as_far_as_it_goes() -> None:
    content = json.dumps({"conversations": [session(said("u1")), session(said("u2"))]})
    found = sessions_in(Grok(), content[:-60].encode())
    assert [one.shown() for one in found] == [[("user", "u1")], [("user", "u2")]]
    assert found[0].warnings == ["The file ends too early; what it holds was imported."]


@pytest.mark.parametrize(
    "content",
    ["{}", '{"conversations": []}', '{"conversations": [{"from": "human", "value": ""}]}', "[5]",
     '{"conversations": [{"conversation": 5, "responses": []}]}'],
)  # fmt: skip
def test_other_files_are_not_recognized(content: str) -> None:
    assert Grok().recognizes(file_with(content.encode())) is None


def test_a_file_without_sessions_is_rejected() -> None:
    for content in (b"", b"{}", b"[]", b'{"conversations": [5]}'):
        with pytest.raises(InvalidDocument):
            list(Grok().sessions(file_with(content)))


def test_damaged_files_are_read_or_rejected() -> None:
    value = session(said("u1", file_attachments=["f"]), said("a1", "u1", thinking_trace="Hm"))
    assert survive(Grok(), json.dumps({"conversations": [value]}).encode()) > 150


def test_a_real_export_is_read() -> None:
    (found,) = read_sessions(foreign_folder() / "grok" / "polylogue-grok-export.json")
    assert found["metadata"]["session_name"] == "Origin capability matrix"
    assert [item["role"] for item in found["messages"]] == ["user", "assistant"]
    assert found["messages"][1]["created_at"] == "2026-08-01T10:00:02Z"
