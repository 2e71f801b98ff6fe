"""Machines with stores of other engines that share a folder end with the same sessions, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.postgresql import Server
from tests.unit.export_all import test_two_machines
from tests.unit.export_all.machines import Machine, MachineWithDatabase, MachineWithTerminal

_servers: list[Server] = []


@pytest.fixture(autouse=True)
def server(postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The server of all databases."""
    monkeypatch.setenv("HOME", str(tmp_path))
    _servers.append(postgresql)
    yield
    _servers.clear()


class TwoDatabases(test_two_machines.TwoMachines):
    """Both have a database."""

    def new_machines(self, root: Path) -> list[Machine]:
        return [MachineWithDatabase(_servers[0]) for _ in range(2)]


class AFileAndADatabase(test_two_machines.TwoMachines):
    """Only the second one has a database."""

    def new_machines(self, root: Path) -> list[Machine]:
        return [MachineWithTerminal(root / "0.db"), MachineWithDatabase(_servers[0])]


TestTwoDatabases = TwoDatabases.TestCase
TestTwoDatabases.settings = test_two_machines.STEPS
TestAFileAndADatabase = AFileAndADatabase.TestCase
TestAFileAndADatabase.settings = test_two_machines.STEPS
