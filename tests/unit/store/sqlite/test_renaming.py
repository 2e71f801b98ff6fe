"""A session that the user named keeps its name and its place."""

from __future__ import annotations

import pytest

from hfs_server.errors import SessionNotFound
from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import everything
from tests.unit.store.sqlite.sessions import message, names, save, save_source, source, use


def test_only_the_name_changes(path):
    async def work(store):
        for number in range(3):
            await save(store, [message(f"{number}")], name=f"{number}")
        before = everything(path, 1)
        expected = [*await names(store)]
        renamed = await store.rename(1, "a\nname \U0001f9e9")
        assert (renamed.id, renamed.name) == (1, "a\nname \U0001f9e9")
        before["sessions"][0]["name"] = "a\nname \U0001f9e9".encode()
        assert everything(path, 1) == before
        assert await names(store) == ["a\nname \U0001f9e9" if n == "0" else n for n in expected]

    use(path, work)
    with Terminal(path) as terminal:
        assert terminal.names()[1] == "a\nname \U0001f9e9"


def test_later_imports_keep_the_name_unless_they_give_one(path):
    async def work(store):
        await save(store, [message("one")], name="imported")
        await store.rename(1, "mine")
        for name, said, status in (
            ("imported", ["one"], "unchanged"),
            ("renamed there", ["one"], "unchanged"),
            ("renamed there", ["one", "two"], "updated"),
        ):
            document = source([message(each) for each in said], name=name)
            saved = await save_source(store, document, on_conflict="update")
            assert (saved.status, saved.name) == (status, "mine")
        document = source([message("one"), message("two")], name="x")
        saved = await save_source(store, document, on_conflict="update", name="given")
        assert (saved.status, saved.name) == ("updated", "given")

    use(path, work)


def test_a_session_that_does_not_exist_is_not_renamed(path):
    async def work(store):
        with pytest.raises(SessionNotFound):
            await store.rename(1, "x")

    use(path, work)
