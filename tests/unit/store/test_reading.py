"""Sessions that are read to their end, several of them in one call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from hfs_server.errors import InvalidDocument
from hfs_server.session import JsonObject, SessionSource
from hfs_server.store import Store, reading
from hfs_server.store.address import StorePlace
from hfs_server.store.reading import Unread
from hfs_server.store.shapes import ImportRules
from tests.unit.store.sqlite.sessions import use
from tests.unit.store.sqlite.tool_sessions import of_file, said, session


def failing(error: Exception) -> Iterator[JsonObject]:
    yield said(0)
    raise error


def calls(place: StorePlace, sources: Iterator[SessionSource]) -> list[list[str]]:
    """What each call has read to its end, as the names of sessions and of errors."""

    async def work(store: Store) -> list[list[str]]:
        found: list[list[str]] = []
        async with store.importing(ImportRules()) as session_import:
            with closing(session_import.reading(sources)) as read:
                try:
                    while await read.read_some() or read.sessions:
                        found.append([_named(each) for each in read.sessions])
                        read.clear()
                except InvalidDocument as error:
                    assert read.is_saved
                    found.append([error.message])
        return found

    return use(place, work)


def _named(each: object) -> str:
    return str(each.error) if isinstance(each, Unread) else each.header.name  # type: ignore[attr-defined]


def test_small_sessions_are_read_in_one_call(place: StorePlace) -> None:
    sources = [session([said(0)], name, title=name) for name in "abc"]
    assert calls(place, iter(sources)) == [["a", "b", "c"]]


def test_what_is_large_is_saved_before_more_is_read(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_MOST_BYTES", 1_000)
    texts = {"a": "", "b": "x" * 1_000, "c": ""}
    sources = [session([said(0, text)], name, title=name) for name, text in texts.items()]
    assert calls(place, iter(sources)) == [["a", "b"], ["c"]]


def test_a_session_whose_time_is_up_is_read_on_by_the_next_call(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "_CALL_SECONDS", 0.0)
    sources = [session([said(0)], name, title=name) for name in "ab"]
    assert calls(place, iter(sources)) == [[], ["a"], [], ["b"]]


def test_a_session_with_an_original_of_its_own_is_saved_before_the_next_one(
    place: StorePlace,
) -> None:
    def sources() -> Iterator[SessionSource]:
        for name in "ab":
            yield session([said(0)], name, title=name, original=name.encode())

    assert calls(place, sources()) == [["a"], ["b"]]
    many = of_file(b"original", *((name, [said(0, name)]) for name in "abc"))
    assert [len(each) for each in calls(place, iter(many))] == [1, 2]


def test_a_session_that_cannot_be_read_costs_no_other(place: StorePlace) -> None:
    bad = session([], "b")
    bad._messages = failing(InvalidDocument("Bad."))
    sources = [session([said(0)], "a", title="a"), bad, session([said(0)], "c", title="c")]
    assert calls(place, iter(sources)) == [["a", "Bad."], ["c"]]


def test_an_error_between_sessions_is_raised_when_those_before_it_are_saved(
    place: StorePlace,
) -> None:
    def sources() -> Iterator[SessionSource]:
        yield session([said(0)], "a", title="a")
        raise InvalidDocument("No more.")

    assert calls(place, sources()) == [["a"], ["No more."]]
