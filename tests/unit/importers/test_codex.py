"""Sessions of Codex: items, not events; what a person typed, not what Codex put in."""

from __future__ import annotations

import base64
import sys
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers.codex import Codex
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, lines_of, sessions_in

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

OWN = "019d7d08-46c9-7f73-affe-4e6ca9852d56"
OLDER = "019d7d00-0000-7000-8000-000000000000"
NEWER = "019d7d08-f1d2-78a1-ae52-df8e21f9b394"
PIXEL = base64.b64encode(b"a picture").decode()


def record(kind: str, second: int = 0, **payload: Any) -> JsonObject:
    return {"timestamp": f"2026-04-11T14:53:{second:02}.000Z", "type": kind, "payload": payload}


def meta(**more: Any) -> JsonObject:
    git = {"branch": "main", "commit_hash": "06fd", "repository_url": "git@example.org:a/b.git"}
    facts = {
        "source": "cli",
        "id": OWN,
        "timestamp": "2026-04-11T14:52:59Z",
        "cwd": "/work",
        "git": git,
    }
    return record("session_meta", cli_version="0.118.0", **{**facts, **more})


def item(kind: str, second: int = 0, **payload: Any) -> JsonObject:
    return record("response_item", second, **{"type": kind, **payload})


def said(role: str, *texts: str, second: int = 0) -> JsonObject:
    kind = "output_text" if role == "assistant" else "input_text"
    return item(
        "message", second, role=role, content=[{"type": kind, "text": text} for text in texts]
    )


def event(kind: str, second: int = 0, **payload: Any) -> JsonObject:
    return record("event_msg", second, **{"type": kind, **payload})


def counted(total: int, last: int, cached: int = 0) -> JsonObject:
    usage = {"input_tokens": last, "cached_input_tokens": cached, "output_tokens": 1}
    return event(
        "token_count",
        info={"total_token_usage": {"input_tokens": total}, "last_token_usage": usage},
    )


TURN = record("turn_context", 1, model="gpt-5.4", turn_id=NEWER)
CALL = item("function_call", 4, name="exec_command", arguments='{"cmd": "ls"}', call_id="c1")
OUTPUT = item("function_call_output", 5, call_id="c1", output="Exit code: 2\nOutput:\nno")
SESSION = (
    meta(),
    said("developer", "<permissions instructions>"),
    said("user", "<environment_context>\n<cwd>/work</cwd>\n</environment_context>"),
    said("user", "fix it", second=1),
    event("user_message", 1, message="fix it"),
    TURN,
    item("reasoning", 2, summary=[{"type": "summary_text", "text": "hm"}], encrypted_content="x"),
    event("agent_message", 3, message="Looking."),
    said("assistant", "Looking.", second=3),
    CALL,
    counted(100, 100, 60),
    OUTPUT,
    item("reasoning", 6, summary=[], encrypted_content="x"),
    said("assistant", "Done.", second=7),
    counted(250, 150),
    counted(250, 150),
    event("thread_name_updated", 8, thread_name="A name"),
    event("thread_name_updated", 9, thread_name="The last name"),
)


def read(*records: JsonObject) -> Found:
    (found,) = sessions_in(Codex(), lines_of(*records))
    return found


def test_each_message_is_read_once_though_it_stands_there_twice() -> None:
    assert read(*SESSION).shown() == [
        ("system*", "<permissions instructions>"),
        ("user*", "<environment_context>\n<cwd>/work</cwd>\n</environment_context>"),
        ("user", "fix it"),
        ("assistant", "Looking."),
        ("tool", "Exit code: 2\nOutput:\nno"),
        ("assistant", "Done."),
    ]


def test_a_reply_is_its_thinking_its_text_and_its_calls() -> None:
    reply = read(*SESSION).messages[3]
    assert reply["thinking"] == "hm"
    assert reply["model"] == "gpt-5.4"
    assert reply["tool_calls"] == [{"id": "c1", "name": "exec_command", "input": {"cmd": "ls"}}]
    assert reply["created_at"] == "2026-04-11T14:53:03Z"
    assert "thinking" not in read(*SESSION).messages[5]


def test_a_result_names_its_call_its_tool_and_whether_it_failed() -> None:
    result = read(*SESSION).messages[4]
    assert (result["tool_call_id"], result["tool_name"]) == ("c1", "exec_command")
    assert result["is_error"] is True


def test_the_facts_are_those_of_the_heading_and_the_name_is_the_last_one() -> None:
    found = read(*SESSION)
    assert found.name == "The last name"
    assert found.facts["session_id"] == f"codex:{OWN}"
    assert found.facts["source"]["tool_version"] == "0.118.0"
    assert found.facts["working_directory"] == "/work"
    assert found.facts["git"] == {
        "branch": "main", "commit": "06fd", "remote": "git@example.org:a/b.git",
    }  # fmt: skip
    assert (found.facts["models"], found.warnings) == (["gpt-5.4"], [])


def test_usage_goes_to_its_reply_and_a_repeated_count_is_ignored() -> None:
    usages = [message["usage"] for message in read(*SESSION).messages if "usage" in message]
    assert usages == [
        {"input_tokens": 40, "output_tokens": 1, "cache_read_tokens": 60},
        {"input_tokens": 150, "output_tokens": 1, "cache_read_tokens": 0},
    ]


def noted(response: str, last: int, cached: int = 0) -> JsonObject:
    usage = {"input_tokens": last, "cached_input_tokens": cached, "output_tokens": 1}
    return record("token_usage_record", response_id=response, usage=usage)


def inputs_of(*records: JsonObject) -> list[int]:
    found = read(meta(), said("user", "a"), *records)
    assert found.warnings == []
    return [made["usage"]["input_tokens"] for made in found.messages if "usage" in made]


ONE, TWO = said("assistant", "one"), said("assistant", "two")


def test_the_usage_of_noted_responses_goes_to_their_replies_once() -> None:
    notes = (ONE, noted("r1", 10, 4), CALL, OUTPUT, noted("r2", 20), noted("r2", 20), TWO)
    assert inputs_of(*notes, noted("r3", 20)) == [6, 20, 20]


def test_counts_beside_noted_responses_are_not_added() -> None:
    assert inputs_of(ONE, noted("r1", 10), counted(10, 10), TWO, noted("r2", 30)) == [10, 30]
    assert inputs_of(ONE, counted(10, 10), noted("r1", 10), TWO, counted(40, 30),
                     noted("r2", 30)) == [10, 30]  # fmt: skip


def test_counts_before_a_newer_version_notes_responses_are_kept() -> None:
    assert inputs_of(ONE, counted(10, 10), said("user", "b"), TWO, noted("r2", 30)) == [10, 30]


INJECTED = [
    "# AGENTS.md instructions for /work\n\n<INSTRUCTIONS>\nx\n</INSTRUCTIONS>",
    "<user_instructions>\nx\n</user_instructions>",
    "<recommended_plugins>\nx\n</recommended_plugins>",
    "<turn_aborted>\nx\n</turn_aborted>",
    "<user_action>\nx\n</user_action>",
    "\n<SUBAGENT_NOTIFICATION>{}</subagent_notification>\n",
    "<skill>\n<name>x</name>\n</skill>",
]


@pytest.mark.parametrize("text", INJECTED)
def test_what_codex_puts_in_is_synthetic(text: str) -> None:
    assert read(meta(), said("user", text)).shown() == [("user*", text)]


@pytest.mark.parametrize("text", ["<div>\nx\n</div>", "<skill> is a tag", "# A heading\n\nx"])
def test_what_only_looks_like_it_is_a_prompt(text: str) -> None:
    assert read(meta(), said("user", text)).shown() == [("user", text)]


def test_blocks_that_codex_puts_beside_a_prompt_are_a_message_of_their_own() -> None:
    found = read(meta(), said("user", INJECTED[0], "fix it"))
    assert found.shown() == [("user*", INJECTED[0]), ("user", "fix it")]
    assert found.name == "fix it"


def test_what_an_editor_puts_around_a_request_is_cut() -> None:
    setup = "# Context from my IDE setup:\n\n## Active file: a.py"
    found = read(meta(), said("user", f"{setup}\n\n## My request for Codex:\nfix it\n"))
    assert found.shown() == [("user*", setup), ("user", "fix it")]
    found = read(
        meta(), said("user", "# Context from my IDE setup:\n\n## My request for Codex:\nx")
    )
    assert found.shown() == [("user", "x")]


def test_a_command_of_the_shell_is_typed_and_its_result_follows() -> None:
    ran = "<command>\nls\n</command>\n<result>\na\n</result>"
    text = f"<user_shell_command>\n{ran}\n</user_shell_command>"
    assert read(meta(), said("user", text)).shown() == [
        ("user", "!ls"), ("user*", "<result>\na\n</result>"),
    ]  # fmt: skip


def test_images_are_attachments_and_their_tags_are_not_text() -> None:
    content = [
        {"type": "input_text", "text": "<image name=[Image #1]>"},
        {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"},
        {"type": "input_text", "text": "</image>"},
        {"type": "input_text", "text": "look"},
    ]
    (message,) = read(meta(), item("message", role="user", content=content)).messages
    assert message["content"] == "look"
    (image,) = message["attachments"]
    assert (image["media_type"], image["size"], image["data"]) == ("image/png", 9, PIXEL)


def test_calls_that_never_get_a_result_and_results_of_all_shapes_are_read() -> None:
    found = read(
        meta(), said("user", "go"),
        item("web_search_call", action={"type": "search", "query": "x"}),
        item("custom_tool_call", name="apply_patch", input="*** Begin Patch", call_id="c2"),
        item("custom_tool_call_output", call_id="c2", output=[{"text": "ok"}]),
        item("local_shell_call", call_id="c3", action={"command": ["ls"]}),
        item("function_call_output", call_id="c3",
             output='{"output": "no", "metadata": {"exit_code": 1}}'),
        item("function_call", name="fetch", arguments="{}", call_id="c5"),
        item("function_call_output", call_id="c5", output='{"output": "x", "next": 2}'),
        item("tool_search_call", call_id="c4", arguments={"query": "x"}),
        item("tool_search_output", call_id="c4", tools=[{"tools": [{"name": "t"}]}]),
        item("image_generation_call", id="i1", revised_prompt="a cat", result=PIXEL),
    )  # fmt: skip
    names = [call["name"] for made in found.messages for call in made.get("tool_calls", ())]
    assert names[:3] == ["web_search", "apply_patch", "local_shell"]
    assert names[3:] == ["fetch", "tool_search", "image_generation"]
    results = [made for made in found.messages if made["role"] == "tool"]
    assert [made["content"] for made in results] == [
        "ok", "no", '{"output": "x", "next": 2}', "t"
    ]  # fmt: skip
    assert [made.get("is_error", False) for made in results] == [False, True, False, False]


def test_a_damaged_line_costs_that_line_and_unknown_types_are_counted() -> None:
    content = lines_of(meta()) + b"nonsense\n" + lines_of(
        said("user", "a"), record("new_thing"), event("new_event"), item("new_item")
    ) + b'{"torn'  # fmt: skip
    (found,) = sessions_in(Codex(), content)
    assert found.shown() == [("user", "a")]
    assert any("new_thing (1)" in warning for warning in found.warnings)
    assert any("2 lines are not JSON objects" in warning for warning in found.warnings)


def test_a_compressed_file_is_read() -> None:
    (found,) = sessions_in(Codex(), zstd.compress(lines_of(*SESSION)), "rollout.jsonl.zst")
    assert len(found.messages) == 6


def test_a_file_without_a_record_is_rejected_in_a_sentence() -> None:
    with pytest.raises(InvalidDocument, match="No line of the file is a record of a Codex"):
        [list(session.batches()) for session in Codex().sessions(file_with(b"x\n{}\n"))]


def test_damaged_files_never_raise_anything_else() -> None:
    assert survive(Codex(), lines_of(*SESSION), "rollout.jsonl") > 100
