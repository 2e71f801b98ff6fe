"""Importing sessions that were deleted from any store: what stays deleted, and what comes back."""

from __future__ import annotations

import pytest

from hfs_server.import_session import import_paths
from hfs_server.store.shapes import DELETED, ImportRules
from tests.unit.store.sqlite.deletions import family_source, save_family
from tests.unit.store.sqlite.sessions import (
    message,
    names,
    read,
    save,
    save_in,
    save_source,
    source,
    use,
)

SAID = [message("one"), message("two")]


def longer():
    return source([*SAID, message("three")], name="from its file")


async def delete_one(store):
    await save(store, SAID, name="n")
    await store.rename(1, "by the user")
    await store.delete(1)


@pytest.mark.parametrize("on_conflict", ["update", "skip", "copy"])
def test_what_was_deleted_stays_deleted_in_an_import_that_does_not_name_it(place, on_conflict):
    async def work(store):
        await delete_one(store)
        for is_trial in (True, False):
            saved = await save_source(
                store,
                longer(),
                restores_deleted=False,
                on_conflict=on_conflict,
                is_trial=is_trial,
            )
            assert (saved.status, saved.reason, saved.id) == ("skipped", DELETED, None)
        assert (await names(store), len((await store.list(deleted=True)).sessions)) == ([], 1)

    use(place, work)


@pytest.mark.parametrize("on_conflict", ["update", "skip", "copy"])
def test_the_very_file_brings_it_back_under_its_id_and_updates_it(place, on_conflict):
    async def work(store):
        await delete_one(store)
        for is_trial in (True, False):
            saved = await save_source(store, longer(), on_conflict=on_conflict, is_trial=is_trial)
            expected = ("created", None if is_trial else 1, "by the user", 3)
            assert (saved.status, saved.id, saved.name, saved.message_count) == expected
        assert await names(store) == ["by the user"]
        assert (await store.list(deleted=True)).sessions == []
        again = await save_source(store, longer(), on_conflict="update")
        assert again.status == "unchanged"

    use(place, work)


def test_a_file_with_less_brings_all_of_it_back(place):
    async def work(store):
        await save(store, [*SAID, message("three")])
        before = await read(store, 1)
        await store.delete(1)
        for is_trial in (True, False):
            saved = await save_source(store, source(SAID), is_trial=is_trial)
            assert (saved.status, saved.message_count, len(saved.warnings)) == ("created", 3, 1)
        assert await read(store, 1) == before

    use(place, work)


@pytest.mark.parametrize("is_trial", [True, False])
def test_what_was_deleted_with_it_comes_back_and_is_reported_once(place, is_trial):
    async def work(store):
        ids = await save_family(store, ("a", None), ("b", "a"))
        await store.delete(ids["a"])
        async with store.importing(ImportRules(is_trial=is_trial)) as session_import:
            found = []
            for name, parent, is_named in (
                ("a", None, True),
                ("b", "a", False),
                ("b", "a", True),
                ("a", None, False),
            ):
                source = family_source(name, parent)
                saved = await save_in(session_import, source, restores_deleted=is_named)
                found.append(saved.status)
        assert found == ["created", "created", "unchanged", "unchanged"]
        assert len((await store.list(deleted=True)).sessions) == is_trial

    use(place, work)


def test_a_purged_session_stays_deleted_until_its_file_is_named(place):
    async def work(store):
        await delete_one(store)
        await store.purge()
        assert (await save_source(store, longer(), restores_deleted=False)).reason == DELETED
        states = await store.deletion_states()
        assert [state.is_deleted for state in states.values()] == [True]
        saved = await save_source(store, longer())
        assert (saved.status, saved.name) == ("created", "from its file")
        assert [each.is_deleted for each in (await store.deletion_states()).values()] == [False]

    use(place, work)


def test_a_store_that_is_imported_does_not_bring_its_deleted_sessions(place, tmp_path):
    async def fill(store):
        await delete_one(store)
        await save(store, [message("kept")], name="kept")

    other = tmp_path / "other" / "other.db"
    use(other, fill)

    async def work(store):
        report = await import_paths(store, [other])
        assert [each.name for each in report.sessions] == ["kept"]
        assert (await store.list(deleted=True)).sessions == []
        await store.delete(1)
        report = await import_paths(store, [other])
        assert [each.reason for each in report.sessions] == [DELETED]
        assert report.skipped[DELETED] == 1

    use(place, work)
    assert use(place, names) == []
