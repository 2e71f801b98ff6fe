"""The store at an address: the same commands and methods on a PostgreSQL database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hfs_server.store.address import Address
from testing.client import Client, Start
from testing.command_line import Outcome, run_command
from testing.documents import MARKER, document, message, text
from testing.exports import files
from testing.postgresql import MEMBER, Server
from testing.tool_logs import claude_code
from testing.waiting import wait_until

Command = Callable[..., Outcome]
SECRET = "s3cr3t"


@pytest.fixture
def command(database: Address, environment: dict[str, str], tmp_path: Path) -> Command:
    """Runs a command on the database; it shows no password."""
    (tmp_path / "home").mkdir()
    program = [sys.executable, "-m", "hfs_server", "--database", database.connection_string]

    def run(*words: str, **changes: str) -> Outcome:
        changed = {**environment, "PGPASSWORD": SECRET, **changes}
        done = run_command([*program, *words], changed, tmp_path)
        assert SECRET not in done.stderr + done.stdout.decode()
        return done

    return run


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with logs of two sessions."""
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in (1, 2):
        (folder / f"{number}.jsonl").write_bytes(claude_code(number, turns=2))
    return folder


def test_commands_list_import_search_and_delete(command: Command, logs: Path) -> None:
    assert command("list").stderr.startswith("hfs-server: No session in the store postgresql://")
    assert command("import", str(logs), "--dry-run").code == 0
    assert json.loads(command("list", "--json").stdout) == []
    (done,) = json.loads(command("import", str(logs), "--json").stdout)
    assert [each["status"] for each in done["sessions"]] == ["created", "created"]
    (again,) = json.loads(command("import", str(logs), "--json").stdout)
    assert {each["status"] for each in again["sessions"]} <= {"unchanged"}
    assert len(json.loads(command("list", "--json").stdout)) == 2
    assert len(json.loads(command("search", "assistant 1", "--json").stdout)) == 2
    assert command("rename", "1", "Renamed").code == 0
    assert command("delete", "1", "2").code == 0
    assert command("restore", "1").lines == ["Restored session 1: Renamed"]
    assert command("purge").code == 0
    assert [each["name"] for each in json.loads(command("list", "--json").stdout)] == ["Renamed"]
    assert command("stats").code == 0
    assert command("reimport").code == 0
    assert MARKER in command("show", "1").stdout.decode()


def test_a_session_is_shared_and_made_private_again(command: Command, logs: Path) -> None:
    assert command("import", str(logs), "--visibility", "team").code == 0
    done = command("share", "1", "2", "1", "--private")
    assert done.lines == ["Session 1: only you see it.", "Session 2: only you see it."]
    (again, missing) = json.loads(command("share", "1", "9", "--json").stdout)
    assert again == {"sessionId": 1, "visibility": "team", "sessionCount": 1}
    assert "no session 9" in missing["error"]
    failed = command("share", "9")
    assert (failed.code, failed.lines) == (1, [])


def test_exports_are_those_of_a_store_in_a_file(
    command: Command, logs: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    in_file = [sys.executable, "-m", "hfs_server", "--database", str(tmp_path / "sessions.db")]

    def other(*words: str) -> Outcome:
        return run_command([*in_file, *words], environment, tmp_path)

    (logs / "d.json").write_text(text(document("Document", message("ü\n"))), encoding="utf-8")
    for run, folder in ((command, "one"), (other, "two")):
        assert run("import", str(logs)).code == 0
        assert run("export", "--all", "-o", str(tmp_path / folder)).code == 0
        assert run("verify", str(tmp_path / folder)).code == 0
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= {"manifest.json"}
    assert command("export", "1", "--format", "original", "-o", "-").stdout == claude_code(1, 2)
    assert command("export", "--all", "-o", str(tmp_path / "one")).code == 0
    assert files(tmp_path / "one").keys() == one.keys()


def test_sessions_move_between_stores_by_imports(
    command: Command, logs: Path, tmp_path: Path, environment: dict[str, str]
) -> None:
    path = tmp_path / "sessions.db"
    in_file = [sys.executable, "-m", "hfs_server", "--database", str(path)]
    assert run_command([*in_file, "import", str(logs)], environment, tmp_path).code == 0
    for status in ("created", "unchanged"):
        (done,) = json.loads(command("import", str(path), "--json").stdout)
        assert [each["status"] for each in done["sessions"]] == [status] * 2
    assert command("export", "2", "--format", "original", "-o", "-").stdout == claude_code(2, 2)


def test_a_backup_is_refused_with_what_to_do(command: Command, logs: Path, tmp_path: Path) -> None:
    command("import", str(logs))
    backup = command("backup", str(tmp_path / "copy.db"))
    assert (backup.code, "pg_dump" in backup.stderr) == (1, True)
    assert not (tmp_path / "copy.db").exists()


def test_doctor_shows_the_store_without_its_password(command: Command, logs: Path) -> None:
    assert "has no sessions yet" in command("doctor").stdout.decode()
    command("import", str(logs))
    checks = command("doctor").stdout.decode()
    assert "sessions: 2" in checks
    assert f"role in the store: {MEMBER}, which reads and writes" in checks


def test_the_address_may_be_that_of_libpq_s_variables(
    command: Command,
    logs: Path,
    database: Address,
    postgresql: Server,
    environment: dict[str, str],
    tmp_path: Path,
) -> None:
    command("import", str(logs))
    name = database.connection_string.partition("@/")[2].partition("?")[0]
    variables = {
        "HFS_DATABASE": "postgresql://",
        "PGHOST": str(postgresql.folder),
        "PGUSER": MEMBER,
        "PGDATABASE": name,
    }
    words = [sys.executable, "-m", "hfs_server", "list", "--json"]
    done = run_command(words, {**environment, **variables}, tmp_path)
    assert len(json.loads(done.stdout)) == 2


def test_a_missing_psycopg_is_reported_with_how_to_install_it(
    command: Command, tmp_path: Path, environment: dict[str, str], database: Address
) -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from hfs_server.cli.commands import main\nraise SystemExit(main())"
    )
    for words in (["list"], ["import", str(tmp_path / "x.json")], ["doctor"]):
        argv = [sys.executable, "-c", code, "--database", database.connection_string, *words]
        done = run_command(argv, environment, tmp_path)
        assert done.code == 1
        assert "pip install 'hfs-server[postgresql]'" in done.stderr + done.stdout.decode()


def test_an_editor_uses_the_store_and_hears_of_changes(
    launch: Start, database: Address, command: Command, logs: Path, tmp_path: Path
) -> None:
    client: Client = launch()
    client.initialize(
        databasePath=database.connection_string, exportDirectory=str(tmp_path / "exports")
    )
    assert client.request("hfs/listSessions") == {"sessions": [], "nextCursor": None}
    content = text(document("From the editor", message("hello")))
    (session,) = client.request("hfs/import", {"content": content})["sessions"]
    client.notification("hfs/didChangeSessions")
    before = len(client.notifications("hfs/didChangeSessions"))
    command("import", str(logs))
    client.notification("hfs/didChangeSessions", before + 1)
    listed = client.request("hfs/listSessions")["sessions"]
    assert sorted(each["tool"] for each in listed) == ["claude-code", "claude-code", "hfs"]
    exported = client.request("hfs/export", {"sessionId": session["id"], "format": "markdown"})
    assert exported["messageCount"] == 1
    document_uri = f"hfs:/sessions/{session['id']}.md"
    shown = client.request("workspace/textDocumentContent", {"uri": document_uri})
    assert "hello" in shown["text"]
    wait_until(lambda: bool(client.request("hfs/search", {"query": "hello"})["matches"]))
    assert client.request("hfs/statistics")["sessions"] == 3
