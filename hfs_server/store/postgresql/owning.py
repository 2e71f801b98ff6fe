"""Migrations are done by the role that owns the schema, or by a member of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hfs_server.errors import StoreUnusable

if TYPE_CHECKING:
    from hfs_server.store.postgresql.connections import Raw


@contextmanager
def as_schema_owner(raw: Raw) -> Iterator[None]:
    """Creates the schema if it is missing, and has its owner's rights in a transaction.

    Raises StoreUnusable if this user has not.
    """
    import psycopg
    from psycopg import sql

    owners = raw.execute(_OWNER).fetchall()
    try:
        # A failure must not end the transaction in which the caller may still ask.
        with raw.transaction():
            if not owners:
                raw.execute("CREATE SCHEMA hfs")
            else:
                raw.execute(sql.SQL("SET LOCAL ROLE {}").format(sql.Identifier(owners[0][0])))
    except psycopg.errors.InsufficientPrivilege:
        raise StoreUnusable(_problem(owners[0][0] if owners else None)) from None
    yield


def _problem(owner: str | None) -> str:
    if owner is None:
        return (
            "The database has no store, and this user may not create one. Ask the administrator "
            "of the database to run: hfs-server roles | psql DATABASE"
        )
    return (
        "The store has the schema of an older hfs-server, which only its owner may migrate. Ask "
        f"a member of the role {owner} to run this version of hfs-server once, for example: "
        "hfs-server list"
    )


_OWNER = """
    SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'hfs'
"""
