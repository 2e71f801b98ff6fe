"""The roles of a store that a team shares, and who may create and migrate it."""

from __future__ import annotations

import subprocess

import pytest

from hfs_server.cli.access_checks import access_checks
from hfs_server.errors import StoreUnusable
from hfs_server.store import health_of
from hfs_server.store.postgresql import database, migrations
from hfs_server.store.postgresql.roles import roles_script
from testing.postgresql import USER, programs
from testing.teams import BOSS, GUEST, Team, join
from tests.unit.store.postgresql.test_access import TABLES, bring_in, found, listed
from tests.unit.store.sqlite.sessions import names, use


def test_the_script_can_be_run_again_and_gives_each_role_its_rights_and_no_others(
    team: Team,
) -> None:
    again = team.run_script(roles_script())
    assert (again.returncode, again.stderr) == (0, "")
    rights = """SELECT table_name::text, string_agg(privilege_type, ' ' ORDER BY privilege_type)
        FROM information_schema.role_table_grants
        WHERE table_schema = 'hfs' AND grantee = %s GROUP BY 1"""
    every = {*TABLES, "schema_version"}
    assert dict(team.ask(USER, rights, "hfs_reader")) == dict.fromkeys(every, "SELECT")
    assert dict(team.ask(USER, rights, "hfs_writer")) == {
        **dict.fromkeys(TABLES, "DELETE INSERT UPDATE"),
        "sessions": "DELETE UPDATE",
    }
    inserts = """SELECT column_name::text FROM information_schema.columns
        WHERE table_schema = 'hfs' AND table_name = 'sessions'
            AND NOT has_column_privilege('hfs_writer', 'hfs.sessions', column_name, 'INSERT')"""
    kept = {name for (name,) in team.ask(USER, inserts)}
    assert kept == {"id", "owner", "activity"}
    assert team.ask(USER, rights, "PUBLIC") == []
    logins = "SELECT bool_or(rolcanlogin OR rolsuper) FROM pg_roles WHERE rolname LIKE 'hfs@_%' "
    roles = "('hfs_owner', 'hfs_writer', 'hfs_reader')"
    assert team.ask(USER, f"{logins.partition('WHERE')[0]} WHERE rolname IN {roles}") == [(False,)]


def test_a_store_that_somebody_began_alone_becomes_that_of_the_team(empty_team: Team) -> None:
    empty_team.ask(BOSS, f"GRANT CREATE ON DATABASE {empty_team.name} TO ada")
    number = bring_in(empty_team, "ada", "s-1", "alpha")
    # Until then it is hers alone.
    with pytest.raises(StoreUnusable, match=r"for the role hfs_reader\."):
        use(empty_team.address("bob"), names)
    done = empty_team.run_script(roles_script(), USER)
    assert (done.returncode, done.stderr) == (0, "")
    join(empty_team)
    assert listed(empty_team, "bob") == []
    bring_in(empty_team, "bob", "s-2", "beta")
    assert found(empty_team, "ada", "alpha") == [number]
    owners = """SELECT DISTINCT relowner::regrole::text FROM pg_class
        WHERE relnamespace = 'hfs'::regnamespace"""
    assert empty_team.ask("ada", owners) == [("hfs_owner",)]


PLANTED = """
    CREATE POLICY p ON hfs.sessions USING (true);
    ALTER TABLE hfs.messages DISABLE ROW LEVEL SECURITY;
    ALTER TABLE hfs.words NO FORCE ROW LEVEL SECURITY;
    ALTER TABLE hfs.sessions ALTER visibility SET DEFAULT 'team';
    CREATE FUNCTION hfs.spy() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
        'BEGIN INSERT INTO public.spied VALUES (NEW::text); RETURN NEW; END';
    CREATE TABLE hfs.spied (words text);
    CREATE TRIGGER t BEFORE INSERT ON hfs.messages FOR EACH ROW EXECUTE FUNCTION hfs.spy();
    CREATE RULE r AS ON INSERT TO hfs.sessions DO ALSO NOTIFY spied;
    CREATE VIEW hfs.v AS SELECT * FROM hfs.messages;
    CREATE FUNCTION hfs.f(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
        'BEGIN RAISE NOTICE ''%'', $1; RETURN $1; END';
    CREATE INDEX i ON hfs.messages (hfs.f(role));
    ALTER TABLE hfs.checkpoints ADD CHECK (hfs.f(state) <> '');
    CREATE OR REPLACE FUNCTION hfs.sessions_with(query tsquery, only_names boolean)
        RETURNS TABLE (session_id bigint, newest integer) LANGUAGE sql SECURITY DEFINER
        AS 'SELECT session_id, position FROM hfs.words';
"""
CATALOG = """
    SELECT relname, relkind, relrowsecurity, relforcerowsecurity, relowner::regrole::text
        FROM pg_class WHERE relnamespace = 'hfs'::regnamespace
    UNION ALL SELECT tablename || policyname || cmd, 'P', true, true, concat(qual, with_check)
        FROM pg_policies WHERE schemaname = 'hfs'
    UNION ALL SELECT tgname, 'T', true, true, pg_get_triggerdef(t.oid) FROM pg_trigger AS t
        JOIN pg_class AS c ON c.oid = tgrelid
        WHERE relnamespace = 'hfs'::regnamespace AND NOT tgisinternal
    UNION ALL SELECT conname, 'C', true, true, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'hfs'::regnamespace
    UNION ALL SELECT proname, 'F', prosecdef, true, concat(prosrc, proconfig) FROM pg_proc
        WHERE pronamespace = 'hfs'::regnamespace
    UNION ALL SELECT tablename, 'R', true, true, rulename FROM pg_rules WHERE schemaname = 'hfs'
    UNION ALL SELECT attname, 'D', true, true, pg_get_expr(adbin, adrelid) FROM pg_attrdef
        JOIN pg_attribute ON (attrelid, attnum) = (adrelid, adnum)
        JOIN pg_class AS c ON c.oid = adrelid WHERE relnamespace = 'hfs'::regnamespace
    ORDER BY 1, 2, 5
"""


@pytest.mark.parametrize(("founder", "administrator"), [("ada", USER), (BOSS, BOSS)])
def test_what_the_founder_of_a_store_planted_is_gone_and_the_sessions_stay(
    empty_team: Team, founder: str, administrator: str
) -> None:
    empty_team.ask(BOSS, f"GRANT CREATE ON DATABASE {empty_team.name} TO ada")
    number = bring_in(empty_team, founder, "s-1", "alpha", "beta", original=b"file")
    before = rows(empty_team)
    empty_team.ask(founder, PLANTED)
    done = empty_team.run_script(roles_script(), administrator)
    assert done.returncode == 0, done.stderr
    assert rows(empty_team) == before
    join(empty_team)
    planted = empty_team.ask(USER, CATALOG)
    assert bring_in(empty_team, "bob", "s-2", "gamma") == number + 1
    assert listed(empty_team, founder) == [f"{founder} s-1"]
    assert found(empty_team, founder, "alpha") == [number]
    empty_team.ask(USER, "DROP SCHEMA hfs CASCADE")
    assert empty_team.run_script(roles_script()).returncode == 0
    assert planted == empty_team.ask(USER, CATALOG)


def rows(team: Team) -> dict[str, list[str]]:
    return {
        each: [row for (row,) in team.ask(USER, f"SELECT t::text FROM hfs.{each} t ORDER BY 1")]
        for each in TABLES
    }


def test_a_schema_of_somebody_else_is_not_taken_and_the_words_say_what_to_do(
    empty_team: Team,
) -> None:
    empty_team.ask(BOSS, f"GRANT CREATE ON DATABASE {empty_team.name} TO ada")
    empty_team.ask("ada", "CREATE SCHEMA hfs")
    done = empty_team.run_script(roles_script())
    assert done.returncode != 0
    assert "The schema hfs of this database belongs to ada." in done.stderr
    assert "superuser" in done.stderr
    empty_team.ask("ada", "CREATE TABLE hfs.sessions (id bigint)")
    done = empty_team.run_script(roles_script(), USER)
    assert done.returncode != 0
    assert "is not that of this hfs-server" in done.stderr
    assert empty_team.ask("ada", "SELECT * FROM hfs.sessions") == []
    empty_team.ask("ada", "DROP TABLE hfs.sessions")
    assert empty_team.run_script(roles_script(), USER).returncode == 0


@pytest.mark.parametrize(
    "change",
    [
        "CREATE POLICY p ON hfs.sessions USING (true)",
        "ALTER TABLE hfs.sessions DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE hfs.sessions NO FORCE ROW LEVEL SECURITY",
        "ALTER POLICY reads ON hfs.sessions USING (true)",
        "DROP POLICY reads ON hfs.sessions",
    ],
)
def test_the_doctor_warns_of_tables_that_are_not_secured(team: Team, change: str) -> None:
    def warnings(user: str) -> list[str]:
        access = health_of(team.address(user), []).access
        assert access is not None
        found = [
            (name, detail) for name, detail, status, _ in access_checks(access) if status != "ok"
        ]
        return [detail.rpartition(": ")[2] for name, detail in found if "security" in name]

    assert warnings("ada") == []
    team.ask(USER, change)
    assert [warnings(user) for user in ("ada", "rea", BOSS)] == [["sessions"]] * 3


def test_who_may_not_create_a_store_is_told_who_can(empty_team: Team) -> None:
    for user in ("ada", GUEST):
        with pytest.raises(StoreUnusable, match=r"hfs-server roles \| psql"):
            bring_in(empty_team, user, "s-1", "alpha")


def test_only_members_of_the_owner_migrate(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_in(team, "ada", "s-1", "alpha")
    later = (*migrations.STEPS, "CREATE TABLE hfs.later (id bigint)")
    monkeypatch.setattr(migrations, "STEPS", later)
    monkeypatch.setattr(migrations, "NEWEST", len(later))
    monkeypatch.setattr(database, "NEWEST", len(later))
    for user in ("ada", "rea"):
        with pytest.raises(StoreUnusable, match="a member of the role hfs_owner"):
            use(team.address(user), names)
    assert use(team.address(BOSS), names) == []
    assert listed(team, "ada") == ["ada s-1"]
    owner = "SELECT relowner::regrole::text FROM pg_class WHERE relname = 'later'"
    assert team.ask("rea", owner) == [("hfs_owner",)]
    team.ask("ada", "INSERT INTO hfs.later VALUES (1)")
    assert team.ask("rea", "SELECT * FROM hfs.later") == [(1,)]


def test_the_owner_backs_up_all_of_it_without_being_a_superuser(team: Team) -> None:
    bring_in(team, "ada", "s-1", "alpha", original=b"file of ada")
    bring_in(team, "bob", "s-2", "beta")
    folder = programs()
    assert folder is not None
    options = ["-h", str(team.server.folder), "-U", BOSS, "--role=hfs_owner", "--schema=hfs"]
    done = subprocess.run(
        [folder / "pg_dump", *options, "--enable-row-security", team.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    before = {each: team.ask(USER, f"SELECT count(*) FROM hfs.{each}") for each in TABLES}
    team.ask(USER, "DROP SCHEMA hfs CASCADE")
    restored = team.run_script(f"\\set ON_ERROR_STOP on\n{done.stdout}", USER)
    assert (restored.returncode, restored.stderr) == (0, "")
    assert {each: team.ask(USER, f"SELECT count(*) FROM hfs.{each}") for each in TABLES} == before
    assert before["messages"] == [(2,)]
    assert listed(team, "ada") == ["ada s-1"]
    assert found(team, "bob", "alpha") == []
    assert found(team, "bob", "beta") == [2]
