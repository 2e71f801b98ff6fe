"""Imports of stores into each other, on the same engine or another one."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from hfs_server.errors import SourceNotReadable
from hfs_server.filters import Filters
from hfs_server.store.address import Address, StorePlace
from hfs_server.store.shapes import DELETED, PRESENT, ImportRules
from hfs_server.transfers import REDACTED, Selection
from testing import stores
from testing.documents import document, message, text
from testing.postgresql import Server
from testing.tool_logs import claude_code, codex
from tests.unit.pairs_of_stores import (
    ENGINES,
    add,
    exports,
    fill,
    named,
    statuses,
    take,
    two_places,
    use,
)

Pair = tuple[StorePlace, StorePlace]
SECRET = "AKIAIOSFODNN7" + "EXAMPLQ"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, in which what is remembered of stores on a server is."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    return folder


@pytest.fixture(params=ENGINES)
def pair(request: pytest.FixtureRequest, tmp_path: Path, postgresql: Server) -> Iterator[Pair]:
    """The places of the store that is read, and of the one that is written to."""
    with two_places(request.param, tmp_path, postgresql) as (source, other):
        yield source, other


@pytest.fixture
def push(tmp_path: Path, postgresql: Server) -> Iterator[Pair]:
    """A file, and a database."""
    with two_places("sqlite-postgresql", tmp_path, postgresql) as (source, other):
        yield source, other


def transactions(server: Server) -> str:
    """The number of the next transaction that writes anything."""
    with server.connected() as connection:
        rows = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return str(rows.fetchall()[0][0])


def everything(place: StorePlace) -> bytes:
    """All documents and originals of a store."""
    return b"".join(chain.from_iterable(exports(place).values()))


def test_all_of_a_store_arrives_byte_for_byte_but_what_was_deleted(pair: Pair) -> None:
    source, other = pair
    fill(source)
    before = exports(source)
    report = take(other, source)
    assert (statuses(report), report.failed) == (["created"] * 5, [])
    assert exports(other) == before == exports(source)
    assert statuses(take(other, source)) == ["unchanged"] * 5
    # And back again, into the store that it came from.
    assert statuses(take(source, other)) == ["unchanged"] * 5
    assert exports(source) == before


def test_a_trial_has_the_same_result_and_writes_nothing(pair: Pair, home: Path) -> None:
    source, other = pair
    fill(source)
    report = take(other, source, ImportRules(is_trial=True))
    assert [(each.status, each.id) for each in report.sessions] == [("created", None)] * 5
    assert exports(other) == {}
    assert [*home.rglob("*")] == []
    take(other, source)
    report = take(other, source, ImportRules(is_trial=True))
    assert [(each.status, each.id) for each in report.sessions] == [("unchanged", None)] * 5


def test_a_store_that_has_not_changed_is_not_read_and_nothing_is_written(
    push: Pair, postgresql: Server
) -> None:
    source, other = push
    fill(source)
    take(other, source)
    assert isinstance(source, Path)
    assert isinstance(other, Address)
    # What no program does would only be seen by reading all of it.
    status = source.stat()
    with stores.opened(source) as connection:
        sql = "UPDATE messages SET content = '!' || substr(content, 2) WHERE content = 'one'"
        connection.execute(sql)
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    before = transactions(postgresql)
    report = take(other, source)
    assert statuses(report) == ["unchanged"] * 5
    assert all(each.id and each.message_count and each.name for each in report.sessions)
    assert transactions(postgresql) == before


def test_messages_of_a_database_that_has_not_changed_are_not_read(
    push: Pair, postgresql: Server
) -> None:
    path, database = push
    fill(database)
    take(path, database)
    assert isinstance(path, Path)
    assert isinstance(database, Address)
    with postgresql.connected(database) as connection:
        connection.execute("ALTER TABLE hfs.messages RENAME TO away")
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert statuses(take(path, database)) == ["unchanged"] * 5
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_each_change_in_the_source_arrives_and_what_was_deleted_stays_so(pair: Pair) -> None:
    source, other = pair
    add(source, named("Grows", "one"), named("Renamed", "one"), named("Stays", "one"))
    add(source, named("Deleted here", "one"), named("Deleted there", "one"))
    take(other, source)
    add(source, named("Grows", "one", "two"), named("New", "one"))

    async def change(store):
        found = {each.name: each.id for each in (await store.list()).sessions}
        await store.rename(found["Renamed"], "Another name")
        await store.delete(found["Deleted here"])

    async def delete_there(store):
        found = {each.name: each.id for each in (await store.list()).sessions}
        await store.delete(found["Deleted there"])

    use(source, change)
    use(other, delete_there)
    report = take(other, source)
    found = {each.name: each.status for each in report.sessions}
    assert found.pop("Another name", "unchanged") in ("unchanged", "updated")
    found.pop("Renamed", None)
    assert found == {
        "Grows": "updated",
        "New": "created",
        "Stays": "unchanged",
        "Deleted there": "skipped",
    }
    assert report.skipped == {DELETED: 1}
    assert len(exports(other)) == 5  # Deletions are no part of an import.


def test_a_store_that_was_replaced_gets_all_sessions_again(
    push: Pair, postgresql: Server, tmp_path: Path
) -> None:
    path, database = push
    fill(path)
    take(database, path)
    assert isinstance(database, Address)
    with postgresql.connected(database) as connection:
        connection.execute("DROP SCHEMA hfs CASCADE")
    assert statuses(take(database, path)) == ["created"] * 5
    assert isinstance(path, Path)
    path.unlink()
    assert statuses(take(path, database)) == ["created"] * 5
    assert exports(path) == exports(database)


def test_what_each_side_has_more_comes_in_as_a_second_session_once(pair: Pair) -> None:
    source, other = pair
    add(source, named("Fork", "one", "here"))
    add(other, named("Fork", "one", "there"))
    report = take(other, source)
    assert [len(each.warnings) for each in report.sessions] == [1]
    take(source, other)
    for _ in range(2):
        assert set(statuses(take(other, source))) == {"unchanged"}
        assert set(statuses(take(source, other))) == {"unchanged"}
    assert exports(source) == exports(other)
    assert [len(each) for each in exports(other).values()] == [2]


def test_what_the_store_has_more_of_is_reported_each_time(pair: Pair) -> None:
    source, other = pair
    add(source, named("Grown there", "one"))
    add(other, named("Grown there", "one", "two"))
    for _ in range(2):
        report = take(other, source)
        assert [(each.status, len(each.warnings)) for each in report.sessions] == [("unchanged", 1)]


def test_the_rules_of_conflicts_hold_for_stores(pair: Pair) -> None:
    source, other = pair
    add(source, named("One", "one", "two"))
    add(other, named("One", "one"))
    report = take(other, source, ImportRules("skip"))
    assert (statuses(report), report.skipped) == (["skipped"], {PRESENT: 1})
    assert statuses(take(other, source, ImportRules("copy"))) == ["created"]
    assert statuses(take(other, source, ImportRules("copy"))) == ["created"]
    (found,) = exports(other).values()
    assert len(found) == 3


def test_filters_select_what_is_imported(pair: Pair) -> None:
    source, other = pair
    add(source, claude_code(1), codex(2), named("Of HFS", "one"))
    report = take(other, source, selection=Selection(Filters(tools=("codex",))))
    assert [each.tool for each in report.sessions] == ["codex"]
    report = take(other, source, selection=Selection(Filters(project="/home/ada/web")))
    assert "claude-code" in {each.tool for each in report.sessions}
    assert "hfs" not in {each.tool for each in report.sessions}
    assert take(other, source, selection=Selection(Filters(project="/home/ada/we"))).sessions == []
    since = Selection(Filters(since="2200-01-01T00:00:00Z"))
    assert take(other, source, selection=since).sessions == []
    until = Selection(Filters(until="2200-01-01T00:00:00Z", tools=("hfs",)))
    assert [each.status for each in take(other, source, selection=until).sessions] == ["created"]
    assert exports(other) == exports(source)


def test_an_original_with_sessions_that_were_not_selected_stays_at_home(pair: Pair) -> None:
    source, other = pair
    chats = [
        f"\n# aider chat started at 202{year}-02-01 10:00:00\n\n#### {said}\n\nAn answer.\n\n"
        for year, said in ((5, "of the project"), (6, "of another one"))
    ]
    add(source, "".join(chats).encode(), claude_code(1))
    until = Filters(until="2026-01-01T00:00:00Z")
    assert statuses(take(other, source, selection=Selection(until))) == ["created"]
    assert b"of another one" not in everything(other)
    assert statuses(take(other, source)) == ["created"] * 2 + ["unchanged"]
    assert exports(other) == exports(source)


def redacted(*said: str, name: str = "With a key") -> str:
    return text(document(name, *map(message, said), metadata={"unknown_key": "kept"}))


def test_what_is_redacted_on_the_way_is_marked_and_not_sent_again(pair: Pair) -> None:
    source, other = pair
    add(source, redacted(f"my key is {SECRET}", "thanks"))
    add(source, claude_code(1, 2, f"key {SECRET}"))
    selection = Selection(redact=True)
    report = take(other, source, selection=selection)
    assert statuses(report) == ["created"] * 2
    found = exports(other)
    assert found.keys() == exports(source).keys()
    written = everything(other)
    assert SECRET.encode() not in written
    assert written.count(b'"redacted": true') == 2
    assert b"parentUuid" not in written  # Nothing of the original.
    assert statuses(take(other, source, selection=selection)) == ["unchanged"] * 2
    assert exports(other) == found


def test_a_redacted_session_grows_and_is_not_doubled(pair: Pair) -> None:
    source, other = pair
    add(source, redacted("one", f"my key is {SECRET}"))
    selection = Selection(redact=True)
    take(other, source, selection=selection)
    add(source, redacted("one", f"my key is {SECRET}", "and more"))
    report = take(other, source, selection=selection)
    assert [(each.status, each.message_count) for each in report.sessions] == [("updated", 3)]
    assert [len(each) for each in exports(other).values()] == [1]
    assert SECRET.encode() not in everything(other)


def test_a_redacted_session_is_never_taken_back_over_the_whole_one(pair: Pair) -> None:
    source, other = pair
    add(source, redacted(f"my key is {SECRET}"), claude_code(1, 2, SECRET))
    before = exports(source)
    take(other, source, selection=Selection(redact=True))
    for rules in (ImportRules(), ImportRules(is_trial=True), ImportRules("skip")):
        report = take(source, other, rules)
        assert statuses(report) == ["skipped"] * 2
        assert report.skipped == {PRESENT if rules.on_conflict == "skip" else REDACTED: 2}
    assert exports(source) == before


def test_a_redacted_session_does_not_get_into_a_store_that_has_it_whole(pair: Pair) -> None:
    source, other = pair
    add(source, redacted(f"my key is {SECRET}"))
    take(other, source)
    before = exports(other)
    report = take(other, source, selection=Selection(redact=True))
    assert (statuses(report), report.skipped) == (["skipped"], {REDACTED: 1})
    assert exports(other) == before


def test_other_rules_of_redaction_replace_what_earlier_ones_left(pair: Pair) -> None:
    source, other = pair
    add(source, redacted("mail ada@example.com", f"my key is {SECRET}"))
    take(other, source, selection=Selection(redact=True))
    assert b"ada@example.com" in everything(other)
    stricter = Selection(redact=True, redact_also=("mail",))
    for status in ("updated", "unchanged"):
        assert statuses(take(other, source, selection=stricter)) == [status]
        assert b"ada@example.com" not in everything(other)
    add(source, redacted("mail ada@example.com", f"my key is {SECRET}", "more"))
    assert statuses(take(other, source, selection=stricter)) == ["updated"]
    assert [len(each) for each in exports(other).values()] == [1]


def test_a_whole_session_takes_the_place_of_its_redacted_one(pair: Pair) -> None:
    source, other = pair
    add(source, redacted("one", f"my key is {SECRET}"), claude_code(1, 2, SECRET))
    take(other, source, selection=Selection(redact=True))
    assert statuses(take(other, source)) == ["updated"] * 2
    assert exports(other) == exports(source)
    assert b'"redacted"' not in everything(other)


def test_filters_of_what_is_no_store_are_an_error_and_import_nothing(
    tmp_path: Path, push: Pair
) -> None:
    file = tmp_path / "one.json"
    file.write_text(named("One", "one"), "utf-8")
    with pytest.raises(Exception, match="It is not a store"):
        take(push[1], file, selection=Selection(redact=True))
    assert exports(push[1]) == {}


def test_an_address_that_cannot_be_read_is_an_error_without_its_password(
    tmp_path: Path, postgresql: Server
) -> None:
    place = tmp_path / "sessions.db"
    for address in (
        Address("postgresql://ada:s3cr3t@127.0.0.1:1/hfs"),
        Address(f"postgresql://ada:s3cr3t@/missing?host={postgresql.folder}"),
    ):
        with pytest.raises(SourceNotReadable) as raised:
            take(place, address)
        assert "s3cr3t" not in raised.value.message + repr(raised.value.data)
        assert "ada@" in raised.value.message


def test_an_empty_database_has_nothing_to_import(tmp_path: Path, database: Address) -> None:
    assert take(tmp_path / "sessions.db", database).sessions == []


def test_what_is_remembered_is_read_and_written_in_a_thread(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.db", tmp_path / "other.db"
    add(mine, named("One", "text"))
    add(other, named("Two", "text"))
    take(mine, other, selection=Selection(redact=True))
    add(other, named("Three", "text"))
    opened: list[str] | None = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if opened is not None and event == "open" and "-exports" in str(arguments[0]):
            opened.append(threading.current_thread().name)

    sys.addaudithook(note)
    take(mine, other, selection=Selection(redact=True))
    names, opened = opened, None
    assert len(names) == 3
    assert threading.main_thread().name not in names
