"""Which sessions are listed under which, as SQL.

The rule not to break: every session can be reached from the top of the list. Of sessions that are
each other's ancestors, the one with the lowest id is at the top, and below no other one.
"""

from __future__ import annotations


def parent_of(session: str) -> str:
    """The id of the session under which the one of this alias is listed, or NULL."""
    parent = _PARENT.format(f"{session}.hfs_parent")
    return f"CASE WHEN {_is_cut(session)} THEN NULL ELSE {parent} END"


def has_no_parent(session: str) -> str:
    """Whether the session of this alias is listed at the top."""
    parents = f"SELECT 1 FROM sessions AS parents WHERE hfs_identity = {session}.hfs_parent"
    return f"({session}.hfs_parent IS NULL OR NOT EXISTS ({parents}) OR {_is_cut(session)})"


def is_below(session: str, identity: str) -> str:
    """Whether the session of this alias is listed under those of an identity."""
    return f"({session}.hfs_parent = {identity} AND NOT {_is_cut(session)})"


def _is_cut(session: str) -> str:
    """Whether the session has the lowest id of those that are each other's ancestors.

    The search goes up only while the ids are higher, and only if one that it started is later.
    """
    return _IS_CUT.format(session=session)


_PARENT = "(SELECT min(id) FROM sessions AS parents WHERE hfs_identity = {})"
_IS_CUT = f"""
    (EXISTS (SELECT 1 FROM sessions AS started
            WHERE started.hfs_parent = {{session}}.hfs_identity
                AND started.id >= {{session}}.id)
        AND EXISTS (
            WITH RECURSIVE ancestors (id, parent) AS (
                SELECT first.id, first.hfs_parent FROM sessions AS first
                WHERE first.id = {_PARENT.format("{session}.hfs_parent")}
                UNION
                SELECT next.id, next.hfs_parent FROM ancestors JOIN sessions AS next
                ON next.id = {_PARENT.format("ancestors.parent")}
                WHERE ancestors.id > {{session}}.id)
            SELECT 1 FROM ancestors WHERE ancestors.id = {{session}}.id))
"""
