"""The schema of the store, and the steps that lead to it.

The rule not to break: a step that was released never changes. Servers that start at the same
time wait for each other, and a transaction of an older schema ends before a step begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hfs_server.errors import StoreUnusable
from hfs_server.store.postgresql.access import ACCESS, ME
from hfs_server.store.postgresql.owning import as_schema_owner

if TYPE_CHECKING:
    from hfs_server.store.postgresql.connections import Raw


def _time(column: str) -> str:
    """A check of a time: finite, and of a year that all programs can read."""
    return f"CHECK ({column} >= '0001-01-01 00:00+00' AND {column} < '10000-01-01 00:00+00')"


def _texts(column: str) -> str:
    """A check of a list of texts: no NULL, and no list of lists."""
    no_null = f"array_position({column}, NULL) IS NULL"
    return f"CHECK ({no_null} AND coalesce(array_ndims({column}), 1) = 1)"


_TABLES = f"""
    CREATE TABLE hfs.sessions (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        identity text NOT NULL,
        name text NOT NULL,
        folded_name text NOT NULL,
        created_at timestamptz NOT NULL {_time("created_at")},
        updated_at timestamptz {_time("updated_at")},
        activity timestamptz NOT NULL GENERATED ALWAYS AS (coalesce(updated_at, created_at)) STORED,
        parent_identity text,
        tool text,
        working_directory text,
        run_snapshot text,
        extra text,
        usage text,
        imported_name text,
        original text,
        models text[] NOT NULL {_texts("models")},
        tags text[] NOT NULL {_texts("tags")},
        preview text,
        message_count integer NOT NULL CHECK (message_count >= 0),
        checkpoint_count integer NOT NULL CHECK (checkpoint_count >= 0),
        digest bytea NOT NULL,
        has_facts boolean NOT NULL,
        revision bigint NOT NULL DEFAULT 1,
        indexed_messages integer NOT NULL DEFAULT 0 CHECK (indexed_messages >= 0),
        deleted_at timestamptz {_time("deleted_at")},
        deletion bigint CHECK ((deletion IS NULL) = (deleted_at IS NULL)),
        owner regrole NOT NULL DEFAULT {ME},
        visibility text NOT NULL CHECK (visibility IN ('private', 'team'))
            DEFAULT coalesce(nullif(current_setting('hfs.visibility', true), ''), 'private')
    );
    CREATE TABLE hfs.messages (
        session_id bigint NOT NULL REFERENCES hfs.sessions ON DELETE CASCADE,
        position integer NOT NULL CHECK (position > 0),
        role text NOT NULL,
        content text NOT NULL,
        created_at timestamptz NOT NULL {_time("created_at")},
        extra text,
        PRIMARY KEY (session_id, position)
    );
    CREATE TABLE hfs.checkpoints (
        session_id bigint NOT NULL REFERENCES hfs.sessions ON DELETE CASCADE,
        position integer NOT NULL CHECK (position > 0),
        message_index bigint NOT NULL,
        trigger_event text NOT NULL,
        state text NOT NULL,
        created_at timestamptz NOT NULL {_time("created_at")},
        extra text,
        PRIMARY KEY (session_id, position)
    );
    CREATE TABLE hfs.words (
        session_id bigint NOT NULL REFERENCES hfs.sessions ON DELETE CASCADE,
        position integer NOT NULL CHECK (position >= 0),
        words tsvector NOT NULL,
        PRIMARY KEY (session_id, position)
    );
    CREATE TABLE hfs.edits (
        session_id bigint NOT NULL REFERENCES hfs.sessions ON DELETE CASCADE,
        position integer NOT NULL CHECK (position > 0),
        number integer NOT NULL,
        created_at timestamptz NOT NULL {_time("created_at")},
        kind text NOT NULL,
        name bigint NOT NULL,
        folder bigint NOT NULL,
        file bigint NOT NULL,
        path text NOT NULL,
        directory text NOT NULL,
        call bigint NOT NULL,
        line_count integer NOT NULL,
        undone_by integer,
        PRIMARY KEY (session_id, position, number)
    );
    CREATE TABLE hfs.edit_lines (
        session_id bigint NOT NULL REFERENCES hfs.sessions ON DELETE CASCADE,
        position integer NOT NULL,
        number integer NOT NULL,
        hash bigint NOT NULL,
        created_at timestamptz NOT NULL {_time("created_at")},
        PRIMARY KEY (session_id, position, number, hash)
    );
    CREATE TABLE hfs.session_counts (
        session_id bigint PRIMARY KEY REFERENCES hfs.sessions ON DELETE CASCADE,
        revision bigint NOT NULL,
        counts text NOT NULL
    );
    CREATE TABLE hfs.originals (
        owner regrole NOT NULL DEFAULT {ME},
        digest text NOT NULL,
        name text NOT NULL,
        size bigint NOT NULL CHECK (size >= 0),
        PRIMARY KEY (digest, owner)
    );
    CREATE TABLE hfs.chunks (
        owner regrole NOT NULL DEFAULT {ME},
        digest bytea NOT NULL,
        data bytea NOT NULL,
        PRIMARY KEY (digest, owner)
    );
    ALTER TABLE hfs.chunks ALTER COLUMN data SET STORAGE EXTERNAL;
    CREATE TABLE hfs.original_chunks (
        owner regrole NOT NULL DEFAULT {ME},
        original text NOT NULL,
        position integer NOT NULL CHECK (position > 0),
        chunk bytea NOT NULL,
        PRIMARY KEY (original, owner, position),
        FOREIGN KEY (original, owner) REFERENCES hfs.originals ON DELETE CASCADE,
        FOREIGN KEY (chunk, owner) REFERENCES hfs.chunks
    );
    ALTER TABLE hfs.sessions ADD FOREIGN KEY (original, owner) REFERENCES hfs.originals;
    CREATE TABLE hfs.deletion_states (
        owner regrole NOT NULL DEFAULT {ME},
        identity text NOT NULL,
        is_deleted boolean NOT NULL,
        changed_at timestamptz NOT NULL {_time("changed_at")}
    );
    CREATE TABLE hfs.imported_files (
        owner regrole NOT NULL DEFAULT {ME},
        path text NOT NULL,
        size bigint NOT NULL,
        mtime bigint NOT NULL,
        inode numeric NOT NULL,
        unknown_to text
    );
"""
_INDEXES = """
    CREATE INDEX sessions_by_activity ON hfs.sessions (activity DESC, id DESC)
        WHERE deleted_at IS NULL;
    CREATE INDEX sessions_by_deletion ON hfs.sessions (deleted_at DESC, id)
        WHERE deleted_at IS NOT NULL;
    CREATE INDEX sessions_deleted_together ON hfs.sessions (deletion) WHERE deletion IS NOT NULL;
    CREATE INDEX sessions_by_identity ON hfs.sessions USING hash (identity)
        WHERE deleted_at IS NULL;
    CREATE INDEX deleted_by_identity ON hfs.sessions USING hash (identity)
        WHERE deleted_at IS NOT NULL;
    CREATE INDEX sessions_by_parent ON hfs.sessions USING hash (parent_identity)
        WHERE deleted_at IS NULL;
    CREATE INDEX sessions_by_directory ON hfs.sessions (working_directory);
    CREATE INDEX words_by_word ON hfs.words USING gin (words)
        WITH (gin_pending_list_limit = 16384);
    CREATE INDEX names_by_word ON hfs.words USING gin (words) WHERE position = 0;
    CREATE INDEX edits_by_name ON hfs.edits (name, folder);
    CREATE INDEX edit_lines_by_hash ON hfs.edit_lines (hash, created_at);
    CREATE INDEX sessions_to_be_indexed ON hfs.sessions (activity)
        WHERE indexed_messages < message_count AND deleted_at IS NULL;
    CREATE INDEX sessions_by_original ON hfs.sessions (original) WHERE original IS NOT NULL;
    CREATE INDEX original_chunks_by_chunk ON hfs.original_chunks (chunk, owner);
    CREATE UNIQUE INDEX deletion_states_by_identity
        ON hfs.deletion_states (owner, hashtextextended(identity, 0));
    CREATE INDEX deletion_states_by_text ON hfs.deletion_states USING hash (identity);
    CREATE INDEX imported_files_by_path ON hfs.imported_files USING hash (path);
"""
_NOTIFICATION = """
    CREATE FUNCTION hfs.notify_of_change() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN PERFORM pg_notify('hfs_sessions', ''); RETURN NULL; END$$;
    CREATE TRIGGER changed AFTER INSERT OR UPDATE OF revision, visibility OR DELETE OR TRUNCATE
        ON hfs.sessions
        FOR EACH STATEMENT EXECUTE FUNCTION hfs.notify_of_change();
"""

STEPS: tuple[str, ...] = (_TABLES + _INDEXES + _NOTIFICATION + ACCESS,)
"""All steps, oldest first; a step's position, from 1, is the version that it leads to."""

NEWEST = len(STEPS)

_KEY = 0x6866735F73636865
"""The advisory lock of migrations."""
CREATE = "CREATE TABLE hfs.schema_version (version integer NOT NULL)"
"""What precedes the first step, in the schema ``hfs``."""
_EXISTS = "SELECT to_regclass('hfs.schema_version') IS NOT NULL"
_VERSION = "SELECT version FROM hfs.schema_version"


def version_in(rows: Sequence[Sequence[int]]) -> int:
    """The version that the rows of ``hfs.schema_version`` say. Raises StoreUnusable."""
    if len(rows) != 1 or rows[0][0] < 1:
        raise StoreUnusable(
            "The table hfs.schema_version of the store is not as hfs-server left it. Restore the "
            "store from a backup, or ask its administrator."
        )
    return rows[0][0]


def migrate(raw: Raw) -> None:
    """Brings the store to the newest version, or creates it, unless another server has done so.

    Raises StoreUnusable if that is not up to this user.
    """
    with raw.transaction():
        raw.execute("SELECT pg_advisory_xact_lock(%s)", (_KEY,))
        exists = raw.execute(_EXISTS).fetchall()[0][0]
        if exists and raw.execute(_VERSION).fetchall()[0][0] >= NEWEST:
            return
        with as_schema_owner(raw):
            if not exists:
                raw.execute(CREATE.encode())
            # Whoever works on the older schema ends first.
            raw.execute("LOCK TABLE hfs.schema_version IN ACCESS EXCLUSIVE MODE")
            found = raw.execute(_VERSION).fetchall()
            for step in STEPS[found[0][0] if found else 0 :]:
                raw.execute(step.encode())
            raw.execute("DELETE FROM hfs.schema_version")
            raw.execute("INSERT INTO hfs.schema_version VALUES (%s)", (NEWEST,))
