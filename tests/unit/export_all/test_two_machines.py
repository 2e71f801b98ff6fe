"""Two machines that export to one folder and import from it end with the same sessions.

Whatever the order, and however often: sessions begin, grow, are renamed, deleted, restored and
purged on either, exports and imports are interrupted at any place, and what only saves work is
lost.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.export_all.report import ExportAllReport
from hfs_server.export_all.verifying import verify
from hfs_server.exporters import exporter_named
from hfs_server.filters import EVERYTHING
from hfs_server.import_report import ImportReport
from hfs_server.import_session import import_file, import_paths
from hfs_server.importers.source_file import file_of, source_of
from hfs_server.store import Store
from testing.documents import document, message
from testing.exports import MANIFEST
from testing.tool_logs import claude_code
from tests.unit.export_all.held import FACTS, Held, held_facts, held_messages
from tests.unit.export_all.machines import Machine, MachineWithTerminal
from tests.unit.store.sqlite.sessions import use

JSON = Choice(exporter_named("json"))
BEGUN = datetime(2026, 2, 1, 10)
ROUNDS = 8
"""After so many rounds in which each machine imports and exports, nothing may change."""

Result = TypeVar("Result")
machines = st.integers(0, 1)
numbers = st.integers(0, 3)


class Stopped(BaseException):
    """Ends a work at a random place, as a crash of it would."""


class TwoMachines(RuleBasedStateMachine):
    """Two stores, each used by other programs and by hfs-server, and a folder."""

    name = "shared"

    def __init__(self) -> None:
        super().__init__()
        self._temporary = TemporaryDirectory()
        self._ticks = 0
        root = Path(self._temporary.name)
        self._shared = root / self.name
        self._machines = self.new_machines(root)
        self._ever_deleted: set[str] = set()
        self._said: dict[str, set[str]] = {}

    def new_machines(self, root: Path) -> list[Machine]:
        """Two of them."""
        return [MachineWithTerminal(root / f"{number}.db") for number in range(2)]

    def teardown(self) -> None:
        try:
            self._check_both_equal()
        finally:
            for machine in self._machines:
                machine.close()
            self._temporary.cleanup()

    @initialize(is_shared=st.booleans())
    def begin_together(self, is_shared: bool) -> None:
        """Both have the same sessions, which each then changes."""
        self.begin(0, True)
        self.import_a_log(0, 1, 1)
        self.begin(0, True)
        self._export(0)
        if is_shared:
            self._import(1)

    @rule(machine=machines, has_messages=st.booleans())
    def begin(self, machine: int, has_messages: bool) -> None:
        self._ticks += 1
        begun = BEGUN + timedelta(microseconds=self._ticks)
        said = ["a"] if has_messages else []
        self._machines[machine].begin(f"No {self._ticks}", *said, created_at=begun)

    @rule(machine=machines, which=numbers)
    def say(self, machine: int, which: int) -> None:
        if (number := self._session(machine, which)) is not None:
            self._ticks += 1
            self._machines[machine].say(number, f"said {self._ticks}")

    @rule(machine=machines, number=st.integers(1, 2), turns=st.integers(1, 3))
    def import_a_log(self, machine: int, number: int, turns: int) -> None:
        """A file by itself, which brings a deleted session back."""
        log = claude_code(number, turns)
        self._use(machine, lambda store: import_file(store, source_of(log)))

    @rule(
        machine=machines,
        name=st.sampled_from("xy"),
        size=st.integers(1, 3),
        facts=st.sampled_from(FACTS),
    )
    def import_a_document(self, machine: int, name: str, size: int, facts: dict[str, Any]) -> None:
        said = [message(f"{name} {n}") for n in range(size)]
        ended = {"trigger": "end", "message_index": size, "state": {"size": size}}
        more = {"checkpoints": [ended], "metadata": {"schema_version": "1.1.0", **facts}}
        text = json.dumps(document(name, *said, **more, other=facts))
        self._use(machine, lambda store: import_file(store, file_of(text)))

    @rule(which=numbers)
    def say_on_both(self, which: int) -> None:
        """Versions of a session that differ."""
        for machine in range(2):
            self.say(machine, which)

    @rule(machine=machines, which=numbers)
    def rename(self, machine: int, which: int) -> None:
        if (number := self._session(machine, which)) is not None:
            self._ticks += 1
            name = f"Renamed {self._ticks}"
            self._use(machine, lambda store: store.rename(number, name))

    @rule(machine=machines, which=numbers)
    def delete(self, machine: int, which: int) -> None:
        if (number := self._session(machine, which)) is not None:
            self._ever_deleted.add(self._identity(machine, number))
            self._use(machine, lambda store: store.delete(number))

    @rule(machine=machines, which=numbers)
    def delete_by_other_means(self, machine: int, which: int) -> None:
        if (number := self._session(machine, which)) is not None:
            self._ever_deleted.add(self._identity(machine, number))
            self._machines[machine].delete(number)

    @rule(machine=machines, which=numbers)
    def restore(self, machine: int, which: int) -> None:
        page = self._use(machine, lambda store: store.list(deleted=True))
        if page.sessions:
            number = page.sessions[which % len(page.sessions)].id
            self._use(machine, lambda store: store.restore(number))

    @rule(machine=machines)
    def purge(self, machine: int) -> None:
        self._use(machine, lambda store: store.purge())

    @rule(machine=machines)
    def export(self, machine: int) -> None:
        self._export(machine)

    @rule(machine=machines)
    def import_all(self, machine: int) -> None:
        if self._shared.exists():
            self._import(machine)

    @rule(machine=machines)
    def export_and_verify(self, machine: int) -> None:
        report = self._export(machine)
        found = self._use(machine, lambda store: verify(store, self._shared))
        # What was deleted elsewhere is not exported; a file of it may be left by a lost manifest.
        known = {"missing", "unlisted", "changed"} if report.warnings else {"missing"}
        assert [each for each in found.problems if each.state not in known] == []
        assert found.whole == found.sessions or report.warnings

    @rule(machine=machines, steps=st.integers(0, 6))
    def export_a_part(self, machine: int, steps: int) -> None:
        self._interrupted(
            machine, steps, lambda store, on: export_all(store, self._shared, JSON, on_progress=on)
        )

    @rule(machine=machines, steps=st.integers(0, 6))
    def import_a_part(self, machine: int, steps: int) -> None:
        if self._shared.exists():
            self._interrupted(
                machine,
                steps,
                lambda store, on: import_paths(store, [self._shared], on_progress=on),
            )

    @rule(machine=machines)
    def lose_notes(self, machine: int) -> None:
        self._machines[machine].notes.unlink(missing_ok=True)

    @rule()
    def lose_the_manifest(self) -> None:
        if self._shared.is_dir():
            (self._shared / MANIFEST).unlink(missing_ok=True)

    @invariant()
    def the_folder_is_whole(self) -> None:
        for path in self._shared.iterdir() if self._shared.is_dir() else ():
            assert not path.name.startswith("."), "a temporary file was left behind"
            json.loads(path.read_bytes())

    @invariant()
    def every_store_is_whole(self) -> None:
        for machine in self._machines:
            machine.check()

    def _check_both_equal(self) -> None:
        before = [self._held(machine) for machine in range(2)]
        for rounds in range(ROUNDS):
            changes = []
            for machine in range(2):
                if self._shared.exists():
                    changes.append(self._import(machine))
                report = self._export(machine)
                changes.append(bool(report.written or report.removed))
            if rounds and not any(changes):
                break
        else:
            raise AssertionError("they go on changing each other")
        event(f"rounds until nothing changes: {rounds}")
        first, second = [self._held(machine) for machine in range(2)]
        assert first == second
        assert self._use(0, held_facts) == self._use(1, held_facts)
        for held in before:
            for identity, sessions in held.items():
                if identity in self._ever_deleted:
                    continue
                for said in sessions:
                    assert any(_is_within(said, each) for each in first[identity]), "lost"
        event(f"sessions at the end: {min(5, len(first))}")
        event(f"versions: {max([len(each) for each in first.values()], default=0)}")
        for machine in range(2):
            assert self._use(machine, lambda store: verify(store, self._shared)).problems == []

    def _export(self, machine: int) -> ExportAllReport:
        report = self._use(machine, lambda store: export_all(store, self._shared, JSON))
        assert report.failed == []
        return report

    def _import(self, machine: int) -> bool:
        """Imports the folder; whether anything changed."""
        report: ImportReport = self._use(machine, lambda store: import_paths(store, [self._shared]))
        assert report.failed == []
        return any(each.status in ("created", "updated") for each in report.sessions)

    def _interrupted(
        self, machine: int, steps: int, work: Callable[[Store, Any], Awaitable[Any]]
    ) -> None:
        left = steps

        def on_progress(_: float, __: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise Stopped

        with suppress(Stopped):
            self._use(machine, lambda store: work(store, on_progress))

    def _held(self, machine: int) -> Held:
        return self._use(machine, held_messages)

    def _session(self, machine: int, which: int) -> int | None:
        found = self._machines[machine].ids()
        return found[which % len(found)] if found else None

    def _identity(self, machine: int, number: int) -> str:
        async def identity(store: Store) -> str:
            marks = await store.session_marks(EVERYTHING)
            # One without a message has none.
            return next((each.identity for each in marks if each.id == number), "")

        return self._use(machine, identity)

    def _use(self, machine: int, work: Callable[[Store], Awaitable[Result]]) -> Result:
        return use(self._machines[machine].place, work)


class TwoMachinesAndAnArchive(TwoMachines):
    """The same with an archive."""

    name = "shared.zip"


def _is_within(said: list[str], other: list[str]) -> bool:
    return other[: len(said)] == said or set(said) <= set(other)


STEPS = settings(stateful_step_count=25, max_examples=max(10, settings().max_examples // 10))
TestTwoMachines = TwoMachines.TestCase
TestTwoMachines.settings = STEPS
TestTwoMachinesAndAnArchive = TwoMachinesAndAnArchive.TestCase
TestTwoMachinesAndAnArchive.settings = STEPS
