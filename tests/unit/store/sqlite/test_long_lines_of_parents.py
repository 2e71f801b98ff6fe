"""Very long lines of sessions that started each other."""

from testing import stores
from tests.unit.store.sqlite.deletions import save_family
from tests.unit.store.sqlite.sessions import names, use


def test_long_lines_of_parents_are_listed(path):
    """Each session has a higher id than the one that started it, or a lower one."""
    size = 5_000

    async def work(store):
        await save_family(store, ("0", None))
        insert = "INSERT INTO sessions (name, created_at, hfs_identity, hfs_parent) VALUES"
        with stores.opened(path) as connection, connection:
            for number in range(size):
                row = (f"up {number}", f"u{number}", f"u{number - 1}")
                connection.execute(f"{insert} (?, '2026-01-01', ?, ?)", row)
            for number in range(size):
                row = (f"down {number}", f"d{number}", f"d{number + 1}")
                connection.execute(f"{insert} (?, '2026-01-01', ?, ?)", row)
        return await names(store)

    assert {*use(path, work)} == {"0", "up 0", f"down {size - 1}"}
