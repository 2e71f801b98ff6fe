"""``hfs/import`` and ``import`` of a store on PostgreSQL, into a file and into another database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hfs_server.store.address import Address
from testing.client import Client, Refused, Start
from testing.command_line import Outcome, run_command
from testing.documents import document, message, text
from testing.tool_logs import claude_code, codex

Command = Callable[..., Outcome]
PASSWORD = "s3cr3t"
SECRET = "AKIAIOSFODNN7" + "EXAMPLQ"
AWAY = f"postgresql://ada:{PASSWORD}@127.0.0.1:1/hfs"


@pytest.fixture
def command(environment: dict[str, str], tmp_path: Path) -> Command:
    """Runs a command on a store in a file; it shows no password."""

    def run(*words: str, store: str | None = None) -> Outcome:
        chosen = store or str(tmp_path / "sessions.db")
        program = [sys.executable, "-m", "hfs_server", "--database", chosen]
        done = run_command([*program, *words], environment, tmp_path)
        assert PASSWORD not in done.stderr + done.stdout.decode()
        return done

    return run


@pytest.fixture
def filled(command: Command, database: Address, tmp_path: Path) -> str:
    """The address of a store with three sessions, with a password that nobody checks."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "1.jsonl").write_bytes(claude_code(1, 2, f"key {SECRET}"))
    (folder / "2.jsonl").write_bytes(codex(2))
    (folder / "3.json").write_text(text(document("Document", message("ü\n"))), "utf-8")
    address = database.connection_string.replace("@/", f":{PASSWORD}@/")
    assert command("import", str(folder), store=address).code == 0
    return address


def statuses(result: Any) -> list[str]:
    return [session["status"] for session in result["sessions"]]


def test_the_sessions_of_a_database_are_pulled_into_a_file(command: Command, filled: str) -> None:
    tried = command("import", "--dry-run", filled)
    assert "It would be: 3 created." in tried.stdout.decode()
    (done,) = json.loads(command("import", "--json", filled).stdout)
    assert statuses(done) == ["created"] * 3
    assert done["file"].startswith("postgresql://hfs_")
    again = command("import", filled)
    assert again.lines == ["Sessions: 3 unchanged."]
    assert command("list", "--limit", "5").stdout.count(b"\n") == 3


def test_filters_and_redaction_apply_on_the_way(command: Command, filled: str) -> None:
    (done,) = json.loads(command("import", "--json", "--tool", "codex", filled).stdout)
    assert [each["tool"] for each in done["sessions"]] == ["codex"]
    since = ("--since", "2020-01-01", filled)
    words = ("import", "--json", "--tool", "claude-code", "--redact", *since)
    (done,) = json.loads(command(*words).stdout)
    assert statuses(done) == ["created"]
    shown = command("show", "2").stdout.decode()
    assert SECRET not in shown
    assert command("export", "2", "--format", "original", "-o", "-").code == 1
    (done,) = json.loads(command("import", "--json", "--until", "2000-01-01", filled).stdout)
    assert done["sessions"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("--redact-also", "mail", AWAY),
        ("--from", "codex", "--redact"),
        ("--from", "codex", "--project", "/home/ada"),
        ("--from", "codex", AWAY),
        (f"postgresql://ada:{PASSWORD}@db.example/h fs",),
        (f"POSTGRES://ada:{PASSWORD}@db.example/h\tfs",),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(
    command: Command, words: tuple[str, ...]
) -> None:
    assert command("import", *words).code == 2


def test_filters_of_a_file_that_is_no_store_import_nothing(
    command: Command, tmp_path: Path
) -> None:
    file = tmp_path / "one.json"
    file.write_text(text(document("One", message("one"))), "utf-8")
    for words in (("--redact",), ("--tool", "codex"), ("--since", "2020-01-01")):
        done = command("import", *words, str(file))
        assert (done.code, "It is not a store" in done.stderr) == (1, True)
    assert json.loads(command("list", "--json").stdout) == []


@pytest.mark.parametrize("words", [(), ("--json",), ("--dry-run",)])
def test_a_database_that_is_away_is_one_error_and_the_other_arguments_are_imported(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "one.json"
    file.write_text(text(document("One", message("one"))), "utf-8")
    done = command("import", *words, AWAY, str(file))
    assert done.code == 1
    assert "ada@127.0.0.1:1/hfs" in done.stderr
    assert "one.json" in done.stdout.decode()
    if words == ("--json",):
        (failed,) = json.loads(done.stdout)[0]["failed"]
        assert (failed["uri"], failed["name"]) == (None, "postgresql://ada@127.0.0.1:1/hfs")


def test_an_editor_imports_from_a_database(start: Start, filled: str, tmp_path: Path) -> None:
    client: Client = start(tmp_path / "editor.db")
    token = client.request("hfs/import", {"uri": filled, "dryRun": True})
    assert [each["id"] for each in token["sessions"]] == [None] * 3
    done = client.request("hfs/import", {"uri": filled, "workDoneToken": "t"})
    assert statuses(done) == ["created"] * 3
    assert done["evidence"] == ["hfs: tables of a store"]
    file = tmp_path / "one.json"
    file.write_text(text(document("One", message("one"))), "utf-8")
    both = client.request("hfs/import", {"uris": [file.as_uri(), filled, filled]})
    assert sorted(statuses(both)) == ["created"] + ["unchanged"] * 3
    assert PASSWORD not in json.dumps(client.received)


@pytest.mark.parametrize(
    ("uri", "code", "kind"),
    [
        (AWAY, -32803, "sourceNotReadable"),
        (f"postgresql://ada:{PASSWORD}@/x y", -32602, None),
        (f"postgresql:/ada:{PASSWORD}@h/x", -32602, None),
        (f"mysql://ada:{PASSWORD}@h/x", -32602, None),
    ],
)
def test_an_address_that_cannot_be_used_is_an_error_without_the_password(
    start: Start, tmp_path: Path, uri: str, code: int, kind: str | None
) -> None:
    client = start(tmp_path / "editor.db")
    for params in ({"uri": uri}, {"uris": [uri]}):
        with pytest.raises(Refused) as refused:
            client.request("hfs/import", params)
        assert refused.value.code == code
        assert (refused.value.data or {}).get("kind") == kind
        assert PASSWORD not in refused.value.message + json.dumps(refused.value.data)
    assert client.request("hfs/listSessions")["sessions"] == []
