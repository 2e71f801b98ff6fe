"""Tasks of Cline and Roo Code: what the user saw, and what was sent to the API."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify, recognize
from hfs_server.importers.cline import Cline, RooCode
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, JsonObject, sessions_in

TIME = 1_764_791_864_800
INFO = {"providerId": "anthropic", "modelId": "claude-sonnet-4-5"}
IMAGE = "data:image/png;base64," + base64.b64encode(b"png").decode()
SENT = "<task>x</task>\n# Current Working Directory (/home/ada/web) Files\n<model>gpt-5</model>"


def shown(how: str, kind: str, text: object = "", **more: Any) -> JsonObject:
    value = text if isinstance(text, str) else json.dumps(text)
    return {"ts": TIME, "type": how, how: kind, "text": value, **more}


def request(**more: Any) -> JsonObject:
    return shown(
        "say", "api_req_started", {"request": SENT, "tokensIn": 10, "tokensOut": 5, **more}
    )


TASK = [
    shown("say", "text", "fix the bug", images=[IMAGE], conversationHistoryIndex=-1),
    request(cacheReads=3, cacheWrites=2, cost=0.01),
    shown("say", "reasoning", "I loo", partial=True),
    shown("say", "reasoning", "I look."),
    shown("say", "text", "Let me", partial=True),
    shown("say", "text", "Let me look.", modelInfo=INFO),
    shown("ask", "tool", {"tool": "readFile", "path": "a.py"}),
    shown("ask", "command", "ls REQ_APP"),
    shown("say", "command_output", "a.py"),
    shown("ask", "command_output", "b.py"),
    shown("say", "checkpoint_created"),
    request(),
    shown("ask", "followup", {"question": "Which one?", "options": ["a", "b"]}),
    shown("say", "user_feedback", "a"),
    request(),
    shown("ask", "use_mcp_server", {
        "serverName": "s", "type": "use_mcp_tool", "toolName": "find", "arguments": '{"q": 1}',
    }),
    shown("say", "mcp_server_response", "found"),
    shown("say", "completion_result", "Done.HAS_CHANGES"),
    shown("ask", "completion_result", ""),
]  # fmt: skip


def read(records: list[JsonObject], importer: Cline | RooCode | None = None) -> Found:
    content = json.dumps(records, indent=1).encode()
    (found,) = sessions_in(importer or Cline(), content, "ui_messages.json")
    return found


def test_prompts_replies_calls_and_results_are_messages() -> None:
    found = read(TASK)
    assert found.shown() == [
        ("user", "fix the bug"), ("assistant", "Let me look."), ("tool", "a.py\nb.py"),
        ("assistant", "Which one?"), ("user", "a"), ("assistant", ""), ("tool", "found"),
        ("assistant", "Done."),
    ]  # fmt: skip
    prompt, reply, result = found.messages[:3]
    assert prompt["attachments"][0]["size"] == 3
    assert (reply["thinking"], reply["model"]) == ("I look.", "gpt-5")
    assert [(call["name"], call["input"]) for call in reply["tool_calls"]] == [
        ("readFile", {"path": "a.py"}), ("execute_command", {"command": "ls"}),
    ]  # fmt: skip
    assert reply["usage"] == {
        "input_tokens": 10, "output_tokens": 5, "cache_read_tokens": 3, "cache_write_tokens": 2,
        "cost_usd": 0.01,
    }  # fmt: skip
    assert result["tool_call_id"] == reply["tool_calls"][1]["id"]
    (called,) = found.messages[5]["tool_calls"]
    assert (called["name"], called["input"]["arguments"]) == ("find", {"q": 1})
    assert found.facts["working_directory"] == "/home/ada/web"
    assert found.warnings == []


def test_thinking_after_a_result_belongs_to_the_next_reply() -> None:
    records = [*TASK[:9], shown("say", "reasoning", "then"), shown("say", "text", "So.")]
    assert read(records).shown()[2:] == [("tool", "a.py"), ("assistant", "So.")]
    assert read(records).messages[-1]["thinking"] == "then"
    assert read(records[:-1]).messages[-1]["thinking"] == "then"


def test_the_input_of_openai_s_protocol_is_without_what_the_cache_read() -> None:
    found = read([TASK[0], request(cacheReads=3, apiProtocol="openai"), shown("say", "text", "x")])
    assert found.messages[1]["usage"]["input_tokens"] == 7


def test_errors_and_edits_of_the_user_are_synthetic_and_unknown_types_are_counted() -> None:
    summary = {"contextCondense": {"summary": "So far"}}
    found = read([
        TASK[0], shown("say", "error", "No."), shown("say", "user_feedback_diff", "{}"),
        shown("say", "condense_context", **summary), shown("say", "brand_new", "x"),
    ])  # fmt: skip
    assert found.shown()[1:] == [("system*", "No."), ("user*", "{}"), ("user*", "So far")]
    assert "brand_new (1)" in found.warnings[0]


BLOCKS = "------- SEARCH\nold = 1\n=======\nnew = 2\n+++++++ REPLACE\n"
ROO_BLOCKS = "<<<<<<< SEARCH\n:start_line:3\n-------\nold = 1\n=======\nnew = 2\n>>>>>>> REPLACE"
CODEX_PATCH = "*** Begin Patch\n*** Delete File: a.py\n*** End Patch"


@pytest.mark.parametrize(
    ("given", "left", "result"),
    [
        ({"tool": "editedExistingFile", "content": BLOCKS}, {"diff": BLOCKS}, ""),
        ({"tool": "editedExistingFile", "content": BLOCKS, "diff": BLOCKS}, {"diff": BLOCKS}, ""),
        ({"tool": "newFileCreated", "content": ROO_BLOCKS}, {"diff": ROO_BLOCKS}, ""),
        ({"tool": "fileDeleted", "content": CODEX_PATCH}, {"diff": CODEX_PATCH}, ""),
        ({"tool": "editedExistingFile", "content": "x = 1"}, {"content": "x = 1"}, ""),
        ({"tool": "readFile", "content": "/home/ada/a.py"}, {"absolutePath": "/home/ada/a.py"}, ""),
        ({"tool": "readFile", "content": "a.py"}, {}, ""),
        ({"tool": "readFile", "content": "x = 1\ny = 2"}, {}, "x = 1\ny = 2"),
        ({"tool": "listFilesRecursive", "content": "No files found."}, {}, "No files found."),
        ({"tool": "searchFiles", "regex": "x", "content": "Found 0."}, {"regex": "x"}, "Found 0."),
        ({"tool": "webFetch", "content": "Fetching"}, {"text": "Fetching"}, ""),
        (
            {"tool": "appliedDiff", "batchDiffs": [{"path": "b.py", "content": ROO_BLOCKS}, 5]},
            {"batchDiffs": [{"path": "b.py", "diff": ROO_BLOCKS}, 5]}, "",
        ),
    ],
)  # fmt: skip
def test_what_a_call_shows_as_content_is_what_the_tool_makes_of_it(
    given: JsonObject, left: JsonObject, result: str
) -> None:
    found = read([TASK[0], shown("say", "tool", {**given, "path": "a.py"})])
    (call,) = found.messages[1]["tool_calls"]
    assert (call["name"], call["input"]) == (given["tool"], {"path": "a.py", **left})
    results = [(each["tool_call_id"], each["content"]) for each in found.messages[2:]]
    assert results == ([(call["id"], result)] if result else [])


ENVIRONMENT = "<environment_details>\n# Current Mode\nACT MODE\n</environment_details>"


def text(value: str) -> JsonObject:
    return {"type": "text", "text": value}


HISTORY = [
    {"role": "user", "content": [text("<task>\nfix the bug\n</task>"), text(ENVIRONMENT)]},
    {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "hm"}, text("Look:"),
        {"type": "tool_use", "id": "t1", "name": "read_file", "input": {"path": "a"}},
    ]},
    {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "t1", "content": "text of a", "is_error": True},
    ]},
    {"role": "assistant", "content": "<read_file>\n<path>b</path>\n</read_file>"},
    {"role": "user", "content": [
        text("[read_file for 'b'] Result:"), text("text of b"), text("<feedback>\nno\n</feedback>"),
        text(ENVIRONMENT),
    ]},
]  # fmt: skip


def test_what_was_sent_to_the_api_is_read_where_it_lies_alone() -> None:
    (found,) = sessions_in(Cline(), json.dumps(HISTORY).encode(), "api_conversation_history.json")
    assert found.shown() == [
        ("user", "fix the bug"), ("user*", ENVIRONMENT), ("assistant", "Look:"),
        ("tool", "text of a"), ("assistant", HISTORY[3]["content"]),
        ("tool", "[read_file for 'b'] Result:\n\ntext of b"), ("user", "no"),
        ("user*", ENVIRONMENT),
    ]  # fmt: skip
    assert (found.messages[3]["tool_name"], found.messages[3]["is_error"]) == ("read_file", True)


COMMAND_LINE = {
    "version": 1, "updated_at": "2026-10-02T03:27:02.059Z", "agent": "lead", "sessionId": "17_ab",
    "origin": {"source": "cli", "version": "3.0.1"}, "system_prompt": "You are Cline.",
    "messages": [
        {"id": "u1", "role": "user", "ts": TIME, "content": [
            text('<user_input mode="act"><mode_notice>now</mode_notice>Add it</user_input>'),
            text('<file_content path="a">x</file_content>'),
        ]},
        {"id": "a1", "role": "assistant", "ts": TIME, "modelInfo": {"id": "m-1"}, "metrics": {
            "inputTokens": 10, "outputTokens": 5, "cacheReadTokens": 3, "cacheWriteTokens": 2,
            "cost": 0.5,
        }, "content": [
            {"type": "thinking", "thinking": "hm"}, text("I run it."),
            {"type": "tool_use", "id": "c1", "name": "run_commands", "input": {"commands": ["ls"]}},
        ]},
        {"id": "r1", "role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "c1", "content": [
                {"query": "ls", "result": "a.py", "success": True},
                {"query": "rm", "error": "No.", "success": False},
            ]},
        ]},
        {"role": "user", "content": [text("You repeat yourself.")]},
        {"role": "robot", "content": "?"}, 5,
        {"id": "a2", "role": "assistant", "content": "Done."},
    ],
}  # fmt: skip


def test_a_session_of_the_command_line_is_read_with_its_manifest(tmp_path: Path) -> None:
    folder = tmp_path / "sessions" / "17_ab"
    folder.mkdir(parents=True)
    manifest = {"cwd": "/w", "model": "m-2", "metadata": {"title": "Adding"}}
    (folder / "17_ab.json").write_text(json.dumps(manifest), "utf-8")
    for name in ("17_ab", "helper"):
        (folder / f"{name}.messages.json").write_text(json.dumps(COMMAND_LINE), "utf-8")
    (session,) = read_sessions(folder / "17_ab.messages.json")
    facts = session["metadata"]
    assert (facts["session_id"], facts["session_name"]) == ("cline:17_ab", "Adding")
    assert (facts["working_directory"], facts["models"]) == ("/w", ["m-1"])
    assert facts["source"]["tool_version"] == "3.0.1"
    (helper,) = read_sessions(folder / "helper.messages.json")
    facts = helper["metadata"]
    assert (facts["session_id"], facts["parent_session_id"]) == ("cline:helper", "cline:17_ab")
    assert helper["messages"][0]["synthetic"] is True


def test_what_the_command_line_puts_around_a_prompt_is_synthetic() -> None:
    content = json.dumps(COMMAND_LINE).encode()
    assert identify(file_with(content))[0].tool == "cline"
    (found,) = sessions_in(Cline(), content)
    put_in = '<mode_notice>now</mode_notice>\n\n<file_content path="a">x</file_content>'
    assert found.shown() == [
        ("user", "Add it"), ("user*", put_in), ("assistant", "I run it."), ("tool", "a.py\nNo."),
        ("user*", "You repeat yourself."), ("assistant", "Done."),
    ]  # fmt: skip
    reply, result = found.messages[2:4]
    assert (reply["thinking"], reply["model"]) == ("hm", "m-1")
    assert reply["usage"] == {
        "input_tokens": 5, "output_tokens": 5, "cache_read_tokens": 3, "cache_write_tokens": 2,
        "cost_usd": 0.5,
    }  # fmt: skip
    assert (result["tool_name"], result["is_error"]) == ("run_commands", True)
    assert "role robot (1)" in found.warnings[0]
    plain = {**COMMAND_LINE, "messages": [{"role": "user", "content": "hi"}]}
    (found,) = sessions_in(Cline(), json.dumps(plain).encode())
    assert found.shown() == [("user", "hi")]


def test_prompts_that_name_the_element_of_a_prompt_are_prompts() -> None:
    sent = [
        {"role": "user", "content": "What does a <user_input> in my form do?"},
        {"role": "user", "content": [text("Fix it.")]},
    ]
    (found,) = sessions_in(Cline(), json.dumps({**COMMAND_LINE, "messages": sent}).encode())
    assert found.shown() == [("user", sent[0]["content"]), ("user", "Fix it.")]


def test_a_result_has_the_error_beside_what_was_printed() -> None:
    returned = [
        {"query": "x", "result": "", "error": "not found", "success": False},
        {"query": "y", "result": "half", "error": "stopped", "success": False},
    ]
    result = {"type": "tool_result", "tool_use_id": "c1", "content": returned}
    sent = [{"role": "user", "content": [result]}]
    (found,) = sessions_in(Cline(), json.dumps({**COMMAND_LINE, "messages": sent}).encode())
    assert found.shown() == [("tool", "not found\nhalf\nstopped")]


def test_damaged_sessions_of_the_command_line_never_raise_anything_else() -> None:
    assert survive(Cline(), json.dumps(COMMAND_LINE).encode()) > 100


def task_folder(folder: Path) -> Path:
    task = folder / "tasks" / "1764791864800"
    task.mkdir(parents=True)
    (task / "ui_messages.json").write_text(json.dumps(TASK), "utf-8")
    (task / "api_conversation_history.json").write_text(json.dumps(HISTORY), "utf-8")
    return task


def test_a_task_is_one_session_whose_facts_stand_beside_it(tmp_path: Path) -> None:
    task = task_folder(tmp_path)
    used = {"model_usage": [{"model_id": "m"}], "environment_history": [{"cline_version": "3.39"}]}
    (task / "task_metadata.json").write_text(json.dumps(used), "utf-8")
    item = {"id": "t-2", "parentTaskId": "t-1", "workspace": "/project"}
    (task / "history_item.json").write_text(json.dumps(item), "utf-8")
    assert list(read_sessions(task / "api_conversation_history.json")) == []
    (session,) = read_sessions(task / "ui_messages.json")
    facts = session["metadata"]
    assert (facts["session_id"], facts["parent_session_id"]) == ("cline:t-2", "cline:t-1")
    assert facts["working_directory"] == "/project"
    assert facts["source"]["tool_version"] == "3.39"
    assert "m" in facts["models"]


def test_the_id_of_a_task_is_the_name_of_its_folder(tmp_path: Path) -> None:
    (session,) = read_sessions(task_folder(tmp_path) / "ui_messages.json")
    assert session["metadata"]["session_id"] == "cline:1764791864800"


def writer(records: list[JsonObject], path: Path | None = None) -> str:
    content = json.dumps(records).encode()
    file = (
        file_with(content)
        if path is None
        else SourceFile(file_with(content).open_original, "x", path)
    )
    found = recognize(file)
    return found[0].tool if found else ""


def test_cline_and_roo_code_are_told_apart_by_content_and_else_by_folder() -> None:
    plain = [shown("say", "text", "hi"), shown("say", "text", "Hello")]
    saved = shown("say", "checkpoint_saved", "abc")
    folder = Path("/x/globalStorage/rooveterinaryinc.roo-cline/tasks/1/ui_messages.json")
    assert writer(plain) == "cline"
    assert writer(plain, folder) == "roo-code"
    assert writer(TASK, folder) == "cline"
    assert writer([*plain, saved]) == "roo-code"
    assert writer([plain[0], request(apiProtocol="anthropic")]) == "roo-code"
    assert writer([TASK[0], request(apiProtocol="anthropic")]) == "cline"
    mode = ENVIRONMENT.replace("ACT MODE", "<slug>code</slug>")
    assert writer([{"role": "user", "content": [text("<task>x</task>"), text(mode)]}]) == "roo-code"
    assert writer(HISTORY) == "cline"
    assert read([*plain, saved], RooCode()).facts["source"]["tool"] == "roo-code"


@pytest.mark.parametrize(
    "records",
    [
        [{"role": "user", "content": "hi"}], [{"type": "say", "text": "hi"}], [{"ts": 5}],
        [{"ts": 5, "type": "message", "message": "hi"}],
    ],
)  # fmt: skip
def test_other_lists_are_not_taken_for_a_task(records: list[JsonObject]) -> None:
    assert Cline().recognizes(file_with(json.dumps(records).encode())) is None
    assert RooCode().recognizes(file_with(json.dumps(records).encode())) is None


def test_a_list_without_messages_is_rejected_in_a_sentence() -> None:
    with pytest.raises(InvalidDocument):
        [list(each.batches()) for each in Cline().sessions(file_with(b'[{"type": 5}]'))]


@pytest.mark.parametrize("records", [TASK, HISTORY])
def test_damaged_files_never_raise_anything_else(records: list[JsonObject]) -> None:
    assert survive(Cline(), json.dumps(records).encode()) > 100


def test_their_folders_are_those_of_each_editor() -> None:
    places = Places(Path("/home/ada"), {}, "linux")
    storage = Path("/home/ada/.config/Code/User/globalStorage")
    assert storage / "saoudrizwan.claude-dev" in Cline().folders(places)
    assert Path("/home/ada/.cline/data") in Cline().folders(places)
    assert storage / "rooveterinaryinc.roo-cline" in RooCode().folders(places)
