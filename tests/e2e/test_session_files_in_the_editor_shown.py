"""Session files that are open in an editor: symbols, folding, hover, fixes and lenses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing import tool_logs
from testing.client import Client, Start
from testing.documents import MARKER, document, message, text
from testing.open_files import REGISTERS, OpenFile, place
from testing.waiting import wait_until

SESSION = document(
    "Shown",
    message(f"*Fix* <b> {MARKER}", usage={"input_tokens": 1200, "output_tokens": 0}),
    message("\U0001f600 done", "assistant"),
    checkpoints=[{"trigger": "run_*", "message_index": 2, "created_at": None, "state": {}}],
    metadata={"schema_version": "1.1.0"},
)


@pytest.fixture
def editor(launch: Start, store_path: Path, opened_stores: set[Path]) -> Client:
    """A server whose editor sends the documents that it registers."""
    opened_stores.add(store_path)
    client = launch()
    client.initialize({"capabilities": REGISTERS}, databasePath=str(store_path))
    return client


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a session.json"


def names(symbols: list[Any]) -> list[str]:
    return [symbol["name"] for symbol in symbols]


def line_of(what: str, value: Any) -> int:
    """The line in which something stands first."""
    return next(line for line, words in enumerate(text(value).split("\n")) if what in words)


def test_the_symbols_are_the_messages_and_checkpoints_numbered_with_their_first_words(
    editor: Client, path: Path
) -> None:
    file = OpenFile(editor, path, text(SESSION))
    symbols = file.request("documentSymbol")
    assert names(symbols) == ["metadata", "messages", "checkpoints"]
    messages, checkpoints = symbols[1]["children"], symbols[2]["children"]
    said = [f"1. User: *Fix* <b> {MARKER}", "2. Assistant: \U0001f600 done"]
    assert names(messages) == said
    assert names(checkpoints) == ["1. run_*"]
    assert messages[0]["detail"].startswith("2026-02-01 ")
    first, last = place(messages[1]["range"])[::2]
    assert first == line_of('"assistant"', SESSION) - 1
    assert last == first + 4
    for symbol in (*symbols, *messages):
        start, column, _, _ = place(symbol["range"])
        assert (start, column) <= place(symbol["selectionRange"])[:2]


def test_a_bare_list_and_a_broken_document_have_symbols_too(editor: Client, path: Path) -> None:
    bare = OpenFile(editor, path, json.dumps(SESSION["messages"][1:]))
    assert names(bare.request("documentSymbol")) == ["1. Assistant: \U0001f600 done"]
    bare.close()
    whole = text(SESSION)
    file = OpenFile(editor, path, whole)
    assert len(file.request("documentSymbol")) == 3
    line = line_of('"assistant"', SESSION)
    file.change(((line, 0, line, 0), "}}"))
    assert names(file.request("documentSymbol"))[:2] == ["metadata", "messages"]
    file.change(((line, 0, 99, 0), ""))
    found = file.request("documentSymbol")
    assert names(found[1]["children"])[0].startswith("1. User: *Fix*")


def test_members_messages_and_checkpoints_can_be_folded(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, text(SESSION))
    folds = {(fold["startLine"], fold["endLine"]) for fold in file.request("foldingRange")}
    line = line_of('"assistant"', SESSION) - 1
    assert (line, line + 4) in folds
    assert (1, line_of('"messages"', SESSION) - 1) in folds
    assert all(start < end for start, end in folds)
    file.change(json.dumps(SESSION))
    assert file.request("foldingRange") == []


def hover(file: OpenFile, line: int, character: int = 8) -> str | None:
    found = file.request("hover", position={"line": line, "character": character})
    return None if found is None else str(found["contents"]["value"])


def test_a_hover_shows_the_message_as_it_will_look(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, text(SESSION))
    shown = hover(file, line_of("*Fix*", SESSION))
    assert shown is not None
    assert shown.startswith("### 1. User - 2026-02-01 10:00:00 UTC\n\n*Fix* ")
    assert "<b>" not in shown.replace(r"\<b>", "")
    assert shown.endswith("tokens: 1,200 input")
    last = hover(file, line_of('"assistant"', SESSION))
    assert last is not None
    assert "### 2. Assistant" in last
    assert hover(file, line_of('"trigger"', SESSION)) == (
        r"**Checkpoint:** run\_\*, after message 2"
    )
    assert hover(file, 2) is hover(file, 9_999) is None


def test_a_message_that_is_invalid_has_no_hover(editor: Client, path: Path) -> None:
    broken = text(SESSION).replace('"content": "\U0001f600 done"', '"content": 5')
    file = OpenFile(editor, path, broken)
    assert hover(file, line_of('"assistant"', SESSION)) is None


@pytest.mark.parametrize("tool", ["claude-code", "codex", "gemini-cli", "copilot-cli"])
def test_the_messages_of_other_tools_have_symbols_and_hovers_too(
    editor: Client, path: Path, tool: str
) -> None:
    content = tool_logs.FORMATS[tool](1, 3).decode()
    file = OpenFile(editor, path, content)
    symbols = file.request("documentSymbol")
    assert len(symbols) >= 6
    assert names(symbols)[0].startswith("1. User: user 0 of 1")
    lines = content.split("\n")
    for symbol in symbols[:6]:
        line = symbol["range"]["start"]["line"]
        role, words = symbol["name"].split(": ", 1)
        assert words[:12] in lines[line]
        shown = hover(file, line, 0)
        assert shown is not None
        assert shown.startswith(f"### {role.split('.')[0]}. ")
    assert file.request("foldingRange") == []


def test_an_older_document_can_be_migrated_by_a_quick_fix(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, json.dumps({"name": "Old", "messages": [message()]}))
    (found,) = file.diagnostics()
    assert found["message"] == "An import migrates this session to schema version 1.0.0."
    context = {"diagnostics": [found], "only": ["quickfix"]}
    (action,) = file.request("codeAction", range=found["range"], context=context)
    (edit,) = action["edit"]["changes"][file.uri]
    migrated = json.loads(edit["newText"])
    assert migrated["metadata"] == {"session_name": "Old", "schema_version": "1.0.0"}
    assert migrated["messages"] == [message()]
    file.change({"range": edit["range"], "text": edit["newText"]})
    wait_until(lambda: file.published()[-1]["diagnostics"] == [])
    for other in ({"diagnostics": []}, {"diagnostics": [found], "only": ["refactor"]}):
        assert file.request("codeAction", range=found["range"], context=other) == []


def lens(file: OpenFile) -> tuple[str, Any]:
    (found,) = file.request("codeLens")
    assert place(found["range"]) == (0, 0, 0, 0)
    command = found["command"]
    return command["title"], {key: command[key] for key in ("command", "arguments")}


def save(file: OpenFile, path: Path, content: str) -> None:
    path.write_text(content, encoding="utf-8")
    file.change(content)
    file.save()


def test_the_lens_imports_updates_and_opens_the_session(editor: Client, path: Path) -> None:
    path.write_text(text(SESSION), encoding="utf-8")
    file = OpenFile(editor, path, text(SESSION))
    title, command = lens(file)
    assert title == "Import this session"
    (imported,) = editor.request("workspace/executeCommand", command)["sessions"]
    title, command = lens(file)
    assert title == "Already in the store: open"
    assert command["arguments"] == [{"sessionId": imported["id"], "name": imported["name"]}]
    assert editor.request("workspace/executeCommand", command) is None
    wait_until(lambda: asked(editor, "window/showDocument"))
    (shown,) = asked(editor, "window/showDocument")
    assert shown["uri"] == f"hfs:/sessions/{imported['id']}.md"
    longer = {**SESSION, "messages": [*SESSION["messages"], message("More.")]}
    save(file, path, text(longer))
    title, command = lens(file)
    assert title == "In the store, older: update"
    (updated,) = editor.request("workspace/executeCommand", command)["sessions"]
    assert (updated["id"], updated["status"]) == (imported["id"], "updated")
    save(file, path, text(SESSION))
    assert lens(file)[0] == "Already in the store: open"
    assert asked(editor, "workspace/codeLens/refresh")


def asked(client: Client, method: str) -> list[Any]:
    """The params of what the server asked its client."""
    with client.changed:
        received = [*client.received]
    return [each.get("params", True) for each in received if each.get("method") == method]


def test_a_file_that_cannot_be_imported_and_one_without_a_path_have_no_lens(
    editor: Client, path: Path
) -> None:
    broken = text(SESSION).replace('"assistant"', "5")
    path.write_text(broken, encoding="utf-8")
    file = OpenFile(editor, path, broken)
    assert file.request("codeLens") == []
    path.unlink()
    assert file.request("codeLens") == []


def test_a_session_is_opened_with_a_message_by_editors_that_show_no_documents(
    start: Start, store_path: Path
) -> None:
    client = start(store_path)
    command = {"command": "hfs.server.openSession", "arguments": [{"sessionId": 7}]}
    assert client.request("workspace/executeCommand", command) is None
    shown = client.notification("window/showMessage")["message"]
    assert shown == "The session can be opened as hfs:/sessions/7.md."
    for arguments in ([], [{}], [{"sessionId": "7"}], None):
        refused = {**command, "arguments": arguments}
        assert client.refusal("workspace/executeCommand", refused).code == -32602
