"""Users of a team's store who are connected with psql: they see and change no more than that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from itertools import takewhile

import pytest

from hfs_server.store.postgresql.roles import roles_script
from testing.postgresql import Server
from testing.teams import BOSS, GUEST, Team, join, new_team
from testing.waiting import PATIENCE_SECONDS
from tests.unit.store.postgresql.test_access import TABLES, bring_in, found, listed

OTHERS = ("bob", "rea")
PARTS = ("messages", "checkpoints", "words", "edits", "edit_lines", "session_counts")
OF_ADA = "owner = 'ada'::regrole"
SECRET = "xyzzysecret"
EDIT = f"(1, 1, 0, now(), 'edit', 1, 2, 3, '/home/ada/{SECRET}', '/home/ada', 0, 1, NULL)"


@pytest.fixture(scope="module")
def attacked(postgresql: Server) -> Iterator[Team]:
    """Ada has a private session 1, with an original, a deleted one, and one that she shares."""
    team = new_team(postgresql)
    assert team.run_script(roles_script()).returncode == 0
    join(team)
    for number in (1, 2):
        identity = f"s-{number}"
        bring_in(team, "ada", identity, SECRET, f"{SECRET} reply", original=SECRET.encode())
    bring_in(team, "ada", "s-3", "shared words", visibility="team", original=b"shared file")
    bring_in(team, "bob", "s-4", "words of bob", original=b"bob's file")
    team.ask("ada", "UPDATE hfs.sessions SET deleted_at = now(), deletion = id WHERE id = 2")
    team.ask("ada", "INSERT INTO hfs.deletion_states VALUES (DEFAULT, 'gone', true, now())")
    team.ask(
        "ada", "INSERT INTO hfs.imported_files VALUES (DEFAULT, '/home/ada/secret', 1, 1, 1, NULL)"
    )
    team.ask("ada", f"INSERT INTO hfs.edits VALUES {EDIT}")
    team.ask("ada", "INSERT INTO hfs.edit_lines VALUES (1, 1, 0, 7, now())")
    yield team
    with postgresql.connected() as connection:
        connection.execute(f"DROP DATABASE {team.name} WITH (FORCE)".encode())


@pytest.fixture(autouse=True)
def nothing_of_ada_has_changed(attacked: Team) -> Iterator[None]:
    """What she has is the same before and after each attack."""
    before = held(attacked)
    yield
    assert held(attacked) == before


def held(team: Team) -> list[str]:
    """All rows of ada, as the administrator of the server sees them."""
    with team.server.connected(team.server.address(team.name)) as connection:
        return [
            row
            for table in TABLES
            for (row,) in connection.execute(
                f"SELECT t::text FROM hfs.{table} AS t"
                f" WHERE {'session_id < 4' if table in PARTS else OF_ADA} ORDER BY 1".encode()
            )
        ]


@pytest.mark.parametrize("user", OTHERS)
def test_no_table_shows_anything_of_a_private_session(attacked: Team, user: str) -> None:
    for table in TABLES:
        text = str(attacked.ask(user, f"SELECT t::text FROM hfs.{table} AS t"))
        for secret in (SECRET, SECRET.encode().hex(), "s-1", "s-2", "gone", "/home/ada"):
            assert secret not in text, table
    for table in PARTS:
        sql = f"SELECT count(*) FROM hfs.{table} WHERE session_id IN (1, 2)"
        assert attacked.ask(user, sql) == [(0,)]
    # What is shared is there, so these tables are not empty for another reason.
    assert attacked.ask(user, "SELECT count(*) FROM hfs.messages WHERE session_id = 3") == [(1,)]
    assert attacked.ask(user, "SELECT count(*) > 0 FROM hfs.chunks") == [(True,)]


@pytest.mark.parametrize("user", OTHERS)
def test_all_tables_and_functions_are_known_to_these_tests(attacked: Team, user: str) -> None:
    tables = "SELECT relname FROM pg_class WHERE relnamespace = 'hfs'::regnamespace"
    known = {*TABLES, "schema_version"}
    assert {name for (name,) in attacked.ask(user, f"{tables} AND relkind = 'r'")} == known
    others = f"{tables} AND relkind NOT IN ('r', 'i', 'S')"
    assert attacked.ask(user, others) == []
    secured = f"{tables} AND relkind = 'r' AND relrowsecurity"
    assert {name for (name,) in attacked.ask(user, secured)} == {*TABLES}
    forced = f"{secured} AND NOT relforcerowsecurity"
    assert attacked.ask(user, forced) == [("words",)]
    functions = """SELECT proname, prosecdef, proconfig::text FROM pg_proc
        WHERE pronamespace = 'hfs'::regnamespace ORDER BY 1"""
    settings = '{"search_path=pg_catalog, pg_temp",enable_seqscan=off,row_security=on}'
    assert attacked.ask(user, functions) == [
        ("notify_of_change", False, None),
        ("sessions_with", True, settings),
    ]


LEAK = """
    CREATE FUNCTION pg_temp.leak(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS
        $$BEGIN RAISE NOTICE 'row %', $1; RETURN true; END$$;
    SET enable_seqscan = off;
"""


@pytest.mark.parametrize("user", OTHERS)
def test_no_function_of_the_attacker_sees_rows_before_the_policy(attacked: Team, user: str) -> None:
    notices: list[str] = []
    with attacked.server.connected(attacked.address(user)) as connection:
        connection.add_notice_handler(lambda each: notices.append(str(each.message_primary)))
        connection.execute(LEAK)
        for table in TABLES:
            sql = f"SELECT count(*) FROM hfs.{table} AS t WHERE pg_temp.leak(t::text)"
            connection.execute(sql.encode())
        # Nor does an error of the server's own functions tell of a row.
        connection.execute(
            "SELECT 1 / (id - 1), 1 / (id - 2) FROM hfs.sessions WHERE 9 / (id - 1) > 0"
        )
    assert "shared words" in str(notices)
    for secret in (SECRET, SECRET.encode().hex(), "gone", "/home/ada"):
        assert secret not in str(notices)


@pytest.mark.parametrize("user", OTHERS)
def test_the_index_of_words_answers_for_what_the_caller_sees(attacked: Team, user: str) -> None:
    for query in (SECRET, f"{SECRET}:*", "!nothing", "_team | !_team", "xyzzy:*"):
        for named in ("true", "false"):
            sql = f"SELECT ARRAY(SELECT session_id FROM hfs.sessions_with('{query}', {named}))"
            ((ids,),) = attacked.ask(user, sql)
            assert not {1, 2} & {*ids}
    own = attacked.ask(
        "ada", f"SELECT ARRAY(SELECT session_id FROM hfs.sessions_with('{SECRET}', false))"
    )
    assert own == [([1],)]
    headline = "SELECT ts_headline(content, 'xyzzysecret') FROM hfs.messages WHERE session_id = 1"
    assert attacked.ask(user, headline) == []
    statistics = "SELECT * FROM ts_stat('SELECT words FROM hfs.words') WHERE word ~ 'xyzzy'"
    assert attacked.ask(user, statistics) == []
    assert found(attacked, user, SECRET) == []


def test_words_of_what_was_shared_once_are_found_by_its_owner_alone(attacked: Team) -> None:
    def seen_by(user: str, only_names: bool) -> list[int]:
        sql = "SELECT session_id FROM hfs.sessions_with('shared:* | ada:*', %s)"
        return sorted(number for (number,) in attacked.ask(user, sql, only_names))

    for only_names in (False, True):
        assert 3 in seen_by("bob", only_names)
    changes = ("visibility = 'private'", "visibility = 'team', deleted_at = now(), deletion = 1")
    for change in changes:
        attacked.ask("ada", f"UPDATE hfs.sessions SET {change} WHERE id = 3")
        for only_names in (False, True):
            assert [3 in seen_by(user, only_names) for user in OTHERS] == [False] * len(OTHERS)
            assert (3 in seen_by("ada", only_names)) == ("private" in change)
    restored = "visibility = 'team', deleted_at = NULL, deletion = NULL"
    attacked.ask("ada", f"UPDATE hfs.sessions SET {restored} WHERE id = 3")


def test_the_function_cannot_be_led_to_other_tables_or_operators(attacked: Team) -> None:
    with attacked.server.connected(attacked.address("bob")) as connection:
        connection.execute("""
            CREATE TEMP TABLE words (session_id bigint, position integer, words tsvector);
            CREATE FUNCTION pg_temp.yes(tsvector, tsquery) RETURNS boolean LANGUAGE sql
                AS 'SELECT true';
            CREATE OPERATOR pg_temp.@@ (LEFTARG = tsvector, RIGHTARG = tsquery,
                FUNCTION = pg_temp.yes);
            CREATE FUNCTION pg_temp.current_setting(text) RETURNS text LANGUAGE sql
                AS $$SELECT 'ada'$$;
            CREATE FUNCTION pg_temp.quote_ident(text) RETURNS text LANGUAGE sql
                AS $$SELECT 'ada'$$;
        """)
        connection.execute("SET search_path = pg_temp, hfs, public, pg_catalog")
        sql = f"SELECT ARRAY(SELECT session_id FROM hfs.sessions_with('{SECRET}', false))"
        assert connection.execute(sql.encode()).fetchall() == [([],)]
        assert connection.execute("SELECT id FROM hfs.sessions ORDER BY 1").fetchall() == [
            (3,),
            (4,),
        ]


def test_another_role_cannot_be_set(attacked: Team) -> None:
    for role in ("ada", "hfs_owner", BOSS):
        assert attacked.rejects("bob", f"SET ROLE {role}") == "InsufficientPrivilege"
        assert attacked.rejects("bob", f"SET SESSION AUTHORIZATION {role}") == (
            "InsufficientPrivilege"
        )
    assert attacked.rejects("bob", "SELECT set_config('role', 'ada', false)") == (
        "InsufficientPrivilege"
    )
    assert attacked.rejects("bob", "SET row_security = off; SELECT * FROM hfs.sessions") == (
        "InsufficientPrivilege"
    )


CHANGES = (
    "UPDATE hfs.sessions SET name = 'x' WHERE id IN (1, 2, 3)",
    "UPDATE hfs.sessions SET visibility = 'team' WHERE id IN (1, 2, 3)",
    "UPDATE hfs.messages SET content = 'x' WHERE session_id IN (1, 2, 3)",
    "DELETE FROM hfs.sessions WHERE id IN (1, 2, 3)",
    "DELETE FROM hfs.messages WHERE session_id IN (1, 2, 3)",
    "DELETE FROM hfs.words WHERE session_id IN (1, 2, 3)",
    "DELETE FROM hfs.session_counts WHERE session_id IN (1, 2, 3)",
    "DELETE FROM hfs.deletion_states WHERE identity = 'gone'",
    "DELETE FROM hfs.imported_files WHERE path ~ 'ada'",
    "DELETE FROM hfs.original_chunks WHERE owner = 'ada'::regrole",
    "UPDATE hfs.chunks SET data = '' WHERE owner = 'ada'::regrole",
    "UPDATE hfs.originals SET name = 'x' WHERE owner = 'ada'::regrole",
)
"""What changes nothing, since it sees nothing to change."""
REJECTED = {
    "a message of another's session": (
        "INSERT INTO hfs.messages VALUES (3, 9, 'user', 'x', now(), NULL)"
    ),
    "words of another's session": "INSERT INTO hfs.words VALUES (1, 9, 'x')",
    "counts of another's session": "INSERT INTO hfs.session_counts VALUES (3, 1, '')",
    "a checkpoint of another's session": (
        "INSERT INTO hfs.checkpoints VALUES (3, 9, 1, 't', '{}', now(), NULL)"
    ),
    "the id of another's next session": (
        "INSERT INTO hfs.sessions (id, identity, name, folded_name, created_at, models, tags,"
        " message_count, checkpoint_count, digest, has_facts) OVERRIDING SYSTEM VALUE"
        " VALUES (9, 'x', 'x', 'x', now(), '{}', '{}', 0, 0, '', false)"
    ),
    "a message that moves": "UPDATE hfs.messages SET session_id = 3 WHERE session_id = 4",
    "a session for another": "UPDATE hfs.sessions SET owner = 'ada'::regrole WHERE id = 4",
    "a deletion for another": (
        "INSERT INTO hfs.deletion_states VALUES ('ada'::regrole, 's-1', true, now())"
    ),
    "files of another": (
        "INSERT INTO hfs.imported_files VALUES ('ada'::regrole, '/x', 1, 1, 1, NULL)"
    ),
    "an original for another": "INSERT INTO hfs.originals VALUES ('ada'::regrole, 'x', 'x', 1)",
    "a chunk for another": "INSERT INTO hfs.chunks VALUES ('ada'::regrole, 'x', 'x')",
    "a name for all sessions": (
        "INSERT INTO hfs.messages VALUES (3, 1, 'user', 'x', now(), NULL)"
        " ON CONFLICT (session_id, position) DO UPDATE SET content = 'x'"
    ),
    **{f"truncate {each}": f"TRUNCATE hfs.{each} CASCADE" for each in TABLES},
    **{f"drop {each}": f"DROP TABLE hfs.{each} CASCADE" for each in TABLES},
    **{f"disable {each}": f"ALTER TABLE hfs.{each} DISABLE ROW LEVEL SECURITY" for each in TABLES},
    **{f"copy into {each}": f"COPY hfs.{each} FROM STDIN" for each in ("messages", "words")},
    "a policy": "CREATE POLICY mine ON hfs.sessions USING (true)",
    "a trigger": (
        "CREATE TRIGGER t AFTER INSERT ON hfs.sessions"
        " FOR EACH ROW EXECUTE FUNCTION hfs.notify_of_change()"
    ),
    "a rule": "CREATE RULE r AS ON INSERT TO hfs.sessions DO ALSO NOTIFY hfs_sessions",
    "a reference": "CREATE TABLE public.t (id bigint REFERENCES hfs.sessions)",
    "a table": "CREATE TABLE hfs.mine (id bigint)",
    "a function": "CREATE FUNCTION hfs.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "another function": (
        "CREATE OR REPLACE FUNCTION hfs.notify_of_change() RETURNS trigger"
        " LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
    ),
    "the sequence": "SELECT last_value FROM hfs.sessions_id_seq",
    "the next value": "SELECT nextval('hfs.sessions_id_seq')",
    "another id": "SELECT setval('hfs.sessions_id_seq', 1)",
    "the version": "UPDATE hfs.schema_version SET version = 99",
    "no version": "DELETE FROM hfs.schema_version",
    "the owner": "ALTER SCHEMA hfs OWNER TO bob",
    "a role": "GRANT hfs_owner TO bob",
    "the server's files": "COPY (SELECT 1) TO '/tmp/x'",
}


FORGED = (
    *(f"sessions SET {column} = '{value}'" for column, value in (
        ("models", "{NULL}"), ("models", "{{a,b},{c,d}}"), ("tags", "{a,NULL}"),
        ("created_at", "infinity"), ("created_at", "-infinity"), ("updated_at", "infinity"),
        ("updated_at", "0044-03-15 BC"), ("created_at", "20000-01-01"),
    )),
    "sessions SET deletion = 1, deleted_at = 'infinity'",
    "messages SET created_at = 'infinity'",
    "words SET position = -1",
)  # fmt: skip
"""Rows that nobody could read."""


@pytest.mark.parametrize("change", FORGED)
def test_a_row_that_breaks_the_commands_of_others_is_rejected(attacked: Team, change: str) -> None:
    kinds = ("CheckViolation", "FeatureNotSupported")
    assert attacked.rejects("bob", f"UPDATE hfs.{change}") in kinds


@pytest.mark.parametrize("user", OTHERS)
def test_nobody_else_changes_a_session(attacked: Team, user: str) -> None:
    for sql in CHANGES:
        with attacked.server.connected(attacked.address(user)) as connection:
            if user == "rea":
                assert attacked.rejects(user, sql) == "InsufficientPrivilege", sql
            else:
                assert connection.execute(sql.encode()).rowcount == 0, sql


@pytest.mark.parametrize("user", OTHERS)
@pytest.mark.parametrize("sql", REJECTED.values(), ids=REJECTED)
def test_what_is_not_granted_is_rejected(attacked: Team, user: str, sql: str) -> None:
    kinds = ("InsufficientPrivilege", "FeatureNotSupported")
    assert attacked.rejects(user, sql) in kinds


def test_a_guest_sees_nothing_at_all(attacked: Team) -> None:
    for table in (*TABLES, "schema_version"):
        assert attacked.rejects(GUEST, f"SELECT 1 FROM hfs.{table}") == "InsufficientPrivilege"
    guess = "SELECT hfs.sessions_with('x', false)"
    assert attacked.rejects(GUEST, guess) == "InsufficientPrivilege"


@pytest.mark.parametrize("user", OTHERS)
def test_statistics_of_the_server_hold_no_words_for_others(attacked: Team, user: str) -> None:
    with attacked.server.connected(attacked.server.address(attacked.name)) as connection:
        connection.execute("ANALYZE")
        everything = "SELECT count(*) FROM pg_stats WHERE schemaname = 'hfs'"
        assert connection.execute(everything.encode()).fetchall()[0][0] > 0
    sql = "SELECT * FROM pg_stats WHERE schemaname = 'hfs' AND tablename <> 'schema_version'"
    assert attacked.ask(user, sql) == []
    assert attacked.rejects(user, "SELECT * FROM pg_statistic") == "InsufficientPrivilege"
    plan = f"EXPLAIN ANALYZE SELECT ARRAY(SELECT hfs.sessions_with('{SECRET}', false))"
    assert "rows=1 " in str(attacked.ask(user, plan))
    plan = "EXPLAIN SELECT 1 FROM hfs.words WHERE words @@ '{}'"
    estimates = [
        re.findall("rows=[0-9]+", str(attacked.ask(user, plan.format(word))))
        for word in (SECRET, "a", "b")
    ]
    assert len({str(each) for each in estimates}) == 1
    # Nor how often a tool, a tag or a model occurs.
    for condition, words in (
        ("tool = '{}'", ("claude-code", "codex")),
        ("models @> ARRAY['{}']", ("claude", "other")),
        ("tags @> ARRAY['{}']", ("a", "b")),
    ):
        plan = f"EXPLAIN SELECT 1 FROM hfs.sessions WHERE {condition}"
        shown = {
            str(re.findall("rows=[0-9]+", str(attacked.ask(user, plan.format(word)))))
            for word in words
        }
        assert len(shown) == 1, condition


def test_that_the_store_has_a_file_or_a_session_already_does_not_show(attacked: Team) -> None:
    digest, name = attacked.ask("ada", "SELECT digest, name FROM hfs.originals ORDER BY 1")[0]
    connected = attacked.server.connected(attacked.address("bob"))
    with connected as connection, connection.transaction(force_rollback=True):
        added = connection.execute(
            "INSERT INTO hfs.originals (digest, name, size) VALUES (%s, %s, 1)"
            " ON CONFLICT DO NOTHING",
            (digest, name),
        )
        assert added.rowcount == 1
        added = connection.execute(
            "INSERT INTO hfs.deletion_states (identity, is_deleted, changed_at)"
            " VALUES ('gone', true, now()) ON CONFLICT DO NOTHING"
        )
        assert added.rowcount == 1


def test_a_notification_says_nothing_and_changes_nothing(attacked: Team) -> None:
    with attacked.server.connected(attacked.address("rea")) as connection:
        connection.execute("LISTEN hfs_sessions")
        attacked.ask("bob", "SELECT pg_notify('hfs_sessions', 'noise')")
        bring_in(attacked, "bob", "s-9", "more")
        attacked.ask("bob", "SELECT pg_notify('hfs_sessions', 'end')")
        with closing(connection.notifies(timeout=PATIENCE_SECONDS)) as notices:
            seen = takewhile(lambda payload: payload != "end", (each.payload for each in notices))
            assert set(seen) == {"", "noise"}
    assert "bob s-9" in listed(attacked, "bob")
