"""Where a store of each engine can be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hfs_server.store.address import StorePlace


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StorePlace]:
    """A path or an address at which no store exists yet."""
    if request.param == "sqlite":
        yield tmp_path / "store" / "sessions.db"
    else:
        yield request.getfixturevalue("database")
