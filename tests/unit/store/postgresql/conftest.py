"""A store that a team shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from testing.postgresql import Server
    from testing.teams import Team


@pytest.fixture
def empty_team(postgresql: Server) -> Iterator[Team]:
    """A database that has no store yet, and its users."""
    from testing.teams import new_team

    made = new_team(postgresql)
    yield made
    with postgresql.connected() as connection:
        connection.execute(f"DROP DATABASE {made.name} WITH (FORCE)".encode())


@pytest.fixture
def team(empty_team: Team) -> Team:
    """A store that its administrator has prepared, and whose users have their roles."""
    from hfs_server.store.postgresql.roles import roles_script
    from testing.teams import join

    done = empty_team.run_script(roles_script())
    assert (done.returncode, done.stderr) == (0, "")
    join(empty_team)
    return empty_team
