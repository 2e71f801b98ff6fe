"""Eight servers at work on one database: imports of the same files, deletions, and kills."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from hfs_server.store.address import Address
from testing import effort
from testing.client import Refused
from testing.postgresql import Server
from testing.waiting import PATIENCE_SECONDS, wait_until
from testing.whole_sessions import whole_document
from testing.workers import KILL_EVERY_SECONDS, Worker

SERVERS = 8
SHARED = 6
"""How many files all of them import, and change sessions of."""

CHECKS = {
    "a message is missing": """SELECT id FROM hfs.sessions AS s WHERE message_count <>
        (SELECT count(*) FROM hfs.messages WHERE session_id = s.id)""",
    "a checkpoint is missing": """SELECT id FROM hfs.sessions AS s WHERE checkpoint_count <>
        (SELECT count(*) FROM hfs.checkpoints WHERE session_id = s.id)""",
    "a place is missing": """SELECT session_id FROM hfs.messages
        GROUP BY session_id HAVING max(position) <> count(*)""",
    "a session is there twice": """SELECT identity FROM hfs.sessions
        GROUP BY identity HAVING count(*) > 1""",
}
BUSY = """SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class TeamWorker(Worker):
    """One that also imports what the others import, and deletes, restores and renames it."""

    def deeds(self) -> list[Callable[[], None]]:
        return super().deeds() + [self.take_in_shared] * 10 + [self.change] * 10 + [self.storm] * 2

    def take_in_shared(self) -> None:
        """Imports a file that all import."""
        number = self.random.randrange(SHARED)
        content = json.dumps(whole_document(f"shared-{number}", 40 * (number + 1)))
        assert self.client is not None
        (session,) = self.client.request("hfs/import", {"content": content})["sessions"]
        assert session["status"] in ("created", "updated", "unchanged", "skipped")

    def change(self) -> None:
        """Deletes, restores or renames a session that is everybody's."""
        assert self.client is not None
        method = self.random.choice(
            ["hfs/deleteSession", "hfs/restoreSession", "hfs/renameSession"]
        )
        params = {"deleted": True} if method == "hfs/restoreSession" else {}
        page = self.client.request("hfs/listSessions", {"limit": 500, **params})
        shared = [each for each in page["sessions"] if "shared" in each["name"]]
        if not shared:
            return
        chosen = self.random.choice(shared)
        name = {"name": f"shared {self.made}"} if method == "hfs/renameSession" else {}
        try:
            self.client.request(method, {"sessionId": chosen["id"], **name})
        except Refused as error:
            # Another one was faster.
            if error.kind != "sessionNotFound":
                raise

    def storm(self) -> None:
        """Sends much at once, and cancels all of it."""
        assert self.client is not None
        sent = [
            self.client.send(method, params)
            for method, params in (
                ("hfs/listSessions", {}),
                ("hfs/search", {"query": "shared"}),
                ("hfs/statistics", {}),
            )
            for _ in range(3)
        ]
        for request in sent:
            self.client.cancel(request)
        for request in sent:
            reply = self.client.reply(request)
            assert "result" in reply or reply["error"]["code"] in (-32800, -32803), reply


@pytest.mark.parametrize("is_killing", [False, True], ids=["all live", "some are killed"])
def test_eight_servers_work_on_one_database(
    tmp_path: Path, postgresql: Server, database: Address, is_killing: bool
) -> None:
    stop = threading.Event()
    workers = [TeamWorker(number, stop, tmp_path, database) for number in range(SERVERS)]
    for worker in workers:
        worker.start()
    while not all(worker.counts or worker.failure for worker in workers):
        time.sleep(0.05)
    chance = random.Random(effort.SEED)
    deadline = time.monotonic() + effort.seconds(quick=6, share=0.5)
    while time.monotonic() < deadline and not any(worker.failure for worker in workers):
        time.sleep(KILL_EVERY_SECONDS)
        client = (worker := chance.choice(workers)).client
        if is_killing and client is not None and client.is_initialized:
            worker.is_killed = True
            client.process.kill()
    stop.set()
    for worker in workers:
        worker.join(3 * PATIENCE_SECONDS)
        assert not worker.is_alive(), "a client still waits for its answer"
    print(f"done: {[worker.counts for worker in workers]}")
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure
    with postgresql.connected(database) as connection:
        # Whoever was killed holds nothing, either.
        wait_until(lambda: connection.execute(BUSY).fetchall() == [])
        for problem, sql in CHECKS.items():
            assert connection.execute(sql.encode()).fetchall() == [], problem
        rows = connection.execute("SELECT name, message_count FROM hfs.sessions").fetchall()
    found = dict(rows)
    for worker in workers:
        for name in worker.acknowledged:
            assert found.get(name) == int(name.rsplit(" ", 1)[1]), name
