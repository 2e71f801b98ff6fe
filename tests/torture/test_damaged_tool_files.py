"""Files of other tools, damaged in every way, through a real import into a store."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from testing import effort, stores, tool_logs
from testing.client import Client, Start
from testing.command_line import hfs
from testing.store_checks import check_no_orphans, check_store
from testing.tool_logs import FORMATS, claude_code, codex, id_of, write
from testing.waiting import wait_until
from tests.unit.importers.mutations import mutations

GOOD = 3
MOST = 4000 if effort.IS_LONG else 300
"""How many damaged copies of a file are tried."""


def imported(home: Path, store: Path, folder: Path, *words: str) -> Any:
    """The result of an import that must have no traceback and leave the store whole."""
    done = hfs(home, "--database", store, "import", "--json", *words, folder)
    assert "Traceback" not in done.stderr, done.stderr[-2000:]
    assert done.returncode in (0, 1), done.stderr[-2000:]
    ((result),) = json.loads(done.stdout)
    reasons = [each["reason"] for each in result["failed"]]
    assert [each for each in reasons if "error in hfs-server" in each] == []
    assert all(0 < len(each) < 400 for each in reasons)
    check_store(store)
    check_no_orphans(store)
    return result


def good_sessions(folder: Path, made: Any) -> None:
    """Sessions between the damaged ones, which must all be imported."""
    for number in range(GOOD):
        write(folder / f"{number}00-good", made(100 + number, 2))


def identities(result: Any, tool: str) -> set[str]:
    """The identities of the good sessions that are in a result."""
    ends = [f"ses_{100 + n}" for n in range(GOOD)] + [id_of(100 + n) for n in range(GOOD)]
    found = {each["sessionId"] for each in result["sessions"] if each["tool"] == tool}
    return {each for each in found if each.endswith(tuple(ends))}


@pytest.mark.parametrize("tool", FORMATS)
def test_damaged_copies_of_a_file_cost_only_themselves(
    home: Path, store_path: Path, tmp_path: Path, tool: str
) -> None:
    made = FORMATS[tool]
    damaged = effort.spread(list(mutations(made(1, 2))), MOST)
    for number, content in enumerate(damaged):
        write(tmp_path / "in" / f"{number:05}", content)
    good_sessions(tmp_path / "in", made)
    result = imported(home, store_path, tmp_path / "in")
    assert len(identities(result, tool)) == GOOD
    before = stores.counts(store_path)
    again = imported(home, store_path, tmp_path / "in")
    assert {each["status"] for each in again["sessions"]} <= {"unchanged"}
    assert stores.counts(store_path) == before


@pytest.mark.parametrize("tool", FORMATS)
def test_damaged_copies_that_are_read_as_the_wrong_format_are_refused(
    home: Path, store_path: Path, tmp_path: Path, tool: str
) -> None:
    others = [made for name, made in FORMATS.items() if name != tool]
    for number, made in enumerate(others):
        write(tmp_path / "in" / f"{number}", made(number, 2))
    for number, content in enumerate(effort.spread(list(mutations(others[0](1))), 40)):
        write(tmp_path / "in" / f"damaged-{number}", content)
    good_sessions(tmp_path / "in", FORMATS[tool])
    result = imported(home, store_path, tmp_path / "in", "--format", tool)
    assert len(identities(result, tool)) == GOOD
    assert len(result["failed"]) + len(result["sessions"]) > len(others)


def cycle() -> bytes:
    """Records that are each other's parents."""
    one, two = claude_code(1).splitlines()
    first, second = json.loads(one), json.loads(two)
    first["parentUuid"], second["parentUuid"] = second["uuid"], first["uuid"]
    return tool_logs.json_lines([first, second, {**first, "parentUuid": first["uuid"]}])


def siblings() -> bytes:
    """A hundred thousand records with the same parent."""
    count = 100_000 if effort.IS_LONG else 20_000
    one = claude_code(2).splitlines()[0].decode().replace('"2-0-user"', '"%d"')
    root = one.replace('"parentUuid": null', '"parentUuid": "r"')
    return b"".join((root.replace("%d", f"n{n}") + "\n").encode() for n in range(count))


def chain() -> bytes:
    """Ten thousand records, each the parent of the next one."""
    record = json.loads(claude_code(3).splitlines()[0])
    records = [{**record, "uuid": f"c{n}", "parentUuid": f"c{n - 1}"} for n in range(10_000)]
    return tool_logs.json_lines(records)


def long_line() -> bytes:
    """A line of megabytes, with an image in it."""
    record = json.loads(claude_code(4).splitlines()[0])
    source = {"type": "base64", "media_type": "image/png", "data": "A" * (8 << 20)}
    image = {"type": "image", "source": source}
    record["message"]["content"] = [{"type": "text", "text": "see"}, image]
    return tool_logs.json_lines([record])


def surrogates() -> bytes:
    """Texts that are no Unicode, controls, and numbers that JSON has not."""
    whole = claude_code(5).decode()
    return (
        whole.replace("user 0", "\\ud800 \\u0000 \\u001b[31m")
        .replace('"input_tokens": 10', '"input_tokens": NaN')
        .encode()
    )


def deep() -> bytes:
    """An input of a call with 5,000 levels."""
    levels = "[" * 5000 + "]" * 5000
    whole = claude_code(6).decode()
    return whole.replace('"text": "assistant', f'"input": {levels}, "text": "').encode()


ODD = {
    "cycle": cycle,
    "siblings": siblings,
    "chain": chain,
    "long line": long_line,
    "surrogates": surrogates,
    "deep": deep,
    "UTF-16": lambda: claude_code(7).decode().encode("utf-16"),
    "byte order mark": lambda: b"\xef\xbb\xbf" + claude_code(8),
    "CRLF": lambda: claude_code(9).replace(b"\n", b"\r\n"),
    "blank lines": lambda: b"\n\n" + claude_code(10).replace(b"\n", b"\n\n \n"),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_logs_are_imported_and_exported(
    home: Path, store_path: Path, tmp_path: Path, kind: str
) -> None:
    write(tmp_path / "in" / "odd.jsonl", ODD[kind]())
    good_sessions(tmp_path / "in", claude_code)
    result = imported(home, store_path, tmp_path / "in")
    assert len(result["sessions"]) == GOOD + 1
    for session in result["sessions"]:
        done = hfs(home, "--database", store_path, "export", str(session["id"]), "-o", "-")
        assert done.returncode == 0, done.stderr
    again = imported(home, store_path, tmp_path / "in" / "odd.jsonl")
    assert [each["status"] for each in again["sessions"]] == ["unchanged"]


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """The database of a tool, beside other sessions."""
    good_sessions(tmp_path / "in", codex)
    return tool_logs.write_cursor_state(tmp_path / "in" / "a" / "state.vscdb", [1, 2])


def test_a_database_that_its_tool_has_locked_is_a_failed_item(
    home: Path, store_path: Path, editor: Path
) -> None:
    with stores.opened(editor) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        result = imported(home, store_path, editor.parents[1])
    ((failed),) = result["failed"]
    assert "locked" in failed["reason"]
    assert len(result["sessions"]) == GOOD
    assert len(imported(home, store_path, editor.parents[1])["sessions"]) == 2


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE cursorDiskKV RENAME COLUMN value TO content",
        "ALTER TABLE cursorDiskKV RENAME COLUMN key TO name",
        "UPDATE cursorDiskKV SET value = 5",
        "UPDATE cursorDiskKV SET value = NULL",
        "UPDATE cursorDiskKV SET value = x'ff00'",
        "UPDATE cursorDiskKV SET key = x'ff00'",
        "DELETE FROM cursorDiskKV",
    ],
)
def test_a_database_of_another_version_costs_no_other_session(
    home: Path, store_path: Path, editor: Path, change: str
) -> None:
    with closing(sqlite3.connect(editor)) as connection:
        connection.execute(change)
        connection.commit()
    result = imported(home, store_path, editor.parents[1])
    assert len(identities(result, "codex")) == GOOD


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[Path, threading.Event]]:
    """A log to which its tool appends all the time, a part of a line at once."""
    path = write(tmp_path / "in" / "growing.jsonl", claude_code(1, 3000))
    stop = threading.Event()

    def append() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.is_set():
                for piece in (b'{"type": "us', b'er"}\n'):
                    file.write(piece)
                    stop.wait(0.0005)

    thread = threading.Thread(target=append)
    thread.start()
    yield path, stop
    stop.set()
    thread.join()


def test_a_log_that_grows_while_it_is_read_is_imported_up_to_a_line(
    start: Start, store_path: Path, growing: tuple[Path, threading.Event]
) -> None:
    path, stop = growing
    size = path.stat().st_size
    client: Client = start()
    for _ in range(5):
        wait_until(lambda: path.stat().st_size > size)
        result = client.request("hfs/import", {"uri": path.parent.as_uri()})
        assert result["failed"] == []
        assert {each["messageCount"] for each in result["sessions"]} <= {6000}
    stop.set()
    check_store(store_path)


@pytest.mark.parametrize("action", ["truncate", "delete", "replace"])
def test_a_log_that_is_cut_or_removed_while_it_is_read_costs_no_other(
    home: Path, store_path: Path, tmp_path: Path, action: str
) -> None:
    paths = [write(tmp_path / "in" / f"{n:03}.jsonl", claude_code(n, 400)) for n in range(40)]

    def change() -> None:
        wait_until(store_path.exists)
        for path in reversed(paths[1:]):
            if action == "truncate":
                path.write_bytes(b"")
            elif action == "delete":
                path.unlink()
            else:
                other = path.with_suffix(".new")
                write(other, codex(int(path.stem)))
                other.replace(path)

    thread = threading.Thread(target=change)
    thread.start()
    result = imported(home, store_path, tmp_path / "in")
    thread.join()
    assert {each["messageCount"] for each in result["sessions"]} <= {2, 800}
    assert all(each["uri"] for each in result["failed"])
