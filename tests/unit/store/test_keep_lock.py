"""The lock of keeping: one process for each tool and store, until that process ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.store.keep_lock import KeepLock, keep_lock_file

HOLDER = """
import sys
from pathlib import Path
from hfs_server.store.keep_lock import KeepLock
lock = KeepLock(Path(sys.argv[1]))
print([lock.take(tool) for tool in sys.argv[2:]], flush=True)
sys.stdin.read()
"""


def holder(path, *tools):
    """Another process that has tried to take the tools, and what it has got."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, path, *tools],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def test_a_tool_is_kept_by_one_process_until_it_is_killed(tmp_path):
    path = tmp_path / "new" / "sessions.db"
    process, taken = holder(path, "codex")
    lock = KeepLock(path)
    try:
        assert taken == "[True]"
        assert not lock.take("codex")
        assert lock.take("cursor")
    finally:
        process.kill()
        process.communicate()
    assert lock.take("codex")
    other, taken = holder(path, "codex", "cursor", "llm")
    other.communicate()
    assert taken == "[False, False, True]"
    lock.release()
    other, taken = holder(path, "codex", "cursor")
    other.communicate()
    assert taken == "[True, True]"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes and links")
def test_its_file_is_private_empty_and_beside_the_file_that_a_link_leads_to(tmp_path):
    real = tmp_path / "real.db"
    link = tmp_path / "link.db"
    link.symlink_to(real)
    before = os.umask(0)
    try:
        lock = KeepLock(link)
        lock.take("codex")
    finally:
        os.umask(before)
    file = keep_lock_file(link)
    assert file == tmp_path / "real.db-keep"
    assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, 0)
    lock.release()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links")
def test_a_lock_file_that_cannot_be_used_is_an_error(tmp_path):
    (tmp_path / "target").write_text("precious")
    (tmp_path / "s.db-keep").symlink_to(tmp_path / "target")
    with pytest.raises(StoreUnusable, match="lock file"):
        KeepLock(tmp_path / "s.db").take("codex")
    with pytest.raises(StoreUnusable, match="lock file"):
        KeepLock(tmp_path / "target" / "s.db").take("codex")
    assert (tmp_path / "target").read_text() == "precious"
