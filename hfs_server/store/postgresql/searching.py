"""A page of matches: names, then phrases, then all others, newest first.

The first page finds the best sessions; its cursor has those that follow, and where the others
begin. Sessions that are added meanwhile are newer than these.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from hfs_server.filters import Filters
from hfs_server.search.matching import Matcher
from hfs_server.search.query import Query, Term, parsed
from hfs_server.store.message_texts import texts_of
from hfs_server.store.postgresql import filtering
from hfs_server.store.postgresql.candidates import (
    MATCHES_WITHOUT_INDEX,
    Candidate,
    Selection,
    newest,
)
from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.indexing import pending_sessions
from hfs_server.store.postgresql.matches import matches, names_of
from hfs_server.store.postgresql.search_position import Position, position_of
from hfs_server.store.postgresql.texts import from_column
from hfs_server.store.postgresql.words import NAME, condition, needs_check
from hfs_server.store.results import SearchMatch, SearchPage

_MOST_BEST = 100
"""Sessions that are found by their name or by the phrase, before the others."""
_MESSAGES_TOGETHER = 50
_SESSIONS_CHECKED = 20
_NEWEST_CHECKED = 5
"""In how many messages of a session the words of a query are looked for in their order."""
_SECONDS = 0.1
"""After that a page ends, also without any match. Its cursor leads on.

Some sessions are always looked at, so that each page leads on, and a small store needs one.
"""


class Request(NamedTuple):
    """A page of a search."""

    query: str
    filters: Filters
    roles: tuple[str, ...]
    limit: int
    cursor: str | None
    session_id: int | None
    context: int | None = None


def search(raw: Raw, request: Request) -> SearchPage:
    """The page, in a transaction that has begun. Raises InvalidCursor."""
    position = None if request.cursor is None else position_of(request.cursor)
    query = parsed(request.query)
    if request.roles:
        roles = tuple(role.casefold() for role in request.roles)
        both = tuple(role for role in roles if role in query.roles)
        query = query._replace(roles=(both or ("",)) if query.roles else roles)
    if not query.terms and not query.is_empty:
        return SearchPage([], None, True)
    page = _Page(raw, query, request, _selected(raw, query, request))
    if request.session_id is not None:
        return page.of_session(request.session_id, position or Position())
    return page.read(position)


class _Page:
    """One page while it is read."""

    def __init__(
        self, raw: Raw, query: Query, request: Request, selected: tuple[str, dict[str, Any]]
    ) -> None:
        self._raw = raw
        self._query = query
        self._request = request
        self._selected = selected
        self._matcher = Matcher(query)
        self._checks = needs_check(query)
        self._end = time.monotonic() + _SECONDS
        self._condition, values = selected
        self._values = {**values, "words": condition(query)}

    def read(self, position: Position | None) -> SearchPage:
        """The matches, each session once."""
        if position is None:
            best = self._best()
            position = Position(tuple(best), tuple(session for session, _ in best))
        limit = self._request.limit
        found, left = [*position.best[:limit]], position.best[limit:]
        position = position._replace(best=left)
        is_all = is_end = False
        while len(found) < limit and not is_all and not is_end:
            position, is_all = self._add_others(found, position)
            is_end = time.monotonic() > self._end
        end = None if is_all and not left else position.cursor()
        return SearchPage(self._matches(found), end, self._is_complete())

    def of_session(self, session_id: int, position: Position) -> SearchPage:
        """The matches of one session, in the order of its messages."""
        found: list[tuple[int, int]] = []
        after, limit = position.id, self._request.limit
        values = {**self._values, "session": session_id}
        allowed = fetch(self._raw, f"{_SESSION}{self._condition}", values)
        for message in self._matching(session_id, _IN_ORDER, after) if allowed else ():
            if len(found) == limit:
                end = Position(id=found[-1][1]).cursor()
                return SearchPage(self._matches(found), end, self._is_complete())
            found.append((session_id, message))
        return SearchPage(self._matches(found), None, self._is_complete())

    def _matches(self, found: Sequence[tuple[int, int]]) -> list[SearchMatch]:
        return matches(self._raw, found, self._matcher, self._request.context)

    def _is_complete(self) -> bool:
        return not pending_sessions(self._raw)

    def _best(self) -> list[tuple[int, int]]:
        """Sessions and messages that are found by name, then by the phrase."""
        query, phrase = self._query, _phrase(self._query)
        is_named = bool(query.wanted) and not query.roles
        found = dict.fromkeys(self._named() if is_named else (), NAME)
        for session_id, message in self._with(phrase) if phrase is not None else ():
            found.setdefault(session_id, message)
        return [*found.items()][:_MOST_BEST]

    def _named(self) -> list[int]:
        selection = Selection(self._values, self._condition, True, bool(self._condition))
        ids = [each.id for each in newest(self._raw, selection)[0]]
        names = names_of(self._raw, ids) if self._checks else {}
        return [each for each in ids if not self._checks or self._fits(names[each])]

    def _fits(self, texts: Sequence[str]) -> bool:
        return self._matcher.matches("\n".join(texts))

    def _with(self, phrase: Query) -> Iterator[tuple[int, int]]:
        """The newest sessions with a message, of the newest ones, that has all words in order."""
        page = _Page(self._raw, phrase, self._request, self._selected)
        candidates, _ = self._first
        end = self._end - _SECONDS / 2
        checked = page._checked(candidates, is_thorough=False)
        for number, (candidate, message) in enumerate(checked):
            if number >= _SESSIONS_CHECKED and time.monotonic() > end:
                return
            if message not in (None, NAME):
                yield candidate.id, int(message or 0)

    def _add_others(
        self, found: list[tuple[int, int]], position: Position
    ) -> tuple[Position, bool]:
        """Adds some of the other matches; where they end, and whether these are all."""
        is_first = position.time is None
        candidates, is_all = self._first if is_first else self._others(position)
        seen = frozenset(position.seen)
        for number, (candidate, message) in enumerate(self._newest(candidates)):
            is_end = number >= _SESSIONS_CHECKED and time.monotonic() > self._end
            if len(found) == self._request.limit or is_end:
                return position, False
            position = position._replace(time=candidate.activity, id=candidate.id)
            if candidate.id not in seen and message is not None:
                found.append((candidate.id, message))
        return position, is_all

    @cached_property
    def _first(self) -> tuple[list[Candidate], bool]:
        """The newest sessions that have the words."""
        return self._others(Position())

    def _others(self, position: Position) -> tuple[list[Candidate], bool]:
        """The next sessions that have the words, newest first, and whether these are all."""
        after = _AFTER if position.time is not None else ""
        values = {**self._values, "time": position.time, "id": position.id}
        is_filtered = bool(self._condition)
        selection = Selection(values, self._condition + after, is_filtered=is_filtered)
        return newest(self._raw, selection)

    def _newest(self, candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, int | None]]:
        """The newest message that matches of each; the name if no message does."""
        if self._checks:
            return self._checked(candidates, is_thorough=True)
        return ((each, each.position) for each in candidates)

    def _checked(
        self, candidates: Sequence[Candidate], *, is_thorough: bool
    ) -> Iterator[tuple[Candidate, int | None]]:
        """The same where texts decide; of the newest messages alone unless ``is_thorough``."""
        sql = _NEWEST_TEXTS.format(condition=self._has_words())
        for start in range(0, len(candidates), _SESSIONS_CHECKED):
            some = candidates[start : start + _SESSIONS_CHECKED]
            ids = [each.id for each in some]
            texts: dict[int, dict[int, tuple[Any, ...]]] = {each: {} for each in ids}
            rows = fetch(self._raw, sql, {**self._values, "ids": ids}, is_prepared=True)
            for session_id, message, *text in rows:
                texts[session_id][message] = tuple(text)
            for candidate in some:
                found = texts[candidate.id]
                fitting = (n for n, text in found.items() if self._fits_text(candidate.id, n, text))
                message = next(fitting, None)
                if message is None and is_thorough and len(found) == _NEWEST_CHECKED:
                    message = next(self._matching(candidate.id, _NEWEST, min(found)), None)
                yield candidate, message

    def _has_words(self) -> str:
        return f" AND {MATCHES_WITHOUT_INDEX}" if self._values["words"] else ""

    def _matching(self, session_id: int, order: str, position: int) -> Iterator[int]:
        """The numbers of the messages that match after this one, in this order."""
        values = {**self._values, "session": session_id, "position": position}
        columns = _WITH_TEXT if self._checks else _WITHOUT_TEXT
        sql = order.format(columns=columns, condition=self._has_words())
        while rows := fetch(self._raw, sql, values, is_prepared=True):
            for message, *text in rows:
                if not self._checks or self._fits_text(session_id, message, text):
                    yield message
            values["position"] = rows[-1][0]

    def _fits_text(self, session_id: int, number: int, text: Sequence[Any]) -> bool:
        """Whether a message, or a session's name, matches."""
        if number == NAME:
            return self._fits(names_of(self._raw, [session_id])[session_id])
        content, extra = text
        return self._fits(texts_of(from_column(content), extra and from_column(extra)))


def _selected(raw: Raw, query: Query, request: Request) -> tuple[str, dict[str, Any]]:
    """The condition on sessions, and its values."""
    asked, values = filtering.condition(raw, request.filters, name="asked")
    written, more = filtering.condition(raw, query.filters, name="written", part=query.project)
    return asked + written, values | more


def _phrase(query: Query) -> Query | None:
    """The query for all words in their order; None if that is not a question of its own."""
    words = [term for term in query.wanted if not term.is_phrase]
    if len(words) < 2 or any(term.is_prefix for term in query.wanted):
        return None
    text = " ".join(term.text for term in words)
    phrase = Term(text, tuple(word for term in words for word in term.words), is_phrase=True)
    others = [term for term in query.terms if term.is_phrase or term.is_excluded]
    return query._replace(terms=(phrase, *others))


_AFTER = " AND (s.activity, s.id) < (%(time)s::timestamptz, %(id)s)"
_SESSION = "SELECT 1 FROM hfs.sessions AS s WHERE s.id = %(session)s AND s.deleted_at IS NULL"
_WITHOUT_TEXT = "FROM hfs.words AS w"
_WITH_TEXT = """
    , m.content, m.extra FROM hfs.words AS w LEFT JOIN hfs.messages AS m
        ON m.session_id = w.session_id AND m.position = w.position
"""
_OF_SESSION = "SELECT w.position {columns} WHERE w.session_id = %(session)s"
_NEWEST = f"""
    {_OF_SESSION} AND w.position < %(position)s{{condition}}
    ORDER BY w.position DESC LIMIT {_MESSAGES_TOGETHER}
"""
_IN_ORDER = f"""
    {_OF_SESSION} AND w.position > %(position)s AND w.position > {NAME}{{condition}}
    ORDER BY w.position LIMIT {_MESSAGES_TOGETHER}
"""
_NEWEST_TEXTS = f"""
    SELECT found.id, w.position, w.content, w.extra
    FROM unnest(%(ids)s::bigint[]) AS found (id) CROSS JOIN LATERAL (
        SELECT w.position, m.content, m.extra FROM hfs.words AS w LEFT JOIN hfs.messages AS m
            ON m.session_id = w.session_id AND m.position = w.position
        WHERE w.session_id = found.id{{condition}} ORDER BY w.position DESC LIMIT {_NEWEST_CHECKED}
    ) AS w ORDER BY found.id, w.position DESC
"""
