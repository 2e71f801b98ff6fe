"""``hfs/import`` of anything but an export document: rejected with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import MARKER, Client
from tests.e2e.documents import document, message, text


@pytest.mark.parametrize("version", ["2.0.0", "1.2.0", "1.1.1", "999999999.0.0"])
def test_a_newer_document_is_rejected_with_words_that_help(shared: Client, version: str) -> None:
    before = shared.request("hfs/listSessions")
    content = text(document(metadata={"schema_version": version}))
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "unsupportedVersion")
    assert version in error.message
    assert "1.1.0" in error.message
    assert "pgrade hfs-server" in error.message
    assert (error.data["found"], error.data["supported"]) == (version, "1.1.0")
    assert shared.request("hfs/listSessions") == before


@pytest.mark.parametrize(
    "version",
    [
        *("v1", "1.0", "1.0.0.0", "1.0.0-beta", "", " 1.0.0", "1.0.0\n", "٢.0.0", "-1.0.0"),
        *("+1.0.0", "1_0.0.0", 1, 1.0, True, None, [], {}),
    ],
    ids=repr,
)
def test_a_version_that_is_none_is_rejected(shared: Client, version: Any) -> None:
    content = text(document(metadata={"schema_version": version}))
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "invalidDocument")
    assert error.data["path"] == "metadata.schema_version"


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
def test_what_is_not_a_document_is_rejected_and_leaves_nothing(
    shared: Client, content: str
) -> None:
    before = shared.request("hfs/listSessions")
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "invalidDocument")
    assert shared.request("hfs/listSessions") == before


def test_a_million_brackets_are_rejected_and_not_gathered(emptied: Client) -> None:
    # What takes longer for each bracket that came before would take minutes.
    error = emptied.refusal("hfs/import", {"content": "[" * 1_000_000})
    assert error.kind == "invalidDocument"


def test_a_refusal_says_where_and_quotes_nothing(emptied: Client) -> None:
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


def test_json_is_judged_as_json_whatever_its_file_is_called(shared: Client, tmp_path: Path) -> None:
    path = tmp_path / "session.md"
    path.write_text(text(document("Named oddly")), encoding="utf-8")
    result = shared.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == "Named oddly"
    path.write_text('{"messages": [{"role": "user"}]}', encoding="utf-8")
    assert (
        shared.refusal("hfs/import", {"uri": path.as_uri()}).data["path"] == "messages[0].content"
    )


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_another_encoding_is_rejected(shared: Client, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "other.json"
    path.write_text(text(document("Überall")), encoding=encoding)
    error = shared.refusal("hfs/import", {"uri": path.as_uri()})
    assert error.kind == "invalidDocument"


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        {"uri": None},
        {"uri": "file:///x.json", "content": "{}"},
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
