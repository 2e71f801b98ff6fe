"""Malformed export documents: imported unchanged, or rejected with a place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.client import Client
from testing.documents import MARKER, document, message, text
from testing.requests import import_refused, imported_and_exported
from tests.unit.importers.hfs_json.json_accepted import ACCEPTED, ROUNDED
from tests.unit.importers.hfs_json.json_rejected import REJECTED


def test_all_that_is_json_goes_through_the_store_unchanged(shared: Client) -> None:
    values = [value.decode() for value in (*ACCEPTED.values(), *ROUNDED.values())]
    one = '{{"role": "user", "content": "", "created_at": null, "x": {0}}}'
    moment = '{{"trigger": "t", "message_index": 0, "created_at": null, "state": {0}, "x": {0}}}'
    messages = ",".join(map(one.format, values))
    moments = ",".join(map(moment.format, values))
    every = f"[{','.join(values)}]"
    content = (
        f'{{"metadata": {{"schema_version": "1.0.0", "x": {every}}}, "messages": [{messages}],'
        f' "checkpoints": [{moments}], "run_snapshot": {every}, "x": {every}}}'
    )
    found = imported_and_exported(shared, content)
    expected = json.dumps(json.loads(every))
    for held in (
        found["metadata"]["x"],
        [part["x"] for part in found["messages"]],
        [part["x"] for part in found["checkpoints"]],
        [part["state"] for part in found["checkpoints"]],
        found["run_snapshot"],
        found["x"],
    ):
        assert json.dumps(held) == expected


def test_all_that_is_not_json_is_rejected_as_a_file(shared: Client, tmp_path: Path) -> None:
    path = tmp_path / "refused.json"
    before = shared.request("hfs/listSessions")
    for value in REJECTED.values():
        path.write_bytes(
            b'{"metadata": {"schema_version": "1.0.0"}, "messages": [],\n"x": %b}' % value
        )
        assert import_refused(shared, {"uri": path.as_uri()}).data["line"] > 1
    assert shared.request("hfs/listSessions") == before


SMALL = text(document("é🙂", message("\\u00e9 \U0001f642 \\n"), checkpoints=[]))


def test_a_document_cut_at_every_byte_is_rejected(shared: Client, tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    data = SMALL.encode()
    before = shared.request("hfs/listSessions")
    for end in range(len(data)):
        path.write_bytes(data[:end])
        line = import_refused(shared, {"uri": path.as_uri()}).data["line"]
        assert line <= data[:end].count(b"\n") + 1
    assert shared.request("hfs/listSessions") == before


def test_a_document_cut_at_every_percent_is_rejected(shared: Client, tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    said = [message(f"{MARKER} {number} é🙂" * 20) for number in range(1500)]
    data = text(document("Cut", *said)).encode()
    before = shared.request("hfs/listSessions")
    for percent in range(100):
        path.write_bytes(data[: len(data) * percent // 100])
        line = import_refused(shared, {"uri": path.as_uri()}).data["line"]
        assert percent == 0 or line > 1
    assert shared.request("hfs/listSessions") == before


@pytest.mark.parametrize("after", ["{}", "x", "]", "\0", "\ufeff", SMALL, "//", " \n\n\t,"])
def test_more_after_the_end_is_rejected_where_it_stands(shared: Client, after: str) -> None:
    content = f"{SMALL}\n\n{after}"
    lines = SMALL.count("\n") + 3
    assert lines <= import_refused(shared, {"content": content}).data["line"] <= lines + 2


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-32-le", ""),
        ("utf-32-be", ""),
        ("utf-32-le", "\ufeff"),
        ("utf-32-be", "\ufeff"),
        ("utf-32", "\ufeff"),
    ],
)
def test_no_other_encoding_is_read_as_utf8(
    shared: Client, tmp_path: Path, encoding: str, mark: str
) -> None:
    path = tmp_path / "other.json"
    path.write_bytes((mark + SMALL).encode(encoding))
    before = shared.request("hfs/listSessions")
    error = shared.refusal("hfs/import", {"uri": path.as_uri()})
    assert error.kind in ("invalidDocument", "unknownFormat")
    assert shared.request("hfs/listSessions") == before


@pytest.mark.parametrize("number", ["9223372036854775807", "-9223372036854775807", "5e-324"])
def test_the_largest_and_least_numbers_are_kept(shared: Client, number: str) -> None:
    content = f'{{"messages": [], "x": [{number}], "run_snapshot": {{"a": {number}}}}}'
    found = imported_and_exported(shared, content)
    assert json.dumps(found["x"]) == f"[{number}]"
    assert json.dumps(found["run_snapshot"]["a"]) == number
