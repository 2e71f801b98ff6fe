"""The streams of any command: closed, with a reader that stopped, or in any locale."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import POSIX, Run, write
from testing.documents import message
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS


@POSIX
@pytest.mark.parametrize("amount", ["little", "much"])
@pytest.mark.parametrize("command", ["list", "export", "import"])
def test_a_reader_that_stops_early_causes_no_traceback(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    tmp_path: Path,
    command: str,
    amount: str,
) -> None:
    count = 1 if amount == "little" else 3000
    session = terminal.add_session("Long", *["word " * 20] * count)
    with stores.opened(terminal.path) as connection:
        connection.execute("BEGIN")
        for number in range(count):
            connection.execute(
                "INSERT INTO sessions (name, created_at) VALUES (?, '2026-02-01 10:00:00')",
                (f"Session {number} {'x' * 50}",),
            )
        connection.execute("COMMIT")
    file = write(tmp_path / "a.json", "Mine")
    words = {
        "list": ["list", "--limit", "9999"],
        "export": ["export", str(session), "-o", "-"],
        "import": ["import", *[file] * (1 if amount == "little" else 20)],
    }[command]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*arguments, *words],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 1


@POSIX
@pytest.mark.parametrize("command", ["list >&-", "list 2>&-", "export 1 -o . 2>&-", "<&-", ">&-"])
def test_a_closed_stream_causes_no_traceback(
    arguments: list[str], environment: dict[str, str], command: str
) -> None:
    line = f"{shlex.join(arguments)} {command}"
    done = subprocess.run(
        ["sh", "-c", line],
        env=environment,
        capture_output=True,
        input=b"",
        timeout=PATIENCE_SECONDS,
    )
    assert b"Traceback" not in done.stdout + done.stderr
    assert done.returncode == (0 if command == "list 2>&-" else 1)
    assert done.stdout == b""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_commands_work_in_any_locale(run: Run, tmp_path: Path, locale: str) -> None:
    file = write(tmp_path / "a.json", "Ü 🙂", message("ü 🙂"))
    changes = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    changes["PYTHONIOENCODING"] = ""
    assert run("import", file, **changes).code == 0
    assert run("list", **changes).code == 0
    done = run("export", "1", "-o", "-", **changes)
    assert "ü 🙂" in done.stdout.decode("utf-8")
