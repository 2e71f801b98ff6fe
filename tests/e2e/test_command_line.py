"""The command line: list, export and import without an editor, as processes of their own."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hfs_server.cli.output import ago
from hfs_server.graphemes import width
from hfs_server.timestamps import to_iso
from tests.e2e import stores
from tests.e2e.client import MARKER, PATIENCE_SECONDS, PAUSING, changed
from tests.e2e.documents import LARGE_MESSAGES, document, message, text
from tests.e2e.terminal import Terminal

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has neither such signals nor ptys")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, and what it wrote."""

    code: int
    stdout: bytes
    stderr: str

    @property
    def lines(self) -> list[str]:
        return self.stdout.decode("utf-8").splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def run(
    arguments: list[str],
    environment: dict[str, str],
    tmp_path: Path,
    store_path: Path,
    opened_stores: set[Path],
) -> Run:
    """Runs a command on the store; it must not tell of conversations on stderr."""
    opened_stores.add(store_path)
    (tmp_path / "home").mkdir()

    def run(*words: str, **changes: str) -> Outcome:
        done = subprocess.run(
            [*arguments, *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env={**environment, **changes},
            cwd=tmp_path,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        stderr = done.stderr.decode("utf-8")
        assert MARKER not in stderr
        assert "Traceback" not in stderr
        return Outcome(done.returncode, done.stdout, stderr)

    return run


def failed_in_one_line(outcome: Outcome) -> str:
    """The one line that says why a command failed."""
    assert outcome.code == 1
    assert outcome.stdout == b""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("hfs-server: ")
    return line


def write(path: Path, *parts: object) -> str:
    path.write_text(text(document(*parts)), encoding="utf-8")  # type: ignore[arg-type]
    return str(path)


def test_a_list_has_a_line_for_each_session_newest_first(run: Run, terminal: Terminal) -> None:
    first = terminal.add_session("First\nof two", MARKER)
    second = terminal.add_session("Second", "one", "two")
    done = run("list")
    assert (done.code, done.stderr) == (0, "")
    assert len(done.lines) == 2
    assert re.fullmatch(rf" *{second} +\d{{4}}-\d\d-\d\d \d\d:\d\d +2 +Second", done.lines[0])
    assert re.fullmatch(rf" *{first} +\S+ \S+ +1 +First of two", done.lines[1])


LONG_NAMES = ["x" * 300, "日本語" * 60, "👩\u200d💻" * 60, "می\u200cروم " * 60, "e\u0301" * 90]


def test_a_list_in_a_pipe_has_every_name_whole(run: Run, terminal: Terminal) -> None:
    for name in LONG_NAMES:
        terminal.add_session(name, "one")
    done = run("list", COLUMNS="40")
    assert sorted(line.split(maxsplit=4)[4] for line in done.lines) == sorted(
        name.strip() for name in LONG_NAMES
    )
    assert all(re.match(r" *\d+  \d{4}-\d\d-\d\d \d\d:\d\d  ", line) for line in done.lines)


@POSIX
@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_list_in_a_terminal_fits_it_and_is_for_people(
    arguments: list[str], environment: dict[str, str], terminal: Terminal, columns: int
) -> None:
    for name in [*LONG_NAMES, "short", f"a{CONTROLS}b"]:
        terminal.add_session(name, "one")
    shown = shown_in_a_terminal([*arguments, "list"], environment, columns)
    assert steers_the_terminal("".join(shown).encode()) == []
    header, *lines = shown
    assert header.split() == ["ID", "LAST", "ACTIVITY", "MESSAGES", "NAME"]
    assert len(lines) == len(LONG_NAMES) + 2
    assert max(map(width, shown)) < columns
    assert all(re.match(r" *\d+  just now +1  ", line) for line in lines)
    assert sum(line.endswith("…") for line in lines) >= (3 if columns == 200 else 5)
    assert lines[1].endswith("  short")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59.9, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (2 * 3600, "2 hours ago"),
        (86_400, "1 day ago"),
        (7 * 86_400 - 1, "6 days ago"),
        (7 * 86_400, "2026-02-01"),
        (-1, "2026-02-08"),
    ],
)
def test_a_time_is_told_as_people_do(seconds: float, words: str) -> None:
    now = datetime(2026, 2, 8, 12, tzinfo=UTC)
    assert ago(to_iso(now - timedelta(seconds=seconds)), now) == words


def shown_in_a_terminal(words: list[str], environment: dict[str, str], columns: int) -> list[str]:
    """The lines that a command writes to a terminal of so many columns."""
    import fcntl
    import pty
    import struct
    import termios

    controller, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    shown = b""
    environment = {name: value for name, value in environment.items() if name != "COLUMNS"}
    with subprocess.Popen(words, env=environment, stdout=screen, stdin=screen) as process:
        os.close(screen)
        with suppress(OSError):  # Linux has the last reader of a closed terminal fail.
            while piece := os.read(controller, 4096):
                shown += piece
        assert process.wait(60) == 0
    os.close(controller)
    return shown.decode().splitlines()


def test_a_list_as_json_has_the_protocol_s_members(run: Run, terminal: Terminal) -> None:
    session = terminal.add_session("Ü 🙂", "one")
    done = run("list", "--json")
    assert (done.code, done.stderr) == (0, "")
    (found,) = json.loads(done.stdout)
    assert list(found) == [
        "id",
        "name",
        "createdAt",
        "updatedAt",
        "messageCount",
        "checkpointCount",
        "preview",
    ]
    assert (found["id"], found["name"], found["preview"]) == (session, "Ü 🙂", "one")


def test_a_list_can_be_limited_and_searched(run: Run, terminal: Terminal) -> None:
    for number in range(52):
        terminal.add_session(f"Session {number}", "one")
    assert len(run("list").lines) == 50
    assert "52" not in run("list", "--limit", "60").stderr
    assert len(run("list", "--limit", "60").lines) == 52
    assert len(json.loads(run("list", "--limit", "2", "--json").stdout)) == 2
    limited = run("list", "--limit", "2")
    assert len(limited.lines) == 2
    assert "--limit" in limited.stderr
    found = run("list", "--query", "SESSION 51")
    assert [line.rpartition("  ")[2] for line in found.lines] == ["Session 51"]


def test_a_list_of_more_than_a_page_is_whole(run: Run, terminal: Terminal) -> None:
    with stores.opened(terminal.path) as connection:
        connection.execute("BEGIN")
        for number in range(1203):
            connection.execute(
                "INSERT INTO sessions (name, created_at) VALUES (?, '2026-02-01 10:00:00.000000')",
                (f"Session {number}",),
            )
        connection.execute("COMMIT")
    found = json.loads(run("list", "--limit", "1200", "--json").stdout)
    assert [session["name"] for session in found] == [f"Session {n}" for n in range(1202, 2, -1)]


def test_an_empty_store_lists_nothing_and_says_so(run: Run) -> None:
    for words in (("list",), ("list", "--query", "x")):
        done = run(*words)
        assert (done.code, done.stdout) == (0, b"")
        assert done.stderr
    assert json.loads(run("list", "--json").stdout) == []


def test_an_export_prints_the_path_of_the_file(run: Run, terminal: Terminal, exports: Path) -> None:
    session = terminal.add_session("Mine", MARKER)
    done = run("export", str(session))
    assert (done.code, done.stderr) == (0, "")
    path = Path(done.lines[0])
    assert path.parent == exports
    assert path.suffix == ".md"
    assert MARKER in path.read_text(encoding="utf-8")
    done = run("export", str(session), "--format", "json")
    assert json.loads(Path(done.lines[0]).read_text(encoding="utf-8"))["metadata"]


def test_an_export_goes_where_it_is_told(run: Run, terminal: Terminal, tmp_path: Path) -> None:
    session = str(terminal.add_session("Mine", MARKER))
    (tmp_path / "folder").mkdir()
    done = run("export", session, "-o", "folder")
    assert Path(done.lines[0]).parent == tmp_path / "folder"
    done = run("export", session, "-o", "file.md")
    assert done.lines == [str(tmp_path / "file.md")]
    line = failed_in_one_line(run("export", session, "-o", "file.md"))
    assert "exists" in line
    assert run("export", session, "-o", "file.md", "--force").code == 0
    line = failed_in_one_line(run("export", session, "-o", "missing/file.md"))
    assert "missing" in line


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_an_export_to_stdout_is_the_text_and_nothing_else(
    run: Run, terminal: Terminal, tmp_path: Path, exports: Path, form: str
) -> None:
    session = str(terminal.add_session("Ü 🙂\r\n", f"{MARKER} ü 🙂"))
    done = run("export", session, "--format", form, "-o", "-", PYTHONIOENCODING="ascii")
    assert (done.code, done.stderr) == (0, "")
    run("export", session, "--format", form, "-o", "file")
    by_file = (tmp_path / "file").read_bytes()
    assert without_export_time(done.stdout) == without_export_time(by_file)
    assert MARKER.encode() in done.stdout
    assert not exports.exists()


def without_export_time(data: bytes) -> list[bytes]:
    return [line for line in data.split(b"\n") if b"xported" not in line]


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


def test_a_migrated_file_is_told_so_with_its_warnings_on_stderr(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps([{"role": "user", "content": "Hi"}]))
    done = run("import", str(path))
    assert done.code == 0
    assert "0.0.0" in done.lines[0]
    assert "without a time" in done.stderr


def test_where_one_of_several_files_fails_the_others_come_in(
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


def test_an_import_as_json_tells_of_refused_files_too(run: Run, tmp_path: Path) -> None:
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


def test_each_failure_is_one_line_that_says_why(
    run: Run, tmp_path: Path, store_path: Path, home: Path
) -> None:
    newer = tmp_path / "newer.json"
    newer.write_text(text(document(metadata={"schema_version": "2.0.0"})))
    assert "pgrade hfs-server" in failed_in_one_line(run("import", str(newer)))
    assert "999" in failed_in_one_line(run("export", "999"))
    assert "999" in failed_in_one_line(run("export", "999", "-o", "-"))
    assert "missing" in failed_in_one_line(run("import", str(tmp_path / "missing")))
    assert "regular file" in failed_in_one_line(run("import", str(tmp_path)))
    junk = tmp_path / "junk.db"
    junk.write_bytes(b"junk " * 1000)
    for words in (("list",), ("export", "1"), ("import", str(newer))):
        failed_in_one_line(run("--database", str(junk), *words))
    assert junk.read_bytes() == b"junk " * 1000


@pytest.mark.parametrize(
    "words",
    [
        ["unknown"],
        ["list", "--limit", "0"],
        ["list", "--limit", "x"],
        ["list", "extra"],
        ["list", "--unknown"],
        ["export"],
        ["export", "x"],
        ["export", str(2**70)],
        ["export", "1", "--format", "html"],
        ["export", "1", "-o"],
        ["import"],
        ["import", "x.json", "--name", ""],
        ["export", "1", "-o", "x.json", "--format", "markdown"],
        ["export", "1", "-o", "x.JSON", "--format", "markdown"],
        ["export", "1", "-o", ".json", "--format", "markdown"],
        ["export", "1", "-o", "x.md", "--format", "json"],
        ["export", "1", "-o", "missing/x.markdown", "--format", "json"],
        ["export", "1", "-o", "x.html"],
        ["export", "1", "-o", "x.htm", "--format", "markdown"],
        ["export", "1", "-o", "x.jsonl", "--format", "json"],
        ["export", "1", "-o", "x.pdf"],
        ["--database"],
        ["list", "--database", ""],
        ["list", "--database", " "],
        ["list", "--database", "file:///tmp/sessions.db"],
        ["--database", "${workspaceFolder}/sessions.db", "list"],
        ["--database", "$HOME/sessions.db"],
        ["--database", "folder/", "list"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_touches_nothing(
    run: Run, tmp_path: Path, store_path: Path, words: list[str]
) -> None:
    before = sorted(tmp_path.rglob("*"))
    done = run(*words)
    assert (done.code, done.stdout) == (2, b"")
    assert "usage:" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert not store_path.exists()


@pytest.mark.parametrize(
    "words",
    [["list"], ["list", "--json"], ["export", "1"], ["import", "a.json"], ["purge"]],
    ids=" ".join,
)
def test_a_store_in_a_folder_that_is_missing_is_told_and_none_is_made(
    run: Run, tmp_path: Path, words: list[str]
) -> None:
    write(tmp_path / "a.json", "Mine")
    before = sorted(tmp_path.rglob("*"))
    path = tmp_path / "typo" / "sessions.db"
    for line in (
        failed_in_one_line(run("--database", str(path), *words)),
        failed_in_one_line(run("--database", f"typo{os.sep}sessions.db", *words)),
    ):
        assert f"There is no folder {path.parent} for the store." in line
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("value", [" ", "file:///tmp/sessions.db", "$HOME/sessions.db"])
def test_a_store_that_the_environment_names_wrongly_is_not_replaced_by_another(
    environment: dict[str, str], tmp_path: Path, value: str
) -> None:
    (tmp_path / "home").mkdir()
    for words in (["list"], ["export", "1"], ["import", "a.json"], ["purge"]):
        done = subprocess.run(
            [sys.executable, "-m", "hfs_server", *words],
            env={**environment, "HFS_DATABASE": value},
            capture_output=True,
            cwd=tmp_path,
            timeout=60,
        )
        outcome = Outcome(done.returncode, done.stdout, done.stderr.decode())
        assert "HFS_DATABASE: expected" in failed_in_one_line(outcome)
    assert [*tmp_path.rglob("*")] == [tmp_path / "home"]


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


def test_an_export_s_name_may_promise_nothing_or_what_it_holds(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    session = str(terminal.add_session("Mine", MARKER))
    (tmp_path / "folder.json").mkdir()
    for words, is_json in [
        (["-o", "a.json"], True),
        (["-o", "b.JSON", "--format", "json"], True),
        (["-o", "b.txt", "--format", "json"], True),
        (["-o", "a"], False),
        (["-o", "a.txt"], False),
        (["-o", "a.Markdown"], False),
        (["-o", "folder.json", "--format", "markdown"], False),
        (["-o", "folder.json"], False),
    ]:
        done = run("export", session, *words)
        assert (done.code, done.stderr) == (0, "")
        assert Path(done.lines[0]).read_bytes().startswith(b"{" if is_json else b"# Mine")


def test_help_and_version_are_results(run: Run) -> None:
    for words in (["--help"], ["list", "--help"], ["export", "--help"], ["import", "--help"]):
        done = run(*words)
        assert (done.code, done.stderr) == (0, "")
        assert "usage:" in done.lines[0]
    done = run("--version")
    assert re.fullmatch(r"hfs-server \d+\.\d+\.\d+\S*", done.lines[0])


def test_the_store_is_named_by_option_before_or_after_or_by_the_environment(
    environment: dict[str, str], tmp_path: Path
) -> None:
    program = [sys.executable, "-m", "hfs_server"]
    paths = {name: tmp_path / f"{name}.db" for name in ("before", "after", "variable", "loser")}
    for name, path in paths.items():
        with Terminal(path) as terminal:
            terminal.add_session(name, "one")
    variable = {**environment, "HFS_DATABASE": str(paths["loser"])}
    for name, words, variables in (
        ("before", ["--database", str(paths["before"]), "list"], variable),
        ("after", ["list", "--database", str(paths["after"])], variable),
        ("variable", ["list"], {**environment, "HFS_DATABASE": str(paths["variable"])}),
    ):
        done = subprocess.run(
            [*program, *words],
            env=variables,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        assert done.stdout.decode().strip().endswith(name)


CONTROLS = "".join(map(chr, [*range(32), *range(0x7F, 0xA0)])) + "\u202e\u2066\u200b\ufeff"


def steers_the_terminal(data: bytes) -> list[str]:
    shown = data.decode("utf-8").replace("\n", "")
    return [character for character in shown if character in CONTROLS]


@pytest.mark.parametrize("words", [["list"], ["list", "--json"]], ids=" ".join)
def test_a_name_cannot_steer_the_terminal(run: Run, terminal: Terminal, words: list[str]) -> None:
    terminal.add_session(f"a{CONTROLS}b\x1b]0;title\x07", f"{CONTROLS} said")
    done = run(*words)
    if "--json" in words:
        (found,) = json.loads(done.stdout)
        assert found["name"] == f"a{CONTROLS}b\x1b]0;title\x07"
    else:
        assert len(done.lines) == 1
    assert steers_the_terminal(done.stdout) == []


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
@pytest.mark.parametrize("amount", ["little", "much"])
@pytest.mark.parametrize("command", ["list", "export", "import"])
def test_a_reader_that_goes_away_is_no_disaster(
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
def test_a_closed_stream_is_no_reason_for_a_traceback(
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


@POSIX
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_export_leaves_no_file(
    arguments: list[str],
    environment: dict[str, str],
    large_store: Path,
    tmp_path: Path,
    name: str,
) -> None:
    assert large_store.is_file()
    folder = tmp_path / "folder"
    folder.mkdir()
    with subprocess.Popen(
        [*arguments, "export", "1", "-o", str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        await_condition(lambda: any(folder.iterdir()))
        process.send_signal(getattr(signal, name))
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (128 + getattr(signal, name), b"")
    assert errors == b"hfs-server: Interrupted; nothing is left half done.\n"
    assert [*folder.iterdir()] == []


@POSIX
def test_a_signal_that_is_ignored_stays_so(
    arguments: list[str], environment: dict[str, str], terminal: Terminal, large_file: Path
) -> None:
    """As that of a command behind ``nohup``, or in the background of a script."""
    line = f"trap '' INT HUP; exec {shlex.join([*arguments, 'import', str(large_file)])}"
    with subprocess.Popen(["sh", "-c", line], env=environment, stdout=subprocess.PIPE) as process:
        await_condition(lambda: len(stores.counts(terminal.path)) > 3)
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
        await_condition(lambda: bool(stores.counts(terminal.path).get("hfs_pending_imports")))
        process.send_signal(number)
        output, errors = process.communicate(timeout=PATIENCE_SECONDS)
    assert (process.returncode, output) == (128 + number, b"")
    assert len(errors.splitlines()) == 1
    assert b"Traceback" not in errors
    found = stores.counts(terminal.path)
    assert {table: found[table] for table in stores.TABLES} == before
    stores.check_whole_and_free(terminal.path)


def await_condition(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.002)


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
    slow = changed("from hfs_server.store.sqlite import staging", "staging._PAUSE_SECONDS = 1")
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


def test_what_one_command_exports_the_next_one_imports(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    session = terminal.add_session("There and back", "one", "two")
    terminal.add_checkpoint(session, 2, "manual", '{"a": 1}')
    exported = run("export", str(session), "--format", "json", "-o", "-").stdout
    (tmp_path / "piped.json").write_bytes(exported)
    (result,) = json.loads(run("import", "piped.json", "--json").stdout)
    again = run("export", str(result["sessionId"]), "--format", "json", "-o", "-").stdout
    assert without_export_time(again) == without_export_time(exported)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_any_locale_will_do(run: Run, tmp_path: Path, locale: str) -> None:
    file = write(tmp_path / "a.json", "Ü 🙂", message("ü 🙂"))
    changes = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    changes["PYTHONIOENCODING"] = ""
    assert run("import", file, **changes).code == 0
    assert run("list", **changes).code == 0
    done = run("export", "1", "-o", "-", **changes)
    assert "ü 🙂" in done.stdout.decode("utf-8")


def test_the_module_and_the_program_are_one(environment: dict[str, str]) -> None:
    program = Path(sys.executable).with_name("hfs-server")
    for words in ([str(program)], [sys.executable, "-m", "hfs_server"]):
        done = subprocess.run(
            [*words, "--version"],
            env=environment,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )
        assert done.stdout.startswith(b"hfs-server ")


@POSIX
def test_without_a_command_it_serves_and_ends_with_its_input(
    arguments: list[str], environment: dict[str, str]
) -> None:
    for words in ([], ["--stdio"]):
        done = subprocess.run(
            [*arguments, *words],
            stdin=subprocess.DEVNULL,
            env=environment,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
