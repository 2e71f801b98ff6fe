"""The store that a command works on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hfs_server.errors import StoreUnusable
from hfs_server.settings import Settings
from hfs_server.store import Store, open_store


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Store]:
    """The store; it is closed at the end."""
    store = open_store(settings.database)
    try:
        yield store
    finally:
        await store.close()


def require_existing(settings: Settings) -> None:
    """Raises StoreUnusable if the store does not exist: only an import creates one."""
    if not open_store(settings.database).exists():
        raise StoreUnusable(
            f"The store {settings.database} does not exist. Import a session to create it, "
            "or choose another store."
        )
