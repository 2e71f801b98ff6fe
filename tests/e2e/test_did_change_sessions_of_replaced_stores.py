"""A store's file is replaced under the server: the client is notified, and the new one is read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from testing import stores
from testing.client import Client, Start
from testing.terminal import Terminal

CHANGED = "hfs/didChangeSessions"


TIMES = 6


WATCHFUL = (
    "-c",
    "from hfs_server.lsp import server; server.WATCH_SECONDS = 0.05;"
    "from hfs_server.cli.commands import main; raise SystemExit(main())",
)
"""A server that looks at its store often, so that many replacements take little time."""


Replace = Callable[[Path, Path], None]


def remove(path: Path, *ends: str) -> None:
    for end in ends:
        path.with_name(path.name + end).unlink(missing_ok=True)


def rename_over(copy: Path, path: Path) -> None:
    remove(path, "-wal", "-shm")
    os.replace(copy, path)


def delete_and_make_again(copy: Path, path: Path) -> None:
    """A new file often gets the number that a deleted one had."""
    remove(path, "", "-wal", "-shm")
    shutil.copyfile(copy, path)


def rename_over_twice(copy: Path, path: Path) -> None:
    """The number of the file in between is free again while the last one is opened."""
    remove(path, "-wal", "-shm")
    between = copy.with_name("between.db")
    for _ in range(3):
        shutil.copyfile(copy, between)
        os.replace(between, path)
    os.replace(copy, path)


def exchange(copy: Path, path: Path) -> None:
    """Two files that take turns: each is the one that was there before the last, rewritten."""
    other = path.with_name("other.db")
    shutil.copyfile(copy, other)
    remove(path, "-wal", "-shm")
    aside = path.with_name("aside.db")
    os.rename(path, aside)
    os.rename(other, path)
    os.rename(aside, other)


def turn_a_link(copy: Path, path: Path) -> None:
    remove(path, "-wal", "-shm")
    target = copy.with_name(f"target-{len([*copy.parent.iterdir()])}.db")
    os.rename(copy, target)
    link = copy.with_name("link")
    link.symlink_to(target)
    os.replace(link, path)


WAYS = [rename_over, delete_and_make_again, rename_over_twice, exchange, turn_a_link]


@pytest.mark.parametrize(
    ("replace", "journal_mode"), [(rename_over, "WAL"), *((way, "DELETE") for way in WAYS)]
)
def test_every_replacement_of_the_store_is_notified_and_read(
    tmp_path: Path, start: Start, store_path: Path, replace: Replace, journal_mode: str
) -> None:
    """All copies look the same to SQLite: as many changes, as many pages."""
    (tmp_path / "copies").mkdir()
    with Terminal(store_path, journal_mode=journal_mode) as terminal:
        terminal.add_session("session 000", "x" * 5000)
    template = stores.copy(store_path, tmp_path / "template.db")
    client = start(store_path, program=WATCHFUL)
    assert names(client) == ["session 000"]
    for number in range(1, TIMES + 1):
        copy = stores.copy(template, tmp_path / "copies" / "copy.db")
        data = copy.read_bytes()
        assert data.count(b"session 000") == 1
        copy.write_bytes(data.replace(b"session 000", f"session {number:03}".encode()))
        before = len(client.notifications(CHANGED))
        replace(copy, store_path)
        client.notification(CHANGED, before + 1)
        assert names(client) == [f"session {number:03}"]


def names(client: Client) -> list[str]:
    return [found["name"] for found in client.request("hfs/listSessions")["sessions"]]
