"""What all tests share: the way to data of the real terminal program."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


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
