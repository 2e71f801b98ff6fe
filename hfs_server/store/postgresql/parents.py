"""Which sessions are listed under which, as SQL on the alias of a row of ``hfs.sessions``.

The rule not to break: every session can be reached from the top of the list. Of sessions that are
each other's ancestors, the one with the lowest id is at the top, and below no other one.

Looking for these makes a plan so large that it takes longer to begin than to read a page. What
``may_`` be so is asked without it, and ``MAY_BE_ANCESTORS`` says whether the answer is exact.
"""

from __future__ import annotations


def parent_of(session: str) -> str:
    """The id of the session under which the one of this alias is listed, or NULL."""
    parent = _PARENT.format(f"{session}.parent_identity")
    return f"CASE WHEN {_is_cut(session)} THEN NULL ELSE {parent} END"


def has_no_parent(session: str) -> str:
    """Whether the session of this alias is listed at the top."""
    parent = _PARENT.format(f"{session}.parent_identity")
    # EXISTS would read all sessions into a hash.
    return f"({session}.parent_identity IS NULL OR {parent} IS NULL OR {_is_cut(session)})"


def may_have_no_parent(session: str) -> str:
    """Whether it is at the top, or has an earlier parent in a line that may lead back to it."""
    return _MAY_HAVE_NO_PARENT.format(session=session)


def is_below(session: str, identity: str) -> str:
    """Whether the session of this alias is listed under those of an identity."""
    return f"({may_be_below(session, identity)} AND NOT {_is_cut(session)})"


def may_be_below(session: str, identity: str) -> str:
    """Whether it is listed there, or is its own ancestor."""
    return f"{session}.parent_identity = {identity}"


def _is_cut(session: str) -> str:
    """Whether the session has the lowest id of those that are each other's ancestors.

    The search goes up only while the ids are higher, and only if one that it started is later.
    """
    return _IS_CUT.format(session=session)


_PARENT = """
    (SELECT min(p.id) FROM hfs.sessions AS p WHERE p.identity = {} AND p.deleted_at IS NULL)
"""
_STARTED_LATER = """
    EXISTS (SELECT 1 FROM hfs.sessions AS started
        WHERE started.parent_identity = {session}.identity
            AND started.deleted_at IS NULL AND started.id + 0 >= {session}.id)
"""
_IS_CUT = f"""
    ({_STARTED_LATER}
        AND EXISTS (
            WITH RECURSIVE ancestors (id, parent) AS (
                SELECT first.id, first.parent_identity FROM hfs.sessions AS first
                WHERE first.id = {_PARENT.format("{session}.parent_identity")}
                UNION
                SELECT following.id, following.parent_identity
                FROM ancestors JOIN hfs.sessions AS following
                ON following.id = {_PARENT.format("ancestors.parent")}
                WHERE ancestors.id > {{session}}.id)
            SELECT 1 FROM ancestors WHERE ancestors.id = {{session}}.id))
"""
_MAY_HAVE_NO_PARENT = f"""
    ({{session}}.parent_identity IS NULL OR (
        SELECT CASE WHEN min(p.id) >= {{session}}.id THEN {_STARTED_LATER}
            ELSE min(p.id) IS NULL END
        FROM hfs.sessions AS p
        WHERE p.identity = {{session}}.parent_identity AND p.deleted_at IS NULL))
"""
RELATIVES = f"""
    CROSS JOIN LATERAL (
        SELECT min(p.id) AS id FROM hfs.sessions AS p
        WHERE p.identity = s.parent_identity AND p.deleted_at IS NULL
    ) AS parent
    CROSS JOIN LATERAL (
        SELECT count(*), max(c.id) AS newest,
            bool_or(c.id <= s.id AND {_STARTED_LATER.format(session="c")}) AS may_be_ancestors
        FROM hfs.sessions AS c WHERE c.parent_identity = s.identity AND c.deleted_at IS NULL
    ) AS children
"""
"""Joins to the sessions ``s``: ``parent.id`` and ``children.count``."""
MAY_BE_ANCESTORS = "parent.id >= s.id AND children.newest >= s.id OR children.may_be_ancestors"
"""Whether the session, or one that it started, may be its own ancestor; NULL if not."""
