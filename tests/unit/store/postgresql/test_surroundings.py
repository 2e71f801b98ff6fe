"""What is around a server: a pooler before it, and a disk that is full."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.filters import EVERYTHING
from hfs_server.store import Store
from hfs_server.store.address import Address
from testing import file_systems
from testing.postgresql import MEMBER, Server, unprivileged
from testing.waiting import wait_until
from tests.unit.store.postgresql.test_replicas import differs
from tests.unit.store.postgresql.works import ALL, fails, fill
from tests.unit.store.sqlite.sessions import message, names, save, use

NOISE = random.Random(15).randbytes(200_000).hex()
"""A text that cannot be compressed."""


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


@contextmanager
def pooled(server: Server, database: Address, connections: int) -> Iterator[Address]:
    """The address of the database behind PgBouncer, which has so many connections to it."""
    program = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if program is None:
        pytest.skip("NO POOLER TESTED: there is no pgbouncer here (Debian: pgbouncer)")
    with TemporaryDirectory(prefix="hfs-pool-") as name:
        folder, user = Path(name), unprivileged()
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            f"[databases]\n* = host={server.folder} port=5432 user={MEMBER}\n[pgbouncer]\n"
            f"listen_addr =\nlisten_port = 6432\nunix_socket_dir = {folder}\nauth_type = any\n"
            f"pool_mode = session\ndefault_pool_size = {connections}\nlogfile = {folder}/log\n"
            "query_wait_timeout = 3\n",
            encoding="utf-8",
        )
        if user:
            shutil.chown(folder, user["user"], user["group"])
            shutil.chown(settings, user["user"], user["group"])
        with subprocess.Popen(
            [program, "-q", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user
        ) as process:
            try:
                wait_until(lambda: _is_listening(folder / ".s.PGSQL.6432"))
                name = database.connection_string.partition("@/")[2].partition("?")[0]
                place = f"host={quote(str(folder), safe='')}&port=6432"
                yield Address(f"postgresql://{MEMBER}@/{name}?{place}")
            finally:
                process.kill()


def test_all_works_behind_a_pooler_that_keeps_sessions_together(
    postgresql: Server, database: Address
) -> None:
    async def work(store: Store) -> None:
        await fill(store)
        mark = await store.change_mark()
        for call in ALL.values():
            await call(store)
        assert await differs(store, mark)

    with pooled(postgresql, database, 10) as address:
        use(address, work)
        assert "more" not in use(database, names)


def test_a_pooler_without_a_connection_left_is_one_error(
    postgresql: Server, database: Address
) -> None:
    use(database, fill)
    with pooled(postgresql, database, 1) as address:

        async def work(store: Store) -> None:
            with postgresql.connected(address) as connection:
                connection.execute("SELECT 1")
                await fails(names(store))
            assert await names(store) == ["Title", "one"]

        use(address, work)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no mount")
def test_a_full_disk_of_the_server_is_one_error_and_leaves_nothing_half(
    postgresql: Server,
) -> None:
    space = postgresql.folder / "space"
    space.mkdir()
    file_systems.mount_tmpfs(space, 64 << 20)
    try:
        if user := unprivileged():
            shutil.chown(space, user["user"], user["group"])
        with postgresql.connected() as connection:
            (space / "files").mkdir(mode=0o700)
            if user:
                shutil.chown(space / "files", user["user"], user["group"])
            connection.execute(f"CREATE TABLESPACE small LOCATION '{space}/files'".encode())
            connection.execute(b"CREATE DATABASE small TABLESPACE small")
            address = postgresql.address("small")
            try:
                use(address, fill)
                ballast = file_systems.fill(space, 2 << 20)
                use(address, _is_full)
                ballast.unlink()
                use(address, lambda store: save(store, large(), name="large"))
                assert "large" in use(address, names)
            finally:
                connection.execute(b"DROP DATABASE small WITH (FORCE)")
                connection.execute(b"DROP TABLESPACE small")
    finally:
        file_systems.unmount(space)
        space.rmdir()


def large() -> list[dict[str, object]]:
    """Messages of some 16 MB."""
    return [message(f"{number} {NOISE}") for number in range(40)]


async def _is_full(store: Store) -> None:
    before = await store.session_marks(EVERYTHING)
    for _ in range(2):
        await fails(save(store, large(), name="large"), "no space left", (StoreUnusable,))
        assert await store.session_marks(EVERYTHING) == before
