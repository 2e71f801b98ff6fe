"""A file and a database that are imported into each other at random end equal.

Between the imports sessions begin, grow, are renamed, deleted and restored in either store. What is
remembered of an import must never keep a change from arriving.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from hfs_server.session import SavedSession
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.results import SessionSummary
from testing.postgresql import Server
from testing.tool_logs import claude_code
from tests.unit.pairs_of_stores import add, exports, named, take, use

SECRET = "AKIAIOSFODNN7" + "EXAMPLQ"
ROUNDS = 6
"""After so many rounds in which each store imported the other one, nothing may change."""

either = st.integers(0, 1)
which = st.integers(0, 3)


class TwoStores(RuleBasedStateMachine):
    """Two stores, empty at first."""

    engines: ClassVar[str] = "sqlite-postgresql"
    server: ClassVar[Server]

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._home, os.environ["HOME"] = os.environ["HOME"], self._folder.name
        self._places: list[StorePlace] = []
        for number, engine in enumerate(self.engines.split("-")):
            path = Path(self._folder.name) / f"{number}.db"
            self._places.append(path if engine == "sqlite" else self.server.new_database())
            add(self._places[number], named("In both", "one"))

    def teardown(self) -> None:
        try:
            self._check_equal()
        finally:
            os.environ["HOME"] = self._home
            for place in self._places:
                if not isinstance(place, Path):
                    self.server.drop(place)
            self._folder.cleanup()

    @rule(store=either, name=st.sampled_from("xyz"), count=st.integers(1, 4))
    def read_a_document(self, store: int, name: str, count: int) -> None:
        add(self._places[store], named(name, *[f"{name} {n}" for n in range(count)]))

    @rule(store=either, name=st.sampled_from("xyz"), last=st.sampled_from(["a", "b"]))
    def read_a_fork(self, store: int, name: str, last: str) -> None:
        add(self._places[store], named(name, f"{name} 0", last))

    @rule(store=either, number=st.integers(1, 2), turns=st.integers(1, 3))
    def read_a_log(self, store: int, number: int, turns: int) -> None:
        add(self._places[store], claude_code(number, turns, f"my key is {SECRET}"))

    @rule(store=either, number=which, name=st.sampled_from(["Renamed", "Renamed again"]))
    def rename(self, store: int, number: int, name: str) -> None:
        self._change(store, number, lambda opened, each: opened.rename(each.id, name))

    @rule(store=either, number=which)
    def delete(self, store: int, number: int) -> None:
        self._change(store, number, lambda opened, each: opened.delete(each.id))

    @rule(store=either, number=which)
    def restore(self, store: int, number: int) -> None:
        self._change(store, number, lambda opened, each: opened.restore(each.id), deleted=True)

    @rule(into=either)
    def import_the_other(self, into: int) -> None:
        self._import(into)

    def _change(self, store: int, number: int, change: Any, *, deleted: bool = False) -> None:
        async def work(opened: Store) -> None:
            found: list[SessionSummary] = (await opened.list(deleted=deleted)).sessions
            if found:
                await change(opened, found[number % len(found)])

        use(self._places[store], work)

    def _import(self, into: int) -> list[SavedSession]:
        before = exports(self._places[into])
        report = take(self._places[into], self._places[1 - into])
        assert report.failed == []
        after = exports(self._places[into])
        for identity, found in before.items():
            assert len(after.get(identity, ())) >= len(found), "a session is gone"
        changed = [each for each in report.sessions if each.status in ("created", "updated")]
        assert bool(changed) == (before != after) or all(_only_renames(e) for e in changed)
        return changed

    def _check_equal(self) -> None:
        for _ in range(ROUNDS):
            if not [*self._import(0), *self._import(1)]:
                break
        else:
            raise AssertionError("they go on changing each other")
        one, two = map(exports, self._places)
        for identity in one.keys() & two.keys():
            assert Counter(map(_said, one[identity])) == Counter(map(_said, two[identity]))
        # What one lacks was deleted there.
        for missing, place in ((two.keys() - one.keys(), 0), (one.keys() - two.keys(), 1)):
            states = use(self._places[place], lambda opened: opened.deletion_states())
            assert missing <= states.keys()


def _only_renames(saved: SavedSession) -> bool:
    return saved.status == "updated"


def _said(document: bytes) -> bytes:
    """A document without its name, which each store may have given."""
    return b"".join(line for line in document.splitlines() if b'"session_name"' not in line)


@pytest.mark.parametrize("engines", ["sqlite-postgresql", "postgresql-postgresql"])
def test_stores_that_import_each_other_end_equal(engines: str, postgresql: Server) -> None:
    steps = settings(
        stateful_step_count=12, max_examples=max(6, settings().max_examples // 20), deadline=None
    )
    tested = type("Tested", (TwoStores,), {"engines": engines, "server": postgresql})
    run_state_machine_as_test(tested, settings=steps)
