"""Sessions of opencode 2: its tables, beside those of version 1 or alone, and its export."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.importers.opencode import OpenCode
from hfs_server.session import JsonObject
from hfs_server.sources import read_sessions
from tests.unit.importers.mutations import survive
from tests.unit.importers.reading import Found, sessions_in
from tests.unit.importers.test_opencode import EXPECTED, TIME
from tests.unit.importers.test_opencode_database import Rows, rows_of, session
from tests.unit.importers.tool_databases import OPENCODE, OPENCODE_2, database, file_at

LATER = TIME + 3_600_000


def newer(name: str, title: str | None = "Newer title", parent: str | None = None) -> Any:
    return "session_v2", (name, parent, "/work/new", title, "2.0.14", LATER, LATER)


def row(name: str, number: int, kind: str, data: JsonObject, time: int | None = None) -> Any:
    created = LATER + number if time is None else time
    key = f"msg_{name}_{number}"
    return "session_message", (key, name, kind, number, created, created, json.dumps(data))


def reply(*content: JsonObject, **more: Any) -> JsonObject:
    model = {"id": "big", "providerID": "zen", "variant": "default"}
    return {"agent": "build", "model": model, "content": list(content), **more}


def tool(status: str, **state: Any) -> JsonObject:
    state = {"status": status, "input": {"path": "a.py"}, **state}
    return {"type": "tool", "id": "call_1", "name": "read", "state": state, "time": {}}


def found_in(folder: Path, rows: Rows, script: str = OPENCODE_2) -> list[Found]:
    path = database(folder / "opencode.db", script, rows)
    found = sessions_in(OpenCode(), path.read_bytes(), "opencode.db")
    assert OpenCode().session_count(file_at(path)) == len(found)
    return found


def one_of(folder: Path, *messages: tuple[str, JsonObject]) -> Found:
    """The session with these messages."""
    rows = [row("ses_2", number, *each) for number, each in enumerate(messages)]
    (found,) = found_in(folder, [newer("ses_2"), *rows])
    return found


def test_a_database_of_version_2_alone_is_read(tmp_path: Path) -> None:
    tokens = {"input": 9, "output": 8, "reasoning": 7, "cache": {"read": 6, "write": 5}}
    found = one_of(
        tmp_path,
        ("user", {"text": "Look", "files": [], "agents": []}),
        ("assistant", reply(
            {"type": "reasoning", "text": "Hm"}, {"type": "text", "text": "I look."},
            tool("completed", content=[{"type": "text", "text": "1: a"}]),
            tokens=tokens, cost=0.25, finish="stop",
        )),
        ("idle", {"outcome": "succeeded"}),
        ("location-switched", {"location": {"directory": "/work"}}),
    )  # fmt: skip
    assert found.shown() == [("user", "Look"), ("assistant", "I look."), ("tool", "1: a")]
    assert (found.name, found.facts["session_id"]) == ("Newer title", "opencode:ses_2")
    assert (found.facts["working_directory"], found.warnings) == ("/work/new", [])
    assert found.facts["source"]["tool_version"] == "2.0.14"
    assert found.messages[1]["thinking"] == "Hm"
    assert found.messages[1]["model"] == "zen/big"
    assert found.messages[1]["usage"]["cost_usd"] == 0.25


def test_messages_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    rows = [
        row("ses_2", 4, "user", {"text": "first"}, LATER + 9),
        row("ses_2", 11, "assistant", reply({"type": "text", "text": "second"}), LATER),
    ]
    (found,) = found_in(tmp_path, [newer("ses_2"), *rows])
    assert [content for _, content in found.shown()] == ["first", "second"]


def test_the_files_of_a_prompt_and_of_a_result_are_attachments(tmp_path: Path) -> None:
    data = base64.b64encode(b"png").decode()
    files = [
        {"data": data, "mime": "image/png", "name": "a.png", "source": {"type": "inline"}},
        {"mime": "text/plain", "name": "b.txt", "source": {"type": "uri", "uri": "file:///b.txt"}},
    ]
    piece = {"type": "file", "uri": f"data:image/png;base64,{data}", "mime": "image/png"}
    found = one_of(
        tmp_path, ("user", {"text": "", "files": files}),
        ("assistant", reply(tool("completed", content=[piece]))),
    )  # fmt: skip
    prompt, _, result = found.messages
    image, text = prompt["attachments"]
    assert (image["name"], image["data"], text["uri"]) == ("a.png", data, "file:///b.txt")
    assert result["attachments"][0]["size"] == 3


def test_errors_of_a_model_a_tool_and_a_compaction_are_messages(tmp_path: Path) -> None:
    error = {"type": "provider.invalid", "message": "No such model.", "status": 400}
    partly = [{"type": "text", "text": "half"}]
    found = one_of(
        tmp_path,
        ("assistant", reply(finish="error", error=error)),
        ("assistant", reply(tool("error", error={"message": "Gone."}, content=partly))),
        ("compaction", {"status": "failed", "reason": "auto", "error": error}),
    )
    assert found.shown() == [
        ("system*", "provider.invalid: No such model."), ("assistant", ""),
        ("tool", "Gone.\nhalf"), ("system*", "provider.invalid: No such model."),
    ]  # fmt: skip
    assert [item.get("is_error", False) for item in found.messages] == [True, False, True, True]


@pytest.mark.parametrize(
    ("more", "results"),
    [
        ({"status": "exited", "exit": 0}, [("a.py\n", False)]),
        ({"status": "exited", "exit": 2}, [("a.py\n", True)]),
        ({"status": "killed"}, [("a.py\n", True)]),
        ({"status": "running"}, []),
    ],
)
def test_a_command_of_the_user_has_its_output(
    tmp_path: Path, more: JsonObject, results: list[tuple[str, bool]]
) -> None:
    shell = {"shellID": "sh_1", "command": "ls", "output": {"output": "a.py\n", "size": 5}, **more}
    call, *rest = one_of(tmp_path, ("shell", shell)).messages
    assert call["tool_calls"] == [{"id": "sh_1", "name": "shell", "input": {"command": "ls"}}]
    assert [(item["content"], item.get("is_error", False)) for item in rest] == results


def test_what_the_program_put_in_is_synthetic(tmp_path: Path) -> None:
    found = one_of(
        tmp_path, ("synthetic", {"text": "Echo"}), ("system", {"text": "Rules"}),
        ("skill", {"skill": "s", "name": "S", "text": "How to"}),
        ("compaction", {"status": "completed", "reason": "auto", "summary": "All", "recent": ""}),
        ("novelty", {}),
    )  # fmt: skip
    assert found.shown() == [
        ("user*", "Echo"), ("user*", "Rules"), ("user*", "How to"), ("assistant*", "All"),
    ]  # fmt: skip
    assert "novelty (1)" in found.warnings[0]


def test_sessions_of_both_versions_in_one_database_are_read(tmp_path: Path) -> None:
    rows = [
        session("ses_1"), *rows_of("ses_1"), newer("ses_2", parent="ses_1"),
        row("ses_2", 0, "user", {"text": "task"}),
    ]  # fmt: skip
    old, new = found_in(tmp_path, rows, OPENCODE + OPENCODE_2)
    assert (old.name, len(old.messages)) == ("Title of ses_1", len(EXPECTED))
    assert new.shown() == [("user*", "task")]
    assert new.facts["parent_session_id"] == "opencode:ses_1"


def copied(rows: Rows) -> Rows:
    """What opencode 2 makes of messages of version 1: the same ids and times, and more rows."""
    found: Rows = []
    for number, (_, values) in enumerate(each for each in rows if each[0] == "message"):
        key, name, created, *_ = values
        text = json.dumps({"text": "A copy"})
        found += [
            ("session_message", (key, name, "user", 2 * number, created, created, text)),
            ("session_message", (f"{key}_s", name, "synthetic", 2 * number + 1, created, 1, text)),
        ]
    return found


def test_a_session_that_goes_on_in_version_2_has_each_message_once(tmp_path: Path) -> None:
    rows = [session("ses_1"), *rows_of("ses_1"), newer("ses_1"), *copied(rows_of("ses_1"))]
    more = row("ses_1", 90, "user", {"text": "And now?"})
    (found,) = found_in(tmp_path, [*rows, more], OPENCODE + OPENCODE_2)
    assert len(found.messages) == len(EXPECTED) + 1
    assert found.shown()[-1] == ("user", "And now?")
    assert (found.name, found.facts["session_id"]) == ("Newer title", "opencode:ses_1")


def test_a_session_that_goes_on_in_version_1_again_is_in_order(tmp_path: Path) -> None:
    rows = rows_of("ses_1")
    between = row("ses_1", 90, "user", {"text": "Between"}, LATER - 1)
    last = ("message", ("msg_z", "ses_1", LATER, LATER, json.dumps({"role": "user"})))
    part = ("part", ("p", "msg_z", "ses_1", LATER, LATER, '{"type": "text", "text": "Last"}'))
    all_rows = [session("ses_1"), *rows, newer("ses_1", None), between, last, part]
    (found,) = found_in(tmp_path, all_rows, OPENCODE + OPENCODE_2)
    contents = [content for _, content in found.shown()]
    assert (contents[-2:], found.name) == (["Between", "Last"], "Title of ses_1")


def test_the_original_of_a_session_is_read_again(tmp_path: Path) -> None:
    rows = [session("ses_1"), *rows_of("ses_1"), newer("ses_1"), *copied(rows_of("ses_1"))]
    more = row("ses_1", 90, "user", {"text": "And now?"})
    path = database(tmp_path / "opencode.db", OPENCODE + OPENCODE_2, [*rows, more])
    (document,) = read_sessions(path)
    (found,) = OpenCode().sessions(file_at(path))
    list(found.batches())
    assert found.original
    (again,) = sessions_in(OpenCode(), found.original.open().read(), found.original.name)
    assert again.messages == document["messages"]


EXPORT = {
    "info": {
        "id": "ses_2", "projectID": "p", "title": "Exported", "cost": 0,
        "location": {"directory": "/work/new"}, "time": {"created": LATER, "updated": LATER},
    },
    "messages": [
        {"id": "msg_1", "type": "user", "text": "Look", "time": {"created": LATER}},
        {"id": "msg_2", "type": "assistant", "time": {"created": LATER + 1}, **reply(
            {"type": "text", "text": "I look."},
        )},
        {"id": "msg_3", "type": "idle", "outcome": "succeeded", "time": {"created": LATER + 2}},
    ],
}  # fmt: skip


def test_an_export_of_version_2_is_read() -> None:
    (found,) = sessions_in(OpenCode(), json.dumps(EXPORT).encode(), "export.json")
    assert found.shown() == [("user", "Look"), ("assistant", "I look.")]
    assert (found.name, found.facts["working_directory"]) == ("Exported", "/work/new")
    assert (found.facts["session_id"], found.warnings) == ("opencode:ses_2", [])


def test_damaged_exports_never_raise_anything_else() -> None:
    assert survive(OpenCode(), json.dumps(EXPORT).encode()) > 100
