"""``hfs-server import`` of folders, archives, stdin and tools, and ``hfs-server sources``."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from testing import stores, tool_logs
from testing.command_line import POSIX, Run, failed_in_one_line
from testing.documents import document, text
from testing.tool_logs import FORMATS, claude_code, codex, id_of, write, write_claude_code
from testing.waiting import PATIENCE_SECONDS


@pytest.fixture
def sessions(tmp_path: Path) -> Path:
    """A folder with one session of each tool."""
    for number, (tool, made) in enumerate(FORMATS.items()):
        write(tmp_path / "in" / tool / f"{number}.data", made(number))
    return tmp_path / "in"


def printed(stdout: bytes) -> Any:
    return json.loads(stdout)


def piped(arguments: list[str], environment: dict[str, str], content: bytes, *words: str) -> Any:
    """An import of what is piped to it."""
    return subprocess.run(
        [*arguments, "import", "-", *words],
        input=content,
        capture_output=True,
        env=environment,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def test_a_folder_gives_a_table_and_a_summary(run: Run, sessions: Path) -> None:
    write(sessions / "README.md", b"# no session")
    done = run("import", str(sessions))
    assert (done.code, done.stderr) == (0, "")
    heading, *rows, summary = done.lines
    assert heading.split() == ["ID", "STATUS", "TOOL", "MESSAGES", "NAME"]
    assert {row.split()[2] for row in rows} == set(FORMATS)
    assert "6 created" in summary
    assert "1 skipped (not a session of a known format)" in summary
    assert "7 skipped (not changed since" in run("import", str(sessions)).lines[-1]


def test_a_dry_run_says_what_would_be_and_makes_no_store(
    run: Run, sessions: Path, store_path: Path
) -> None:
    done = run("import", "--dry-run", str(sessions))
    assert done.code == 0
    assert done.lines[-1] == "Nothing was written. It would be: 6 created."
    assert not store_path.exists()
    done = run("import", "--dry-run", "--json", str(sessions))
    ((result),) = printed(done.stdout)
    assert [each["id"] for each in result["sessions"]] == [None] * 6


def test_one_bad_file_in_a_folder_is_named_and_makes_the_exit_code_1(
    run: Run, sessions: Path, store_path: Path
) -> None:
    write(sessions / "bad.json", b'{"metadata": {"schema_version": "1.0.0"},\n"messages": [5]}')
    done = run("import", str(sessions))
    assert done.code == 1
    assert "6 created, 1 failed" in done.lines[-1]
    (line,) = done.stderr.splitlines()
    assert "bad.json" in line
    assert "line 2" in line
    assert stores.counts(store_path)["sessions"] == 6


def test_nothing_but_failures_is_one_line_and_exit_code_1(run: Run, tmp_path: Path) -> None:
    for argument in (tmp_path / "nothing", write(tmp_path / "x.txt", b"plain words")):
        failed_in_one_line(run("import", str(argument)))
    assert "empty name" in failed_in_one_line(run("import", ""))


@pytest.mark.parametrize("tool", FORMATS)
def test_a_file_of_any_tool_is_read_from_stdin(
    run: Run, arguments: list[str], environment: dict[str, str], tool: str
) -> None:
    done = piped(arguments, environment, FORMATS[tool](1, 2), "--json")
    assert done.returncode == 0, done.stderr
    ((result),) = printed(done.stdout)
    assert [(each["tool"], each["messageCount"]) for each in result["sessions"]] == [(tool, 4)]
    assert run("list").lines[-1].split()[0] == "1"


def test_archives_and_databases_are_read_from_stdin(
    arguments: list[str], environment: dict[str, str], store_path: Path, tmp_path: Path
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.jsonl", codex(1))
        packed.writestr("b.jsonl", claude_code(2))
    state = tool_logs.write_cursor_state(tmp_path / "state.vscdb", [3, 4])
    for content, count in ((archive.getvalue(), 2), (state.read_bytes(), 4)):
        done = piped(arguments, environment, content)
        assert (done.returncode, done.stderr) == (0, b"")
        assert stores.counts(store_path)["sessions"] == count


@pytest.mark.parametrize("content", [b"", b"\0" * 50, b"words", b"PK\x03\x04", b"[[[[", b"{}"])
def test_what_is_no_session_on_stdin_is_one_clear_line(
    arguments: list[str], environment: dict[str, str], content: bytes
) -> None:
    done = piped(arguments, environment, content)
    (line,) = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout) == (1, b"")
    assert line.startswith("hfs-server: ")
    assert "error in hfs-server" not in line


def test_conflicts_are_resolved_as_requested(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path / "s.jsonl", claude_code(1))
    assert "imported as session 1" in run("import", str(path)).lines[0]
    assert "session 1 is unchanged" in run("import", str(path)).lines[0]
    path.write_bytes(claude_code(1, 3))
    assert "skipped: in the store" in run("import", "--on-conflict=skip", str(path)).lines[0]
    assert "updated session 1" in run("import", str(path)).lines[0]
    assert "imported as session 2" in run("import", "--on-conflict=copy", str(path)).lines[0]
    assert run("import", "--on-conflict=replace", str(path)).code == 2


def test_sources_and_an_import_of_a_tool_read_the_folders_of_this_user(
    run: Run, tmp_path: Path
) -> None:
    write_claude_code(tmp_path / "home" / ".claude", range(2))
    write(tmp_path / "codex" / "sessions" / "a.jsonl", codex(3))
    codex_home = {"CODEX_HOME": str(tmp_path / "codex")}
    shown = run("sources", **codex_home).lines
    assert [line.split()[:4] for line in shown[1:]] == [
        ["claude-code", "2", "2", "0"],
        ["codex", "1", "1", "0"],
    ]
    done = run("import", "--from", "claude-code")
    assert done.lines[-1] == "Sessions: 2 created."
    done = run("import", "--from", "all", "--json", **codex_home)
    ((result),) = printed(done.stdout)
    assert [each["tool"] for each in result["sessions"]] == ["codex"]
    assert result["skipped"] == [{"reason": "not changed since the last import", "count": 2}]
    found = printed(run("sources", "--json", **codex_home).stdout)
    assert [(each["tool"], each["found"], each["new"]) for each in found] == [
        ("claude-code", 2, 0),
        ("codex", 1, 0),
    ]


def test_sources_of_a_machine_without_tools_say_so(run: Run) -> None:
    done = run("sources")
    assert (done.code, done.stdout) == (0, b"")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "words", [[], ["--from", "nobody"], ["--from", "codex", "x.json"], ["--format", "nobody", "x"]]
)
def test_wrong_usage_exits_with_2(run: Run, words: list[str]) -> None:
    assert run("import", *words).code == 2


@POSIX
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="NO RIGHTS TESTED: no setpriv")
def test_a_file_and_a_folder_that_may_not_be_read_are_named(
    sessions: Path, arguments: list[str], environment: dict[str, str], store_path: Path
) -> None:
    (sessions / "codex" / "1.data").chmod(0)
    (sessions / "cursor").chmod(0)
    lost = "-dac_override,-dac_read_search"
    bound = ["setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}"]
    done = subprocess.run(
        [*bound, *arguments, "import", "--json", str(sessions)],
        capture_output=True,
        env=environment,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    (sessions / "cursor").chmod(0o700)
    assert done.returncode == 1, done.stderr
    ((result),) = printed(done.stdout)
    failed = {each["name"]: each["reason"] for each in result["failed"]}
    assert failed.keys() == {"1.data", "cursor"}
    assert all("permission denied" in reason for reason in failed.values())
    assert len(result["sessions"]) == 4
    assert stores.counts(store_path)["sessions"] == 4


@POSIX
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="NO RIGHTS TESTED: no setpriv")
@pytest.mark.parametrize("mode", [0, 0o400])
def test_folders_and_files_of_a_tool_that_may_not_be_read_are_named(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], mode: int
) -> None:
    for project in ("open", "closed"):
        write(tmp_path / "codex" / "sessions" / project / "a.jsonl", codex(len(project)))
    closed = tmp_path / "codex" / "sessions" / "closed"
    closed.chmod(mode)
    lost = "-dac_override,-dac_read_search"
    bound = ["setpriv", f"--bounding-set={lost}", f"--inh-caps={lost}"]
    words = (["--from", "codex"], [str(tmp_path / "codex")])
    done = [
        subprocess.run(
            [*bound, *arguments, "import", *each],
            capture_output=True,
            env={**environment, "CODEX_HOME": str(tmp_path / "codex")},
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        for each in words
    ]
    closed.chmod(0o700)
    for each in done:
        assert each.returncode == 1
        assert str(closed) in (stderr := each.stderr.decode())
        assert "permission denied" in stderr
        assert "1 failed" in each.stdout.decode()


def test_no_import_prints_what_sessions_hold_but_names(run: Run, sessions: Path) -> None:
    write(sessions / "doc.json", text(document("A name")).encode())
    done = run("import", str(sessions))
    assert "user 0 of 0" in done.stdout.decode()
    assert sys.executable not in done.stderr


def test_several_tools_are_imported_in_one_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = run("import", "--from", "claude-code", "--from", "codex", "--json")
    (result,) = json.loads(done.stdout)
    assert result["from"] == "claude-code, codex"
    assert run("import", "--from", "codex", "--from", "nonsense").code == 2


def test_warnings_about_many_files_name_the_file_and_the_session(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    for number in (1, 2):
        write(folder / f"{id_of(number)}.jsonl", claude_code(number, 1, "x") + b"no JSON\n")
    done = run("import", str(folder))
    assert done.code == 0
    for number, line in zip((1, 2), sorted(done.stderr.splitlines()), strict=True):
        assert f": user 0 of {number}: x: Line 3 is not a JSON object" in line
    assert all(f"{id_of(number)}.jsonl: " in done.stderr for number in (1, 2))


def test_what_is_named_twice_is_imported_once(
    run: Run, environment: dict[str, str], arguments: list[str], sessions: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.json").write_text(text(document("Mine")), encoding="utf-8")
    done = run("import", "a.json", "missing.json", "a.json", "missing.json")
    assert (done.code, len(done.lines), len(done.stderr.splitlines())) == (1, 1, 1)
    copied = printed(run("import", "a.json", "a.json", "--on-conflict", "copy", "--json").stdout)
    assert len(copied) == 1
    assert len(run("list").lines) == 2
    assert piped(arguments, environment, claude_code(77), "-").returncode == 0
    done = run("import", "--from", "codex", "--from", "codex", "--json", HOME=str(tmp_path))
    assert [each["from"] for each in printed(done.stdout)] == ["codex"]
