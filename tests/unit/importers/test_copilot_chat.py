"""Sessions of VS Code's chat: what is recognized, and what is known of a session."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.importers import identify
from hfs_server.importers.copilot_chat import CopilotChat
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.vscode_chats import (
    LONG_INPUT,
    URI,
    Json,
    call,
    export,
    read,
    read_file,
    request,
    rounds,
)


@pytest.mark.parametrize(
    "title", [{"customTitle": "Named"}, {"version": 2, "computedTitle": "Named"}]
)
def test_a_stored_session_has_its_id_title_times_and_repository(title: Json) -> None:
    stored = {"sessionId": "s-1", "creationDate": 1759999999000, "lastMessageDate": 1760000001000}
    repository = {"localBranch": "main", "localHeadCommit": "abc", "remoteUrl": "https://e.org/r"}
    found = read(export(request({"value": "x"}), repoData=repository, **stored, **title))
    assert found["name"] == "Named"
    assert (found["created"], found["updated"]) == ("2025-10-09T08:53:19Z", "2025-10-09T08:53:21Z")
    assert found["facts"]["session_id"] == "copilot-chat:s-1"
    assert found["facts"]["git"] == {"branch": "main", "commit": "abc", "remote": "https://e.org/r"}


@pytest.mark.parametrize(
    ("workspace", "folder"),
    [
        ('{"folder": "file:///home/x/my%20project"}', "/home/x/my project"),
        ('{"folder": "file:///c%3A/Users/x/p"}', "c:\\Users\\x\\p"),
        ('{"folder": "vscode-remote://ssh-remote%2Bh/srv/p"}', "/srv/p"),
        ('{"workspace": "file:///home/x/a.code-workspace"}', "/home/x/a.code-workspace"),
        ('{"folder": 5}', None),
        ("damaged", None),
        (None, None),
    ],
)  # fmt: skip
def test_the_working_directory_is_that_of_the_workspace(
    workspace: str | None, folder: str | None, tmp_path: Path
) -> None:
    path = tmp_path / "chatSessions" / "s.json"
    path.parent.mkdir()
    path.write_text(json.dumps(export(request({"value": "x"}))), "utf-8")
    if workspace is not None:
        (tmp_path / "workspace.json").write_text(workspace, "utf-8")
    found = read_file(SourceFile(lambda: path.open("rb"), path.name, path))
    assert found["facts"].get("working_directory") == folder


def test_without_a_workspace_the_base_of_links_is_the_working_directory() -> None:
    base = {"scheme": "file", "path": "/c:/Users/x/"}
    found = read(export(request({"value": "x"}, {"value": "y", "baseUri": base})))
    assert found["facts"]["working_directory"] == "c:\\Users\\x"


@pytest.mark.parametrize(
    "session",
    [
        export(),
        {"requests": [request()]},
        {"version": 3, "requests": [], "creationDate": 1},
        LONG_INPUT,
        {"kind": 0, "v": LONG_INPUT},
    ],
)
def test_sessions_and_logs_are_recognized(session: Json) -> None:
    importer, _ = identify(file_with(json.dumps(session).encode()))
    assert importer.tool == "copilot-chat"


@pytest.mark.parametrize(
    "content",
    [
        "{}", '{"requests": []}', '{"requests": [{"requestId": 1}]}', '{"kind": 0, "v": {}}', "",
        '{"requests": 5, "creationDate": 1}', '{"kind": false, "v": {"requests": []}}',
        '[{"requests": []}]',
    ],
)  # fmt: skip
def test_other_files_are_not_recognized(content: str) -> None:
    assert CopilotChat().recognizes(file_with(content.encode())) is None


def test_a_file_that_is_cut_loses_only_its_end() -> None:
    content = json.dumps(export(request({"value": "x"}), request({"value": "y"}))).encode()
    found = read_file(file_with(content[:-60]))
    assert [message["content"] for message in found["messages"]][:3] == ["Hi", "x", "Hi"]
    assert "ends too early" in found["warnings"][0]


def test_a_file_without_a_session_is_rejected() -> None:
    with pytest.raises(InvalidDocument, match="holds no session"):
        read_file(file_with(b'{"requests": 5}'))


def test_sessions_lie_in_the_users_data_of_each_edition(tmp_path: Path) -> None:
    (tmp_path / "workspaceStorage" / "w" / "chatSessions").mkdir(parents=True)
    session = tmp_path / "workspaceStorage" / "w" / "chatSessions" / "s.jsonl"
    session.touch()
    assert [path for pattern in CopilotChat.patterns for path in tmp_path.glob(pattern)] == [
        session
    ]
    folders = CopilotChat().folders(Places(tmp_path, {}, "linux"))
    assert [path.relative_to(tmp_path).as_posix() for path in folders] == [
        ".config/Code/User", ".config/Code - Insiders/User", ".config/VSCodium/User",
    ]  # fmt: skip


def test_damaged_files_are_read_or_rejected() -> None:
    sent = {"id": "t1", "name": "read_file", "arguments": '{"path": "a"}'}
    received = {"t1": {"content": [{"value": {"node": {"children": [{"text": "one"}]}}}]}}
    variables = {"variables": [{"kind": "file", "name": "a.py", "value": URI}]}
    details = {"input": "{}", "output": [{"value": "x"}], "isError": True}
    parts = [
        {"value": "x", "baseUri": URI},
        {"kind": "thinking", "value": ["a"], "id": "1"},
        {"kind": "inlineReference", "inlineReference": {"uri": URI}},
        call(
            resultDetails=details,
            toolSpecificData={"kind": "terminal", "commandLine": {"original": "ls"}},
        ),
    ]
    asked = request(*parts, variableData=variables, result=rounds(sent, results=received))
    session = export(asked, customTitle="T", creationDate=1, repoData={"localBranch": "b"})
    assert survive(CopilotChat(), json.dumps(session).encode()) > 500
