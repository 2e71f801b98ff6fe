"""With a store in a file, no command and no method opens a connection or loads psycopg."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hfs_server.lsp.protocol import METHODS
from testing.client import Start
from testing.command_line import POSIX, Run, run_command
from testing.documents import document, text
from testing.every_command import DONE, fill_for_commands
from testing.programs import changed

WATCHED = changed(
    "import os, socket, sys",
    "log = os.open(os.environ['NETWORK'], os.O_WRONLY | os.O_CREAT | os.O_APPEND)",
    "def note(event, arguments):",
    "    is_local = event == 'socket.__new__' and arguments[1] in (-1, socket.AF_UNIX)",
    "    is_name = event == 'socket.gethostname'",
    "    is_network = event.startswith('socket.') and not is_local and not is_name",
    "    if is_network or event == 'import' and 'psycopg' in arguments[0]:",
    "        os.write(log, ascii((event, arguments[0])).encode() + bytes([10]))",
    "sys.addaudithook(note)",
)
"""The program, which writes what it has to do with a network to the file ``NETWORK`` names."""

VARIABLES = {"PGHOST": "127.0.0.1", "PGPORT": "1", "PGDATABASE": "x", "PGUSER": "x"}
"""They alone mean no store on a server."""


def requests(folder: Path) -> dict[str, dict[str, Any]]:
    """What is asked of each method."""
    file = folder / "code.py"
    file.write_text("one\n", encoding="utf-8")
    return {
        "hfs/import": {"content": text(document("Another"))},
        "hfs/listSessions": {},
        "hfs/export": {"sessionId": 1, "format": "html"},
        "hfs/findSecrets": {"sessionId": 1},
        "hfs/exportAll": {"destination": (folder / "all").as_uri()},
        "hfs/listSources": {},
        "hfs/search": {"query": "word"},
        "hfs/sessionsOfFile": {"uri": file.as_uri()},
        "hfs/statistics": {},
        "hfs/renameSession": {"sessionId": 1, "name": "Renamed"},
        "hfs/deleteSession": {"sessionId": 1},
        "hfs/restoreSession": {"sessionId": 1},
        "hfs/findSession": {"sessionId": 1},
        "workspace/textDocumentContent": {"uri": "hfs:/sessions/1.md"},
    }


def network_of(log: Path) -> str:
    """What was written there, which shows that the program was watched, too."""
    return log.read_text("utf-8")


@POSIX
def test_no_command_has_to_do_with_a_network(
    run: Run, store_path: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    fill_for_commands(run, tmp_path)
    log = tmp_path / "network"
    watched = {**environment, **VARIABLES, "NETWORK": str(log)}
    for words in DONE:
        command = [sys.executable, *WATCHED, "--database", str(store_path), *words.split()]
        done = run_command(command, watched, tmp_path)
        # The doctor finds what is wrong with the machine.
        assert (words, network_of(log)) == (words, "")
        assert done.code == 0 or words == "doctor"


@POSIX
def test_no_method_has_to_do_with_a_network(
    launch: Start, tmp_path: Path, store_path: Path, exports: Path
) -> None:
    log = tmp_path / "network"
    client = launch(program=WATCHED, environment={**VARIABLES, "NETWORK": str(log)})
    client.initialize(
        databasePath=str(store_path), exportDirectory=str(exports), keep=["claude-code"]
    )
    asked = requests(tmp_path)
    assert asked.keys() == METHODS.keys()
    for method, params in asked.items():
        client.request(method, params)
    client.notification("hfs/didChangeSessions")
    client.finish()
    assert network_of(log) == ""


@POSIX
def test_what_is_watched_would_be_seen(environment: dict[str, str], tmp_path: Path) -> None:
    log = tmp_path / "network"
    (tmp_path / "home").mkdir()
    command = [sys.executable, *WATCHED, "--database", "postgresql://127.0.0.1:1/x", "list"]
    assert run_command(command, {**environment, "NETWORK": str(log)}, tmp_path).code == 1
    assert "psycopg" in network_of(log)
