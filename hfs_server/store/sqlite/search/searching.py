"""A page of matches: the best ones first, then all others, newest first, in bounded time."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeVar, TypeVarTuple

from hfs_server.filters import Filters
from hfs_server.search.matching import Matcher
from hfs_server.search.query import Query, parsed
from hfs_server.store.results import SearchMatch, SearchPage
from hfs_server.store.sqlite.search import finding
from hfs_server.store.sqlite.search.expression import (
    expression_without_prefixes,
    names_expression,
    phrase_expression,
    words_expression,
)
from hfs_server.store.sqlite.search.finding import Candidate, Found
from hfs_server.store.sqlite.search.hits import Selection, hits
from hfs_server.store.sqlite.search.position import Position, position_of

MOST_NAMES = 500
"""Sessions that are found by their names before all others."""
MOST_PHRASES = 100
"""Sessions that have all words in their order, and are found before the others."""

_NAMES_SECONDS, _PHRASE_SECONDS, _WORDS_SECONDS = 0.006, 0.006, 0.010
_PAGE_SECONDS, _EMPTY_PAGE_SECONDS = 0.030, 0.040
"""After that a page ends; one without any match a little later. Its cursor leads on."""
_ROWS_TO_SCAN = 100
_ROWS_PER_READ = 64

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")


class Request(NamedTuple):
    """A page of a search."""

    query: str
    filters: Filters
    roles: tuple[str, ...]
    limit: int
    cursor: str | None
    session_id: int | None
    context: int | None = None


class Runs(Protocol):
    """What runs functions on a connection."""

    async def run(
        self,
        work: Callable[[sqlite3.Connection, *Arguments], Result],
        *arguments: *Arguments,
        wait: bool = False,
    ) -> Result:
        """The result of ``work``; ``wait`` if it may wait for a lock, and be repeated."""


async def search(store: Runs, index: Runs, request: Request) -> SearchPage:
    """The page. Raises InvalidCursor."""
    position = None if request.cursor is None else position_of(request.cursor)
    query = parsed(request.query)
    if request.roles:
        roles = tuple(role.casefold() for role in request.roles)
        both = tuple(role for role in roles if role in query.roles)
        query = query._replace(roles=(both or ("",)) if query.roles else roles)
    if not query.terms and not query.is_empty:
        return SearchPage([], None, True)
    if position is None:
        position = Position(await index.run(finding.newest_row))
    page = _Page(store, index, query, request, position)
    if request.session_id is not None:
        return await page.of_session(request.session_id)
    return await page.read()


class _Page:
    """One page while it is read."""

    def __init__(
        self,
        store: Runs,
        index: Runs,
        query: Query,
        request: Request,
        position: Position,
    ) -> None:
        self._store = store
        self._index = index
        self._query = query
        self._request = request
        self._position = position
        self._start = position.below
        self._words = words_expression(query)
        self._may_try_index = True
        self._selection = Selection(
            Matcher(query), (request.filters, query.filters), query.project, False, request.context
        )
        self._begun = time.perf_counter()
        self._seen: set[int] = set()
        self._found: list[SearchMatch] = []

    async def read(self) -> SearchPage:
        """The matches, each session once."""
        head = await self._head()
        if self._position.below is None:
            await self._add_head(head)
        self._seen |= {each.session for each in head}
        is_all = False
        while self._position.below is not None and self._is_open and not is_all:
            is_all = await self._add_others(self._position.below)
        return SearchPage(self._found, None if is_all else self._position.cursor(), True)

    async def of_session(self, session_id: int) -> SearchPage:
        """The matches of one session, in the order of its messages."""
        is_all = False
        after = self._position.below or 0
        is_checked = any(term.is_short_prefix for term in self._query.terms)
        expression = expression_without_prefixes(self._query) if is_checked else self._words
        selection = self._selection._replace(is_checked=is_checked)
        while self._is_open and not is_all:
            found = await self._index.run(
                finding.in_session, expression, session_id, after, _ROWS_PER_READ, _PAGE_SECONDS
            )
            last = await self._add(found.candidates, selection, is_one_per_session=False)
            is_read = not found.candidates or last == found.candidates[-1]
            is_all = is_read and (found.is_all or not found.candidates)
            after = after if last is None else last.number
        self._position = self._position._replace(below=after)
        return SearchPage(self._found, None if is_all else self._position.cursor(), True)

    @property
    def _is_open(self) -> bool:
        """Whether the page may have more."""
        return len(self._found) < self._request.limit and time.perf_counter() < self._end

    @property
    def _end(self) -> float:
        return self._begun + (_PAGE_SECONDS if self._found else _EMPTY_PAGE_SECONDS)

    async def _head(self) -> list[Candidate]:
        """The best candidates, each session once: those found by name, then by the phrase."""
        top, query = self._position.top, self._query
        found: list[Candidate] = []
        if (names := names_expression(query)) and not query.roles:
            found += await self._index.run(finding.named, names, top, MOST_NAMES, _NAMES_SECONDS)
        if phrase := phrase_expression(query):
            phrases = await self._index.run(
                finding.one_per_session, phrase, top, MOST_PHRASES, _PHRASE_SECONDS
            )
            found += phrases.candidates
        first: dict[int, Candidate] = {}
        for candidate in found:
            first.setdefault(candidate.session, candidate)
        return list(first.values())

    async def _add_head(self, head: Sequence[Candidate]) -> None:
        while self._is_open and self._position.head < len(head):
            some = head[self._position.head :][:_ROWS_PER_READ]
            last = await self._add(some, self._selection)
            count = 0 if last is None else some.index(last) + 1
            self._position = self._position._replace(head=self._position.head + count)
        if self._position.head >= len(head):
            self._start = self._position.top
            is_scan = any(term.is_short_prefix for term in self._query.terms)
            self._position = self._position._replace(below=self._start, is_scan=is_scan)

    async def _add_others(self, below: int) -> bool:
        """Adds some of the other matches; whether these are the last."""
        if self._words is None:
            found = await self._index.run(finding.sessions, below, _ROWS_PER_READ)
            return await self._add_found(found, is_checked=False)
        if not self._position.is_scan:
            found = await self._index.run(self._newest_of_each, self._words, below)
            if found.is_late and not found.candidates:
                self._position = self._position._replace(is_scan=True)
                self._may_try_index = False
                return False
            return await self._add_found(found, is_checked=False)
        return await self._add_scanned(below)

    async def _add_scanned(self, below: int) -> bool:
        """Adds the newest messages whose text fulfils the query.

        If they are rare, the index finds them quickly.
        """
        count = len(self._found)
        expression = expression_without_prefixes(self._query)
        found = await self._index.run(
            finding.every_row, expression, below, _ROWS_TO_SCAN, _WORDS_SECONDS
        )
        if found.is_late and not found.candidates:
            found = await self._index.run(
                finding.every_row, None, below, _ROWS_TO_SCAN, _WORDS_SECONDS
            )
        is_all = await self._add_found(found, is_checked=True)
        if len(self._found) == count and self._may_try_index and not is_all:
            self._position = self._position._replace(is_scan=False)
            return await self._add_others(self._position.below or 0)
        return is_all

    def _newest_of_each(self, connection: sqlite3.Connection, expression: str, below: int) -> Found:
        """The next sessions, except those that an earlier page has from a newer slot."""
        found = finding.one_per_session(
            connection, expression, below, _ROWS_PER_READ, _WORDS_SECONDS
        )
        start = self._start
        if start is None or start == self._position.top:
            return found
        new = [
            each
            for each in found.candidates
            if not finding.is_in_newer_slot(connection, expression, each, start)
        ]
        return found._replace(candidates=new)

    async def _add_found(self, found: Found, *, is_checked: bool) -> bool:
        """Adds what the store has of them; whether there is nothing after them."""
        selection = self._selection._replace(is_checked=is_checked)
        last = await self._add(found.candidates, selection)
        is_read = not found.candidates or last == found.candidates[-1]
        below = found.below if is_read else self._position.below
        if not is_read and last is not None:
            below = last.row if is_checked else last.slot
        self._position = self._position._replace(below=below)
        return found.is_all and is_read

    async def _add(
        self,
        candidates: Sequence[Candidate],
        selection: Selection,
        *,
        is_one_per_session: bool = True,
    ) -> Candidate | None:
        """Adds what the store has of them; the last one that was looked at."""
        if not candidates:
            return None
        found, last = await self._store.run(
            hits,
            candidates,
            selection,
            self._seen,
            self._request.limit - len(self._found),
            self._end,
            is_one_per_session,
            wait=True,
        )
        self._found += found
        return last
