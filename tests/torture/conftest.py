"""Fixtures of the torture tests, and how long they may take.

Without further ado each test takes a few seconds, with the same seed every time. With
``HFS_TORTURE_MINUTES`` set each takes up to that many minutes, and tries far more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.client import Client
from tests.torture import harness

Start = Callable[..., Client]


def pytest_report_header() -> str:
    """Says how long the torture takes, and with which seed it can be had again."""
    return f"torture: HFS_TORTURE_MINUTES={harness.MINUTES:g} HFS_TORTURE_SEED={harness.SEED}"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder in which no server has any business."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Where a store can be, and where nothing is yet."""
    (tmp_path / "store").mkdir(mode=0o700)
    return tmp_path / "store" / "sessions.db"


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Where exports go."""
    folder = tmp_path / "exports"
    folder.mkdir()
    return folder


@pytest.fixture
def start(home: Path, store_path: Path, exports: Path) -> Iterator[Start]:
    """Starts initialized servers; what is still there in the end is ended, and all are checked."""
    clients: list[Client] = []

    def start(path: Path = store_path, **more: Any) -> Client:
        client = Client(home, environment=more.pop("environment", None))
        clients.append(client)
        options = {"databasePath": str(path), "exportDirectory": str(exports), **more}
        client.initialize(**options)
        return client

    yield start
    try:
        for client in clients:
            if client.process.poll() is None:
                client.finish()
            client.check()
    finally:
        for client in clients:
            client.dispose()


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts small file systems; skips where that is not allowed."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        folder = tmp_path / f"tmpfs-{len(mounted)}"
        folder.mkdir()
        harness.mount_tmpfs(folder, size)
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        harness.unmount(folder)
