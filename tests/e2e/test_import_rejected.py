"""``hfs/import`` of anything but an export document: rejected with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client
from testing.documents import MARKER, document, message, text


@pytest.mark.parametrize(
    "content",
    [
        "",
        " ",
        "null",
        "5",
        '"text"',
        "{}",
        "[]",
        " [ ] ",
        "[[]]",
        "[null]",
        "[{}]",
        "[{}, []]",
        '["text"]',
        '[{"role": "user"}]',
        '[{"content": "Hi"}]',
        '[{"role": "user", "content": ["Hi"]}]',
        '[{"role": "user", "content": null}]',
        '[{"messages": []}]',
        '{"metadata": {"schema_version": "1.0.0"}}',
        '{"conversation": []}',
        '{"messages": null}',
        '{"messages": {}}',
        '{"messages": "none"}',
        '{"data": {"messages": []}}',
        '{"messages": [], "metadata": []}',
        '{"messages": [], "metadata": 5}',
        '{"messages": [], "checkpoints": {}}',
        '{"messages": [], "messages": []}',
        '{"messages": [1]}',
        "[1]",
        '[[{"role": "user", "content": "x"}]]',
        '{"messages": [{"role": "user"}]}',
        '{"messages": [{"content": "x"}]}',
        '{"messages": [{"role": 5, "content": "x"}]}',
        '{"messages": [{"role": "user", "content": null}]}',
        '{"messages": [{"role": "user", "content": "x", "created_at": "yesterday"}]}',
        '{"messages": [{"role": "user", "content": "x", "created_at": 5}]}',
        '[{"role": "user", "content": "x", "created_at": "0001-01-01T00:00:00+14:00"}]',
        '{"messages": [{"role": "user", "content": "x", "a": 1, "a": 2}]}',
        '{"messages": [{"role": "user", "content": "\\ud800"}]}',
        '{"messages": [{"role": "user", "content": "x", "n": NaN}]}',
        '{"messages": [{"role": "user", "content": "x", "n": 1e400}]}',
        '{"messages": [{"role": "user", "content": "x", "n": 99999999999999999999}]}',
        '{"messages": []} x',
        '{"messages": []}{"messages": []}',
        '{"messages": [',
        '{"messages": [{"role": "user", "content": "x"},]}',
        "{'messages': []}",
        '{"messages": [], "run_snapshot": ' + "[" * 200 + "]" * 200 + "}",
        '{"messages": [], "checkpoints": [{"trigger": "x", "message_index": "two"}]}',
        '{"messages": [], "checkpoints": [{"message_index": 2}]}',
    ],
    ids=lambda content: repr(content)[:60],
)
def test_anything_but_a_document_is_rejected_and_leaves_nothing(
    shared: Client, content: str
) -> None:
    before = shared.request("hfs/listSessions")
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "invalidDocument")
    assert shared.request("hfs/listSessions") == before


def test_a_million_brackets_are_rejected_without_being_collected(emptied: Client) -> None:
    # What takes longer for each bracket that came before would take minutes.
    error = emptied.refusal("hfs/import", {"content": "[" * 1_000_000})
    assert error.kind == "invalidDocument"


def test_an_error_names_the_place_and_quotes_nothing(emptied: Client) -> None:
    said = [message(), {"role": "user", "content": [MARKER]}]
    error = emptied.refusal("hfs/import", {"content": text(document("x", *said))})
    assert error.data["path"] == "messages[1].content"
    assert error.data["line"] == text(document("x", *said)).split('"content": [')[0].count("\n") + 1
    assert "messages[1].content" in error.message
    assert MARKER not in str(error)


def test_a_megabyte_of_errors_becomes_twenty_and_a_count(emptied: Client) -> None:
    said = [{"role": "user", "content": 5, "is": MARKER}] * 20_000
    error = emptied.refusal("hfs/import", {"content": json.dumps(said)})
    assert len(error.data["problems"]) == 20
    assert error.data["problemCount"] == 20_000
    assert len(str(error)) < 10_000
    assert MARKER not in str(error)


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("notes.md", "Hello"),
        ("NOTES.MD", "- a list"),
        ("notes.markdown", "[a link](x)"),
        ("front.md", "---\ntitle: x\n---\n"),
        ("empty.md", ""),
        ("renamed.json", "# Fix login bug\n\n- **Exported:** today"),
        ("marked.txt", "\ufeff\n\n## A section"),
    ],
)
def test_markdown_is_rejected_as_markdown(
    shared: Client, tmp_path: Path, name: str, beginning: str
) -> None:
    path = tmp_path / name
    path.write_text(beginning + MARKER, encoding="utf-8")
    error = shared.refusal("hfs/import", {"uri": path.as_uri()})
    assert error.kind == "invalidDocument"
    assert error.message.startswith("Markdown cannot be imported. Export the session as JSON")
    assert MARKER not in str(error)


def test_json_is_read_as_json_regardless_of_its_file_name(shared: Client, tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    path.write_text(text(document("Named oddly")), encoding="utf-8")
    result = shared.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == "Named oddly"
    path.write_text('{"messages": [{"role": "user"}]}', encoding="utf-8")
    assert (
        shared.refusal("hfs/import", {"uri": path.as_uri()}).data["path"] == "messages[0].content"
    )


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1"])
def test_another_encoding_is_rejected(shared: Client, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text(document("Überall")), encoding=encoding)
    error = shared.refusal("hfs/import", {"uri": path.as_uri()})
    assert error.kind in ("invalidDocument", "unknownFormat")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_with_a_byte_order_mark_is_read(
    shared: Client, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "other.json"
    path.write_text("\ufeff" + text(document(f"Überall 🙂 {encoding}")), encoding=encoding)
    result = shared.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == f"Überall 🙂 {encoding}"


@pytest.mark.parametrize("content", ["Hello", "\x7fELF", "\0" * 100], ids=repr)
def test_a_text_of_no_known_format_is_rejected_with_the_names_of_those_that_are(
    shared: Client, content: str
) -> None:
    before = shared.request("hfs/listSessions")
    error = shared.refusal("hfs/import", {"content": content})
    assert error.kind == "unknownFormat"
    assert "Claude Code" in error.message
    assert shared.request("hfs/listSessions") == before


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        {"uri": None},
        {"uri": "file:///x.json", "content": "{}"},
        {"uri": "file:///x.json", "uris": ["file:///x.json"]},
        {"uris": []},
        {"uris": ["x.json"]},
        {"tools": []},
        {"tools": ["unknown"]},
        {"tools": ["codex"], "content": "{}"},
        {"content": "[]", "format": "unknown"},
        {"content": "[]", "onConflict": "ask"},
        {"content": "[]", "dryRun": 1},
        {"content": {"messages": []}},
        {"content": 5},
        {"content": "[]", "name": ""},
        {"content": "[]", "name": 5},
        {"content": "[]", "name": "\udfff"},
        {"content": "[]", "workDoneToken": []},
        {"uri": "x.json"},
        {"uri": "hfs:/sessions/1.json"},
        {"uri": "file:x.json?a#b"},
        {"uri": 5},
        [],
    ],
    ids=repr,
)
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    assert shared.refusal("hfs/import", params).code == -32602
