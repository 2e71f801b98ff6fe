"""What holds for a store after any fault. Another process opens it, since it may be damaged."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

from testing import stores
from testing.command_line import hfs
from testing.isolation import isolated
from testing.whole_sessions import check_all_whole, write_whole

_LEFT_BEHIND = re.compile(
    r"\.hfs-unfinished-|-journal$|-import-[0-9a-f]{32}$|-exports-[0-9a-f]{16}$"
)


def check_no_orphans(path: Path) -> None:
    """Fails if messages belong to no session, except those of a pending import."""
    orphans = isolated_rows(
        path,
        "SELECT id, session_id FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
        " AND NOT EXISTS (SELECT 1 FROM hfs_pending_imports AS pending"
        " WHERE messages.id BETWEEN pending.first_message_id AND pending.last_message_id)",
    )
    assert orphans == [], f"{len(orphans)} messages of no session"


def check_swept(path: Path, home: Path) -> None:
    """Fails if the next import leaves anything of those that were killed."""
    if isolated_rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'hfs_pending_imports'"):
        check_no_orphans(path)
    file = write_whole(home / "sweeper.json", f"sweeper-{time.monotonic_ns()}", 1)
    done = hfs(home, "--database", path, "import", file)
    assert done.returncode == 0, done.stderr
    file.unlink()
    assert isolated_rows(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
    orphans = "SELECT count(*) FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
    assert isolated_rows(path, orphans) == [(0,)]
    assert left_behind(path.parent) == []


def check_store(path: Path) -> dict[str, int]:
    """Fails if the store is damaged, locked or has a session in part; returns ids by name."""
    isolated(stores.check_whole_and_free, path)
    return check_all_whole(path)


def isolated_rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a query, in another process."""
    return isolated(stores.rows, path, sql, *values)


def left_behind(folder: Path) -> list[str]:
    """The names of files that should not have outlived the program that made them."""
    return [path.name for path in folder.iterdir() if _LEFT_BEHIND.search(path.name)]
