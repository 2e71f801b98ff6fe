"""A store on PostgreSQL that several users share, as an administrator sets it up."""

from __future__ import annotations

import subprocess
from typing import Any, NamedTuple

import psycopg

from testing.postgresql import Server, programs

BOSS = "hfs_test_boss"
"""Who administers the database, without being a superuser."""
WRITERS = ("ada", "bob")
READER, GUEST = "rea", "guest"
"""Who may only read, and who may nothing."""


class Team(NamedTuple):
    """The users of one database."""

    server: Server
    name: str

    def address(self, user: str) -> Any:
        """The address with which a user opens the store."""
        return self.server.address(self.name, user)

    def ask(self, user: str, sql: str, *values: Any) -> list[Any]:
        """What a user gets who is connected with another program."""
        with self.server.connected(self.address(user)) as connection:
            cursor = connection.execute(sql.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def rejects(self, user: str, sql: str, *values: Any) -> str:
        """The class of the error that a user gets."""
        try:
            found = self.ask(user, sql, *values)
        except psycopg.Error as error:
            return type(error).__name__
        raise AssertionError(f"{user} may: {sql} -> {found}")

    def run_script(self, script: str, user: str = BOSS) -> subprocess.CompletedProcess[str]:
        """Runs a script by psql, as an administrator does."""
        folder = programs()
        assert folder is not None
        options = ["-X", "-q", "-h", str(self.server.folder), "-U", user, self.name]
        return subprocess.run(
            [folder / "psql", *options], input=script, capture_output=True, text=True, check=False
        )


def new_team(server: Server) -> Team:
    """An empty database, with users who have no rights yet."""
    with server.connected() as connection:
        for user in (BOSS, *WRITERS, READER, GUEST):
            rights = "CREATEROLE" if user == BOSS else ""
            if not connection.execute("SELECT to_regrole(%s)", (user,)).fetchall()[0][0]:
                connection.execute(f"CREATE ROLE {user} LOGIN {rights}".encode())
        name = connection.execute("SELECT 'team_' || txid_current()").fetchall()[0][0]
        connection.execute(f"CREATE DATABASE {name} OWNER {BOSS}".encode())
    return Team(server, name)


def join(team: Team) -> None:
    """Gives the members of the team their roles."""
    team.ask(BOSS, f"GRANT hfs_writer TO {', '.join(WRITERS)}")
    team.ask(BOSS, f"GRANT hfs_reader TO {READER}")
