"""``hfs/export``: files that hold a session, and where they are put."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from testing.client import Client, Start
from testing.documents import MARKER, document, message, same_but_for_export_time, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines

LINUX_ONLY = pytest.mark.skipif(os.name == "nt", reason="Windows has neither modes nor FIFOs")


@pytest.fixture
def session(emptied: Client) -> int:
    """A session with two messages and two checkpoints."""
    return made_in(emptied)


def made_in(client: Client) -> int:
    moments = [
        {"trigger": "run.ended", "message_index": 2, "created_at": None, "state": {"run_id": "r"}},
        {"trigger": "manual", "message_index": 2, "created_at": "2026-02-01T10:00:09Z"},
    ]
    content = text(document('Fix: "login"\nbug', checkpoints=moments))
    return client.request("hfs/import", {"content": content})["sessions"][0]["id"]


def path_of(result: dict[str, Any]) -> Path:
    return Path(url2pathname(urlsplit(result["uri"]).path))


@pytest.mark.parametrize("form", ["markdown", "html"])
@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, ["THOUGHT", "CALLED", "RETURNED"]),
        ({"thinking": False}, ["CALLED", "RETURNED"]),
        ({"toolCalls": "brief"}, ["THOUGHT", "CALLED"]),
        ({"thinking": False, "toolCalls": "none"}, []),
    ],
    ids=str,
)
def test_the_client_chooses_what_of_a_tools_session_is_shown(
    emptied: Client, options: dict[str, Any], shown: set[str], form: str
) -> None:
    calls = [{"id": "a", "name": "Bash", "input": {"command": "CALLED"}}]
    messages = [
        message(content="x", role="assistant", thinking="THOUGHT", tool_calls=calls),
        message(content="RETURNED\n" * 3, role="tool", tool_call_id="a"),
    ]
    content = text(document(messages=messages))
    session = emptied.request("hfs/import", {"content": content})["sessions"][0]["id"]
    params = {"sessionId": session, "format": form, **options}
    export = path_of(emptied.request("hfs/export", params)).read_text("utf-8")
    assert [word for word in ("THOUGHT", "CALLED", "RETURNED") if word in export] == shown


@pytest.mark.parametrize(
    ("form", "suffix"), [("markdown", ".md"), ("html", ".html"), ("json", ".json")]
)
def test_an_export_gets_a_descriptive_name_in_the_export_folder(
    server: Client, exports: Path, form: str, suffix: str
) -> None:
    session = made_in(server)
    result = server.request("hfs/export", {"sessionId": session, "format": form})
    path = path_of(result)
    assert path.parent == exports
    assert re.fullmatch(r"Fix_login_bug_\d{8}_\d{6}" + re.escape(suffix), path.name), path.name
    assert result == {
        "sessionId": session,
        "format": form,
        "uri": path.as_uri(),
        "bytes": path.stat().st_size,
        "messageCount": 2,
        "checkpointCount": 2,
        "schemaVersion": "1.0.0",
        "redactions": [],
    }
    assert MARKER in path.read_text(encoding="utf-8")
    assert list(exports.iterdir()) == [path]


def test_a_session_that_needs_schema_1_1_0_is_exported_as_that(emptied: Client) -> None:
    facts = {"session_id": "codex:1", "source": {"tool": "codex"}}
    given = document(
        "Facts", message(model="m"), metadata={"schema_version": "1.1.0", **facts}, checkpoints=[]
    )
    imported = emptied.request("hfs/import", {"content": text(given)})
    assert (imported["migrated"], imported["schemaVersion"]) == (False, "1.1.0")
    for name in ("json", "markdown"):
        result = emptied.request(
            "hfs/export", {"sessionId": imported["sessions"][0]["id"], "format": name}
        )
        assert result["schemaVersion"] == "1.1.0"
        if name == "json":
            found = json.loads(path_of(result).read_bytes())
            assert {key: found["metadata"][key] for key in facts} == facts
            assert found["messages"] == given["messages"]


def test_a_json_export_is_laid_out_as_the_contract_says(emptied: Client, session: int) -> None:
    result = emptied.request("hfs/export", {"sessionId": session, "format": "json"})
    data = path_of(result).read_bytes()
    found = json.loads(data.decode("utf-8"))
    assert list(found) == ["metadata", "messages", "checkpoints", "run_snapshot"]
    assert list(found["metadata"])[:4] == [
        "schema_version",
        "exported_at",
        "hfs_version",
        "session_name",
    ]
    assert found["metadata"]["schema_version"] == "1.0.0"
    assert found["messages"][0] == message()
    assert found["checkpoints"][0]["state"] == {"run_id": "r"}
    assert found["checkpoints"][0]["created_at"] is None
    assert found["checkpoints"][1]["state"] == {}
    assert data == (json.dumps(found, ensure_ascii=False, indent=2) + "\n").encode()


def test_a_markdown_export_has_the_messages_in_order(emptied: Client, session: int) -> None:
    result = emptied.request("hfs/export", {"sessionId": session, "format": "markdown"})
    markdown = path_of(result).read_text(encoding="utf-8")
    assert markdown.startswith("# ")
    assert markdown.index(MARKER) < markdown.index("An answer.")
    assert "\r" not in markdown


def test_an_html_export_is_one_page_with_the_messages_in_order(
    emptied: Client, session: int
) -> None:
    page = path_of(emptied.request("hfs/export", {"sessionId": session, "format": "html"}))
    html = page.read_text("utf-8")
    assert html.startswith("<!DOCTYPE html>\n")
    assert html.endswith("</html>\n")
    assert re.findall(r'<article class="(\w+)" id="message-(\d)">', html) == [
        ("user", "1"),
        ("assistant", "2"),
    ]
    assert html.count(MARKER) >= 2


def test_a_taken_name_gets_a_number(server: Client, exports: Path) -> None:
    session = made_in(server)
    ids = [
        server.send("hfs/export", {"sessionId": session, "format": "markdown"}) for _ in range(8)
    ]
    paths = [path_of(server.result(request)) for request in ids]
    assert len(set(paths)) == 8
    assert set(exports.iterdir()) == set(paths)
    for stem, numbers in by_second(paths).items():
        expected = ["", *(f"_{number}" for number in range(2, len(numbers) + 1))]
        assert sorted(numbers) == sorted(expected), stem


def by_second(paths: list[Path]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        match = re.fullmatch(r"(.*_\d{8}_\d{6})(_\d+)?\.md", path.name)
        assert match, path.name
        found.setdefault(match[1], []).append(match[2] or "")
    return found


@pytest.mark.parametrize(
    ("name", "begin"),
    [
        ("../../etc/passwd", "etc_passwd"),
        ("CON", "CON"),
        ("", "session"),
        (". . .", "session"),
        ("\x00\x1b[31m\u202e\u200b", "31m"),
        ("a" * 300, "a" * 60),
        ("ü🙂" * 100, "ü🙂" * 28),
        ("Straße: größer? *ja*", "Straße_größer_ja"),
    ],
)
def test_a_generated_name_is_safe_and_at_most_60_characters(
    shared: Client, tmp_path: Path, name: str, begin: str
) -> None:
    made = shared.request("hfs/import", {"content": text(document(name))})["sessions"][0]
    result = shared.request(
        "hfs/export", {"sessionId": made["id"], "format": "json", "destination": tmp_path.as_uri()}
    )
    path = path_of(result)
    assert path.parent == tmp_path
    kept = re.fullmatch(r"(.*)_\d{8}_\d{6}\.json", path.name)
    assert kept, path.name
    assert kept[1].startswith(begin)
    assert len(kept[1]) <= 60
    assert len(path.name.encode()) <= 255
    assert not set(path.name) & set('<>:"/\\|?*\x00\x1b\n\u202e')
    assert json.loads(path.read_text(encoding="utf-8"))["metadata"]["session_name"] == name


def test_a_destination_can_be_a_file(emptied: Client, session: int, tmp_path: Path) -> None:
    destination = tmp_path / "a file, with ünïcode & #.md"
    result = emptied.request(
        "hfs/export",
        {"sessionId": session, "format": "markdown", "destination": destination.as_uri()},
    )
    assert result["uri"] == destination.as_uri()
    assert destination.stat().st_size == result["bytes"]


def test_a_destination_can_be_an_existing_folder(
    emptied: Client, session: int, tmp_path: Path
) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    for uri in (folder.as_uri(), folder.as_uri() + "/"):
        result = emptied.request(
            "hfs/export", {"sessionId": session, "format": "json", "destination": uri}
        )
        assert path_of(result).parent == folder
    assert len(list(folder.iterdir())) == 2


def test_an_existing_file_is_replaced_only_if_that_is_allowed(
    emptied: Client, session: int, tmp_path: Path
) -> None:
    destination = tmp_path / "mine.md"
    destination.write_text("mine")
    params = {"sessionId": session, "format": "markdown", "destination": destination.as_uri()}
    for refused in (params, {**params, "overwrite": False}):
        error = emptied.refusal("hfs/export", refused)
        assert (error.code, error.kind) == (-32803, "destinationExists")
        assert destination.read_text() == "mine"
    emptied.request("hfs/export", {**params, "overwrite": True})
    assert MARKER in destination.read_text(encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.md"]


def test_concurrent_exports_to_one_destination_leave_one_complete_file(
    server: Client, tmp_path: Path
) -> None:
    session = made_in(server)
    destination = tmp_path / "exported" / "one.json"
    destination.parent.mkdir()
    params = {"sessionId": session, "format": "json", "destination": destination.as_uri()}
    ids = [server.send("hfs/export", params) for _ in range(6)]
    replies = [server.reply(request) for request in ids]
    assert sum("result" in reply for reply in replies) == 1
    kinds = {reply["error"]["data"]["kind"] for reply in replies if "error" in reply}
    assert kinds == {"destinationExists"}
    assert len(same_but_for_export_time(destination.read_text(encoding="utf-8"))["messages"]) == 2
    assert [*destination.parent.iterdir()] == [destination]


@LINUX_ONLY
def test_files_and_folders_are_for_their_owner_alone(
    server: Client, exports: Path, tmp_path: Path, store_path: Path
) -> None:
    session = made_in(server)
    made = path_of(server.request("hfs/export", {"sessionId": session, "format": "json"}))
    replaced = tmp_path / "open.json"
    replaced.write_text("mine")
    replaced.chmod(0o644)
    server.request(
        "hfs/export",
        {
            "sessionId": session,
            "format": "json",
            "destination": replaced.as_uri(),
            "overwrite": True,
        },
    )
    for path, mode in (
        (made, 0o600),
        (replaced, 0o600),
        (exports, 0o700),
        (store_path, 0o600),
        (store_path.parent, 0o700),
    ):
        assert stat.S_IMODE(path.stat().st_mode) == mode, path


@pytest.mark.parametrize("session_id", [999, -1, 0, 2**63 - 1, -(2**63)])
def test_a_missing_session_is_not_found(shared: Client, session_id: int) -> None:
    error = shared.refusal("hfs/export", {"sessionId": session_id, "format": "json"})
    assert (error.code, error.kind) == (-32803, "sessionNotFound")


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        {"sessionId": 1},
        {"format": "json"},
        {"sessionId": "1", "format": "json"},
        {"sessionId": 1.0, "format": "json"},
        {"sessionId": True, "format": "json"},
        {"sessionId": None, "format": "json"},
        {"sessionId": 2**63, "format": "json"},
        {"sessionId": 1, "format": "docx"},
        {"sessionId": 1, "format": "JSON"},
        {"sessionId": 1, "format": ["json"]},
        {"sessionId": 1, "format": "json", "overwrite": "yes"},
        {"sessionId": 1, "format": "json", "overwrite": 1},
        {"sessionId": 1, "format": "markdown", "thinking": "no"},
        {"sessionId": 1, "format": "markdown", "toolCalls": "some"},
        {"sessionId": 1, "format": "markdown", "toolCalls": None},
        {"sessionId": 1, "format": "json", "destination": 5},
        {"sessionId": 1, "format": "json", "destination": "file://[/x.json"},
        {"sessionId": 1, "format": "json", "destination": "\ud800"},
        {"sessionId": 1, "format": "json", "workDoneToken": 1.5},
        {"sessionId": 1, "format": "json", "workDoneToken": {}},
        {"session_id": 1, "format": 5},
    ],
    ids=repr,
)
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    error = shared.refusal("hfs/export", params)
    assert error.code == -32602
    assert len(error.message) < 300


def test_a_session_of_the_terminal_program_is_exported_while_it_is_written_to(
    terminal: Terminal, start: Start
) -> None:
    session = terminal.add_session("Live", "one", "two")
    client = start(terminal.path)
    terminal.add_message(session, "assistant", "three")
    result = client.request("hfs/export", {"sessionId": session, "format": "json"})
    found = json.loads(path_of(result).read_text(encoding="utf-8"))
    assert [said["content"] for said in found["messages"]] == ["one", "two", "three"]
    assert result["messageCount"] == 3
