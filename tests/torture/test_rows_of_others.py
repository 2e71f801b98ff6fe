"""Rows that no hfs-server would write: each is listed, exported, taken in, and spoils no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from testing import effort, stores
from testing.client import Client, Refused, Start

LAX_TABLES = (
    "sessions (id INTEGER PRIMARY KEY, name VARCHAR(255), created_at DATETIME,"
    " updated_at DATETIME)",
    "messages (id INTEGER PRIMARY KEY, session_id INTEGER, role VARCHAR(50), content TEXT,"
    " created_at DATETIME)",
    "checkpoints (id INTEGER PRIMARY KEY, session_id INTEGER, message_index INTEGER,"
    " trigger_event VARCHAR(100), state_json TEXT, created_at DATETIME)",
)
"""The terminal program's tables as a program made them that allows NULL everywhere."""

COLUMNS = {
    "sessions": ("name", "created_at", "updated_at", "hfs_run_snapshot", "hfs_extra"),
    "messages": ("role", "content", "created_at", "hfs_extra"),
    "checkpoints": ("message_index", "trigger_event", "state_json", "created_at", "hfs_extra"),
}
VALUES = {
    "nothing": "NULL",
    "no UTF-8": "CAST(x'fffe41c328' AS TEXT)",
    "half a surrogate pair": "CAST(x'61eda08062' AS TEXT)",
    "cut in a character": "CAST(x'61f09f98' AS TEXT)",
    "bytes": "x'00ff41'",
    "bytes that are JSON": "CAST('{\"a\": 1}' AS BLOB)",
    "no bytes": "x''",
    "a fraction": "1.5",
    "without end": "9e999",
    "the largest number": "9223372036854775807",
    "the least number": "-9223372036854775808",
    "text with NUL": "'a' || char(0) || 'b'",
    "a NUL": "char(0)",
    "empty text": "''",
    "a role nobody knows": "'## User' || char(10) || '<script>'",
    "an impossible time": "'2026-13-45 99:99:99'",
    "the year 0": "'0000-01-01 00:00:00.000000'",
    "a time before all": "'0001-01-01 00:00:00+14:00'",
    "a time after all": "'9999-12-31 23:59:59.999999-14:00'",
    "a time alone": "'12:30'",
    "deep JSON": "replace(hex(zeroblob(3000)), '00', '[')",
    "deep JSON that ends": "replace(hex(zeroblob(300)), '00', '[')"
    " || replace(hex(zeroblob(300)), '00', ']')",
    **{
        f"JSON of {levels} levels": f"replace(hex(zeroblob({levels})), '00', '[')"
        f" || replace(hex(zeroblob({levels})), '00', ']')"
        for levels in (97, 98, 99, 100, 101)
    },
    **{
        f"JSON of {levels} levels in an object": f"'{{\"x\": ' || replace(hex(zeroblob({levels})),"
        f" '00', '[') || replace(hex(zeroblob({levels})), '00', ']') || '}}'"
        for levels in (97, 98, 99, 100)
    },
    "JSON that is not finite": '\'{"a": NaN, "b": 1e400, "c": -Infinity}\'',
    "JSON with half a surrogate pair": '\'{"a": "\\ud800", "\\udfff": 1}\'',
    "JSON with an enormous number": "'{\"a\": 123456789012345678901234567890}'",
    "JSON with a key twice": '\'{"a": 1, "a": 2}\'',
    "JSON with our keys": '\'{"role": 5, "content": null, "created_at": 7, "state": [],'
    ' "trigger": {}, "message_index": "x", "metadata": 5, "document": [1]}\'',
    "JSON with more keys": '\'{"metadata": {"schema_version": 9, "session_name": 5},'
    ' "document": {"messages": 1, "metadata": 2, "x": 3}}\'',
    "JSON that is a list": "'[1]'",
}


def cases() -> Iterator[tuple[int, str, str, str]]:
    """A session's id, the table and column in which it has an odd value, and that value."""
    number = 10
    for table, columns in COLUMNS.items():
        for column in columns:
            for value in VALUES.values():
                yield number, table, column, value
                number += 1


def make_lax_store(path: Path) -> None:
    with stores.opened(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for table in LAX_TABLES:
            connection.execute(f"CREATE TABLE {table}")


def add_session(connection: Any, number: int, odd: tuple[str, str, str] | None = None) -> None:
    """A session of two messages and a checkpoint; ``odd`` is table, column and value in SQL."""
    time = "'2026-02-01 10:30:00.250184'"
    parts = [
        ("sessions", {"id": str(number), "name": f"'No {number}'"}),
        ("messages", {"role": "'user'", "content": f"'first of {number}'"}),
        ("checkpoints", {"message_index": "1", "trigger_event": "'t'", "state_json": "'{}'"}),
    ]
    for table, values in parts:
        if table != "sessions":
            values["session_id"] = str(number)
        values["created_at"] = time
        if odd and odd[0] == table:
            values[odd[1]] = odd[2]
        names, given = ", ".join(values), ", ".join(values.values())
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({given})")
    connection.execute(
        "INSERT INTO messages (session_id, role, content, created_at)"
        f" VALUES ({number}, 'assistant', 'last of {number}', {time})"
    )


def listed(client: Client, limit: int) -> list[dict[str, Any]]:
    """All sessions, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = client.request("hfs/listSessions", {"limit": limit, "cursor": cursor})
        found += page["sessions"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


def shown(client: Client, number: int, suffix: str) -> str:
    if number < 0:
        # The address of a document has room for digits only.
        kind = "json" if suffix == "json" else "markdown"
        written = client.request("hfs/export", {"sessionId": number, "format": kind})["uri"]
        return Path(url2pathname(urlsplit(written).path)).read_text(encoding="utf-8")
    uri = f"hfs:/sessions/{number}.{suffix}"
    text: str = client.request("workspace/textDocumentContent", {"uri": uri})["text"]
    return text


def strictly(text: str) -> Any:
    """The value of a JSON text that any reader takes."""

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    text.encode()
    return json.loads(text, parse_constant=refuse)


def test_every_odd_value_in_every_column_is_listed_exported_and_imported(
    start: Start, store_path: Path
) -> None:
    make_lax_store(store_path)
    client = start()
    client.request("hfs/listSessions")
    odd = [*cases()]
    with stores.opened(store_path) as connection:
        connection.execute("BEGIN")
        add_session(connection, 1)
        for number, *where in odd:
            add_session(connection, number, (where[0], where[1], where[2]))
        connection.execute("COMMIT")
    before = {suffix: shown(client, 1, suffix) for suffix in ("md", "json")}
    expected = {1, *(number for number, *_ in odd)}
    for limit in (500, 7):
        found = listed(client, limit)
        assert len(found) == len(expected)
        assert {session["id"] for session in found} == expected
        assert {session["messageCount"] for session in found} == {2}
        assert {session["checkpointCount"] for session in found} == {1}
    faults = []
    for number, *where in effort.chosen(odd, quick=140):
        try:
            check_comes_through(client, number)
        except (AssertionError, TypeError, ValueError, Refused) as error:
            faults.append((where, repr(error)[:300]))
    assert faults == []
    for suffix, text in before.items():
        assert without_moment(shown(client, 1, suffix)) == without_moment(text)


def check_comes_through(client: Client, number: int) -> None:
    """Fails where an export of the session lacks anything, or does not come in again."""
    text = shown(client, number, "json")
    document = strictly(text)
    assert [len(document["messages"]), len(document["checkpoints"])] == [2, 1]
    assert document["messages"][1]["content"] == f"last of {number}"
    assert f"last of {number}" in shown(client, number, "md")
    (made,) = client.request("hfs/import", {"content": text})["sessions"]
    again = strictly(shown(client, made["id"], "json"))
    for part in ("messages", "checkpoints", "run_snapshot"):
        assert again[part] == document[part]


def without_moment(text: str) -> list[str]:
    return [line for line in text.splitlines() if "xported" not in line]


IDS = [
    "-9223372036854775808",
    "-1",
    "0",
    "4611686018427387904",
    "9223372036854775807",
]
ODD_OWNERS = ["NULL", "'abc'", "x'ff00'", "1e300", "-7", "77777", "9223372036854775807", "1.5"]


def test_sessions_and_rows_of_any_id_are_listed_and_shown(start: Start, store_path: Path) -> None:
    make_lax_store(store_path)
    client = start()
    client.request("hfs/listSessions")
    with stores.opened(store_path) as connection:
        for number in IDS:
            add_session(connection, int(number))
        for number in IDS[1:-1]:
            connection.execute(
                "INSERT INTO messages (id, session_id, role, content)"
                f" VALUES ({-abs(int(number)) - 3}, 0, 'user', 'early')"
            )
        for owner in ODD_OWNERS:
            connection.execute(
                f"INSERT INTO messages (session_id, role, content) VALUES ({owner}, 'user', 'x')"
            )
            connection.execute(
                "INSERT INTO checkpoints (session_id, message_index, trigger_event, state_json)"
                f" VALUES ({owner}, 0, 't', '{{}}')"
            )
    found = {session["id"]: session for session in listed(client, 2)}
    assert found.keys() == {int(number) for number in IDS}
    for number in found:
        said = strictly(shown(client, number, "json"))["messages"]
        assert len(said) == found[number]["messageCount"]
        # A row that another program gave to the last session is of it.
        count = {0: 5, 9223372036854775807: 3}.get(number, 2)
        assert len(said) == count, number
        assert f"last of {number}" in shown(client, number, "md")


def test_queries_over_odd_names_are_answered(start: Start, store_path: Path) -> None:
    make_lax_store(store_path)
    client = start()
    client.request("hfs/listSessions")
    with stores.opened(store_path) as connection:
        for number, value in enumerate(VALUES.values(), start=1):
            add_session(connection, number, ("sessions", "name", value))
        add_session(connection, 1000)
    names = [session["name"].casefold() for session in listed(client, 500)]
    for query in ("no", "�", "\\xff", "nobody", "1.5", "\n", "user"):
        found = client.request("hfs/listSessions", {"query": query, "limit": 500})["sessions"]
        assert all(query in session["name"].casefold() for session in found)
        assert len(found) == sum(query in name for name in names)
