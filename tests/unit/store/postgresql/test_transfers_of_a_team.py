"""Members of a team push the same sessions to its store, and pull those of each other."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.share_settings import Sharing
from hfs_server.sharing import share
from hfs_server.store import open_store
from hfs_server.store.shapes import ImportRules
from hfs_server.transfers import Selection
from testing.command_line import POSIX
from testing.teams import READER, Team
from testing.tool_logs import claude_code
from tests.unit.pairs_of_stores import add, exports, named, statuses, take

SECRET = "AKIAIOSFODNN7" + "EXAMPLQ"
FOR_ALL = ImportRules(visibility="team")
LOG = claude_code(1, 2, f"key {SECRET}")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home folder, in which what is remembered of stores on a server is."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A store in a file with a log and a document."""
    path = tmp_path / "sessions.db"
    add(path, LOG, named("Document", "one"))
    return path


def test_members_who_push_the_same_sessions_have_one_each(team: Team, file: Path) -> None:
    ada, bob = team.address("ada"), team.address("bob")
    assert statuses(take(ada, file, FOR_ALL)) == ["created"] * 2
    assert statuses(take(bob, file)) == ["created"] * 2
    add(file, claude_code(1, 3, f"key {SECRET}"))
    assert statuses(take(ada, file)) == ["unchanged", "updated"]
    assert statuses(take(bob, file, ImportRules("skip"))) == ["skipped"] * 2
    assert statuses(take(bob, file)) == ["unchanged", "updated"]
    for user in (ada, bob):
        assert statuses(take(user, file)) == ["unchanged"] * 2
    counts = "SELECT owner::text, count(*)::int FROM hfs.sessions GROUP BY 1 ORDER BY 1"
    assert team.ask("bob", counts) == [("ada", 2), ("bob", 2)]
    assert team.ask(READER, counts) == [("ada", 2)]


def test_what_others_share_is_pulled_whole_and_what_is_private_is_not(
    team: Team, file: Path, tmp_path: Path
) -> None:
    take(team.address("ada"), file, FOR_ALL)
    take(team.address("ada"), file, FOR_ALL)
    add(team.address("ada"), named("Private", "one"))
    for user in ("bob", READER):
        pulled = tmp_path / f"{user}.db"
        assert statuses(take(pulled, team.address(user))) == ["created"] * 2
        assert exports(pulled) == exports(file)
        assert statuses(take(pulled, team.address(user))) == ["unchanged"] * 2


def test_a_redacted_session_is_kept_back_by_one_s_own_and_not_by_another_s(
    team: Team, file: Path
) -> None:
    take(team.address("ada"), file, FOR_ALL)
    redacted = Selection(redact=True)
    assert statuses(take(team.address("bob"), file, selection=redacted)) == ["created"] * 2
    assert statuses(take(team.address("ada"), file, selection=redacted)) == ["skipped"] * 2


def test_who_may_only_read_cannot_push(team: Team, file: Path) -> None:
    with pytest.raises(StoreUnusable):
        take(team.address(READER), file)


@POSIX
def test_what_is_shared_is_for_the_team_until_its_owner_hides_it(team: Team, file: Path) -> None:
    address = team.address("ada")

    async def run() -> list[str]:
        mine, shared = open_store(file), open_store(address)
        try:
            sharing = Sharing(address, ("/home/ada/web",))
            return statuses(await share(mine, shared, sharing, ["claude-code"]))
        finally:
            await mine.close()
            await shared.close()

    count = "SELECT count(*)::int FROM hfs.sessions"
    assert asyncio.run(run()) == ["created"]
    assert team.ask(READER, count) == [(1,)]
    team.ask("ada", "UPDATE hfs.sessions SET visibility = 'private'")
    assert asyncio.run(run()) == ["unchanged"]
    add(file, claude_code(1, 3, f"key {SECRET}"))
    assert asyncio.run(run()) == ["updated"]
    assert team.ask(READER, count) == [(0,)]
