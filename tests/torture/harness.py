"""What the torture tests share: documents that show that they are whole, and judges of stores."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.e2e import documents, stores
from tests.e2e.client import MARKER, PATIENCE_SECONDS, environment_for

Found = TypeVar("Found")

MINUTES = float(os.environ.get("HFS_TORTURE_MINUTES") or 0)
"""How long each test may go on; 0 for a few seconds."""

SEED = int(os.environ.get("HFS_TORTURE_SEED") or 4)
"""From which all that is random comes."""

IS_LONG = MINUTES > 0

_NAME = re.compile(r"whole-(\S+) of (\d+)")
_LEFT_BEHIND = re.compile(r"\.hfs-unfinished-|-journal$|-import-[0-9a-f]{32}$")


def seconds(quick: float, share: float = 1.0) -> float:
    """How long something goes on: ``quick``, or its share of the minutes that were asked for."""
    return MINUTES * 60 * share if IS_LONG else quick


def rounds(quick: int, share: float = 1.0) -> Iterator[int]:
    """Numbers from 0: ``quick`` of them, or as many as there is time for."""
    end = time.monotonic() + seconds(0, share)
    for number in count():
        if time.monotonic() >= end if IS_LONG else number == quick:
            return
        yield number


def chosen(values: Sequence[Any], quick: int) -> list[Any]:
    """All values, or ``quick`` of them, spread evenly and with both ends."""
    if IS_LONG or len(values) <= quick:
        return list(values)
    return spread(values, quick)


def spread(values: Sequence[Any], count: int) -> list[Any]:
    """So many of the values, spread evenly and with both ends."""
    count = min(count, len(values))
    return [values[round(n * (len(values) - 1) / max(1, count - 1))] for n in range(count)]


_helper: ProcessPoolExecutor | None = None


def apart(function: Callable[..., Found], *given: Any) -> Found:
    """What a function of a module gives in another process, whose crash fails one test.

    SQLite maps a file into memory; where the file system fails, that ends the process.
    """
    global _helper
    _helper = _helper or ProcessPoolExecutor(1, get_context("spawn"))
    try:
        return _helper.submit(function, *given).result(5 * PATIENCE_SECONDS)
    except BrokenProcessPool:
        _helper = None
        raise AssertionError(f"{function.__name__}{given} has crashed") from None


# Sessions that show that they are whole.


def name_of(tag: str, count: int) -> str:
    """The name of a session, which says how many messages it has."""
    return f"whole-{tag} of {count}"


def content_of(tag: str, index: int, characters: int) -> str:
    """A message's text, of about so many characters."""
    return f"{tag} {index} {MARKER} ".ljust(characters, "x")


def whole_document(tag: str, count: int, characters: int = 60) -> documents.Document:
    """A session in which no message can be missing, cut or moved without being missed."""
    said = [
        documents.message(content_of(tag, index, characters), "user" if index % 2 else "assistant")
        for index in range(count)
    ]
    moments = [
        {
            "trigger": f"{tag} {index}",
            "message_index": index,
            "created_at": "2026-02-01T10:00:09Z",
            "state": {"tag": tag},
        }
        for index in range(0, count, 10)
    ]
    return documents.document(name_of(tag, count), *said, checkpoints=moments)


def write_whole(path: Path, tag: str, count: int, characters: int = 60) -> Path:
    """Such a session as a file."""
    path.write_text(json.dumps(whole_document(tag, count, characters)), encoding="utf-8")
    return path


def check_all_whole(path: Path) -> dict[str, int]:
    """Fails where a session lacks anything; gives the sessions' ids by name."""
    return apart(_all_whole, path)


def _all_whole(path: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    with stores.opened(path) as connection:
        for session_id, name in connection.execute("SELECT id, name FROM sessions").fetchall():
            match = _NAME.fullmatch(name)
            if match is None:
                continue
            assert name not in found, f"{name} is there twice"
            found[name] = session_id
            tag, count = match[1], int(match[2])
            said = connection.execute(
                "SELECT substr(content, 1, 100), role FROM messages WHERE session_id = ?"
                " ORDER BY id",
                (session_id,),
            ).fetchall()
            assert len(said) == count, f"{name} has {len(said)} messages"
            for index, (content, role) in enumerate(said):
                assert content.startswith(f"{tag} {index} "), (name, index, content)
                assert role == ("user" if index % 2 else "assistant")
            moments = connection.execute(
                "SELECT count(*) FROM checkpoints WHERE session_id = ?", (session_id,)
            ).fetchone()[0]
            assert moments == (count + 9) // 10, f"{name} has {moments} checkpoints"
    return found


def check_no_orphans(path: Path) -> None:
    """Fails where messages belong to no session, but for those that are written down as moving."""
    orphans = rows(
        path,
        "SELECT id, session_id FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
        " AND NOT EXISTS (SELECT 1 FROM hfs_pending_imports AS moving"
        " WHERE messages.id BETWEEN moving.first_message_id AND moving.last_message_id)",
    )
    assert orphans == [], f"{len(orphans)} messages of no session"


def check_swept(path: Path, home: Path) -> None:
    """Fails where the next import leaves anything of those that were killed."""
    if rows(path, "SELECT 1 FROM sqlite_master WHERE name = 'hfs_pending_imports'"):
        check_no_orphans(path)
    file = write_whole(home / "sweeper.json", f"sweeper-{time.monotonic_ns()}", 1)
    done = hfs(home, "--database", path, "import", file)
    assert done.returncode == 0, done.stderr
    file.unlink()
    assert rows(path, "SELECT count(*) FROM hfs_pending_imports") == [(0,)]
    orphans = "SELECT count(*) FROM messages WHERE session_id NOT IN (SELECT id FROM sessions)"
    assert rows(path, orphans) == [(0,)]
    assert left_behind(path.parent) == []


def check_store(path: Path) -> dict[str, int]:
    """Fails where the store is damaged, held or has a session in part; gives ids by name."""
    apart(stores.check_whole_and_free, path)
    return check_all_whole(path)


def rows(path: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a query, in another process."""
    return apart(stores.rows, path, sql, *values)


def left_behind(folder: Path) -> list[str]:
    """The names of files that should not have outlived the program that made them."""
    return [path.name for path in folder.iterdir() if _LEFT_BEHIND.search(path.name)]


# The command line.


def hfs(
    home: Path,
    *arguments: str | Path,
    before: Sequence[str] = (),
    program: Sequence[str] = ("-m", "hfs_server"),
    environment: Mapping[str, str] | None = None,
    within: float = PATIENCE_SECONDS,
) -> subprocess.CompletedProcess[str]:
    """Runs hfs-server with these arguments, under the program ``before``, to its end."""
    return subprocess.run(
        [*before, sys.executable, *program, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        env=environment_for(home, {"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}),
        cwd=home,
        timeout=within,
        check=False,
    )


def check_one_clear_line(done: subprocess.CompletedProcess[str]) -> None:
    """Fails where a command that failed did not say so in one line, without a traceback."""
    lines = done.stderr.splitlines()
    assert done.returncode == 1, (done.returncode, done.stderr[-2000:])
    assert len(lines) == 1, done.stderr[-2000:]
    assert lines[0].startswith("hfs-server: "), done.stderr
    assert MARKER not in done.stderr
    assert "Traceback" not in done.stderr


# What the kernel must allow.


def require_strace() -> str:
    """The path of strace; skips where it cannot inject faults here."""
    path = shutil.which("strace")
    if path is None:
        pytest.skip("NO FAULTS INJECTED: strace is not installed")
    inject = ["-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "inject=chdir:error=EIO:when=1"]
    probe = subprocess.run(
        [path, *inject, sys.executable, "-c", "import os; os.chdir('/')"],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    if "Errno 5" not in probe.stderr:
        pytest.skip(f"NO FAULTS INJECTED: strace cannot here: {probe.stderr.strip()[-200:]}")
    return path


def mount_tmpfs(folder: Path, size: int) -> None:
    """Mounts a file system of ``size`` bytes; skips where that is not allowed."""
    if shutil.which("mount") is None:
        pytest.skip("NO FULL DISK TESTED: there is no mount here")
    command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700", "tmpfs", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
    )
    if done.returncode:
        pytest.skip(f"NO FULL DISK TESTED: mount is not allowed: {done.stderr.strip()}")


def unmount(folder: Path) -> None:
    """Takes the file system away again."""
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=PATIENCE_SECONDS)


def fill(folder: Path, leave: int = 0) -> Path:
    """Fills the file system of ``folder`` but for about ``leave`` bytes; gives the file."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            pass
        if leave:
            file.truncate(max(0, file.tell() - leave))
    return ballast
