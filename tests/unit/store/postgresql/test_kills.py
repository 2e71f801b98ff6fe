"""Several programs import the same sessions, and are killed: each session is whole, and once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hfs_server.store.address import Address
from testing.postgresql import Server
from testing.tool_logs import claude_code
from testing.waiting import wait_until

SESSIONS = 30
CHECKS = {
    "a message is missing": """SELECT id FROM hfs.sessions AS s WHERE message_count <>
        (SELECT count(*) FROM hfs.messages WHERE session_id = s.id)""",
    "a place is missing": """SELECT session_id FROM hfs.messages
        GROUP BY session_id HAVING max(position) <> count(*)""",
    "a session is there twice": """SELECT identity FROM hfs.sessions
        GROUP BY identity HAVING count(*) > 1""",
    "a chunk is missing": """SELECT digest FROM hfs.originals AS o WHERE NOT EXISTS
        (SELECT 1 FROM hfs.original_chunks WHERE original = o.digest)""",
    "more is indexed than there is": """SELECT id FROM hfs.sessions
        WHERE indexed_messages > message_count""",
}


def test_each_session_is_whole_and_there_once(
    postgresql: Server, database: Address, tmp_path: Path
) -> None:
    for number in range(SESSIONS):
        (tmp_path / f"{number}.jsonl").write_bytes(claude_code(number, turns=20))
    program = [sys.executable, "-m", "hfs_server", "--database", database.connection_string]
    command = [*program, "import", str(tmp_path), "--quiet"]
    with postgresql.connected(database) as connection:

        def count() -> int:
            if connection.execute("SELECT to_regclass('hfs.sessions')").fetchall() == [(None,)]:
                return 0
            return int(connection.execute("SELECT count(*) FROM hfs.sessions").fetchall()[0][0])

        for goal in (1, 6, 12):
            programs = [_started(command) for _ in range(4)]
            wait_until(lambda: count() >= goal)  # noqa: B023
            for process in programs:
                process.kill()
            for process in programs:
                process.wait()
            _check(connection)
        programs = [_started(command) for _ in range(3)]
        assert [process.wait() for process in programs] == [0] * 3
        assert count() == SESSIONS
        _check(connection)


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _check(connection: object) -> None:
    for problem, sql in CHECKS.items():
        assert connection.execute(sql.encode()).fetchall() == [], problem  # type: ignore[attr-defined]
