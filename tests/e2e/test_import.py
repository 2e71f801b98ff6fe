"""``hfs/import``: documents that come in, and documents that are refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import stores
from tests.e2e.client import MARKER, Client
from tests.e2e.conftest import Start
from tests.e2e.documents import document, message, text
from tests.e2e.terminal import Terminal

EXAMPLES = Path(__file__).parents[2] / "examples" / "sessions"


def content_of(client: Client, session_id: int) -> Any:
    uri = f"hfs:/sessions/{session_id}.json"
    return json.loads(client.request("workspace/textDocumentContent", {"uri": uri})["text"])


def test_a_text_becomes_a_session(emptied: Client) -> None:
    result = emptied.request("hfs/import", {"content": text(document("Mine", checkpoints=None))})
    session_id = result["sessions"][0]["id"]
    assert result == {
        "sessions": [{"id": session_id, "name": "Mine", "messageCount": 2, "checkpointCount": 0}],
        "migrated": False,
        "originalVersion": "1.0.0",
        "schemaVersion": "1.0.0",
        "warnings": [],
    }
    (listed,) = emptied.request("hfs/listSessions")["sessions"]
    assert (listed["id"], listed["name"], listed["messageCount"]) == (session_id, "Mine", 2)


def test_a_file_becomes_a_session(emptied: Client, tmp_path: Path) -> None:
    path = tmp_path / "ein Name mit Ü & #.json"
    path.write_text(text(document("From a file")), encoding="utf-8")
    result = emptied.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == "From a file"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_every_example_comes_in(shared: Client, path: Path) -> None:
    result = shared.request("hfs/import", {"uri": path.as_uri()})
    found = json.loads(path.read_text(encoding="utf-8"))
    assert result["sessions"][0]["messageCount"] == len(found["messages"])
    assert result["migrated"] == ("metadata" not in found)


def test_the_same_document_comes_in_twice_as_two_sessions(emptied: Client) -> None:
    content = text(document())
    ids = [
        emptied.request("hfs/import", {"content": content})["sessions"][0]["id"] for _ in range(2)
    ]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("name", ["Renamed", "ü🙂\n" * 200, "a\0b", " "])
def test_a_given_name_wins(shared: Client, name: str) -> None:
    result = shared.request("hfs/import", {"content": text(document("Old")), "name": name})
    session = result["sessions"][0]
    assert session["name"] == name
    assert content_of(shared, session["id"])["metadata"]["session_name"] == name


def test_an_empty_list_of_messages_is_a_session(emptied: Client) -> None:
    result = emptied.request("hfs/import", {"content": '{"messages": []}'})
    assert result["sessions"][0]["messageCount"] == 0
    assert emptied.request("hfs/listSessions")["sessions"][0]["preview"] is None


@pytest.mark.parametrize(
    ("content", "name", "original"),
    [
        ({"messages": [{"role": "user", "content": "Hi"}]}, "Imported Session", "0.0.0"),
        ([{"role": "user", "content": "Hi"}], "Imported Session", "0.0.0"),
        ({"name": "Carried", "messages": []}, "Carried", "0.0.0"),
        ({"session_name": "Carried", "messages": []}, "Carried", "0.0.0"),
        ({"metadata": {"session_name": "Carried"}, "messages": []}, "Carried", "0.0.0"),
        ({"metadata": {}, "messages": []}, "Imported Session", "0.0.0"),
        ({"metadata": {"schema_version": "0.9.0"}, "messages": []}, "Imported Session", "0.9.0"),
        ({"messages": [], "metadata": {"schema_version": "0.0.1"}}, "Imported Session", "0.0.1"),
    ],
    ids=repr,
)
def test_older_documents_are_migrated(
    shared: Client, content: Any, name: str, original: str
) -> None:
    result = shared.request("hfs/import", {"content": json.dumps(content)})
    assert result["sessions"][0]["name"] == name
    assert (result["migrated"], result["originalVersion"]) == (True, original)
    exported = content_of(shared, result["sessions"][0]["id"])
    assert exported["metadata"]["schema_version"] == "1.0.0"


def test_missing_times_are_told_and_stay_missing(emptied: Client) -> None:
    said = [{"role": "user", "content": "Hi"}, message("Ho"), message("Hm", created_at=None)]
    result = emptied.request("hfs/import", {"content": text(document("Untimed", *said))})
    assert len(result["warnings"]) == 1
    assert "2" in result["warnings"][0]
    exported = content_of(emptied, result["sessions"][0]["id"])
    times = [part["created_at"] for part in exported["messages"]]
    assert times == [None, "2026-02-01T10:00:00Z", None]


def test_stand_ins_for_missing_times_have_the_store_s_form_and_sort_rightly(
    server: Client, store_path: Path
) -> None:
    said = [
        message("1", created_at=None),
        message("2", created_at="2026-02-01T10:00:00.000007Z"),
        message("3", created_at=None),
        message("4", created_at="2026-02-01T12:00:00+01:00"),
    ]
    server.request("hfs/import", {"content": text(document("Untimed", *said))})
    found = [time for (time,) in stores.rows(store_path, "SELECT created_at FROM messages")]
    assert found[1] == "2026-02-01 10:00:00.000007"
    assert found[3] == "2026-02-01 11:00:00.000000"
    assert found == sorted(found)
    assert {len(time) for time in found} == {26}


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0", "1.0.1", "999999999.0.0"])
def test_a_newer_document_is_refused_with_words_that_help(shared: Client, version: str) -> None:
    before = shared.request("hfs/listSessions")
    content = text(document(metadata={"schema_version": version}))
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "unsupportedVersion")
    assert version in error.message
    assert "1.0.0" in error.message
    assert "pgrade hfs-server" in error.message
    assert (error.data["found"], error.data["supported"]) == (version, "1.0.0")
    assert shared.request("hfs/listSessions") == before


@pytest.mark.parametrize(
    "version",
    [
        *("v1", "1.0", "1.0.0.0", "1.0.0-beta", "", " 1.0.0", "1.0.0\n", "٢.0.0", "-1.0.0"),
        *("+1.0.0", "1_0.0.0", 1, 1.0, True, None, [], {}),
    ],
    ids=repr,
)
def test_a_version_that_is_none_is_refused(shared: Client, version: Any) -> None:
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
def test_what_is_no_document_is_refused_and_leaves_nothing(shared: Client, content: str) -> None:
    before = shared.request("hfs/listSessions")
    error = shared.refusal("hfs/import", {"content": content})
    assert (error.code, error.kind) == (-32803, "invalidDocument")
    assert shared.request("hfs/listSessions") == before


def test_a_million_brackets_are_refused_and_not_gathered(emptied: Client) -> None:
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
def test_markdown_is_refused_as_markdown(
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


def test_a_byte_order_mark_is_no_harm(emptied: Client, tmp_path: Path) -> None:
    path = tmp_path / "bom.json"
    path.write_text(text(document("Marked")), encoding="utf-8-sig")
    result = emptied.request("hfs/import", {"uri": path.as_uri()})
    assert result["sessions"][0]["name"] == "Marked"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_another_encoding_is_refused(shared: Client, tmp_path: Path, encoding: str) -> None:
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
def test_params_of_another_shape_are_refused(shared: Client, params: Any) -> None:
    assert shared.refusal("hfs/import", params).code == -32602


def test_the_terminal_program_reads_and_goes_on_with_what_came_in(
    terminal: Terminal, start: Start
) -> None:
    client = start(terminal.path)
    result = client.request("hfs/import", {"content": text(document("Shared", message("Hi")))})
    session_id = result["sessions"][0]["id"]
    assert terminal.list() == [(session_id, "Shared", [("user", "Hi")])]
    terminal.add_message(session_id, "assistant", "Hello")
    assert content_of(client, session_id)["messages"][1]["content"] == "Hello"


def test_orphans_in_the_store_do_not_join_a_session_that_comes_in(
    terminal: Terminal, start: Start
) -> None:
    terminal.add_session("First", "one")
    with stores.opened(terminal.path) as connection:
        connection.execute("BEGIN")
        for session_id in range(2, 300):
            connection.execute(
                "INSERT INTO messages (session_id, role, content, created_at)"
                " VALUES (?, 'user', 'of a chat that was deleted', '2026-02-01 10:00:00.000000')",
                (session_id,),
            )
            connection.execute(
                "INSERT INTO checkpoints"
                " (session_id, message_index, trigger_event, state_json, created_at)"
                " VALUES (?, 1, 'old', '{}', '2026-02-01 10:00:00.000000')",
                (session_id,),
            )
        connection.execute("COMMIT")
    client = start(terminal.path)
    result = client.request("hfs/import", {"content": text(document("Mine", message("only this")))})
    exported = content_of(client, result["sessions"][0]["id"])
    assert [said["content"] for said in exported["messages"]] == ["only this"]
    assert exported["checkpoints"] == []
