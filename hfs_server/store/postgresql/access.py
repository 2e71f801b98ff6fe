"""Who may see and change what, as the server enforces it by row-level security.

A session is changed by its owner alone: the role that brought it in. Others read it while its
visibility is ``team`` and it is not deleted. The rule not to break: each table that holds
anything of sessions has policies, and no function that runs with other rights than the caller's
returns anything of a session that the caller may not see.
"""

from __future__ import annotations

ME = "to_regrole(quote_ident(current_user))"
"""The role whose rights hold, also after SET ROLE; by number, so that it can be renamed."""
MINE = f"owner = (SELECT {ME})"
"""What holds for rows of this user; also asked where only superusers could see others."""

OWNED_BY = "'_o' || owner::oid::text"
SCOPE = f"CASE visibility WHEN 'team' THEN '_team' ELSE {OWNED_BY} END"
"""A word of each message in the index of words, which no text has: who may find it."""

ALL_SCOPES = f"ARRAY['_team', {OWNED_BY}]"

_PARTS = ("messages", "checkpoints", "words", "edits", "edit_lines", "session_counts")
_ADMINISTERS = "(SELECT current_user) = 'hfs_owner'"
"""Whoever sets this role could also remove the policies; pg_dump needs it."""


def _policy(table: str, name: str, command: str, *conditions: str) -> str:
    """A policy; ``conditions`` begin with USING or WITH CHECK."""
    return f"CREATE POLICY {name} ON hfs.{table} FOR {command} {' '.join(conditions)};\n"


def _of_session(condition: str) -> str:
    return f"EXISTS (SELECT FROM hfs.sessions AS s WHERE s.id = session_id{condition})"


def _secured(table: str, reads: str, writes: str, *, forced: bool = True) -> str:
    """The policies of a table, which hold for its owner too if they are ``forced``."""
    force = f"ALTER TABLE hfs.{table} FORCE ROW LEVEL SECURITY;\n" if forced else ""
    return (
        f"ALTER TABLE hfs.{table} ENABLE ROW LEVEL SECURITY;\n{force}"
        + _policy(table, "reads", "SELECT", f"USING ({reads})")
        + _policy(table, "inserts", "INSERT", f"WITH CHECK ({writes})")
        + _policy(table, "updates", "UPDATE", f"USING ({writes}) WITH CHECK ({writes})")
        + _policy(table, "deletes", "DELETE", f"USING ({writes})")
    )


_SESSIONS = f"{MINE} OR (visibility = 'team' AND deleted_at IS NULL) OR {_ADMINISTERS}"
_ORIGINALS = f"""{MINE} OR {_ADMINISTERS} OR EXISTS (SELECT FROM hfs.sessions AS s
    WHERE s.original = originals.digest AND s.owner = originals.owner)"""
_PLACES = f"""{MINE} OR {_ADMINISTERS} OR EXISTS (SELECT FROM hfs.originals AS o
    WHERE o.digest = original_chunks.original AND o.owner = original_chunks.owner)"""
_CHUNKS = f"""{MINE} OR {_ADMINISTERS} OR EXISTS (SELECT FROM hfs.original_chunks AS c
    WHERE c.chunk = chunks.digest AND c.owner = chunks.owner)"""

_UNSAMPLED = {
    "sessions": "name folded_name preview tool models tags usage working_directory"
    " run_snapshot extra imported_name",
    "messages": "role content extra",
    "checkpoints": "trigger_event state extra",
    "words": "words",
    "edits": "path directory",
    "session_counts": "counts",
    "chunks": "data",
    "originals": "name",
    "imported_files": "path unknown_to",
}
"""Columns of which the server keeps no samples: estimates of a plan are shown to everybody.

Without those of identities the plans of lists and searches are several times slower.
"""

_FIND = """
    CREATE FUNCTION hfs.sessions_with(query tsquery, only_names boolean)
    RETURNS TABLE (session_id bigint, newest integer) LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET enable_seqscan = off SET row_security = on
    AS $function$
    DECLARE
        caller text := coalesce(nullif(current_setting('role'), 'none'), session_user);
        me oid := to_regrole(quote_ident(caller))::oid;
        sees_all boolean := (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE oid = me);
        visible tsquery := CASE WHEN sees_all THEN query
            ELSE query && ('_team | _o' || me::text)::tsquery END;
    BEGIN
        RETURN QUERY SELECT f.id, f.last FROM (
            SELECT w.session_id, max(w.position) FROM hfs.words AS w
            WHERE w.words @@ visible AND w.position = 0 AND only_names GROUP BY w.session_id
            UNION ALL
            SELECT w.session_id, max(w.position) FROM hfs.words AS w
            WHERE w.words @@ visible AND NOT only_names GROUP BY w.session_id
        ) AS f (id, last) JOIN hfs.sessions AS s USING (id)
        WHERE s.deleted_at IS NULL AND (sees_all OR s.owner::oid = me OR s.visibility = 'team');
    END
    $function$;
"""
"""The sessions that the caller may see with words in one message, and the newest of these.

A policy would keep the server from using the index, since the operator could disclose rows that
are hidden; so this looks only at words of the caller's scope, and then at whether the session
still has it. The owner of the table of words, whose rights it has, is not forced.
"""

ACCESS = (
    _secured("sessions", _SESSIONS, MINE)
    + "".join(
        _secured(table, _of_session(""), _of_session(f" AND s.{MINE}"), forced=table != "words")
        for table in _PARTS
    )
    + _secured("originals", _ORIGINALS, MINE)
    + _secured("original_chunks", _PLACES, MINE)
    + _secured("chunks", _CHUNKS, MINE)
    + "".join(
        _secured(table, f"{MINE} OR {_ADMINISTERS}", MINE)
        for table in ("deletion_states", "imported_files")
    )
    + "".join(
        f"ALTER TABLE hfs.{table} ALTER COLUMN {column} SET STATISTICS 0;\n"
        for table, columns in _UNSAMPLED.items()
        for column in columns.split()
    )
    + _FIND
)
