"""Sessions of pi: entries that form a tree, of which the path to the last one is the session."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from hfs_server.importers.pi import Pi
from hfs_server.importers.places import Places
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in
from tests.unit.importers.truth import differences

HEADING = {
    "type": "session", "version": 3, "id": "s-1", "timestamp": "2026-04-20T02:27:00.615Z",
    "cwd": "/project", "parentSession": "/sessions/2026-04-19T00-00-00-000Z_s-0.jsonl",
}  # fmt: skip
TIME = "2026-04-20T02:29:54.812Z"


def entry(kind: str, key: str, parent: str | None, **more: Any) -> JsonObject:
    return {"type": kind, "id": key, "parentId": parent, "timestamp": TIME, **more}


def said(name: str, parent: str | None, role: str, content: Any, **more: Any) -> JsonObject:
    return entry("message", name, parent, message={"role": role, "content": content, **more})


CALL = {"type": "toolCall", "id": "c1", "name": "ls", "arguments": {"path": "."}}
IMAGE = {"type": "image", "mimeType": "image/png", "data": base64.b64encode(b"png").decode()}
REPLY = said(
    "b", "a", "assistant",
    [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "Look:"}, CALL],
    provider="google", model="gemini-3",
    usage={"input": 10, "output": 2, "cacheRead": 5, "cacheWrite": 0, "cost": {"total": 0.01}},
)  # fmt: skip
RESULT = said(
    "c", "b", "toolResult", [{"type": "text", "text": "a.py"}],
    toolCallId="c1", toolName="ls", isError=True,
)  # fmt: skip
SHELL = {"role": "bashExecution", "exitCode": 0, "cancelled": False}
LOG = (
    HEADING,
    said("a", None, "user", [{"type": "text", "text": "list all"}, IMAGE]),
    REPLY,
    RESULT,
    entry("session_info", "d", "c", name="Skills"),
)


def read(*records: JsonObject) -> Found:
    (found,) = sessions_in(Pi(), lines_of(*records))
    return found


def test_prompts_replies_and_results_are_messages() -> None:
    found = read(*LOG)
    assert found.shown() == [("user", "list all"), ("assistant", "Look:"), ("tool", "a.py")]
    prompt, reply, result = found.messages
    assert prompt["attachments"][0]["size"] == 3
    assert (reply["model"], reply["thinking"]) == ("google/gemini-3", "hm")
    assert reply["tool_calls"] == [{"id": "c1", "name": "ls", "input": {"path": "."}}]
    assert reply["usage"] == {
        "input_tokens": 10, "output_tokens": 2, "cache_read_tokens": 5, "cache_write_tokens": 0,
        "cost_usd": 0.01,
    }  # fmt: skip
    assert (result["tool_call_id"], result["is_error"]) == ("c1", True)


def test_the_heading_tells_the_folder_and_the_parent_and_the_last_name_is_the_title() -> None:
    found = read(*LOG, entry("session_info", "e", "d", name="Android skills"))
    assert found.name == "Android skills"
    assert found.facts["session_id"] == "pi:s-1"
    assert found.facts["parent_session_id"] == "pi:s-0"
    assert found.facts["working_directory"] == "/project"


def test_other_branches_are_counted_and_left_out() -> None:
    other = [said("x", "a", "user", "no"), said("y", "x", "assistant", "left")]
    found = read(HEADING, *LOG[1:2], *other, REPLY)
    assert found.shown() == [("user", "list all"), ("assistant", "Look:")]
    assert found.warnings == [
        "2 records on other branches, with 1 prompt, are kept only in the original."
    ]


def test_a_tree_with_a_cycle_and_a_missing_parent_is_read() -> None:
    assert read(HEADING, said("a", "b", "user", "1"), said("b", "a", "user", "2")).shown() == [
        ("user", "1"), ("user", "2"),
    ]  # fmt: skip
    assert read(HEADING, said("a", "gone", "user", "1")).shown() == [("user", "1")]


def test_a_log_of_the_first_version_has_no_tree() -> None:
    bare = [{**record, "id": None} for record in LOG[1:4]]
    for record in bare:
        del record["id"], record["parentId"]
    assert len(read(HEADING, *bare).messages) == 3


def test_what_the_program_wrote_is_synthetic() -> None:
    found = read(
        HEADING,
        entry("compaction", "a", None, summary="So far"),
        entry("custom_message", "b", "a", content="context"),
        entry("message", "c", "b", message={**SHELL, "command": "ls", "output": "x"}),
        said("d", "c", "assistant", [], errorMessage="Request was aborted."),
        entry("new_kind", "e", "d"),
    )  # fmt: skip
    assert found.shown() == [
        ("user*", "So far"), ("user*", "context"), ("user*", "!ls\n\nx"),
        ("system*", "Request was aborted."),
    ]  # fmt: skip
    assert found.warnings == [
        "1 record of an unknown type is kept only in the original: new_kind (1)."
    ]


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(Pi(), lines_of(*LOG)) > 100


def test_its_folder_follows_its_environment_variable() -> None:
    places = Places(Path("/home/ada"), {"PI_CODING_AGENT_DIR": "/elsewhere"}, "linux")
    assert list(Pi().folders(places)) == [Path("/elsewhere/sessions")]


def test_all_real_sessions_are_read_as_they_are() -> None:
    assert differences("pi") == []
