"""A PostgreSQL server for the tests, on a socket in a temporary folder, and its databases."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from hfs_server.store.address import Address
from testing.waiting import wait_until

MISSING = (
    "NOT TESTED ON POSTGRESQL: install its server (Debian: apt-get install postgresql), or add "
    "the folder of its programs to PATH"
)
USER = "hfs_test"
"""The administrator, for whom no row-level security holds."""
MEMBER = "hfs_member"
"""Who owns the databases of tests, and has no other rights."""

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "timezone": "Asia/Kathmandu",
    "datestyle": "German",
    "log_min_messages": "fatal",
}
"""Fast where it does not have to survive, and odd where it must not matter."""
_OTHERS = ("nobody", "postgres", "daemon")
"""Users as which the server runs, since it refuses to run as root."""


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None if there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((each for each in folders if (each / "postgres").exists()), None)


class Server:
    """A server in a folder of its own; ``stop`` ends it, and ``start`` starts it again.

    With a ``primary``, it is a replica of that.
    """

    def __init__(self, bin_folder: Path, primary: Server | None = None) -> None:
        self._bin = bin_folder
        # A socket's path must be short.
        self.folder = Path(tempfile.mkdtemp(prefix="hfs-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._as_user = unprivileged()
        self._numbers = count(1)
        if self._as_user:
            shutil.chown(self.folder, self._as_user["user"], self._as_user["group"])
        if primary is None:
            options = ["-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C"]
            self.run("initdb", *options, "--no-sync", "--no-instructions")
        else:
            options = ["-h", str(primary.folder), "-U", USER, "-D", self._data, "-c", "fast"]
            self.run("pg_basebackup", *options, "--write-recovery-conf", "--no-sync")
        self.start()
        if primary is None:
            with self.connected() as connection:
                connection.execute(f"CREATE ROLE {MEMBER} LOGIN".encode())

    def replica(self) -> Server:
        """A server that can only be read, and that follows this one."""
        return Server(self._bin, self)

    def another(self) -> Server:
        """A server of its own, which a test may set up and break as it likes."""
        return Server(self._bin)

    def put(self, file: Path) -> str:
        """Copies a file to where only the server can read it; returns the path."""
        copy = self.folder / file.name
        shutil.copyfile(file, copy)
        copy.chmod(0o600)
        if self._as_user:
            shutil.chown(copy, self._as_user["user"], self._as_user["group"])
        return str(copy)

    def promote(self) -> None:
        """Makes a replica the primary server."""
        self.run("pg_ctl", "promote", "-D", self._data, "-w")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def start(self, **settings: str) -> None:
        """Starts it, and waits until it answers."""
        chosen = {**_SETTINGS, "unix_socket_directories": str(self.folder), **settings}
        self._port = settings.get("port", "5432")
        options = [word for name, value in chosen.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._bin / "postgres", "-D", self._data, *options],
                cwd=self.folder,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
                **self._as_user,
            )
        wait_until(self._answers)

    def stop(self, mode: str = "fast") -> None:
        """Ends it and all connections; what was committed stays."""
        if self._process is not None:
            self.run("pg_ctl", "stop", "-D", self._data, "-m", mode)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Ends it, and removes its folder."""
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def new_database(self) -> Address:
        """The address of an empty database."""
        name = f"test_{next(self._numbers)}"
        with self.connected() as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {MEMBER}".encode())
        return self.address(name, MEMBER)

    def drop(self, address: Address) -> None:
        """Removes a database, which nobody uses any more."""
        name = address.connection_string.rpartition("/")[2].partition("?")[0]
        with self.connected() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def address(self, name: str = "postgres", user: str = USER) -> Address:
        """The address of a database."""
        place = f"host={quote(str(self.folder), safe='')}&port={self._port}"
        return Address(f"postgresql://{user}@/{name}?{place}")

    @contextmanager
    def connected(self, address: Address | None = None) -> Iterator[psycopg.Connection[Any]]:
        """A connection as any other program has it."""
        chosen = (address or self.address()).connection_string
        with psycopg.connect(chosen, autocommit=True) as connection:
            yield connection

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text("utf-8")
        try:
            with self.connected():
                return True
        except psycopg.OperationalError:
            return False

    def run(self, program: str, *options: str) -> None:
        """Runs one of PostgreSQL's programs to its end, as the user of the server."""
        done = subprocess.run(
            [self._bin / program, *options], cwd=self.folder, capture_output=True, **self._as_user
        )
        assert done.returncode == 0, done.stderr.decode()


def unprivileged() -> dict[str, Any]:
    """How a process is started that may not be root's."""
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    users = {user.pw_name: user for user in pwd.getpwall()}
    user = next(users[name] for name in _OTHERS if name in users)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
