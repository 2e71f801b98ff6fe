"""``hfs/sessionsOfFile``: what sessions did to a file, and which of them wrote a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from testing import stores
from testing.client import Client
from testing.edited_sessions import BY_HAND, LINE, read, session, write
from testing.waiting import wait_until

METHOD = "hfs/sessionsOfFile"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A project with a file, ``a.py``."""
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "a.py").write_text(f"{LINE}\r\n{BY_HAND}\r\n}}\r\n", encoding="utf-8")
    return folder


def add(server: Client, content: str) -> int:
    (imported,) = server.request("hfs/import", {"content": content})["sessions"]
    number: int = imported["id"]
    return number


def found(server: Client, path: Path, **params: Any) -> list[tuple[int, int, str]]:
    """The edits, once the index has everything."""
    results: list[Any] = []

    def is_complete() -> bool:
        results.append(server.request(METHOD, {"uri": path.as_uri(), **params}))
        return bool(results[-1]["isComplete"])

    wait_until(is_complete)
    return [
        (edit["session"]["id"], edit["messageIndex"], edit["kind"]) for edit in results[-1]["edits"]
    ]


def test_the_sessions_that_changed_a_file_are_returned_newest_first(
    server: Client, app: Path
) -> None:
    file = str(app / "a.py")
    old = add(server, session("old", str(app), write(file, LINE), day=1))
    new = add(server, session("new", str(app), read("a.py"), write("a.py", LINE, "x"), day=2))
    add(server, session("other", str(app), write("b.py", LINE)))
    assert found(server, app / "a.py") == [(new, 4, "edit"), (old, 2, "create")]
    reads = found(server, app / "a.py", kinds=["read"])
    assert reads == [(new, 2, "read")]
    assert found(server, app / "a.py", limit=1) == [(new, 4, "edit")]


def test_an_edit_has_its_session_time_model_prompt_and_a_link_to_its_message(
    server: Client, app: Path
) -> None:
    number = add(server, session("one", str(app), write("a.py", LINE)))
    found(server, app / "a.py")
    (edit,) = server.request(METHOD, {"uri": (app / "a.py").as_uri()})["edits"]
    (listed,) = server.request("hfs/listSessions")["sessions"]
    assert edit["session"] == listed
    assert edit["createdAt"] == "2026-03-01T10:01:00Z"
    assert edit["model"] == "model-1"
    assert edit["prompt"].startswith("Prompt of one")
    assert "more" not in edit["prompt"]
    assert edit["uri"] == f"hfs:/sessions/{number}.md#message-2"
    assert server.request("workspace/textDocumentContent", {"uri": edit["uri"]})["text"]


def test_the_session_that_wrote_a_line_is_found_by_the_line_on_the_disk_or_in_the_editor(
    server: Client, app: Path
) -> None:
    number = add(server, session("one", str(app), write("a.py", LINE)))
    wrote = [(number, 2, "create")]
    assert found(server, app / "a.py", line=0) == wrote
    assert found(server, app / "a.py", line=1) == []
    assert found(server, app / "a.py", line=2) == []
    assert found(server, app / "a.py", line=99) == []
    assert found(server, app / "a.py", line=1, text=f"\t{LINE}  ") == wrote
    assert found(server, app / "gone.py", line=0, text=LINE) == []


def test_a_file_of_a_project_that_was_moved_is_found(server: Client, app: Path) -> None:
    number = add(server, session("one", "/old/place/app", write("a.py", LINE)))
    assert found(server, app / "a.py") == [(number, 2, "create")]
    renamed = app.rename(app.parent / "renamed")
    assert found(server, renamed / "a.py") == []
    (renamed / ".git").mkdir()
    assert found(server, renamed / "a.py") == [(number, 2, "create")]
    assert found(server, renamed / "a.py", line=0) == [(number, 2, "create")]


def test_a_call_that_failed_did_not_edit(server: Client, app: Path) -> None:
    add(server, session("one", str(app), write("a.py", LINE), failed=True))
    assert found(server, app / "a.py") == []


def test_a_file_that_no_longer_exists_still_has_sessions(server: Client, app: Path) -> None:
    number = add(server, session("one", str(app), write("gone.py", LINE)))
    assert found(server, app / "gone.py") == [(number, 2, "create")]


def test_a_session_that_was_deleted_by_another_program_is_not_found(
    server: Client, app: Path, store_path: Path
) -> None:
    number = add(server, session("one", str(app), write("a.py", LINE)))
    assert found(server, app / "a.py") == [(number, 2, "create")]
    with stores.opened(store_path) as connection:
        connection.execute("DELETE FROM messages")
        connection.execute("DELETE FROM sessions")
    assert found(server, app / "a.py") == []


def test_a_session_that_goes_on_is_found_with_its_new_edits(server: Client, app: Path) -> None:
    calls = [write("a.py", LINE), write("a.py", LINE, BY_HAND)]
    number = add(server, session("one", str(app), calls[0]))
    assert found(server, app / "a.py", line=1) == []
    add(server, session("one", str(app), *calls))
    assert found(server, app / "a.py", line=1) == [(number, 4, "edit")]


def test_the_sessions_are_shown_to_the_user_on_request(server: Client, app: Path) -> None:
    uri = (app / "a.py").as_uri()
    add(server, session("The first\none", str(app), write("a.py", LINE)))
    found(server, app / "a.py")
    command = {"command": "hfs.server.sessionsOfFile", "arguments": [{"uri": uri, "show": True}]}
    assert len(server.request("workspace/executeCommand", command)["edits"]) == 1
    message = server.notification("window/showMessage")["message"]
    assert message.startswith("1 AI session edited a.py:\n1  The first one (Claude Code, model-1,")
    server.request(METHOD, {"uri": (app / "b.py").as_uri(), "show": True})
    assert server.notification("window/showMessage", 2)["message"] == "No AI session edited b.py."


@pytest.mark.parametrize(
    "params",
    [
        *({}, [], None, {"uri": 5}, {"uri": "a.py"}, {"uri": "hfs:/sessions/1.md"}),
        *({"uri": "http://x/a.py"}, {"uri": "file:///a.py", "line": -1}),
        *({"uri": "file:///a.py", "line": "1"}, {"uri": "file:///a.py", "text": 5}),
        *({"uri": "file:///a.py", "kinds": ["write"]}, {"uri": "file:///a.py", "kinds": []}),
        *({"uri": "file:///a.py", "limit": 0}, {"uri": "file:///a.py", "limit": 501}),
    ],
    ids=repr,
)
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    assert shared.refusal(METHOD, params).code == -32602


def test_a_line_of_what_is_no_file_cannot_be_read(shared: Client, tmp_path: Path) -> None:
    large = tmp_path / "large.py"
    with large.open("wb") as file:
        file.truncate((8 << 20) + 1)
    for path in (tmp_path, tmp_path / "missing.py", large):
        refused = shared.refusal(METHOD, {"uri": path.as_uri(), "line": 0})
        assert (refused.code, refused.kind) == (-32803, "sourceNotReadable")
        assert shared.request(METHOD, {"uri": path.as_uri()})["edits"] == []


def test_a_store_that_does_not_exist_has_no_edits(server: Client, app: Path) -> None:
    assert server.request(METHOD, {"uri": (app / "a.py").as_uri()}) == {
        "edits": [],
        "isComplete": True,
    }
