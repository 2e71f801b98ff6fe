"""``hfs-server export --all`` to a folder and an archive that may only be read."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.command_line import POSIX, hfs
from testing.exports import files
from testing.terminal import Terminal

pytestmark = POSIX


@pytest.fixture
def bound() -> tuple[str, ...]:
    """What stands before a program that shall be bound by the modes of files."""
    if os.geteuid() != 0:
        return ()
    if (setpriv := shutil.which("setpriv")) is None:
        pytest.skip("NO RIGHTS TESTED: root is bound by none, and there is no setpriv")
    lost = "-dac_override,-dac_read_search"
    return (setpriv, f"--bounding-set={lost}", f"--inh-caps={lost}")


@pytest.fixture
def folder(terminal: Terminal, tmp_path: Path) -> Iterator[Path]:
    """A folder that may only be read, with an export of two sessions."""
    for number in range(2):
        terminal.add_session(f"No {number}", f"said {number}")
    folder = tmp_path / "shared" / "out"
    folder.mkdir(parents=True)
    done = hfs(tmp_path, "--database", terminal.path, "export", "--all", "-o", folder)
    assert done.returncode == 0, done.stderr
    folder.chmod(0o500)
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize("knows", [False, True])
def test_a_folder_in_which_nothing_is_to_change_is_up_to_date(
    terminal: Terminal, folder: Path, tmp_path: Path, bound: tuple[str, ...], knows: bool
) -> None:
    """Also if the store does not remember that it wrote the files."""
    if not knows:
        Path(f"{terminal.path}-exports").unlink()
    before = files(folder)
    words = ("--database", terminal.path, "export", "--all", "-o", folder)
    done = hfs(tmp_path, *words, before=bound)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("0 written, 2 unchanged.\n")
    assert files(folder) == before


def test_what_is_to_change_there_fails_in_words(
    terminal: Terminal, folder: Path, tmp_path: Path, bound: tuple[str, ...]
) -> None:
    words = ("--database", terminal.path, "export", "--all", "-o", folder)
    terminal.add_message(1, "user", "more")
    before = files(folder)
    done = hfs(tmp_path, *words, before=bound)
    assert (done.returncode, "permission denied" in done.stderr) == (1, True)
    assert done.stdout.endswith("0 written, 1 unchanged, 1 failed.\n")
    deleted = hfs(tmp_path, "--database", terminal.path, "delete", "2")
    assert deleted.returncode == 0, deleted.stderr
    done = hfs(tmp_path, *words, before=bound)
    assert (done.returncode, "Cannot write" in done.stderr) == (1, True)
    assert len(done.stderr.splitlines()) == 1
    assert files(folder) == before


def test_an_archive_in_which_nothing_is_to_change_is_up_to_date(
    terminal: Terminal, folder: Path, tmp_path: Path, bound: tuple[str, ...]
) -> None:
    place = tmp_path / "closed"
    place.mkdir()
    words = ("--database", terminal.path, "export", "--all", "-o", place / "a.zip")
    assert hfs(tmp_path, *words).returncode == 0
    place.chmod(0o500)
    (place / "a.zip").chmod(0o400)
    try:
        for knows in (True, False):
            if not knows:
                Path(f"{terminal.path}-exports").unlink()
            done = hfs(tmp_path, *words, before=bound)
            assert (done.returncode, done.stderr) == (0, "")
            assert done.stdout.endswith("0 written, 2 unchanged.\n")
    finally:
        place.chmod(0o700)
