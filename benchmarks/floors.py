"""Plain programs that do the least of the same work: ``python -m benchmarks.floors NAME …``.

Each prints its seconds and its highest memory over that of its beginning, as JSON.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from contextlib import closing

from benchmarks.costs import measured
from benchmarks.material import INSERT_MESSAGE, INSERT_SESSION
from benchmarks.memory import peak_kibibytes, present_kibibytes

_MESSAGES = "SELECT role, content, created_at FROM messages WHERE session_id = 1 ORDER BY id"

_TOOL_MESSAGES = """
    SELECT role, content, created_at, hfs_extra FROM messages WHERE session_id = 1 ORDER BY id
"""


def import_whole(source: str, store: str) -> None:
    """The file read in one go, and its rows written in one transaction."""
    with open(source, encoding="utf-8") as file:
        document = json.load(file)
    rows = [
        (1, message["role"], message["content"], _store_time(message["created_at"]))
        for message in document["messages"]
    ]
    with closing(sqlite3.connect(store)) as connection:
        session = (1, document["metadata"]["session_name"], rows[0][3], rows[-1][3])
        connection.execute(INSERT_SESSION, session)
        connection.executemany(INSERT_MESSAGE, rows)
        connection.commit()


def export_json(store: str, destination: str) -> None:
    """Row by row, each as ``json.dumps`` has it."""
    with (
        closing(sqlite3.connect(store)) as connection,
        open(destination, "w", encoding="utf-8") as file,
    ):
        file.write('{"messages": [')
        separator = "\n"
        for role, content, created_at in connection.execute(_MESSAGES):
            message = {"role": role, "content": content, "created_at": _file_time(created_at)}
            file.write(separator + json.dumps(message, ensure_ascii=False, indent=2))
            separator = ",\n"
        file.write("]}\n")


def export_markdown(store: str, destination: str) -> None:
    """Row by row, each as a heading and its content as it is."""
    with (
        closing(sqlite3.connect(store)) as connection,
        open(destination, "w", encoding="utf-8") as file,
    ):
        for number, row in enumerate(connection.execute(_MESSAGES), start=1):
            role, content, created_at = row
            file.write(f"\n### {number}. {role.capitalize()} - {created_at}\n\n{content}\n")


def export_tools(store: str, destination: str) -> None:
    """Row by row, each as a heading, its content, and its tool calls as JSON."""
    with (
        closing(sqlite3.connect(store)) as connection,
        open(destination, "w", encoding="utf-8") as file,
    ):
        for number, row in enumerate(connection.execute(_TOOL_MESSAGES), start=1):
            role, content, created_at, extra = row
            calls = json.loads(extra or "{}").get("tool_calls", ())
            file.write(f"\n### {number}. {role.capitalize()} - {created_at}\n\n{content}\n")
            file.writelines(f"\n{call['name']}: {json.dumps(call['input'])}\n" for call in calls)


def _store_time(created_at: str) -> str:
    return created_at.removesuffix("Z").replace("T", " ")


def _file_time(created_at: str) -> str:
    return created_at.replace(" ", "T") + "Z"


_FLOORS = {
    "import": import_whole,
    "json": export_json,
    "markdown": export_markdown,
    "tools": export_tools,
}


def main(name: str, source: str, destination: str) -> None:
    """Does the work of this name and prints what it took."""
    before = present_kibibytes(os.getpid())
    cost = measured(lambda: _FLOORS[name](source, destination))
    kibibytes = peak_kibibytes(os.getpid()) - before
    print(json.dumps({**cost._asdict(), "kibibytes": kibibytes}))


if __name__ == "__main__":
    main(*sys.argv[1:])
