"""Stores that import each other, in any order and however often, end equal.

Between the imports sessions begin, grow, are renamed and deleted, by the terminal program and by
imports of other tools' logs and of export documents.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hfs_server.identity import HFS_TOOL, derived_identity
from hfs_server.import_session import import_file, import_paths
from hfs_server.importers.source_file import file_of, source_of
from hfs_server.session import SessionSnapshot
from hfs_server.store import Store
from hfs_server.store.shapes import ImportRules
from testing import stores
from testing.documents import document, message
from testing.terminal import Terminal
from testing.tool_logs import claude_code
from tests.unit.store.sqlite.sessions import use

Facts = tuple[str, ...]
"""All that a session holds, which is the same wherever it is."""
Held = dict[str, Counter[Facts]]
"""What a store holds of each identity; copies have the same one."""
Result = TypeVar("Result")

BEGUN = datetime(2026, 2, 1, 10)
ROUNDS = 8
"""After so many rounds in which each store imported each other one, nothing may change."""

one_of_three = st.integers(0, 2)
numbers = st.integers(0, 3)


class StoresThatImportEachOther(RuleBasedStateMachine):
    """Some stores, each used by the terminal program and by hfs-server."""

    count = 2

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._ticks = 0
        folder = Path(self._folder.name)
        self._terminals = [Terminal(folder / f"{number}.db") for number in range(self.count)]

    def teardown(self) -> None:
        try:
            self._check_all_equal()
        finally:
            for terminal in self._terminals:
                terminal.close()
            self._folder.cleanup()

    @rule(store=one_of_three, said=st.lists(st.sampled_from("ab"), max_size=2))
    def begin(self, store: int, said: list[str]) -> None:
        self._ticks += 1
        begun = BEGUN + timedelta(microseconds=self._ticks)
        self._terminal(store).add_session(f"No {self._ticks}", *said, created_at=begun)

    @rule(store=one_of_three, which=numbers, said=st.sampled_from("cde"))
    def say(self, store: int, which: int, said: str) -> None:
        if (number := self._session(store, which)) is not None:
            self._terminal(store).add_message(number, "user", said)

    @rule(store=one_of_three, which=numbers, state=st.sampled_from(["{}", '{"a": 1}', "no JSON"]))
    def keep_a_state(self, store: int, which: int, state: str) -> None:
        if (number := self._session(store, which)) is not None:
            self._terminal(store).add_checkpoint(number, 1, "run.ended", state)

    @rule(store=one_of_three, which=numbers)
    def delete(self, store: int, which: int) -> None:
        if (number := self._session(store, which)) is not None:
            self._terminal(store).delete_session(number)

    @rule(store=one_of_three, number=st.integers(1, 2), turns=st.integers(1, 3))
    def read_a_log(self, store: int, number: int, turns: int) -> None:
        log = claude_code(number, turns)
        self._use(store, lambda opened: import_file(opened, source_of(log)))

    @rule(store=one_of_three, number=st.integers(1, 2), turns=st.integers(1, 2))
    def read_a_renamed_log(self, store: int, number: int, turns: int) -> None:
        log, rules = claude_code(number, turns), ImportRules(name=f"Renamed {turns}")
        self._use(store, lambda opened: import_file(opened, source_of(log), rules))

    @rule(
        store=one_of_three,
        name=st.sampled_from("xy"),
        size=st.integers(0, 3),
        is_timed=st.booleans(),
        more=st.dictionaries(st.sampled_from("pq"), st.integers(0, 1), max_size=2),
    )
    def read_a_document(
        self, store: int, name: str, size: int, is_timed: bool, more: dict[str, int]
    ) -> None:
        said = [message(f"{name} {n}", **({"odd": more} if n else {})) for n in range(size)]
        made = document(name, *said, metadata={"unknown_key": more}, extra_member=more)
        made["messages"] = said
        if not is_timed:
            del made["metadata"]["session_created_at"]
            made["messages"] = [{**each, "created_at": None} for each in said]
        made["checkpoints"] = [{"trigger": "t", "message_index": 1, "state": more}] * (size > 1)
        self._use(store, lambda opened: import_file(opened, file_of(json.dumps(made))))

    @rule(into=one_of_three, other=one_of_three)
    def import_another(self, into: int, other: int) -> None:
        if into % self.count == other % self.count:
            return
        before = self._held(into)
        self._import(into, other)
        after = self._held(into)
        for identity, held in before.items():
            lost = [facts for facts in held if not _holds(after[identity], facts)]
            assert lost == []

    @invariant()
    def every_store_is_whole(self) -> None:
        for terminal in self._terminals:
            stray = "SELECT 1 FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
            assert stores.rows(terminal.path, stray) == []

    def _check_all_equal(self) -> None:
        pairs = [(a, b) for a in range(self.count) for b in range(self.count) if a != b]
        for _ in range(ROUNDS):
            has_changed = [self._import(into, other) for into, other in pairs]
            if not any(has_changed):
                break
        else:
            raise AssertionError("they go on changing each other")
        held = [self._held(number) for number in range(self.count)]
        deleted = [self._deleted(number) for number in range(self.count)]
        for identity in set().union(*held):
            having = [number for number in range(self.count) if identity not in deleted[number]]
            found = [held[number].get(identity) for number in having]
            assert all(each == found[0] for each in found), identity

    def _import(self, into: int, other: int) -> bool:
        """Imports a store into another one; whether anything changed."""
        path = self._terminal(other).path
        report = self._use(into, lambda opened: import_paths(opened, [path]))
        assert report.failed == []
        return any(each.status in ("created", "updated") for each in report.sessions)

    def _deleted(self, store: int) -> set[str]:
        sql = "SELECT identity FROM hfs_identities"
        known = {identity for (identity,) in stores.rows(self._terminal(store).path, sql)}
        return known - self._held(store).keys()

    def _held(self, store: int) -> Held:
        return self._use(store, _all_facts)

    def _session(self, store: int, which: int) -> int | None:
        found = sorted(self._terminal(store).names())
        return found[which % len(found)] if found else None

    def _terminal(self, store: int) -> Terminal:
        return self._terminals[store % self.count]

    def _use(self, store: int, work: Callable[[Store], Awaitable[Result]]) -> Result:
        return use(self._terminal(store).path, work)


class ThreeStores(StoresThatImportEachOther):
    """The same with three of them."""

    count = 3


async def _all_facts(store: Store) -> Held:
    held: Held = {}
    for number in await store.session_ids():
        async with store.snapshot(number) as snapshot:
            if not snapshot.message_count + snapshot.checkpoint_count:
                # Such sessions are skipped: they have only begun.
                continue
            identity, facts = await _facts(snapshot)
            held.setdefault(identity, Counter())[facts] += 1
    return held


def _holds(held: Counter[Facts], facts: Facts) -> bool:
    """Whether a session has all messages of another one, which it may have outgrown."""
    messages = Counter(json.loads(facts[0]))
    return any(messages <= Counter(json.loads(each[0])) for each in held)


async def _facts(snapshot: SessionSnapshot) -> tuple[str, Facts]:
    """The identity of a session, and all of it but its name, and where its file lay."""
    header = snapshot.header
    messages = [one async for batch in snapshot.messages() for one in batch.messages]
    checkpoints = [one async for batch in snapshot.checkpoints() for one in batch.checkpoints]
    original = b""
    if snapshot.original_name is not None:
        original = b"".join([piece async for piece in snapshot.original()])
    said = [json.dumps(each, sort_keys=True) for each in messages]
    first = [(each["role"], each["content"]) for each in messages[:1]] or [("", "")]
    identity = header.identity or derived_identity(HFS_TOOL, header.created_at, *first[0])
    return identity, (
        json.dumps(said),
        json.dumps(checkpoints, sort_keys=True),
        json.dumps([header.unknown_metadata, header.unknown_members], sort_keys=True, default=dict),
        original.hex(),
    )


STEPS = settings(stateful_step_count=20, max_examples=max(10, settings().max_examples // 10))
TestTwoStores = StoresThatImportEachOther.TestCase
TestTwoStores.settings = STEPS
TestThreeStores = ThreeStores.TestCase
TestThreeStores.settings = STEPS
