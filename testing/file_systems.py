"""Small file systems, which a test can fill. Mounting them needs a right that few users have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from testing.waiting import PATIENCE_SECONDS


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
