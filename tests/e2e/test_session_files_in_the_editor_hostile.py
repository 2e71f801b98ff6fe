"""Session files that are open in an editor: what hostile or hasty editors and files do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import MARKER, document, text
from testing.open_files import REGISTERS, OpenFile
from testing.waiting import wait_until

HEAD = '{"metadata": {"schema_version": "1.0.0"}, "messages": '


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


@pytest.mark.parametrize(
    "content",
    [
        HEAD + "[" * 200_000,
        HEAD + '{"a":' * 100_000,
        HEAD + "[],\n" + '"' + "\\" * 99_999,
        HEAD + "[" + "1," * 100_000,
        HEAD + "[" + '{"role": 1},' * 20_000 + "]}",
        HEAD + '[{"role": "' + "\ud800" * 1_000 + '"}]}',
        HEAD + '[\n"\U0001f600' + "x\U0001f600" * 200_000 + '", 5]}',
        "[" + "[" * 50_000 + '{"role": "user", "content": ""}',
        HEAD + '[{"role": "user", "content": "' + "x" * 1_000_000 + '"}]}',
    ],
    ids=range(9),
)
def test_no_document_stops_the_server(editor: Client, path: Path, content: str) -> None:
    file = OpenFile(editor, path, content)
    for what in ("documentSymbol", "foldingRange", "codeLens"):
        assert isinstance(file.request(what), list)
    file.request("hover", position={"line": 1, "character": 2**31 - 1})
    if content.startswith(HEAD) and len(content) < 1_000_000:
        assert file.diagnostics()
    file.change(text(document()))
    file.close()
    assert editor.request("hfs/listSessions")["sessions"] == []


def test_many_problems_are_counted_but_not_all_are_marked(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, HEAD + "[" + "5, " * 999 + "5]}")
    found = file.diagnostics()
    assert len(found) == 201
    assert found[-1]["message"] == "And 800 more problems, which are not marked."


UNREADABLE: list[Any] = [
    {
        "range": {"start": {"line": 0, "character": 9}, "end": {"line": 0, "character": 1}},
        "text": "",
    },
    {"range": {"start": {"line": 0, "character": -1}, "end": None}, "text": ""},
    {"text": 5},
]


@pytest.mark.parametrize("change", UNREADABLE, ids=range(len(UNREADABLE)))
def test_after_a_change_that_cannot_be_read_the_file_is_checked_as_it_was_saved(
    editor: Client, path: Path, change: Any
) -> None:
    path.write_text(HEAD + "5}", encoding="utf-8")
    file = OpenFile(editor, path, HEAD + "6}")
    assert len(file.diagnostics()) == 1
    file.change(change)
    found = file.diagnostics()
    wait_until(lambda: len(file.diagnostics()) == 2)
    found = file.diagnostics()
    assert found[0]["message"].startswith("This file is checked when it is opened and when it is")
    assert found[1]["message"].startswith("messages: expected a list.")
    assert file.request("documentSymbol") == []


@pytest.mark.parametrize("change", UNREADABLE, ids=range(len(UNREADABLE)))
@pytest.mark.parametrize("is_on_disk", [True, False])
def test_the_whole_text_brings_a_document_back_after_a_change_that_cannot_be_read(
    editor: Client, path: Path, change: Any, is_on_disk: bool
) -> None:
    if is_on_disk:
        path.write_text(HEAD + "5}", encoding="utf-8")
    file = OpenFile(editor, path, HEAD + "6}")
    assert len(file.diagnostics()) == 1
    file.change(change)
    says = "This file is checked when" if is_on_disk else "This document is not checked any more"
    wait_until(lambda: any(says in each["message"] for each in file.diagnostics()))
    file.change(((0, 0, 0, 0), "x"))
    file.change(HEAD + "[5]}")
    wait_until(lambda: [each["message"][:11] for each in file.diagnostics()] == ["messages[0]"])
    file.change(text(document()))
    assert file.diagnostics() == []
    assert len(file.request("documentSymbol")) > 0


def test_the_whole_text_in_the_same_notification_brings_a_document_back(
    editor: Client, path: Path
) -> None:
    file = OpenFile(editor, path, "")
    file.change(UNREADABLE[0], HEAD + "5}")
    assert len(file.problems()) == 1
    assert isinstance(file.request("documentSymbol"), list)


def test_changes_beyond_the_end_of_the_text_change_its_end(editor: Client, path: Path) -> None:
    file = OpenFile(editor, path, HEAD + "[]}")
    file.change(((0, 9_999, 2**31 - 1, 2**31 - 1), "\n}"))
    assert file.problems()[0][0] == (1, 0, 1, 1)


def test_a_file_with_a_very_long_line_is_checked_when_it_is_saved(
    editor: Client, path: Path
) -> None:
    content = HEAD + '[{"role": "user", "content": "' + MARKER + "x" * 1_000_000 + '"},\n5]}'
    path.write_text(content, encoding="utf-8")
    file = OpenFile(editor, path, content)
    found = file.diagnostics()
    assert lines_in({"diagnostics": found}) == [0, 1, 0]
    file.change(((1, 0, 1, 1), "6"))
    path.write_text(content.replace("\n5", "\n\n5"), encoding="utf-8")
    file.save()
    wait_until(lambda: any(lines_in(each) == [0, 2, 0] for each in file.published()))


def lines_in(published: Any) -> list[int]:
    return [each["range"]["start"]["line"] for each in published["diagnostics"]]


def test_thousands_of_changes_and_requests_end_with_the_newest_text(
    editor: Client, path: Path
) -> None:
    whole = text(document("Typed"))
    file = OpenFile(editor, path, whole)
    asked = {"textDocument": {"uri": file.uri}}
    requests = []
    for number in range(3_000):
        file.change(((0, 0, 0, number % 2), "{" * (1 + number % 2)))
        if not number % 100:
            requests.append(editor.send("textDocument/documentSymbol", asked))
            requests.append(editor.send("textDocument/hover", {**asked, "position": {"line": 5}}))
    file.change(HEAD + "5}")
    for request in requests:
        editor.result(request)
    assert [words for _, words in file.problems()] == ["messages: expected a list."]
    assert len(file.published()) < 100


def test_a_document_that_is_closed_or_opened_again_at_work_is_forgotten(
    editor: Client, path: Path
) -> None:
    message = {"role": "user", "content": f"{MARKER} \u4e16" * 20, "created_at": None}
    large = json.dumps(document("Large", *[message] * 20_000), indent=1, ensure_ascii=False)
    requests = []
    for _ in range(3):
        file = OpenFile(editor, path, large)
        asked = {"textDocument": {"uri": file.uri}}
        requests.append(editor.send("textDocument/documentSymbol", asked))
        requests.append(editor.send("textDocument/foldingRange", asked))
        OpenFile(editor, path, large)
        file.close()
    editor.cancel(requests[-1])
    for request in requests[:-1]:
        assert isinstance(editor.result(request), list)
    editor.reply(requests[-1])
    assert file.request("documentSymbol") == []
    last = OpenFile(editor, path, HEAD + "5}")
    assert [words for _, words in last.problems()] == ["messages: expected a list."]


def test_the_server_ends_in_time_while_it_checks(editor: Client, path: Path) -> None:
    OpenFile(editor, path, HEAD + "[" + '{"role": "user", "content": ""},' * 200_000 + "5]}")
    editor.request("shutdown")
    editor.notify("exit")
    assert editor.wait_for_end() == 0
