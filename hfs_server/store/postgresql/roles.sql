-- The roles of a store that a team shares, and the store itself if there is none yet.
-- Run it in the store's database by psql, as a user who may create roles (CREATEROLE) and
-- schemas there; no superuser is needed. It can be run again, and is to be after an upgrade
-- that migrates the store.
--
--   hfs_owner   owns the tables, and migrates them; nobody logs in as it
--   hfs_writer  brings in sessions, and changes its own
--   hfs_reader  lists, searches and exports what it may see
--
-- A new member of the team:  CREATE ROLE ada LOGIN; GRANT hfs_writer TO ada;

\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = pg_catalog;

DO $roles$
DECLARE
    each text;
BEGIN
    FOREACH each IN ARRAY ARRAY['hfs_owner', 'hfs_writer', 'hfs_reader'] LOOP
        IF to_regrole(each) IS NULL THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', each);
        END IF;
    END LOOP;
    IF NOT pg_has_role('hfs_writer', 'hfs_reader', 'MEMBER') THEN
        GRANT hfs_reader TO hfs_writer;
    END IF;
    IF NOT pg_has_role('hfs_owner', 'USAGE') THEN
        EXECUTE format('GRANT hfs_owner TO %I', current_user);
    END IF;
END
$roles$;

-- Whoever imported first has created the schema, and may have added anything to it: only the
-- rows are taken over, into tables that are made again.
SELECT EXISTS (SELECT FROM pg_namespace
    WHERE nspname = 'hfs' AND nspowner <> 'hfs_owner'::regrole) AS is_found \gset
\if :is_found
DO $found$
DECLARE
    each text;
BEGIN
    ALTER SCHEMA hfs OWNER TO hfs_owner;
    ALTER SCHEMA hfs RENAME TO hfs_found;
    FOR each IN SELECT oid::regclass FROM pg_class
        WHERE relnamespace = 'hfs_found'::regnamespace AND relkind = 'r'
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO hfs_owner', each);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'The schema hfs of this database belongs to %.',
        (SELECT nspowner::regrole FROM pg_namespace WHERE nspname = 'hfs')
        USING HINT = 'Run the script as a superuser to take the store over; or drop the schema.';
END
$found$;
\endif

SELECT to_regnamespace('hfs') IS NULL AS is_missing \gset
\if :is_missing
CREATE SCHEMA hfs AUTHORIZATION hfs_owner;
\endif

SET LOCAL ROLE hfs_owner;
SELECT to_regclass('hfs.schema_version') IS NULL AS is_new \gset
\if :is_new
-- the schema --
\endif

\if :is_found
DO $rows$
DECLARE
    each text;
    columns text;
    forced text[] := ARRAY(SELECT relname FROM pg_class
        WHERE relnamespace = 'hfs'::regnamespace AND relforcerowsecurity);
    other text;
BEGIN
    -- Reading plain tables with plain columns runs nothing that somebody else wrote.
    SELECT string_agg(format('%s.%s', c.relname, a.attname), ', ') INTO other
    FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0
        LEFT JOIN pg_class AS f ON f.relname = c.relname AND f.relkind = 'r'
            AND f.relnamespace = 'hfs_found'::regnamespace
        LEFT JOIN pg_attribute AS b ON b.attrelid = f.oid AND b.attname = a.attname
            AND b.atttypid = a.atttypid AND b.attgenerated = a.attgenerated
    WHERE c.relnamespace = 'hfs'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
        AND b.attname IS NULL;
    IF other IS NOT NULL AND EXISTS (SELECT FROM pg_class
        WHERE relnamespace = 'hfs_found'::regnamespace AND relkind <> 'i')
    THEN
        RAISE EXCEPTION 'The schema hfs is not that of this hfs-server; it differs in: %.', other
            USING HINT = 'Let its owner run this version of hfs-server once, or drop the schema.';
    ELSIF other IS NULL THEN
        FOREACH each IN ARRAY forced || '{words}' LOOP
            EXECUTE format('ALTER TABLE hfs.%I NO FORCE ROW LEVEL SECURITY', each);
            EXECUTE format('ALTER TABLE hfs_found.%I NO FORCE ROW LEVEL SECURITY', each);
        END LOOP;
        IF (SELECT version FROM ONLY hfs_found.schema_version)
            <> (SELECT version FROM hfs.schema_version)
        THEN
            RAISE EXCEPTION 'The store has the schema of another version of hfs-server.'
                USING HINT = 'Let its owner run this version of hfs-server once.';
        END IF;
        FOREACH each IN ARRAY ARRAY['originals', 'chunks', 'original_chunks', 'sessions',
            'messages', 'checkpoints', 'words', 'edits', 'edit_lines', 'session_counts',
            'deletion_states', 'imported_files']
        LOOP
            SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
            WHERE attrelid = format('hfs.%I', each)::regclass AND attnum > 0
                AND NOT attisdropped AND attgenerated = '';
            EXECUTE format('INSERT INTO hfs.%I (%s) OVERRIDING SYSTEM VALUE
                SELECT %2$s FROM ONLY hfs_found.%1$I', each, columns);
        END LOOP;
        PERFORM setval('hfs.sessions_id_seq', max(id)) FROM hfs.sessions;
        FOREACH each IN ARRAY forced LOOP
            EXECUTE format('ALTER TABLE hfs.%I FORCE ROW LEVEL SECURITY', each);
        END LOOP;
    END IF;
    SET LOCAL client_min_messages = warning;
    DROP SCHEMA hfs_found CASCADE;
END
$rows$;
\endif

REVOKE ALL ON SCHEMA hfs FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA hfs FROM PUBLIC, hfs_writer, hfs_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA hfs FROM PUBLIC;
GRANT USAGE ON SCHEMA hfs TO hfs_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA hfs TO hfs_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA hfs TO hfs_writer;
REVOKE INSERT, UPDATE, DELETE ON hfs.schema_version FROM hfs_writer;
-- Whoever chose an id could take one that somebody else is about to get.
REVOKE INSERT ON hfs.sessions FROM hfs_writer;
DO $columns$
BEGIN
    EXECUTE (SELECT format('GRANT INSERT (%s) ON hfs.sessions TO hfs_writer',
            string_agg(quote_ident(attname), ', '))
        FROM pg_attribute WHERE attrelid = 'hfs.sessions'::regclass AND attnum > 0
            AND NOT attisdropped AND attgenerated = '' AND attname NOT IN ('id', 'owner'));
END
$columns$;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA hfs TO hfs_reader;
-- Those that later versions add:
ALTER DEFAULT PRIVILEGES IN SCHEMA hfs GRANT SELECT ON TABLES TO hfs_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA hfs GRANT INSERT, UPDATE, DELETE ON TABLES TO hfs_writer;
COMMIT;
