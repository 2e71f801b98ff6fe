"""``hfs-server import``: files into the store, each completely or not at all."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testing import stores
from testing.command_line import (
    CONTROLS,
    POSIX,
    Run,
    failed_in_one_line,
    steers_the_terminal,
    write,
)
from testing.documents import LARGE_MESSAGES, document, text
from testing.programs import PAUSING, changed
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS, wait_until

pytestmark = pytest.mark.both_engines


def test_an_import_says_what_it_made(run: Run, tmp_path: Path, store_path: Path) -> None:
    done = run("import", write(tmp_path / "a.json", "First"))
    assert (done.code, done.stderr) == (0, "")
    assert "session 1" in done.lines[0]
    assert "First" in done.lines[0]
    done = run("import", write(tmp_path / "b.json", "Second"), "--name", "Renamed", "--json")
    (result,) = json.loads(done.stdout)
    assert result["file"] == str(tmp_path / "b.json")
    assert (result["sessionId"], result["name"]) == (2, "Renamed")
    assert (result["messageCount"], result["checkpointCount"]) == (2, 0)
    assert (result["migrated"], result["originalVersion"]) == (False, "1.0.0")
    assert result["warnings"] == []
    assert stores.counts(store_path)["sessions"] == 2


def test_a_migrated_file_is_reported_with_its_warnings_on_stderr(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps([{"role": "user", "content": "Hi"}]))
    done = run("import", str(path))
    assert done.code == 0
    assert "0.0.0" in done.lines[0]
    assert "1 message has no timestamp" in done.stderr


def test_if_one_of_several_files_fails_the_others_are_imported(
    run: Run, tmp_path: Path, store_path: Path
) -> None:
    good, also = write(tmp_path / "good.json", "Good"), write(tmp_path / "also.json", "Also")
    bad = tmp_path / "bad.json"
    bad.write_text('{"messages": [{"role": "user"}]}')
    done = run("import", good, str(bad), str(tmp_path / "missing.json"), also)
    assert done.code == 1
    assert len(done.lines) == 2
    complaints = done.stderr.splitlines()
    assert len(complaints) == 2
    assert str(bad) in complaints[0]
    assert "missing.json" in complaints[1]
    names = stores.rows(store_path, "SELECT name FROM sessions ORDER BY id")
    assert names == [("Good",), ("Also",)]


def test_an_import_as_json_reports_rejected_files_too(run: Run, tmp_path: Path) -> None:
    good, empty = write(tmp_path / "good.json", "Good"), tmp_path / "a list.json"
    bad, missing = tmp_path / "bad.json", tmp_path / "missing.json"
    bad.write_text('{"messages": [\n{"role": "user"}]}')
    empty.write_text("[]")
    done = run("import", str(bad), good, str(missing), str(empty), "--json")
    assert done.code == 1
    assert len(done.stderr.splitlines()) == 3
    refused, made, absent, list_of_none = json.loads(done.stdout)
    assert [made["file"], made["name"], made["failed"]] == [good, "Good", []]
    assert list(refused) == ["file", "failed"]
    (why,) = refused["failed"]
    assert (why["uri"], why["name"], why["line"]) == (bad.as_uri(), "bad.json", 2)
    assert "messages[0]" in why["reason"]
    (why,) = absent["failed"]
    assert (why["uri"], why["line"]) == (missing.as_uri(), None)
    (why,) = list_of_none["failed"]
    assert (why["uri"], why["name"]) == (empty.as_uri(), "a list.json")
    done = run("import", str(missing), "--json")
    assert (done.code, len(json.loads(done.stdout))) == (1, 1)


def test_the_default_store_s_folder_is_made_by_the_first_import(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "home").mkdir()
    folder = tmp_path / "home" / ".hfs"
    program = [sys.executable, "-m", "hfs_server"]
    subprocess.run([*program, "list"], env=environment, capture_output=True, check=True)
    assert not folder.exists()
    file = write(tmp_path / "a.json", "Mine")
    subprocess.run([*program, "import", file], env=environment, capture_output=True, check=True)
    assert (folder / "sessions.db").is_file()


@POSIX
def test_a_document_or_file_name_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    controls = CONTROLS.replace("\0", "")
    good = write(tmp_path / f"good{controls}.json", f"a{CONTROLS}b")
    bad = tmp_path / f"bad{controls}.json"
    bad.write_text(json.dumps({"messages": [{"role": "user", CONTROLS: {}}]}))
    done = run("import", good)
    assert steers_the_terminal(done.stdout) == []
    assert steers_the_terminal(done.stderr.encode()) == []
    for words in (["import", str(bad)], ["import", str(bad) + "?"]):
        line = failed_in_one_line(run(*words))
        assert steers_the_terminal(line.encode()) == []
    line = failed_in_one_line(run("export", "1", "-o", good))
    assert steers_the_terminal(line.encode()) == []


@POSIX
def test_an_ignored_signal_stays_ignored(
    arguments: list[str], environment: dict[str, str], terminal: Terminal, large_file: Path
) -> None:
    """As that of a command behind ``nohup``, or in the background of a script."""
    line = f"trap '' INT HUP; exec {shlex.join([*arguments, 'import', str(large_file)])}"
    with subprocess.Popen(["sh", "-c", line], env=environment, stdout=subprocess.PIPE) as process:
        wait_until(lambda: len(stores.counts(terminal.path)) > 3)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_import_leaves_nothing(
    environment: dict[str, str],
    terminal: Terminal,
    large_file: Path,
    tmp_path: Path,
    name: str,
) -> None:
    number = getattr(signal, name)
    next_file = tmp_path / "next.json"
    next_file.write_text(text(document()), encoding="utf-8")
    before = dict.fromkeys(stores.TABLES, 0)
    command = [sys.executable, *PAUSING, "--database", str(terminal.path)]
    with subprocess.Popen(
        [*command, "import", str(large_file), str(next_file)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        # One slice has moved in, and the next one does not.
        wait_until(lambda: bool(stores.counts(terminal.path).get("hfs_pending_imports")))
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, output) == (128 + number, b"")
    assert len(errors.splitlines()) == 1
    assert b"Traceback" not in errors
    found = stores.counts(terminal.path)
    assert {table: found[table] for table in stores.TABLES} == before
    stores.check_whole_and_free(terminal.path)


@POSIX
def test_a_terminal_gets_a_bar_on_stderr_and_only_the_result_on_stdout(
    run: Run,
    environment: dict[str, str],
    terminal: Terminal,
    large_file: Path,
) -> None:
    import fcntl
    import pty
    import struct
    import termios

    run("list")
    controller, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    # The work takes longer than a moment on any machine.
    slow = changed("from hfs_server.store.sqlite import committing", "committing.PAUSE_SECONDS = 1")
    with subprocess.Popen(
        [sys.executable, *slow, "--database", str(terminal.path), "import", str(large_file)],
        env={**environment, "TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=screen,
    ) as process:
        os.close(screen)
        shown = b""
        while True:
            try:
                piece = os.read(controller, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        os.close(controller)
        assert process.stdout is not None
        output = process.stdout.read()
        assert process.wait(PATIENCE_SECONDS) == 0
    assert len(output.splitlines()) == 1
    assert b"\r" not in output
    assert b"%" in shown
    assert str(LARGE_MESSAGES).encode() in output
