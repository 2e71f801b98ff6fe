"""``hfs/findSecrets``: what an export would redact, and what it is told to leave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from testing.client import Client
from testing.documents import document, message, text

pytestmark = pytest.mark.both_engines

KEYS = ["gh" + "p_" + letter * 18 + "0123456789abcdefgh" for letter in "abc"]
MAIL = "me@mail.example"


def session_with(client: Client, **parts: Any) -> int:
    name, said = parts.pop("name", "Imported"), parts.pop("messages")
    content = text(document(name, *said, **parts))
    return int(client.request("hfs/import", {"content": content})["sessions"][0]["id"])


def found_in(client: Client, session: int, **params: Any) -> list[dict[str, Any]]:
    result = client.request("hfs/findSecrets", {"sessionId": session, **params})
    assert not any(key in json.dumps(result) for key in KEYS)
    return list(result["secrets"])


def exported(
    client: Client, session: int, folder: Path, form: str = "markdown", **params: Any
) -> str:
    sent = {"sessionId": session, "format": form, "destination": folder.as_uri(), "redact": True}
    result = client.request("hfs/export", sent | params)
    return Path(url2pathname(urlsplit(result["uri"]).path)).read_text(encoding="utf-8")


def test_each_secret_is_found_once_with_the_places_where_it_stands(emptied: Client) -> None:
    session = session_with(
        emptied,
        name=f"Use {KEYS[0]}",
        messages=[
            message(content=f"{KEYS[1]} and {KEYS[1]}"),
            message(
                role="assistant",
                thinking=KEYS[0],
                tool_calls=[{"id": "1", "name": "Bash", "input": {"command": KEYS[1]}}],
                x_own=KEYS[1],
            ),
        ],
        checkpoints=[{"trigger": "x", "message_index": 1, "created_at": None, "state": [KEYS[2]]}],
    )
    one, two, three = sorted(found_in(emptied, session), key=lambda each: str(each["marker"]))
    page = f"hfs:/sessions/{session}.md"
    assert {one["rule"], two["rule"], three["rule"]} == {"github-token"}
    assert one["marker"] == "[REDACTED:github-token-1]"
    assert (one["count"], two["count"] + three["count"]) == (2, 5)
    assert one["places"] == [
        {"part": "name", "number": None, "member": None, "uri": page},
        {"part": "message", "number": 2, "member": "thinking", "uri": f"{page}#message-2"},
    ]
    state, said = sorted((two, three), key=lambda each: int(each["count"]))
    assert state["places"] == [
        {"part": "checkpoint", "number": 1, "member": "state", "uri": page},
    ]
    assert [(place["number"], place["member"]) for place in said["places"]] == [
        (1, "content"),
        (2, "tool_calls"),
        (2, None),
    ]


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_an_export_redacts_all_but_what_a_user_leaves(
    emptied: Client, tmp_path: Path, form: str
) -> None:
    said = [message(content=f"{KEYS[0]} {KEYS[1]}\n\npassword: 'x9y8z7{KEYS[0]}' of {MAIL}")]
    session = session_with(emptied, messages=said)
    found = found_in(emptied, session, redactAlso=["mail"])
    by_marker = {each["marker"]: each for each in found}
    kept = by_marker["[REDACTED:github-token-1]"]["id"]
    options = {"redactAlso": ["mail"], "redactExcept": [kept, "unknown"]}
    written = exported(emptied, session, tmp_path, form, **options)
    assert KEYS[0] in written
    assert KEYS[1] not in written
    assert MAIL not in written
    assert "github-token-2" in written
    assert "github-token-1" not in written


def test_the_markers_of_a_preview_are_those_of_the_export(emptied: Client, tmp_path: Path) -> None:
    states = [{"trigger": "x", "message_index": 1, "created_at": None, "state": {"a": KEYS[2]}}]
    said = [message(content=key) for key in KEYS]
    session = session_with(emptied, messages=said, checkpoints=states)
    found = found_in(emptied, session)
    for form in ("markdown", "html", "json"):
        written = exported(emptied, session, tmp_path, form)
        for secret in found:
            number = next(
                place["number"] for place in secret["places"] if place["part"] == "message"
            )
            begin = f"message-{number}" if form == "html" else ""
            after = written[written.index(begin) :]
            assert secret["marker"].replace("[", "\\[" if form == "markdown" else "[")[1:-1] in (
                after
            )


@pytest.mark.parametrize("archive", [False, True])
def test_what_is_counted_is_what_a_session_has_however_often_it_is_written(
    emptied: Client, tmp_path: Path, archive: bool
) -> None:
    states = [{"trigger": "x", "message_index": 1, "created_at": None, "state": {"a": KEYS[2]}}]
    session = session_with(emptied, messages=[message(content=KEYS[0])], checkpoints=states)
    params = {"sessionId": session, "destination": tmp_path.as_uri(), "redact": True}
    for form in ("markdown", "json"):
        if form == "json" and archive:
            continue
        result = emptied.request("hfs/export", {**params, "format": form, "archive": archive})
        assert result["redactions"] == [{"rule": "github-token", "count": 2}]
    preview = emptied.request("hfs/findSecrets", {"sessionId": session})
    assert preview["redactions"] == [{"rule": "github-token", "count": 2}]


def test_another_server_knows_no_id_and_redacts_all(
    emptied: Client, server: Client, tmp_path: Path
) -> None:
    session = session_with(emptied, messages=[message(content=KEYS[0])])
    (found,) = found_in(emptied, session)
    content = text(document("Imported", message(KEYS[0])))
    other = server.request("hfs/import", {"content": content})["sessions"][0]["id"]
    assert found_in(server, other)[0]["id"] != found["id"]
    assert KEYS[0] not in exported(server, other, tmp_path, redactExcept=[found["id"]])


def test_a_session_without_secrets_has_none(emptied: Client) -> None:
    session = session_with(emptied, messages=[message(content="Nothing here.")])
    params = {"command": "hfs.server.findSecrets", "arguments": [{"sessionId": session}]}
    assert emptied.request("workspace/executeCommand", params) == {
        "secrets": [],
        "redactions": [],
    }


def test_a_missing_session_is_said_to_be_missing(emptied: Client) -> None:
    assert emptied.refusal("hfs/findSecrets", {"sessionId": 99}).data["kind"] == "sessionNotFound"


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("hfs/findSecrets", {"sessionId": 1, "redactAlso": ["names"]}),
        ("hfs/findSecrets", {"sessionId": 1, "redactAlso": "mail"}),
        ("hfs/export", {"sessionId": 1, "format": "json", "redactAlso": ["mail"]}),
        ("hfs/export", {"sessionId": 1, "format": "json", "redactExcept": ["x"]}),
        ("hfs/export", {"sessionId": 1, "format": "json", "redact": True, "redactExcept": [1]}),
        ("hfs/export", {"sessionId": 1, "format": "html", "archive": True}),
    ],
)
def test_params_that_do_not_fit_are_rejected(emptied: Client, method: str, params: Any) -> None:
    assert emptied.refusal(method, params).code == -32602
