"""Who sees and changes what, for users of hfs-server and for those who use other programs."""

from __future__ import annotations

import pytest

from hfs_server.errors import HfsError, NotOwner, SessionNotFound, StoreUnusable
from hfs_server.filters import EVERYTHING
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.address import Address
from hfs_server.store.shapes import DELETED, Visibility
from testing.teams import Team
from tests.unit.store.postgresql.works import READS
from tests.unit.store.sqlite.counting import counted
from tests.unit.store.sqlite.sessions import message, names, read, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session

TABLES = (
    "sessions", "messages", "checkpoints", "words", "edits", "edit_lines", "session_counts",
    "originals", "original_chunks", "chunks", "deletion_states", "imported_files",
)  # fmt: skip
STATE = [{"trigger": "t", "message_index": 1, "created_at": None, "state": {"a": "hidden"}}]


def bring_in(
    team: Team,
    user: str,
    identity: str,
    *words: str,
    visibility: Visibility | None = None,
    original: bytes | None = None,
) -> int:
    """The id of a session that a user brings in."""
    messages = [said(number, word) for number, word in enumerate(words)]
    made = session(messages, identity, title=f"{user} {identity}", original=original)

    async def work(store: Store) -> int:
        saved = await save_source(store, made, on_conflict="update", visibility=visibility)
        await store.update_index(no_progress)
        await counted(store)
        assert saved.id is not None, saved
        return saved.id

    return use(team.address(user), work)


def listed(team: Team, user: str) -> list[str]:
    return sorted(use(team.address(user), names))


def found(team: Team, user: str, query: str) -> list[int]:
    async def work(store: Store) -> list[int]:
        return sorted(each.session.id for each in (await store.search(query)).matches)

    return use(team.address(user), work)


def seen(team: Team, user: str) -> dict[str, int]:
    """How many rows of each table a user sees."""
    return {each: team.ask(user, f"SELECT count(*) FROM hfs.{each}")[0][0] for each in TABLES}


def test_a_private_session_is_seen_by_its_owner_alone(team: Team) -> None:
    number = bring_in(team, "ada", "s-1", "alpha", "beta", original=b"file")
    assert listed(team, "ada") == ["ada s-1"]
    assert found(team, "ada", "alpha") == found(team, "ada", "ada") == [number]
    for other in ("bob", "rea"):
        assert listed(team, other) == found(team, other, "alpha") == found(team, other, "ada") == []
        with pytest.raises(SessionNotFound, match="no session"):
            use(team.address(other), lambda store: read(store, number))

        async def all_of_it(store: Store) -> None:
            assert await store.session_ids() == []
            assert await store.shared() == []
            assert await store.session_marks(EVERYTHING) == []
            assert (await counted(store))["messages"] == 0
            assert await store.deletion_states() == {}
            assert await store.imported_files("") == {}

        use(team.address(other), all_of_it)
        assert set(seen(team, other).values()) == {0}


def test_a_shared_session_is_read_by_all_and_changed_by_its_owner_alone(team: Team) -> None:
    number = bring_in(team, "ada", "s-1", "alpha", "beta", visibility="team", original=b"file")
    for user in ("ada", "bob", "rea"):
        assert use(team.address(user), lambda store: store.shared()) == [(number, "ada", "ada s-1")]
    for other in ("bob", "rea"):
        assert listed(team, other) == ["ada s-1"]
        assert found(team, other, "beta") == [number]

        async def work(store: Store) -> None:
            document, *_ = await read(store, number)
            assert document is not None
            async with store.snapshot(number) as snapshot:
                assert [piece async for piece in snapshot.original()] == [b"file"]
            assert (await counted(store))["messages"] == 2

        use(team.address(other), work)
    for change in CHANGES:
        with pytest.raises(NotOwner, match="Session 1 belongs to ada"):
            use(team.address("bob"), lambda store: change(store, number))  # noqa: B023
        with pytest.raises(HfsError):
            use(team.address("rea"), lambda store: change(store, number))  # noqa: B023
    assert listed(team, "ada") == ["ada s-1"]


CHANGES = (
    lambda store, number: store.rename(number, "mine"),
    lambda store, number: store.delete(number),
    lambda store, number: store.restore(number),
    lambda store, number: store.share(number, "private"),
)


def test_a_deleted_session_is_hidden_restored_and_purged_by_its_owner_alone(team: Team) -> None:
    number = bring_in(team, "ada", "s-1", "alpha", visibility="team")
    use(team.address("ada"), lambda store: store.delete(number))

    async def deleted(store: Store) -> list[int]:
        return [each.id for each in (await store.list(deleted=True)).sessions]

    assert use(team.address("ada"), deleted) == [number]
    assert use(team.address("bob"), deleted) == []
    for user in ("bob", "rea"):
        with pytest.raises(HfsError, match=r"no deleted session|does not permit"):
            use(team.address(user), lambda store: store.restore(number))
    use(team.address("bob"), lambda store: store.purge())
    use(team.address("ada"), lambda store: store.restore(number))
    assert listed(team, "bob") == ["ada s-1"]


def test_two_owners_bring_in_the_same_session_without_learning_of_each_other(team: Team) -> None:
    first = bring_in(team, "ada", "s-1", "alpha", "beta", original=b"file")
    second = bring_in(team, "bob", "s-1", "alpha", original=b"file")
    assert first != second
    assert bring_in(team, "bob", "s-1", "alpha", "beta", "gamma", original=b"longer") == second

    async def messages(store: Store) -> int:
        return (await counted(store))["messages"]

    assert use(team.address("ada"), messages) == 2
    assert use(team.address("bob"), messages) == 3
    # A deletion, too, is that of one's own session.
    use(team.address("ada"), lambda store: store.delete(first))
    assert listed(team, "bob") == ["bob s-1"]
    assert bring_in(team, "bob", "s-1", "alpha", "beta", "gamma", "delta") == second

    async def again(store: Store) -> str | None:
        made = session([said(0, "alpha"), said(1, "beta")], "s-1")
        return (await save_source(store, made, on_conflict="update", restores_deleted=False)).reason

    assert use(team.address("ada"), again) == DELETED
    # Nor does the shared session of another one matter for an import.
    use(team.address("bob"), lambda store: store.share(second, "team"))
    assert use(team.address("ada"), again) == DELETED
    use(team.address("ada"), lambda store: store.restore(first))
    assert listed(team, "ada") == ["ada s-1", "bob s-1"]


def test_what_is_shared_can_be_made_private_again_with_all_below_it(team: Team) -> None:
    parent = bring_in(team, "ada", "s-1", "alpha")

    async def below(store: Store) -> int | None:
        saved = await save_source(store, session([said(0, "beta")], "s-2", parent_id="s-1"))
        await store.update_index(no_progress)
        return saved.id

    child = use(team.address("ada"), below)
    assert found(team, "bob", "beta") == []

    def share(visibility: Visibility) -> int:
        async def work(store: Store) -> int:
            count = await store.share(parent, visibility)
            await store.update_index(no_progress)
            return count

        return use(team.address("ada"), work)

    for _ in range(2):
        assert share("team") == 2
        assert found(team, "bob", "beta") == [child]
        assert found(team, "bob", "ada") == [parent]
        assert share("private") == 2
        assert found(team, "bob", "beta") == found(team, "bob", "ada") == listed(team, "bob") == []
        assert found(team, "ada", "beta") == [child]


@pytest.mark.parametrize("user", ["ada", "bob", "rea"])
def test_what_is_not_indexed_keeps_nobody_from_searching_the_rest(team: Team, user: str) -> None:
    """Its owner indexes it, who may do so now, or only read the store."""
    indexed = bring_in(team, "ada", "s-1", "alpha", visibility="team")
    bring_in(team, "bob", "s-2", "alpha", visibility="team")
    team.ask("bob", "UPDATE hfs.sessions SET indexed_messages = 0 WHERE id <> 1")
    team.ask("bob", "DELETE FROM hfs.words WHERE session_id <> 1 AND position > 0")
    address = team.address(user).connection_string
    is_replica = user == "bob"
    if is_replica:
        address += "&options=-cdefault_transaction_read_only%3Don"

    async def search(store: Store) -> tuple[list[int], bool]:
        await store.update_index(no_progress)
        page = await store.search("alpha")
        return [each.session.id for each in page.matches], page.is_complete

    assert use(Address(address), search) == ([indexed], False)


def test_one_who_can_only_read_gets_one_clear_error_for_everything_else(team: Team) -> None:
    bring_in(team, "ada", "s-1", "alpha", visibility="team")
    writes = (
        lambda store: save_source(store, session([said(0)], "s-9")),
        lambda store: store.rename(1, "x"),
        lambda store: store.delete(1),
        lambda store: store.share(1, "private"),
        lambda store: store.purge(),
        lambda store: store.delete_identity("x", "2026-02-01T10:00:00Z"),
    )
    for user in ("rea", "guest"):
        for write in writes:
            with pytest.raises(StoreUnusable, match=r"for the role hfs_writer\.|belongs to ada"):
                use(team.address(user), write)
    for read_by_guest in READS.values():
        with pytest.raises(StoreUnusable, match=r"for the role hfs_reader\."):
            use(team.address("guest"), read_by_guest)


def test_the_role_that_is_set_counts_and_a_renamed_role_keeps_its_sessions(team: Team) -> None:
    from testing.teams import BOSS

    team.ask(BOSS, "CREATE ROLE project LOGIN")
    try:
        team.ask(BOSS, "GRANT hfs_writer TO project")
        team.ask(BOSS, "GRANT project TO ada")
        mine = bring_in(team, "project", "s-1", "alpha")
        assert listed(team, "ada") == []
        query = "SELECT ARRAY(SELECT session_id FROM hfs.sessions_with('alpha', false))"
        assert team.ask("ada", query) == [([],)]
        with team.server.connected(team.address("ada")) as connection:
            connection.execute("SET ROLE project")
            assert connection.execute(query.encode()).fetchall() == [([mine],)]
            assert connection.execute("SELECT id FROM hfs.sessions").fetchall() == [(mine,)]
            connection.execute("RESET ROLE")
            assert connection.execute(query.encode()).fetchall() == [([],)]
        team.ask(BOSS, "ALTER ROLE project RENAME TO project_2")
        team.ask(BOSS, "CREATE ROLE project LOGIN IN ROLE hfs_writer")
        assert listed(team, "project_2") == ["project s-1"]
        assert listed(team, "project") == []
    finally:
        for role in ("project", "project_2"):
            team.ask(BOSS, f"DROP ROLE IF EXISTS {role}")


def test_the_default_visibility_can_be_set_by_the_administrator(team: Team) -> None:
    with team.server.connected() as connection:
        connection.execute(f"ALTER DATABASE {team.name} SET hfs.visibility = 'team'".encode())
    bring_in(team, "ada", "s-1", "alpha")
    bring_in(team, "ada", "s-2", "beta", visibility="private")
    assert listed(team, "bob") == ["ada s-1"]


def test_messages_are_those_of_the_session(team: Team) -> None:
    # A message can be said by anybody; it is not what decides who sees it.
    made = session([message("alpha", role="team"), message("_team _o1 beta")], "s-1")

    async def work(store: Store) -> None:
        await save_source(store, made)
        await store.update_index(no_progress)

    use(team.address("ada"), work)
    for query in ("alpha", "beta", "_team", "role:team"):
        assert found(team, "bob", query) == []
    assert found(team, "ada", "role:team") == [1]
