"""PostgreSQL's own tools back a store up: what is restored is the same store."""

from __future__ import annotations

from pathlib import Path

from hfs_server.export_all import export_all
from hfs_server.export_all.documents import Choice
from hfs_server.exporters import exporter_named
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.address import Address
from testing.nasty_texts import NASTY_TEXTS
from testing.postgresql import MEMBER, USER, Server
from tests.unit.store.holding import held
from tests.unit.store.sqlite.sessions import message, save, save_source, use
from tests.unit.store.sqlite.tool_sessions import said, session


async def _fill(store: Store) -> int:
    """Sessions of all kinds; returns the id of the last one, which is deleted."""
    texts = [message(text) for text in (*NASTY_TEXTS.values(), "a\0b")]
    checkpoint = {"message_index": 1, "trigger": "x", "state": {"a": 1}, "created_at": None}
    await save(store, texts, [checkpoint], name="Nasty \U0010ffff", run_snapshot={"b": [1.5]})
    await save_source(store, session([said(0, "alpha"), said(1, "beta")], original=b"file" * 99))
    last = await save(store, [message("gone")], name="Deleted")
    await store.delete(last)
    await store.update_index(no_progress)
    return last


def _as_administrator(address: Address) -> str:
    """The same database for whoever sees all sessions."""
    return address.connection_string.replace(f"{MEMBER}@", f"{USER}@")


def _exports(address: Address, folder: Path) -> dict[str, bytes]:
    use(address, lambda store: export_all(store, folder, Choice(exporter_named("json"))))
    return {
        each.name: each.read_bytes() for each in folder.iterdir() if "manifest" not in each.name
    }


def test_a_dump_that_is_restored_gives_the_same_exports(
    postgresql: Server, database: Address, tmp_path: Path
) -> None:
    last = use(database, _fill)
    restored = postgresql.new_database()
    dump = str(postgresql.folder / "store.dump")
    options = ("--schema=hfs", "--format=custom", f"--file={dump}")
    postgresql.run("pg_dump", *options, _as_administrator(database))
    postgresql.run("pg_restore", "--exit-on-error", f"--dbname={_as_administrator(restored)}", dump)
    before, after = _exports(database, tmp_path / "before"), _exports(restored, tmp_path / "after")
    assert len(before) == 4, "two sessions, a deletion and the manifest"
    assert after == before
    assert use(restored, held) == use(database, held)

    async def go_on(store: Store) -> None:
        assert [each.message_index for each in (await store.search("beta")).matches] == [2]
        mark = await store.change_mark()
        assert (await store.restore(last)).id == last
        assert await save(store, [message("new")], name="New") > last
        assert await store.change_mark() != mark

    use(restored, go_on)
    postgresql.drop(restored)
