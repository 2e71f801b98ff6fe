"""The path of a store."""

from pathlib import Path

import pytest


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a store can be; neither it nor its folder exists yet."""
    return tmp_path / "store" / "sessions.db"
