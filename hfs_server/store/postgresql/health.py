"""What can be found out about a store on PostgreSQL without changing anything."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from hfs_server.errors import StoreUnusable
from hfs_server.store.address import Address
from hfs_server.store.postgresql.store import require_psycopg
from hfs_server.store.results import StoreAccess, StoreHealth

if TYPE_CHECKING:
    from hfs_server.store.postgresql.connections import Raw


def postgresql_health(address: Address) -> StoreHealth:
    """The health of the store at an address. Raises StoreUnusable, StoreTooNew and StoreBusy."""
    require_psycopg()
    from hfs_server.store.postgresql.connections import (
        ANSWER_SECONDS,
        connect,
        fetch,
        limited,
    )
    from hfs_server.store.postgresql.database import check_is_known
    from hfs_server.store.postgresql.database_errors import translated_errors
    from hfs_server.store.postgresql.imported_files import imported_files
    from hfs_server.store.postgresql.migrations import NEWEST, version_in
    from hfs_server.store.postgresql.schema import check_is_new, missing_indexes

    with (
        closing(connect(address)) as raw,
        translated_errors(address),
        limited(raw, ANSWER_SECONDS),
    ):
        if not fetch(raw, "SELECT to_regclass('hfs.schema_version') IS NOT NULL")[0][0]:
            check_is_new(raw)
            raise StoreUnusable(
                f"The database {address} has no sessions yet. Import one to create the store."
            )
        version = version_in(fetch(raw, "SELECT version FROM hfs.schema_version"))
        check_is_known(version, address)
        missing = missing_indexes(raw, version)
        ((size, sessions, *roles),) = fetch(raw, _FACTS)
        role, owner, can_write, sees_all = roles
        unsecured = [name for (name,) in fetch(raw, _UNSECURED)]
        how = _connection(raw)
        access = StoreAccess(role, owner, can_write, sees_all, *how, unsecured, missing)
        imported = imported_files(raw, "")
        return StoreHealth(size, can_write, version, NEWEST, sessions, [], 0, [], imported, access)


def _connection(raw: Raw) -> tuple[bool, bool, bool]:
    """Whether the server is on this machine, the connection encrypted, and the server checked."""
    is_local = raw.info.host.startswith(("/", "@")) or raw.info.host in _LOCAL
    is_encrypted = bool(raw.pgconn.ssl_in_use)
    sslmode = raw.info.get_parameters().get("sslmode")
    return is_local, is_encrypted, is_encrypted and sslmode in ("verify-ca", "verify-full")


_LOCAL = ("localhost", "127.0.0.1", "::1", "")
_FACTS = """
    SELECT coalesce((SELECT sum(pg_total_relation_size(oid))::bigint FROM pg_class
            WHERE relnamespace = 'hfs'::regnamespace AND relkind = 'r'), 0),
        (SELECT count(*) FROM hfs.sessions WHERE deleted_at IS NULL),
        current_user::text,
        (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'hfs'),
        has_any_column_privilege('hfs.sessions', 'INSERT')
            AND current_setting('transaction_read_only') = 'off',
        (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user)
"""
_UNSECURED = """
    SELECT c.relname::text FROM pg_class AS c
    WHERE c.relnamespace = 'hfs'::regnamespace AND c.relkind IN ('r', 'p')
        AND c.relname <> 'schema_version' AND NOT (
            c.relrowsecurity AND (c.relforcerowsecurity OR c.relname = 'words')
            AND ARRAY['deletes d', 'inserts a', 'reads r', 'updates w'] = ARRAY(
                SELECT concat(p.polname, ' ', p.polcmd) FROM pg_policy AS p
                WHERE p.polrelid = c.oid AND p.polpermissive
                    AND coalesce(pg_get_expr(p.polqual, p.polrelid), '') <> 'true'
                    AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') <> 'true'
                ORDER BY 1)
            AND 4 = (SELECT count(*) FROM pg_policy AS p WHERE p.polrelid = c.oid))
    ORDER BY 1
"""
"""Tables of which row-level security is off, or has other policies than hfs-server makes."""
