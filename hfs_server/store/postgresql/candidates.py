"""Which sessions have the words of a query, newest first.

Common words are found soonest in the newest sessions, and rare ones by the index; how common they
are is not known before. So a bounded number of messages is looked through, and the index is asked
if these were not enough. The rule not to break: both ways find the same sessions.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from hfs_server.store.postgresql.connections import Raw, fetch
from hfs_server.store.postgresql.times import stored
from hfs_server.store.postgresql.words import NAME, PREFIX

MOST = 100
"""How many sessions are found together."""
_MOST_LOOKED_THROUGH = 1_000
_ROWS_LOOKED_THROUGH = 5_000
_COMMON = 5
"""If so many sessions are found together, the index would have too many messages."""


class Candidate(NamedTuple):
    """A session that has the words."""

    id: int
    activity: str
    position: int
    """The newest of its messages that has the words."""


class Selection(NamedTuple):
    """Which sessions are wanted."""

    values: dict[str, Any]
    """Those of the conditions, and ``words``, a ``tsquery``; None for all sessions."""
    condition: str = ""
    """`` AND …`` on ``hfs.sessions AS s``."""
    only_names: bool = False
    is_filtered: bool = False
    """Whether filters decide on the plan."""


def newest(raw: Raw, selection: Selection) -> tuple[list[Candidate], bool]:
    """The newest sessions that have the words, and whether these are all.

    Of names that are common, and without words, these are ``MOST``; else there may be fewer.
    """
    words = selection.values["words"]
    if words is not None:
        found = _candidates(raw, _LOOKED_THROUGH, selection)
        if len(found) == MOST:
            return found, False
        # For a beginning of a word, the index collects the messages of all users first.
        if not selection.only_names and (len(found) >= _COMMON or PREFIX in words):
            is_all = _are_all_looked_through(raw, selection)
            if is_all or len(found) >= _COMMON:
                return found, is_all
    sql = _ANY if words is None else _BY_INDEX
    found = _candidates(raw, sql, selection)
    return found, len(found) < MOST


def _are_all_looked_through(raw: Raw, selection: Selection) -> bool:
    ((sessions, before),) = _rows(raw, _EXTENT, selection)
    return bool(sessions < _MOST_LOOKED_THROUGH and before < _ROWS_LOOKED_THROUGH)


def _candidates(raw: Raw, sql: str, selection: Selection) -> list[Candidate]:
    return [Candidate._make(row) for row in _rows(raw, sql, selection)]


def _rows(raw: Raw, sql: str, selection: Selection) -> list[Any]:
    named, rows = (_NAMES, "1") if selection.only_names else ("", "(s.message_count + 1)")
    only_names = "true" if selection.only_names else "false"
    parts = {"condition": selection.condition, "named": named, "rows": rows}
    text = sql.format(**parts, only_names=only_names)
    return fetch(raw, text, selection.values, is_prepared=not selection.is_filtered)


_NAMES = f" AND w.position = {NAME}"
_ORDER = "ORDER BY s.activity DESC, s.id DESC"
_SESSIONS = "FROM hfs.sessions AS s WHERE s.deleted_at IS NULL{condition}"
MATCHES_WITHOUT_INDEX = "(w.words @@ %(words)s::tsquery) IS TRUE"
"""For messages of known sessions: the planner would ask the index again for each of them."""
_SHOWN = f"s.id, {stored('s.activity')}"
_ANY = f"SELECT {_SHOWN}, {NAME} {_SESSIONS} {_ORDER} LIMIT {MOST}"
_LATEST = f"""
    SELECT s.id, s.activity, sum({{rows}}) OVER ({_ORDER}) - {{rows}} AS before
    {_SESSIONS} {_ORDER} LIMIT {_MOST_LOOKED_THROUGH}
"""
# Sessions that are sorted where they are read: the server stops at the last one that is found.
_LOOKED_THROUGH = f"""
    SELECT {_SHOWN}, m.position FROM ({_LATEST}) AS s CROSS JOIN LATERAL (
        SELECT w.position FROM hfs.words AS w WHERE w.session_id = s.id
            AND {MATCHES_WITHOUT_INDEX}{{named}}
        ORDER BY w.position DESC LIMIT 1
    ) AS m
    WHERE s.before < {_ROWS_LOOKED_THROUGH} {_ORDER} LIMIT {MOST}
"""
_EXTENT = f"SELECT count(*), coalesce(max(before), 0) FROM ({_LATEST}) AS s"
_BY_INDEX = f"""
    WITH m AS MATERIALIZED (
        SELECT * FROM hfs.sessions_with(%(words)s::tsquery, {{only_names}})
    )
    SELECT {_SHOWN}, m.newest FROM m JOIN hfs.sessions AS s ON s.id = m.session_id
    WHERE s.deleted_at IS NULL{{condition}} {_ORDER} LIMIT {MOST}
"""
