"""The filters of ``hfs/listSessions``, on sessions of several tools."""

from __future__ import annotations

from typing import Any

import pytest

from testing.client import Client, Start
from testing.documents import document, message, text
from testing.terminal import Terminal

pytestmark = pytest.mark.both_engines

SESSIONS: dict[str, dict[str, Any]] = {
    "codex web": {
        "source": {"tool": "codex"},
        "working_directory": "/home/ada/web",
        "models": ["gpt-5"],
        "tags": ["bug", "login"],
        "session_updated_at": "2026-02-03T23:59:59.999999Z",
    },
    "claude web/src": {
        "source": {"tool": "claude-code"},
        "working_directory": "/home/ada/web/src/",
        "models": ["opus", "haiku"],
        "tags": ["bug"],
        "session_updated_at": "2026-02-04T00:00:00Z",
    },
    "claude website": {
        "source": {"tool": "claude-code"},
        "working_directory": "/home/ada/website",
        "models": ["haiku"],
        "session_updated_at": "2026-02-05T10:00:00+02:00",
    },
    "cursor windows": {
        "source": {"tool": "cursor"},
        "working_directory": "C:\\Users\\Ada\\Web",
        "session_updated_at": "2026-02-06T10:00:00Z",
    },
    "terminal": {"session_updated_at": "2026-02-07T10:00:00Z"},
}
SELECTED: list[tuple[dict[str, Any], str]] = [
    ({}, "codex web, claude web/src, claude website, cursor windows, terminal"),
    ({"tools": ["codex"]}, "codex web"),
    ({"tools": ["codex", "hfs"]}, "codex web, terminal"),
    ({"tools": ["no-such-tool"]}, ""),
    ({"project": "/home/ada/web"}, "codex web, claude web/src"),
    ({"project": "/home/ada/"}, "codex web, claude web/src, claude website"),
    ({"project": "c:/users/ada"}, "cursor windows"),
    ({"since": "2026-02-04T00:00:00Z"}, "claude web/src, claude website, cursor windows, terminal"),
    ({"until": "2026-02-04T00:00:00Z"}, "codex web"),
    ({"since": "2026-02-05T08:00:00Z", "until": "2026-02-05T08:00:00.1Z"}, "claude website"),
    (
        {"since": "2026-02-05T09:00:00+01:00", "until": "2026-02-06T12:00:00+03:00"},
        "claude website",
    ),
    ({"models": ["haiku"]}, "claude web/src, claude website"),
    ({"models": ["gpt-5", "opus"]}, "codex web, claude web/src"),
    ({"tags": ["bug"]}, "codex web, claude web/src"),
    ({"tags": ["login", "bug"]}, "codex web"),
    ({"tools": ["claude-code"], "project": "/home/ada/web", "models": ["haiku"]}, "claude web/src"),
    ({"query": "WEB", "tools": ["claude-code"]}, "claude web/src, claude website"),
    (
        {"tools": [], "project": None, "models": None, "tags": [], "since": None, "query": "codex"},
        "codex web",
    ),
]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, spares: Any) -> Any:
    """A server on a store with these sessions."""
    folder = tmp_path_factory.mktemp("filtered")
    client = spares.take()
    client.initialize(databasePath=str(folder / "s.db"), exportDirectory=str(folder))
    for name, metadata in SESSIONS.items():
        metadata = {"schema_version": "1.1.0", **metadata}
        client.request(
            "hfs/import", {"content": text(document(name, message(), metadata=metadata))}
        )
    yield client
    client.finish()


@pytest.mark.parametrize(("filters", "names"), SELECTED)
def test_a_list_has_the_sessions_that_fulfil_all_filters(
    filled: Client, filters: dict[str, Any], names: str
) -> None:
    for params in (filters, {**filters, "limit": 1}):
        found: list[str] = []
        cursor = None
        while True:
            page = filled.request("hfs/listSessions", {**params, "cursor": cursor})
            found += [session["name"] for session in page["sessions"]]
            cursor = page["nextCursor"]
            if cursor is None:
                break
        assert found == list(reversed(names.split(", "))) if names else not found


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"tools": "codex"}, "tools"),
    ({"tools": [1]}, "tools"),
    ({"tools": ["x"] * 101}, "tools"),
    ({"tools": ["\ud800"]}, "tools"),
    ({"project": "web"}, "project"),
    ({"project": ""}, "project"),
    ({"project": 1}, "project"),
    ({"project": "file:///home/ada"}, "project"),
    ({"since": "yesterday"}, "since"),
    ({"since": 1770000000}, "since"),
    ({"until": "2026-02-30"}, "until"),
    ({"until": ""}, "until"),
    ({"models": {}}, "models"),
    ({"tags": [None]}, "tags"),
]


@pytest.mark.parametrize(("filters", "member"), WRONG)
def test_a_filter_of_another_form_is_rejected_by_its_name(
    shared: Client, filters: dict[str, Any], member: str
) -> None:
    error = shared.refusal("hfs/listSessions", filters)
    assert error.code == -32602
    assert error.message.startswith(member)
    assert "expected" in error.message


def test_a_session_of_the_terminal_program_is_filtered_as_it_grows(
    terminal: Terminal, start: Start
) -> None:
    session = terminal.add_session("Growing", "one")
    client = start(terminal.path)
    last = client.request("hfs/listSessions")["sessions"][0]["createdAt"]
    since = {"since": last, "tools": ["hfs"]}
    assert [one["id"] for one in client.request("hfs/listSessions", since)["sessions"]] == [session]
    assert client.request("hfs/listSessions", {"until": last})["sessions"] == []
    terminal.add_message(session, "user", "two")
    assert len(client.request("hfs/listSessions", since)["sessions"]) == 1
    assert client.request("hfs/listSessions", {"since": "1h", "until": "0h"})["sessions"]
