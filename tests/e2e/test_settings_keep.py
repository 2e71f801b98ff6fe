"""The setting ``keep``: sessions of tools are in the store soon after their files rest."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from hfs_server.importers.source_file import ZstdFile
from testing import stores, tool_logs
from testing.client import Start
from testing.command_line import hfs
from testing.documents import MARKER
from testing.keeping import CLAUDE_CODE, Keeping
from testing.programs import HASTY, HURRIED, IMPATIENT_OPENING, PLAIN
from testing.stores import location
from testing.tool_logs import id_of, write
from testing.waiting import wait_until

pytestmark = pytest.mark.both_engines

CHANGED = "hfs/didChangeSessions"


def test_a_new_session_is_kept_and_updated_when_it_grows(keeping: Keeping) -> None:
    client = keeping.start(CLAUDE_CODE, program=PLAIN)
    keeping.claude_code(1)
    keeping.wait_for(2)
    client.notification(CHANGED)
    (first,) = client.request("hfs/listSessions")["sessions"]
    keeping.claude_code(1, turns=3)
    keeping.wait_for(6)
    (grown,) = client.request("hfs/listSessions")["sessions"]
    assert (grown["id"], grown["tool"]) == (first["id"], CLAUDE_CODE)


def test_what_was_written_before_is_imported_and_opened_once(
    keeping: Keeping, tmp_path: Path
) -> None:
    paths = [keeping.claude_code(number) for number in range(5)]
    first = keeping.start(CLAUDE_CODE)
    keeping.wait_for(2, 2, 2, 2, 2)
    wait_until(lambda: "Kept sessions" in first.stderr)
    first.finish()
    opened = tmp_path / "opened"
    second = keeping.start(CLAUDE_CODE, program=IMPATIENT_OPENING, OPENED=str(opened))
    keeping.claude_code(3, turns=2)
    wait_until(lambda: sorted(keeping.kept()) == [2, 2, 2, 2, 4])
    second.finish()
    names = [path.name for path in paths if path.name in opened.read_text()]
    assert names == [f"{id_of(3)}.jsonl"]


def test_every_kind_of_file_of_a_tool_is_kept(keeping: Keeping) -> None:
    keeping.start("codex", "gemini-cli", "copilot-cli", "cursor")
    write(keeping.home / ".codex/sessions/2026/04/11/rollout-1.jsonl", tool_logs.codex(1))
    write(keeping.home / ".gemini/tmp/abc/chats/session-1.json", tool_logs.gemini_cli(2))
    write(keeping.home / ".copilot/session-state/a/events.jsonl", tool_logs.copilot_cli(3))
    wait_until(lambda: keeping.kept() == [2, 2, 2])


def test_what_is_only_in_the_log_of_a_database_is_kept(keeping: Keeping) -> None:
    path = keeping.home / ".config/Cursor/User/globalStorage/state.vscdb"
    tool_logs.write_cursor_state(path, [1], "WAL")
    keeping.start("cursor")
    keeping.wait_for(2)
    with closing(sqlite3.connect(path)) as connection:
        tool_logs.add_to_cursor_state(connection, 2, turns=2)
        keeping.wait_for(2, 4)
        assert Path(f"{path}-wal").stat().st_size


def test_half_a_line_and_half_a_document_wait_for_their_ends(keeping: Keeping) -> None:
    client = keeping.start(CLAUDE_CODE, "gemini-cli")
    path = keeping.claude_code(1)
    keeping.wait_for(2)
    line = tool_logs.claude_code(1, turns=2)[path.stat().st_size :]
    with path.open("ab") as file:
        file.write(line[:-200])
    document = tool_logs.gemini_cli(2)
    chat = write(keeping.home / ".gemini/tmp/abc/chats/session-1.json", document[:-100])
    # What was written later is kept; so these have rested longer, and were not imported.
    keeping.claude_code(3)
    keeping.wait_for(2, 2)
    with path.open("ab") as file:
        file.write(line[-200:])
    keeping.wait_for(4, 2)
    chat.write_bytes(document)
    keeping.wait_for(4, 2, 2)
    assert "'updated': 1" in client.stderr
    assert "failed: 0" in client.stderr
    assert "could not" not in client.stderr


def test_half_a_line_that_stays_is_no_reason_to_wait_for_ever(keeping: Keeping) -> None:
    path = keeping.claude_code(1)
    with path.open("ab") as file:
        file.write(b'{"type": "user", "mess')
    keeping.start(CLAUDE_CODE, program=HASTY)
    keeping.wait_for(2)


def test_a_session_that_its_tool_deletes_stays(keeping: Keeping) -> None:
    client = keeping.start(CLAUDE_CODE)
    path = keeping.claude_code(1, turns=2)
    keeping.wait_for(4)
    path.unlink()
    keeping.claude_code(2)
    keeping.wait_for(4, 2)
    client.finish()
    done = hfs(
        keeping.home, "import", "--from", CLAUDE_CODE, "--database", location(keeping.store),
        environment=keeping.environment,
    )  # fmt: skip
    assert done.returncode == 0
    assert keeping.kept() == [4, 2]


def test_a_session_that_codex_packs_stays_one_and_unchanged(
    keeping: Keeping, store_path: Path
) -> None:
    client = keeping.start("codex")
    folder = keeping.home / ".codex" / "sessions" / "2026"
    path = write(folder / "rollout-1.jsonl", tool_logs.codex(1, turns=2))
    keeping.wait_for(4)
    sql = "SELECT id, name, created_at, updated_at FROM sessions"
    before = stores.rows(store_path, sql)
    with ZstdFile(folder / "rollout-1.jsonl.zst", "w") as packed:
        packed.write(path.read_bytes())
    path.unlink()
    write(folder / "rollout-2.jsonl", tool_logs.codex(2))
    keeping.wait_for(4, 2)
    wait_until(lambda: "'unchanged': 1" in client.stderr)
    assert stores.rows(store_path, sql + " ORDER BY id LIMIT 1") == before
    assert keeping.kept() == [4, 2]


def test_a_session_that_was_deleted_here_stays_deleted(keeping: Keeping, store_path: Path) -> None:
    keeping.start(CLAUDE_CODE)
    keeping.claude_code(1)
    keeping.wait_for(2)
    with stores.opened(store_path) as connection:
        connection.execute("DELETE FROM messages")
        connection.execute("DELETE FROM sessions")
    keeping.claude_code(1, turns=2)
    keeping.claude_code(2, turns=3)
    keeping.wait_for(6)


@pytest.mark.parametrize("how", ["removed", "renamed", "replaced"])
def test_a_folder_that_vanishes_is_watched_when_it_is_back(keeping: Keeping, how: str) -> None:
    client = keeping.start(CLAUDE_CODE)
    keeping.claude_code(1)
    keeping.wait_for(2)
    if how == "removed":
        shutil.rmtree(keeping.home / ".claude")
    else:
        keeping.projects.rename(keeping.home / "elsewhere")
    if how == "replaced":
        keeping.projects.mkdir()
    client.request("hfs/listSessions")
    keeping.claude_code(2, turns=2)
    keeping.wait_for(2, 4)
    keeping.claude_code(2, turns=3)
    keeping.wait_for(2, 6)


def test_a_new_folder_with_everything_in_it_is_kept(keeping: Keeping) -> None:
    keeping.start(CLAUDE_CODE)
    keeping.claude_code(1)
    keeping.wait_for(2)
    for number in (2, 3):
        write(keeping.home / "made" / f"{id_of(number)}.jsonl", tool_logs.claude_code(number))
    (keeping.home / "made").rename(keeping.projects / "-made")
    keeping.wait_for(2, 2, 2)


def test_folders_that_environment_variables_name_are_kept(keeping: Keeping) -> None:
    claude, codex = keeping.home / "c l a", keeping.home / "ö"
    variables = {"CLAUDE_CONFIG_DIR": str(claude), "CODEX_HOME": str(codex)}
    keeping.start(CLAUDE_CODE, "codex", **variables)
    write(claude / "projects" / "-x" / "1.jsonl", tool_logs.claude_code(1))
    write(codex / "archived_sessions" / "2.jsonl", tool_logs.codex(2, turns=2))
    wait_until(lambda: sorted(keeping.kept()) == [2, 4])


def test_a_folder_behind_a_link_is_kept(keeping: Keeping) -> None:
    real = keeping.home / "real"
    real.mkdir()
    (keeping.home / ".claude").symlink_to(real, target_is_directory=True)
    keeping.start(CLAUDE_CODE)
    keeping.claude_code(1)
    keeping.wait_for(2)
    keeping.claude_code(1, turns=2)
    keeping.wait_for(4)


def test_files_are_polled_where_the_system_does_not_notify(keeping: Keeping) -> None:
    keeping.claude_code(1)
    keeping.start(CLAUDE_CODE, WATCHFILES_FORCE_POLLING="1")
    keeping.wait_for(2)
    keeping.claude_code(1, turns=2)
    keeping.wait_for(4)


def test_a_file_that_cannot_be_read_fails_quietly_and_again_only_when_it_changes(
    keeping: Keeping,
) -> None:
    client = keeping.start(CLAUDE_CODE)
    two_tools = tool_logs.claude_code(1) + tool_logs.codex(2)
    path = write(keeping.projects / "-secret-name" / "bad-name.jsonl", two_tools)
    wait_until(lambda: client.stderr.count("could not be kept: unknownFormat") == 1)
    path.chmod(0o600)
    keeping.claude_code(3)
    keeping.wait_for(2)
    path.write_bytes(two_tools * 2)
    wait_until(lambda: client.stderr.count("could not be kept") > 1)
    path.write_bytes(tool_logs.claude_code(1))
    keeping.wait_for(2, 2)
    assert client.stderr.count("could not be kept") == 2
    for words in ("secret-name", "bad-name", id_of(3), MARKER):
        assert words not in client.stderr


def test_a_locked_store_delays_what_is_kept(keeping: Keeping, store_path: Path) -> None:
    client = keeping.start(CLAUDE_CODE, program=HURRIED)
    keeping.claude_code(1)
    keeping.wait_for(2)
    with stores.held(store_path):
        keeping.claude_code(2)
        wait_until(lambda: "cannot be kept now: storeBusy" in client.stderr)
    keeping.wait_for(2, 2)


def test_invalid_tools_are_named_and_valid_ones_kept(keeping: Keeping) -> None:
    client = keeping.start("clod", CLAUDE_CODE)
    shown = client.notification("window/showMessage")
    assert (shown["type"], "clod" in shown["message"]) == (2, True)
    keeping.claude_code(1)
    keeping.wait_for(2)


def test_the_environment_names_tools_and_options_win(keeping: Keeping, launch: Start) -> None:
    environment = {**keeping.environment, "HFS_KEEP": f"codex, {CLAUDE_CODE}"}
    quiet = launch(environment=environment)
    quiet.initialize(databasePath=location(keeping.store), logLevel="info", keep=[])
    keeping.claude_code(1)
    assert quiet.request("hfs/listSources")["sources"][0]["new"] == 1
    kept = keeping.start(HFS_KEEP=environment["HFS_KEEP"])
    keeping.wait_for(2)
    assert "Keeps sessions of ['claude-code', 'codex']" in kept.stderr
    assert "Keeps" not in quiet.stderr
