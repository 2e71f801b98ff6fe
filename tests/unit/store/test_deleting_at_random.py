"""Deletions, restorations, new names, imports and the terminal program's work, in any order.

After each step every session is as it was left: whole in the store, or whole among the deleted
ones, under an id of its own, and no message belongs to another session or to none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from hfs_server.store import Store
from testing import stores
from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import begin, row_by_row
from tests.unit.store.sqlite.sessions import message, save_source, source, use

Result = TypeVar("Result")

which = st.integers(0, 5)
FILES = "abc"


class Known(NamedTuple):
    """A session as it must be."""

    number: int
    """In the order in which they were begun, which never changes."""
    name: str
    said: tuple[str, ...]
    identity: str | None = None


class Deleting(RuleBasedStateMachine):
    """One store, which the terminal program uses too."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._path = Path(self._folder.name) / "sessions.db"
        self._terminal = Terminal(self._path)
        self._patch = pytest.MonkeyPatch()
        self._slowly = row_by_row(self._patch)
        self._slowly.__enter__()
        self._live: dict[int, Known] = {}
        self._deleted: list[tuple[int, Known]] = []
        """With the ids that they had, last deletion last."""
        self._seen: set[str] = set()
        self._count = 0

    def teardown(self) -> None:
        self._slowly.__exit__(None, None, None)
        self._terminal.close()
        self._folder.cleanup()

    @rule(said=st.lists(st.sampled_from("xyz"), max_size=3))
    def begin_in_the_terminal(self, said: list[str]) -> None:
        self._count += 1
        name = f"No {self._count}"
        texts = tuple(f"{text} {self._count}" for text in said)
        self._live[self._terminal.add_session(name, *texts)] = Known(self._count, name, texts)

    @rule(which=which)
    def delete_in_the_terminal(self, which: int) -> None:
        if (number := self._one(which)) is not None:
            self._terminal.delete_session(number)
            del self._live[number]

    @rule(which=which)
    def say_in_the_terminal(self, which: int) -> None:
        number = self._one(which)
        if number is not None and self._live[number].identity is None:
            self._terminal.add_message(number, "user", "more")
            known = self._live[number]
            self._live[number] = known._replace(said=(*known.said, "more"))

    @rule(file=st.sampled_from(FILES), size=st.integers(1, 4), is_named=st.booleans())
    def import_a_file(self, file: str, size: int, is_named: bool) -> None:
        said = tuple(f"{file} {number}" for number in range(size))
        document = source([message(text) for text in said], name=file)
        saved = self._use(
            lambda store: save_source(
                store, document, restores_deleted=is_named, on_conflict="update"
            )
        )
        live = [number for number, known in self._live.items() if known.identity == file]
        deleted = [pair for pair in self._deleted if pair[1].identity == file]
        if not live and file in self._seen and not is_named:
            assert saved.status == "skipped"
            return
        self._seen.add(file)
        assert saved.id is not None
        if live:
            assert saved.id in live
            known = self._live[saved.id]
        elif deleted:
            assert saved.status == "created"
            self._deleted.remove(deleted[-1])
            known = deleted[-1][1]
        else:
            assert saved.status == "created"
            self._count += 1
            known = Known(self._count, file, (), file)
        assert live or saved.id not in self._live
        self._live[saved.id] = known._replace(said=max(known.said, said, key=len))

    @rule(which=which, name=st.sampled_from(["one", "two\nlines"]))
    def rename(self, which: int, name: str) -> None:
        if (number := self._one(which)) is not None:
            self._use(lambda store: store.rename(number, name))
            self._live[number] = self._live[number]._replace(name=name)

    @rule(which=which, is_interrupted=st.booleans())
    def delete(self, which: int, is_interrupted: bool) -> None:
        if (number := self._one(which)) is None:
            return
        if is_interrupted and number < max(self._live):
            # Only the highest id may be given again before the next opening.
            begin(self._path, "delete", number)
        else:
            self._use(lambda store: store.delete(number))
        self._deleted.append((number, self._live.pop(number)))

    @rule(which=which, is_interrupted=st.booleans())
    def restore(self, which: int, is_interrupted: bool) -> None:
        listed = self._use(lambda store: store.list(deleted=True)).sessions
        if not listed:
            return
        chosen = listed[which % len(listed)]
        is_free = not stores.rows(self._path, "SELECT 1 FROM sessions WHERE id = ?", chosen.id)
        found = [pair for pair in self._deleted if pair[1].name == chosen.name]
        if is_interrupted and is_free and 0 < chosen.id < max(self._live, default=0):
            begin(self._path, "restore", chosen.id)
            restored_id = chosen.id
            # The next opening completes it.
            self._use(lambda store: store.list())
        else:
            restored_id = self._use(lambda store: store.restore(chosen.id)).id
            assert restored_id == chosen.id or not is_free or chosen.id < 0
        assert restored_id not in self._live
        pair = self._restored(found, restored_id)
        self._deleted.remove(pair)
        self._live[restored_id] = pair[1]

    @rule()
    def purge(self) -> None:
        self._use(lambda store: store.purge())
        self._deleted.clear()

    @invariant()
    def every_session_is_whole_and_in_one_place(self) -> None:
        listed = self._use(lambda store: store.list(500))
        assert {each.id for each in listed.sessions} == self._live.keys()
        for number, known in self._live.items():
            assert self._in_store(number) == (known.name, known.said)
        shown = self._use(lambda store: store.list(500, deleted=True)).sessions
        assert len({each.id for each in shown}) == len(shown)
        assert sorted((each.name, each.message_count) for each in shown) == sorted(
            (known.name, len(known.said)) for _, known in self._deleted
        )
        count = sum(len(each.said) for each in self._everything())
        assert stores.rows(self._path, "SELECT count(*) FROM messages") == [(count,)]

    def _everything(self) -> list[Known]:
        return [*self._live.values(), *(known for _, known in self._deleted)]

    def _restored(self, found: list[tuple[int, Known]], number: int) -> tuple[int, Known]:
        """Which of the deleted sessions has come back."""
        name, said = self._in_store(number)
        return next(pair for pair in reversed(found) if pair[1][1:3] == (name, said))

    def _in_store(self, number: int) -> tuple[str, tuple[str, ...]]:
        ((name,),) = stores.rows(self._path, "SELECT name FROM sessions WHERE id = ?", number)
        said = "SELECT content FROM messages WHERE session_id = ? ORDER BY id"
        return name, tuple(text for (text,) in stores.rows(self._path, said, number))

    def _one(self, which: int) -> int | None:
        numbers = sorted(self._live)
        return numbers[which % len(numbers)] if numbers else None

    def _use(self, work: Callable[[Store], Awaitable[Result]]) -> Result:
        return use(self._path, work)


TestDeleting = Deleting.TestCase
TestDeleting.settings = settings(
    max_examples=max(15, settings.default.max_examples // 10), stateful_step_count=25
)
