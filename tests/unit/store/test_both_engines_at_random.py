"""The same imports, deletions and restorations in stores of both engines have the same results.

After each step both stores have the same sessions, in the same trees, and the same deleted ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hfs_server.errors import SessionNotFound
from hfs_server.filters import EVERYTHING
from hfs_server.store import Store, open_store
from hfs_server.store.shapes import ImportRules
from hfs_server.timestamps import now
from testing.postgresql import Server
from tests.unit.store.sqlite.deletions import family_source
from tests.unit.store.sqlite.sessions import save_in

which = st.integers(0, 5)
identities = st.sampled_from("abcd")
TIMES = ["2026-02-01T09:00:00Z", "2026-02-03T10:00:00Z", "2026-02-04T10:00:00Z"]
times = st.sampled_from([*TIMES, "9998-01-01T00:00:00Z"])
_servers: list[Server] = []


@pytest.fixture(autouse=True)
def server(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server of all databases."""
    monkeypatch.setenv("HOME", str(tmp_path))
    _servers.append(postgresql)
    yield
    _servers.clear()


class BothEngines(RuleBasedStateMachine):
    """A store of each engine."""

    def __init__(self) -> None:
        super().__init__()
        self._begun = now()
        self._folder = TemporaryDirectory()
        self._address = _servers[0].new_database()
        self._loop = asyncio.new_event_loop()
        places = Path(self._folder.name) / "sessions.db", self._address
        self._stores = [open_store(place) for place in places]
        self._count = 0

    def teardown(self) -> None:
        for store in self._stores:
            self._loop.run_until_complete(store.close())
        self._loop.close()
        _servers[0].drop(self._address)
        self._folder.cleanup()

    @rule(
        identity=identities,
        parent=st.none() | identities,
        size=st.integers(1, 3),
        on_conflict=st.sampled_from(["update", "update", "copy", "skip"]),
        is_named=st.booleans(),
    )
    def import_one(
        self, identity: str, parent: str | None, size: int, on_conflict: Any, is_named: bool
    ) -> None:
        async def save(store: Store, is_trial: bool) -> tuple[Any, ...]:
            rules = ImportRules(on_conflict, is_trial=is_trial)
            source = family_source(identity, parent, size=size)
            async with store.importing(rules) as session_import:
                saved = await save_in(session_import, source, restores_deleted=is_named)
            # A trial has no ids; a session that would come back is none that the store has.
            return saved._replace(id=None, stored_id=None)

        tried = self._both(lambda store: save(store, True))
        assert self._both(lambda store: save(store, False)) == tried

    @rule(which=which)
    def rename(self, which: int) -> None:
        self._count += 1
        self._with_one(which, lambda store, number: store.rename(number, f"Name {self._count}"))

    @rule(which=which, time=st.sampled_from(TIMES))
    def delete(self, which: int, time: str) -> None:
        self._with_one(which, lambda store, number: store.delete(number, time))

    @rule(which=which)
    def restore(self, which: int) -> None:
        async def restore(store: Store) -> Any:
            numbers = sorted(await _deleted(store))
            return await store.restore(numbers[which % len(numbers)]) if numbers else None

        self._both(restore)

    @rule(identity=identities, time=times)
    def delete_identity(self, identity: str, time: str) -> None:
        self._both(lambda store: store.delete_identity(identity, time))

    @rule(identity=identities, time=times)
    def restore_identity(self, identity: str, time: str) -> None:
        async def restore(store: Store) -> bool:
            return await store.restore_identity(identity, time) is None

        self._both(restore)

    @rule()
    def purge(self) -> None:
        async def purge(store: Store) -> None:
            await store.purge()

        self._both(purge)

    @invariant()
    def both_have_the_same(self) -> None:
        self._both(self._held)

    async def _held(self, store: Store) -> Any:
        """All of it, with numbers in place of ids."""
        ids = [*await store.session_ids()]
        marks = {mark.id: mark for mark in await store.session_marks(EVERYTHING)}
        live = [
            (ids.index(number), marks[number].identity, (await store.find(number)).session)
            for number in ids
        ]
        deleted = (await _deleted(store)).values()
        states = {
            identity: (state.is_deleted, min(state.changed_at or "", self._begun[:10] + "T"))
            for identity, state in (await store.deletion_states()).items()
        }
        return live, sorted(deleted), states

    def _with_one(self, which: int, work: Callable[[Store, int], Awaitable[Any]]) -> None:
        async def with_one(store: Store) -> Any:
            numbers = await store.session_ids()
            return await work(store, numbers[which % len(numbers)]) if numbers else None

        self._both(with_one)

    def _both(self, work: Callable[[Store], Awaitable[Any]]) -> Any:
        """The result, which is the same in both."""
        first, second = (self._loop.run_until_complete(_result(work, s)) for s in self._stores)
        assert first == second
        return first


async def _result(work: Callable[[Store], Awaitable[Any]], store: Store) -> Any:
    """A result, or the kind of its error; without what is each engine's own."""
    try:
        return _comparable(await work(store), [*await store.session_ids()])
    except SessionNotFound as error:
        return type(error)


def _comparable(value: Any, ids: list[int]) -> Any:
    """The value with numbers for ids, and one type for all sequences."""
    if hasattr(value, "_asdict"):
        found = {name: _comparable(each, ids) for name, each in value._asdict().items()}
        for name in ("id", "parent_id", "stored_id"):
            if found.get(name) is not None:
                found[name] = ids.index(found[name]) if found[name] in ids else "deleted"
        return found
    if isinstance(value, list | tuple):
        return [_comparable(each, ids) for each in value]
    return value


async def _deleted(store: Store) -> dict[int, tuple[Any, ...]]:
    """All deleted sessions by their ids: name, time, messages, and the name of what it is under."""
    found: dict[int, tuple[Any, ...]] = {}
    new: list[tuple[int | None, str]] = [(None, "")]
    while new:
        parent, under = new.pop()
        for each in (await store.list(500, parent_id=parent, deleted=True)).sessions:
            if each.id not in found:
                found[each.id] = (each.name, each.deleted_at, each.message_count, under)
                new.append((each.id, each.name))
    return found


TestBothEngines = BothEngines.TestCase
TestBothEngines.settings = settings(
    max_examples=max(15, settings.default.max_examples // 5), stateful_step_count=25
)
