"""Session files that are open in an editor: what is sent, and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import MARKER
from testing.open_files import REGISTERS, OpenFile, Place
from testing.waiting import wait_until

METADATA = '{"metadata": {"schema_version": "1.0.0"}, "messages": '
TIME = '"created_at": "2026-02-01T10:00:00Z"'
GOOD = f'{METADATA}[{{"role": "user", "content": "{MARKER}", {TIME}}}]}}'


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


def registered(client: Client) -> dict[str, Any]:
    """What the server has registered, by its method."""
    with client.changed:
        received = [*client.received]
    requests = [each for each in received if each.get("method") == "client/registerCapability"]
    return {
        each["method"]: each["registerOptions"]
        for request in requests
        for each in request["params"]["registrations"]
    }


def test_only_json_is_registered_and_only_by_patterns(editor: Client) -> None:
    wait_until(lambda: registered(editor))
    found = registered(editor)
    assert found["textDocument/didChange"]["syncKind"] == 2
    assert found["textDocument/didSave"]["includeText"] is False
    assert found.keys() > {"textDocument/didOpen", "textDocument/documentSymbol"}
    for options in found.values():
        for chosen in options["documentSelector"]:
            assert "json" in chosen.get("pattern", "") + chosen.get("language", "")


def test_an_editor_that_cannot_register_sends_nothing_unless_its_user_says_so(
    launch: Start, store_path: Path, path: Path
) -> None:
    plain = launch()
    made = plain.initialize(databasePath=str(store_path))["capabilities"]
    assert made.get("textDocumentSync") is made.get("documentSymbolProvider") is None
    assert plain.refusal("textDocument/documentSymbol", {}).code == -32601
    asking = launch()
    made = asking.initialize(databasePath=str(store_path), sessionFiles=True)["capabilities"]
    sync = {"openClose": True, "change": 2, "save": {"includeText": False}}
    assert made["textDocumentSync"] == sync
    assert made["documentSymbolProvider"] is made["foldingRangeProvider"] is True
    assert made["hoverProvider"] is True
    assert OpenFile(asking, path, METADATA + "5}").diagnostics()
    assert registered(plain) == registered(asking) == {}


def test_it_can_be_turned_off(launch: Start, store_path: Path, path: Path) -> None:
    client = launch()
    options = {"databasePath": str(store_path), "sessionFiles": False}
    client.initialize({"capabilities": REGISTERS}, **options)
    file = OpenFile(client, path, METADATA + "5}")
    assert client.refusal("textDocument/hover", {}).code == -32601
    client.request("hfs/listSessions")
    assert file.published() == []
    assert registered(client) == {}


def test_a_setting_that_is_no_boolean_is_reported(start: Start, store_path: Path) -> None:
    client = start(store_path, sessionFiles=1)
    message = client.notification("window/showMessage")["message"]
    assert message == "sessionFiles: expected true or false; the default is used."


NO_TIME = "The message has no timestamp and will be exported without one."
PROBLEMS: list[tuple[str, list[tuple[Place, str]]]] = [
    (
        METADATA + f'[\n{{"role": "\U0001f600", "content": 5, {TIME}}}]}}',
        [((1, 26, 1, 27), "messages[0].content: expected text.")],
    ),
    (
        METADATA + f'[\n{{"role": "user",\n{TIME}}}]}}',
        [((1, 0, 1, 16), "messages[0].content is missing.")],
    ),
    (METADATA + '[],\n"checkpoints": 5}', [((1, 15, 1, 16), "checkpoints: expected a list.")]),
    (METADATA + '[],\n "a": 1,\n "a": 2}', [((2, 1, 2, 4), "a: duplicate key.")]),
    (METADATA + "[],\n}", [((1, 0, 1, 1), "Invalid JSON.")]),
    (METADATA + '[\n{"role": "user"', [((1, 14, 1, 15), "Unexpected end of the text.")]),
    (
        METADATA + '[],\n"x": ["\\ud800"]}',
        [((1, 7, 1, 8), "Lone surrogate (\\ud800-\\udfff), which is not valid Unicode.")],
    ),
    (
        METADATA + '[],\n"x": 99999999999999999999}',
        [((1, 5, 1, 6), "Integer larger than 64 bits.")],
    ),
    (METADATA + "[]}\n5", [((1, 0, 1, 1), "Unexpected text after the end of the document.")]),
    (METADATA + '[{"role": "u", "content": ""}]}', [((0, 55, 0, 83), NO_TIME)]),
    (
        METADATA + f'[],\n"checkpoints": [{{"trigger": "t", "message_index": "1", {TIME}}}]}}',
        [((1, 50, 1, 53), "checkpoints[0].message_index: expected a whole number.")],
    ),
    (
        '{"metadata": {"schema_version":\n"9.0.0"}, "messages": []}',
        [
            (
                (1, 0, 1, 7),
                "The document has schema version 9.0.0, and this hfs-server reads up to 1.1.0. "
                "Upgrade hfs-server to import it.",
            )
        ],
    ),
]


@pytest.mark.parametrize(("text", "expected"), PROBLEMS)
def test_what_an_import_rejects_or_warns_of_is_marked_at_its_place(
    editor: Client, path: Path, text: str, expected: list[tuple[Place, str]]
) -> None:
    assert OpenFile(editor, path, text).problems() == expected


def test_the_diagnostics_follow_what_is_typed(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, f'{METADATA}[\n{{"role": "\U0001f600", {TIME}}}]}}')
    assert file.problems() == [((1, 0, 1, 52), "messages[0].content is missing.")]
    file.change(((1, 14, 1, 14), ' "content": "\U0001f600\\ud800"\r\n,'))
    assert [where for where, _ in file.problems()] == [((1, 29, 1, 30))]
    file.change(((1, 29, 1, 35), ""), ((1, 28, 1, 28), "x"))
    assert file.problems() == []
    file.change(GOOD, ((0, 0, 0, 1), ""))
    assert file.problems()


def test_a_document_of_no_session_is_let_go(editor: Client, path: Path) -> None:
    for text in ("{}", '{"name": "a", "version": "1"}', "[1, 2]", "not JSON", '{"a": '):
        file = OpenFile(editor, path, text)
        for what in ("documentSymbol", "foldingRange", "codeLens"):
            assert file.request(what) == []
        assert file.request("hover", position={"line": 0, "character": 0}) is None
        file.change(((0, 0, 0, 0), "x"))
        file.save()
        file.close()
    editor.request("hfs/listSessions")
    assert file.published() == []


def test_an_empty_document_becomes_a_session_as_it_is_written(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, "")
    for what in ("documentSymbol", "codeLens"):
        assert file.request(what) == []
    assert file.request("hover", position={"line": 0, "character": 0}) is None
    file.change(((0, 0, 0, 0), METADATA + "5}"))
    # Not what was known of the empty text.
    assert file.request("documentSymbol") != []
    assert [words for _, words in file.problems()] == ["messages: expected a list."]


def test_the_diagnostics_go_when_the_document_is_closed(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, METADATA + "5}")
    assert file.diagnostics()
    file.close()
    wait_until(lambda: file.published()[-1]["diagnostics"] == [])
    assert file.request("documentSymbol") == []


def test_a_session_that_the_store_shows_is_not_checked(editor: Client) -> None:
    document = {"uri": "hfs:/sessions/1.json", "version": 1, "text": METADATA + "5}"}
    editor.notify("textDocument/didOpen", {"textDocument": document})
    editor.request("hfs/listSessions")
    asked = {"textDocument": {"uri": document["uri"]}}
    assert editor.request("textDocument/documentSymbol", asked) == []


def claude_code(*lines: str) -> str:
    record = {
        "type": "user",
        "uuid": "u1",
        "sessionId": "s1",
        "timestamp": "2026-02-01T10:00:00Z",
        "message": {"role": "user", "content": f"Hello {MARKER}"},
    }
    return "\n".join((json.dumps(record), *lines)) + "\n"


def test_the_lines_of_other_tools_that_an_import_skips_are_marked(
    editor: Client, path: Path
) -> None:
    text = claude_code('{"type": "user", "uuid"', "", "  5")
    file = OpenFile(editor, path.with_suffix(".txt"), text)
    assert file.problems() == [
        ((1, 0, 1, 23), "Line 2 is not a JSON object and was skipped."),
        ((3, 2, 3, 3), "Line 4 is not a JSON object and was skipped."),
    ]
