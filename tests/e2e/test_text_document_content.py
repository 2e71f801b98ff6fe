"""``workspace/textDocumentContent``: sessions as read-only documents."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client
from testing.documents import MARKER, document, same_but_for_export_time, text


def text_of(client: Client, uri: str) -> str:
    return client.request("workspace/textDocumentContent", {"uri": uri})["text"]


@pytest.mark.parametrize(
    "form",
    [
        "hfs:/sessions/1.{}",
        "hfs:///sessions/1.{}",
        "hfs:/sessions/1/any name.{}",
        "hfs:/sessions/1/any%20name.{}",
        "hfs:/sessions/1/a.b.c.{}",
        "hfs:/sessions/1/%C3%9Cberschrift%20%F0%9F%99%82.{}",
        "hfs:/sessions/1/%23%20what%3F%20100%25.{}",
        "hfs:/sessions/1/two%0Alines.{}",
        "hfs:/sessions/1/.{}",
        "hfs:/sessions/1/release%2F2026%20%22final%22.{}",
        "hfs:/sessions/0001.{}",
    ],
)
def test_every_form_of_the_uri_gives_the_session(shared: Client, form: str) -> None:
    assert text_of(shared, form.format("md")).startswith("# Lasting\n")
    found = json.loads(text_of(shared, form.format("json")))
    assert found["metadata"]["session_name"] == "Lasting"


@pytest.mark.parametrize(("form", "suffix"), [("markdown", "md"), ("json", "json")])
def test_the_text_is_that_of_an_export(
    emptied: Client, tmp_path: Path, form: str, suffix: str
) -> None:
    made = emptied.request("hfs/import", {"content": text(document("Both ways"))})["sessions"][0]
    destination = tmp_path / "export"
    params = {"sessionId": made["id"], "format": form, "destination": destination.as_uri()}
    emptied.request("hfs/export", params)
    exported = destination.read_bytes().decode("utf-8")
    shown = text_of(emptied, f"hfs:/sessions/{made['id']}.{suffix}")
    assert MARKER in shown
    if form == "json":
        assert same_but_for_export_time(shown) == same_but_for_export_time(exported)
        assert list(json.loads(shown)) == list(json.loads(exported))
    else:
        assert without_export_time(shown) == without_export_time(exported)


@pytest.mark.parametrize("suffix", ["md", "json"])
def test_a_long_text_is_sent_in_parts_from_its_beginning(emptied: Client, suffix: str) -> None:
    messages = [{"role": "user", "content": f"{number} \U0001f642"} for number in range(300)]
    made = emptied.request("hfs/import", {"content": json.dumps(messages)})["sessions"][0]
    uri = f"hfs:/sessions/{made['id']}.{suffix}"
    params = {"uri": uri, "workDoneToken": 7, "partialResultToken": "parts"}
    last = emptied.request("workspace/textDocumentContent", params)["text"]
    parts = [value["text"] for value in emptied.progress("parts")]
    assert "0 \U0001f642" in parts[0]
    assert "299 \U0001f642" not in parts[0]
    assert (last == "") == (suffix == "md")
    whole = text_of(emptied, uri)
    kept = without_export_time
    assert kept("".join(parts) + last) == kept(whole)
    assert [value["kind"] for value in emptied.progress(7)][-1] == "end"


def test_a_text_of_no_messages_needs_no_parts(emptied: Client) -> None:
    made = emptied.request("hfs/import", {"content": '{"messages": []}'})["sessions"][0]
    uri = f"hfs:/sessions/{made['id']}.md"
    params = {"uri": uri, "partialResultToken": "none"}
    assert emptied.request("workspace/textDocumentContent", params)["text"].startswith("# ")
    assert emptied.progress("none") == []


def test_a_text_that_is_being_sent_in_parts_can_be_cancelled(
    server: Client, large_file: Path
) -> None:
    made = server.request("hfs/import", {"uri": large_file.as_uri()})["sessions"][0]
    uri = f"hfs:/sessions/{made['id']}.md"
    params = {"uri": uri, "workDoneToken": "work", "partialResultToken": "parts"}
    request = server.send("workspace/textDocumentContent", params)
    server.cancel(request)
    assert server.refusal_of(request).code == -32800


def without_export_time(markdown: str) -> list[str]:
    return [line for line in markdown.splitlines() if "xported" not in line]


@pytest.mark.parametrize("number", ["999", "0", "9223372036854775807", "9999999999999999999"])
def test_a_missing_session_is_not_found(shared: Client, number: str) -> None:
    uri = f"hfs:/sessions/{number}.md"
    error = shared.refusal("workspace/textDocumentContent", {"uri": uri})
    assert (error.code, error.kind) == (-32803, "sessionNotFound")


@pytest.mark.parametrize(
    "params",
    [
        {},
        None,
        {"uri": None},
        {"uri": 1},
        {"uri": ""},
        {"uri": "hfs:"},
        {"uri": "hfs:/"},
        {"uri": "hfs:/sessions"},
        {"uri": "hfs:/sessions/1"},
        {"uri": "hfs:/sessions/1.txt"},
        {"uri": "hfs:/sessions/x.md"},
        {"uri": "hfs:/sessions/--1.md"},
        {"uri": "hfs:/sessions/1.5.md"},
        {"uri": "hfs:/other/1.md"},
        {"uri": "hfs:/sessions/" + "1" * 100 + ".md"},
        {"uri": "file:///sessions/1.md"},
        {"uri": "http://example.org/sessions/1.md"},
        {"uri": "hfs://[/sessions/1.md"},
        {"uri": "hfs://[::1/sessions/1.md"},
        {"uri": "hfs:/sessions/1.md/../../x"},
        {"uri": "\ud800"},
        {"uri": ["hfs:/sessions/1.md"]},
        {"uri": "hfs:/sessions/1.md", "partialResultToken": []},
        {"uri": "hfs:/sessions/1.md", "workDoneToken": 1.5},
        [],
        "hfs:/sessions/1.md",
    ],
    ids=lambda value: repr(value)[:60],
)
def test_anything_else_is_rejected(shared: Client, params: Any) -> None:
    assert shared.refusal("workspace/textDocumentContent", params).code == -32602
