"""What all tests share: how much Hypothesis tries, and data of the real terminal program."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from hfs_server.store.address import Address
    from testing.postgresql import Server

# Failed assertions in the helpers show their values, too.
pytest.register_assert_rewrite("testing")

# No clock is a judge of a test: a slow machine is no fault of what is tested.
NO_CLOCK = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=20, **NO_CLOCK)
settings.register_profile(
    "ci", max_examples=100, derandomize=True, database=None, print_blob=True, **NO_CLOCK
)
settings.register_profile("nightly", max_examples=2000, print_blob=True, **NO_CLOCK)
settings.load_profile(
    os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev")
)

# Under nohup and in a shell's background these are ignored, which the programs that tests start
# would inherit, and rightly go on ignoring.
for name in ("SIGINT", "SIGHUP"):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says in one line what was not run because PostgreSQL is missing."""
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum("NOT TESTED ON POSTGRESQL" in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(
            f"{count} tests on PostgreSQL were NOT RUN: install its server (Debian: postgresql)."
        )


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL server for all tests of this process."""
    from testing.postgresql import MISSING, Server, programs

    folder = programs()
    if folder is None:
        pytest.skip(MISSING)
    server = Server(folder)
    yield server
    server.remove()


@pytest.fixture
def database(
    postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Address]:
    """The address of an empty PostgreSQL database; what a machine keeps for it is elsewhere."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    address = postgresql.new_database()
    yield address
    postgresql.drop(address)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with a store and exports that the terminal program itself wrote."""
    folder = os.environ.get("HFS_REAL_DATA")
    if not folder:
        pytest.skip(
            "NOT TESTED ON REAL DATA: set HFS_REAL_DATA to the folder that holds "
            "hfs-tui/sessions.db and hfs-exports/ of the terminal program"
        )
    return Path(folder)
