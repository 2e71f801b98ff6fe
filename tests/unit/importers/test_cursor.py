"""Sessions in the state of Cursor's editor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import recognize
from hfs_server.importers.cursor import Cursor
from hfs_server.importers.places import Places
from hfs_server.session import JsonObject
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.tool_databases import database, file_at, files_in, state, write_ahead

TIME = 1_760_000_000_000
TABS = "workbench.panel.aichat.view.aichat.chatdata"

CALL = {
    "type": 2, "bubbleId": "b4", "createdAt": "2025-10-09T08:53:24.000Z",
    "toolFormerData": {
        "toolCallId": "call_1", "name": "read_file", "status": "completed",
        "rawArgs": '{"path": "a.py"}', "result": '{"contents": "text of a.py"}',
    },
}  # fmt: skip
BUBBLES: list[JsonObject] = [
    {"type": 1, "bubbleId": "b1", "text": "Fix it", "createdAt": "2025-10-09T08:53:21.000Z"},
    {"type": 2, "bubbleId": "b2", "text": "", "thinking": {"text": "Hm", "signature": "x"},
     "createdAt": "2025-10-09T08:53:22.000Z"},
    {"type": 2, "bubbleId": "b3", "text": "I read it.", "modelInfo": {"modelName": "gpt-5"},
     "tokenCount": {"inputTokens": 10, "outputTokens": 2}},
    CALL,
    {"type": 2, "bubbleId": "b5", "text": "Done.", "createdAt": "2025-10-09T08:53:25.000Z"},
]  # fmt: skip
EXPECTED = [
    {"role": "user", "content": "Fix it", "created_at": "2025-10-09T08:53:21Z", "source_id": "b1"},
    {
        "role": "assistant", "content": "I read it.", "created_at": "2025-10-09T08:53:22Z",
        "model": "gpt-5", "thinking": "Hm", "source_id": "b2",
        "tool_calls": [{"id": "call_1", "name": "read_file", "input": {"path": "a.py"}}],
        "usage": {"input_tokens": 10, "output_tokens": 2},
    },
    {
        "role": "tool", "content": "text of a.py", "created_at": "2025-10-09T08:53:24Z",
        "tool_call_id": "call_1", "tool_name": "read_file",
    },
    {"role": "assistant", "content": "Done.", "created_at": "2025-10-09T08:53:25Z",
     "source_id": "b5"},
]  # fmt: skip


def session(name: str, bubbles: list[JsonObject] = BUBBLES, **keys: Any) -> JsonObject:
    """The rows of a session whose bubbles lie in rows of their own."""
    heads = [{"bubbleId": item["bubbleId"], "type": item["type"]} for item in bubbles]
    about = {
        "composerId": name, "name": f"Title of {name}", "createdAt": TIME,
        "lastUpdatedAt": TIME + 60_000, "fullConversationHeadersOnly": heads, **keys,
    }  # fmt: skip
    rows = {f"bubbleId:{name}:{item['bubbleId']}": item for item in bubbles}
    return {f"composerData:{name}": about, **rows}


def document_of(value: object, tmp_path: Path) -> JsonObject:
    path = tmp_path / "document.json"
    path.write_text(json.dumps(value), "utf-8")
    (found,) = read_sessions(path)
    return found


def test_sessions_are_read_in_the_order_of_their_bubbles(tmp_path: Path) -> None:
    empty = {"composerData:draft": {"composerId": "draft", "text": "not sent"}}
    rows = {**session("one"), **empty, **session("two", BUBBLES[:1]), "composerData:null": None}
    path = state(tmp_path / "state.vscdb", {"cursorDiskKV": dict(reversed(rows.items()))})
    second, first = read_sessions(path)
    assert first["messages"] == EXPECTED
    metadata = first["metadata"]
    assert metadata["session_name"] == "Title of one"
    assert metadata["session_id"] == "cursor:one"
    assert metadata["session_created_at"] == "2025-10-09T08:53:20Z"
    assert metadata["models"] == ["gpt-5"]
    assert second["metadata"]["session_name"] == "Title of two"
    assert Cursor().session_count(file_at(path)) == 2


def test_the_original_of_a_session_is_its_rows_and_is_read_again(tmp_path: Path) -> None:
    rows = {**session("one"), **session("two")}
    headers = {"allComposers": [{"composerId": "one", "activeBranch": {"branchName": "main"}}]}
    tables = {"cursorDiskKV": rows, "ItemTable": {"composer.composerHeaders": headers}}
    path = state(tmp_path / "state.vscdb", tables)
    first, _ = Cursor().sessions(file_at(path))
    assert first.original
    assert first.original.name == "one.json"
    text = first.original.open().read().decode()
    assert "two" not in text
    again = document_of(json.loads(text), tmp_path)
    assert again["messages"] == EXPECTED
    assert again["metadata"]["git"] == {"branch": "main"}


def test_bubbles_that_later_ones_replaced_are_counted(tmp_path: Path) -> None:
    rows = {**session("s"), "bubbleId:s:old": {"type": 1, "text": "Old"}}
    path = state(tmp_path / "state.vscdb", {"cursorDiskKV": rows})
    (found,) = Cursor().sessions(file_at(path))
    assert found.warnings == [
        "1 bubble is no longer part of the session, and kept only in the original."
    ]


OLDER = [{**item, "text": ""} for item in BUBBLES]


@pytest.mark.parametrize(
    "rows",
    [
        {"composerData:one": {"composerId": "one", "conversation": BUBBLES}},
        {**session("one"), "composerData:one": {"composerId": "one", "conversation": OLDER}},
        {"composerData:one": {
            "fullConversationHeadersOnly": [{"bubbleId": item["bubbleId"]} for item in BUBBLES],
            "conversationMap": {item["bubbleId"]: item for item in BUBBLES},
        }},
        {key: item for key, item in session("one", BUBBLES[:1]).items() if "bubble" in key}
        | {"composerData:one": {"composerId": "one"}},
    ],
)  # fmt: skip
def test_bubbles_are_found_wherever_versions_keep_them(tmp_path: Path, rows: JsonObject) -> None:
    path = state(tmp_path / "state.vscdb", {"cursorDiskKV": rows})
    (found,) = read_sessions(path)
    count = 1 if len(rows) == 2 else len(EXPECTED)
    assert found["messages"] == EXPECTED[:count]


def test_sessions_of_a_workspace_belong_to_its_folder(tmp_path: Path) -> None:
    composers = {"allComposers": [
        {"composerId": "one", "conversation": BUBBLES}, {"composerId": "elsewhere"},
    ]}  # fmt: skip
    tabs = {"tabs": [
        {"tabId": "two", "chatTitle": "Older", "lastSendTime": TIME, "bubbles": [
            {"type": "user", "id": "1", "text": "Fix it"},
            {"type": "ai", "id": "2", "rawText": "Done.", "modelType": "gpt-4"},
            {"type": "user", "id": "3"},
        ]},
        {"tabId": "empty", "bubbles": [{"type": "user"}]},
    ]}  # fmt: skip
    items = {"composer.composerData": composers, TABS: tabs}
    path = state(tmp_path / "state.vscdb", {"ItemTable": items})
    workspace = {"folder": "file:///c%3A/work/my%20web"}
    (tmp_path / "workspace.json").write_text(json.dumps(workspace), "utf-8")
    one, two = read_sessions(path)
    assert one["messages"] == EXPECTED
    assert one["metadata"]["working_directory"] == "c:/work/my web"
    assert [item["content"] for item in two["messages"]] == ["Fix it", "Done."]
    assert two["metadata"]["session_name"] == "Older"
    assert two["metadata"]["models"] == ["gpt-4"]
    assert Cursor().session_count(file_at(path)) == 2


def test_the_table_of_headers_names_the_folder_and_the_title(tmp_path: Path) -> None:
    rows = session("one")
    del rows["composerData:one"]["name"]
    path = state(tmp_path / "state.vscdb", {"cursorDiskKV": rows})
    header = {"name": "Listed", "workspaceIdentifier": {"uri": {"fsPath": "/work/web"}}}
    script = "CREATE TABLE composerHeaders (composerId TEXT PRIMARY KEY, value TEXT)"
    database(path, script, [("composerHeaders", ("one", json.dumps(header)))])
    (found,) = read_sessions(path)
    assert found["metadata"]["session_name"] == "Listed"
    assert found["metadata"]["working_directory"] == "/work/web"


def test_a_subagent_has_its_parent_and_no_prompts(tmp_path: Path) -> None:
    subagent = {"parentComposerId": "p", "toolCallId": "call_1"}
    found = document_of({"cursorDiskKV": session("s", subagentInfo=subagent)}, tmp_path)
    assert found["metadata"]["parent_session_id"] == "cursor:p"
    assert found["messages"][0]["synthetic"] is True


def test_a_query_of_a_workspace_is_read(tmp_path: Path) -> None:
    tab = {"tabId": "t", "bubbles": [{"type": "user", "text": "Fix it"}]}
    rows = [[1, "aiService.prompts", "[]"], [2, TABS, json.dumps({"tabs": [tab]})]]
    for value in ({"ok": True, "rows": rows}, {"tabs": [tab]}):
        found = document_of(value, tmp_path)
        assert [item["content"] for item in found["messages"]] == ["Fix it"]


def test_a_document_without_sessions_is_refused() -> None:
    content = json.dumps({"cursorDiskKV": {"composerData:a": {}}}).encode()
    with pytest.raises(InvalidDocument, match="no sessions of Cursor that have messages"):
        list(Cursor().sessions(file_with(content)))


def test_the_state_of_another_editor_is_not_recognized(tmp_path: Path) -> None:
    script = "CREATE TABLE ItemTable (key TEXT, value BLOB)"
    other = database(tmp_path / "a", script, [("ItemTable", ("memento/x", "{}"))])
    older = database(tmp_path / "b", script, [("ItemTable", (TABS, '{"tabs": []}'))])
    assert recognize(file_at(other)) is None
    found = recognize(file_at(older))
    assert found
    assert found[1] == f"cursor: key {TABS}"


def test_the_state_of_a_running_editor_is_not_touched(tmp_path: Path) -> None:
    path = write_ahead(state(tmp_path / "state.vscdb", {"cursorDiskKV": session("one")}))
    before = files_in(tmp_path)
    (found,) = read_sessions(path)
    assert found["messages"] == EXPECTED
    assert files_in(tmp_path) == before


def test_every_damaged_state_is_read_or_refused(tmp_path: Path) -> None:
    tables = {"cursorDiskKV": session("one", subagentInfo={"parentComposerId": "p"})}
    assert survive(Cursor(), json.dumps(tables).encode()) > 100
    assert survive(Cursor(), state(tmp_path / "x", tables).read_bytes(), "state.vscdb") > 10


@pytest.mark.parametrize(
    ("platform", "editor"),
    [
        ("linux", ".config/Cursor/User"),
        ("darwin", "Library/Application Support/Cursor/User"),
        ("win32", "AppData/Roaming/Cursor/User"),
    ],
)
def test_transcripts_count_only_where_there_is_no_database(
    tmp_path: Path, platform: str, editor: str
) -> None:
    places = Places(tmp_path, {}, platform)
    agent = tmp_path / ".cursor"
    with_transcripts = list(Cursor().folders(places))
    assert with_transcripts[:3] == [tmp_path / editor, agent / "chats", agent / "projects"]
    (agent / "chats").mkdir(parents=True)
    assert list(Cursor().folders(places)) == with_transcripts[:2]
