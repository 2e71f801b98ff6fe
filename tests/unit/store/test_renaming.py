"""A session that the user named keeps its name and its place, in any store."""

from __future__ import annotations

import pytest

from hfs_server.errors import SessionNotFound
from tests.unit.store.sqlite.sessions import message, names, read, save, save_source, source, use

NAMES = ["a\nname \U0001f9e9", "nul \0 and more", "\U0010ffff0", "", "x" * 5000]


@pytest.mark.parametrize("name", NAMES)
def test_only_the_name_changes_in_what_is_read(place, name):
    async def work(store):
        for number in range(3):
            await save(store, [message(f"{number}")], name=f"{number}")
        (header, *parts), expected = await read(store, 1), await names(store)
        assert (await store.rename(1, name)).name == name
        assert await read(store, 1) == (header._replace(name=name), *parts)
        assert await names(store) == [name if each == "0" else each for each in expected]

    use(place, work)


def test_later_imports_keep_the_name_unless_they_give_one(place):
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

    use(place, work)


def test_a_session_that_does_not_exist_is_not_renamed(place):
    async def work(store):
        with pytest.raises(SessionNotFound):
            await store.rename(1, "x")

    use(place, work)
