"""Folders for temporary copies: those of killed processes are removed, others are not."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.temporary import remove_stale, temporary_folder

HOLDER = """
import sys
from hfs_server.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "copy").write_text("x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("TEMP", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    remove_stale.cache_clear()
    yield tmp_path
    remove_stale.cache_clear()


def age(folder: Path) -> None:
    os.utime(folder, (1_700_000_000, 1_700_000_000))


def test_the_folder_of_a_killed_process_is_removed_by_the_next_one(place: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        age(folder)
        remove_stale()
        assert (folder / "copy").exists()
        process.kill()
    remove_stale.cache_clear()
    with temporary_folder() as own:
        assert own.exists()
        assert list(place.iterdir()) == [own]
    assert list(place.iterdir()) == []


def test_what_is_not_one_of_these_folders_is_left_alone(place: Path) -> None:
    (place / "hfs-file").write_text("x")
    (place / "hfs-notes").mkdir()
    other = place / "elsewhere"
    other.mkdir()
    (other / "in-use").write_text("x")
    (place / "hfs-link").symlink_to(other)
    young = place / "hfs-young"
    young.mkdir()
    (young / "in-use").write_text("x")
    for path in (place / "hfs-notes", other):
        age(path)
    before = sorted(place.rglob("*"))
    remove_stale()
    assert sorted(place.rglob("*")) == before


def test_a_folder_that_cannot_be_made_is_an_error_that_says_what_to_do(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(place / "missing"))
    with (
        pytest.raises(StoreUnusable, match="Make room there, or set TMPDIR to another"),
        temporary_folder(),
    ):
        pytest.fail("there is no such folder")
