"""Hover, code lens and code action on source files, if ``annotate`` is set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.edited_sessions import BY_HAND, LINE, session, write
from testing.waiting import wait_until

ANNOTATIONS = ("textDocument/hover", "textDocument/codeLens", "textDocument/codeAction")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app" / "a.py"
    path.parent.mkdir()
    path.write_text(f"{LINE}\n{BY_HAND}\n", encoding="utf-8")
    return path


@pytest.fixture
def editor(start: Start, store_path: Path, file: Path) -> Client:
    """A server that annotates, and has a session that wrote the file's first line."""
    client = start(store_path, annotate=True)
    content = session("*Fix* [login](x)\n<b>", str(file.parent), write("a.py", LINE))
    client.request("hfs/import", {"content": content})

    def is_complete() -> bool:
        return bool(client.request("hfs/sessionsOfFile", {"uri": file.as_uri()})["isComplete"])

    wait_until(is_complete)
    return client


def hover(client: Client, uri: str, line: int, character: int = 0) -> str | None:
    position = {"line": line, "character": character}
    params = {"textDocument": {"uri": uri}, "position": position}
    result = client.request("textDocument/hover", params)
    if result is None:
        return None
    assert result["contents"]["kind"] == "markdown"
    return str(result["contents"]["value"])


def open_with(client: Client, uri: str, text: str) -> None:
    document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
    client.notify("textDocument/didOpen", {"textDocument": document})


def change(client: Client, uri: str, *changes: Any) -> None:
    document = {"uri": uri, "version": 2}
    params = {"textDocument": document, "contentChanges": [*changes]}
    client.notify("textDocument/didChange", params)


def test_nothing_is_announced_or_answered_unless_it_is_switched_on(
    start: Start, store_path: Path, file: Path
) -> None:
    client = start(store_path)
    for method in ANNOTATIONS:
        params = {"textDocument": {"uri": file.as_uri()}, "position": {"line": 0}}
        assert client.refusal(method, params).code == -32601
    open_with(client, file.as_uri(), LINE)
    client.request("hfs/listSessions")


def test_the_capabilities_are_announced_if_it_is_switched_on(
    launch: Start, store_path: Path
) -> None:
    for annotate in (False, True):
        client = launch()
        made = client.initialize(databasePath=str(store_path), annotate=annotate)["capabilities"]
        assert bool(made.get("hoverProvider")) is annotate
        assert (made.get("codeLensProvider") is not None) is annotate
        assert (made.get("codeActionProvider") is not None) is annotate
        sync = {"openClose": True, "change": 2, "save": {"includeText": False}}
        assert made.get("textDocumentSync") == (sync if annotate else None)


def test_a_hover_says_which_session_wrote_the_line_with_a_link_to_the_message(
    editor: Client, file: Path
) -> None:
    text = hover(editor, file.as_uri(), 0)
    assert text is not None
    assert r"[\*Fix\* \[login\](x) \<b\>](hfs:/sessions/1/Fix_login_x_b.md#message-2)" in text
    assert "Claude Code, model-1, 2026-0" in text
    assert "> Prompt of" in text
    assert "more" not in text
    assert hover(editor, file.as_uri(), 1) is None
    assert hover(editor, file.as_uri(), 99) is None


def test_a_hover_sees_the_document_as_it_is_in_the_editor(editor: Client, file: Path) -> None:
    uri = file.as_uri()
    open_with(editor, uri, "first\r\n\U0001f600 x\rlast")
    assert hover(editor, uri, 0) is None
    at = {"line": 1, "character": 2}
    change(editor, uri, {"range": {"start": at, "end": at}, "text": f"\n{LINE}\n"})
    assert hover(editor, uri, 2) is not None
    assert hover(editor, uri, 1) is hover(editor, uri, 3) is None
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
    change(editor, uri, {"range": whole, "text": ""}, {"text": f"x\n{LINE}"})
    assert hover(editor, uri, 1) is not None
    editor.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert hover(editor, uri, 0) is not None


UNREADABLE: list[Any] = [
    *(None, 5, [None], [{}], [{"text": 5}], [{"range": {}, "text": ""}]),
    [{"range": {"start": {"line": 1}, "end": {"line": 0}}, "text": ""}],
    [{"range": {"start": {"line": -1, "character": 0}, "end": None}, "text": ""}],
]


def test_a_change_that_cannot_be_read_makes_the_document_that_on_the_disk(
    editor: Client, file: Path
) -> None:
    for changes in UNREADABLE:
        open_with(editor, file.as_uri(), "x")
        params = {"textDocument": {"uri": file.as_uri()}, "contentChanges": changes}
        editor.notify("textDocument/didChange", params)
        assert hover(editor, file.as_uri(), 0) is not None, changes


def test_notifications_of_another_shape_are_ignored(editor: Client) -> None:
    for method in ("didOpen", "didChange", "didClose"):
        for params in (None, 5, [], {}, {"textDocument": 5}):
            editor.notify(f"textDocument/{method}", params)
    editor.request("hfs/listSessions")


def test_a_lens_counts_the_sessions_that_edited_the_file(editor: Client, file: Path) -> None:
    (lens,) = editor.request("textDocument/codeLens", {"textDocument": {"uri": file.as_uri()}})
    assert lens["range"]["start"] == {"line": 0, "character": 0}
    command = lens["command"]
    assert command["title"] == "1 AI session edited this file"
    shown = {"command": command["command"], "arguments": command["arguments"]}
    assert editor.request("workspace/executeCommand", shown)["edits"]
    assert editor.notification("window/showMessage")["message"].startswith("1 AI session edited")
    other = (file.parent / "b.py").as_uri()
    assert editor.request("textDocument/codeLens", {"textDocument": {"uri": other}}) == []


def test_a_code_action_shows_the_sessions_of_the_file(editor: Client, file: Path) -> None:
    zero = {"line": 0, "character": 0}
    for only, count in ((None, 1), (["source"], 1), (["source.hfs"], 1), (["quickfix"], 0)):
        params = {
            "textDocument": {"uri": file.as_uri()},
            "range": {"start": zero, "end": zero},
            "context": {"diagnostics": [], **({"only": only} if only else {})},
        }
        actions = editor.request("textDocument/codeAction", params)
        assert [action["title"] for action in actions] == ["Show AI sessions of this file"] * count


def test_a_document_that_is_no_file_here_has_no_annotations(editor: Client) -> None:
    for uri in ("hfs:/sessions/1.md", "untitled:Untitled-1", "file://host/a.py", "", "file:///"):
        open_with(editor, uri, LINE)
        assert hover(editor, uri, 0) is None
        assert editor.request("textDocument/codeLens", {"textDocument": {"uri": uri}}) == []


def test_params_of_another_shape_are_rejected(editor: Client) -> None:
    for method in ANNOTATIONS:
        for params in ({}, None, {"textDocument": {"uri": 5}}):
            assert editor.refusal(method, params).code == -32602


def test_a_setting_that_is_no_boolean_is_reported(start: Start, store_path: Path) -> None:
    client = start(store_path, annotate="yes")
    message = client.notification("window/showMessage")["message"]
    assert message == "annotate: expected true or false; source files are not annotated."
