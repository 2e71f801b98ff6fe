"""Fixtures of the torture tests, and how long these may take.

By default each test takes a few seconds, with the same seed every time. With
``HFS_TORTURE_MINUTES`` set each takes up to that many minutes, and tries far more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from testing import effort, file_systems, stores
from testing.client import Client, Start
from testing.command_line import hfs
from testing.whole_sessions import (
    LARGE_MESSAGE_CHARACTERS,
    LARGE_MESSAGES,
    OPENED_MESSAGES,
    write_whole,
)


def pytest_report_header() -> str:
    """Says how long the torture takes, and with which seed it can be had again."""
    return f"torture: HFS_TORTURE_MINUTES={effort.MINUTES:g} HFS_TORTURE_SEED={effort.SEED}"


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


@pytest.fixture(scope="session")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is committed in slices, and takes a while."""
    path = tmp_path_factory.mktemp("large") / "large.json"
    return write_whole(path, "large", LARGE_MESSAGES, LARGE_MESSAGE_CHARACTERS)


@pytest.fixture(scope="session")
def large_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one session, as large as a text can be that an editor opens."""
    folder = tmp_path_factory.mktemp("large-store")
    file = write_whole(folder / "kept.json", "kept", OPENED_MESSAGES, LARGE_MESSAGE_CHARACTERS)
    done = hfs(folder, "--database", folder / "sessions.db", "import", file)
    assert done.returncode == 0, done.stderr
    file.unlink()
    return folder / "sessions.db"


@pytest.fixture
def large_store(large_template: Path, store_path: Path) -> tuple[Path, int]:
    """Such a store, and the session's id."""
    stores.copy(large_template, store_path)
    return store_path, stores.rows(store_path, "SELECT max(id) FROM sessions")[0][0]


@pytest.fixture
def start(home: Path, store_path: Path, exports: Path) -> Iterator[Start]:
    """Starts initialized servers; what is still there in the end is ended, and all are checked."""
    clients: list[Client] = []

    def start(path: Path = store_path, **more: Any) -> Client:
        how = {name: more.pop(name) for name in ("environment", "program") if name in more}
        client = Client(home, **how)
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
        file_systems.mount_tmpfs(folder, size)
        mounted.append(folder)
        return folder

    yield mount
    for folder in mounted:
        file_systems.unmount(folder)
