"""What all commands share: usage, the choice of the store, failures in one line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from testing.command_line import POSIX, Outcome, Run, failed_in_one_line, write
from testing.documents import document, text
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS


def test_each_failure_is_one_line_that_says_why(
    run: Run, tmp_path: Path, store_path: Path, home: Path
) -> None:
    good = tmp_path / "good.json"
    good.write_text(text(document()))
    assert run("import", str(good)).code == 0
    newer = tmp_path / "newer.json"
    newer.write_text(text(document(metadata={"schema_version": "2.0.0"})))
    assert "pgrade hfs-server" in failed_in_one_line(run("import", str(newer)))
    assert run("import", write(tmp_path / "good.json", "Good")).code == 0
    assert "999" in failed_in_one_line(run("export", "999"))
    assert "999" in failed_in_one_line(run("export", "999", "-o", "-"))
    assert "missing" in failed_in_one_line(run("import", str(tmp_path / "missing")))
    assert "regular file" in failed_in_one_line(run("import", os.devnull))
    notes = tmp_path / "notes.txt"
    notes.write_text("Bread, milk")
    assert "no known format" in failed_in_one_line(run("import", str(notes)))
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
        ["export", "1", "--format", "docx"],
        ["export", "1", "-o"],
        ["import"],
        ["import", "x.json", "--name", ""],
        ["import", "x.json", "--from", "codex"],
        ["import", "--from", "unknown"],
        ["import", "x.json", "--format", "unknown"],
        ["import", "x.json", "--on-conflict", "ask"],
        ["show"],
        ["show", "x"],
        ["show", "1", "--message", "0"],
        ["show", "1", "--tool-calls", "some"],
        ["doctor", "extra"],
        ["completion"],
        ["completion", "tcsh"],
        ["sources", "extra"],
        ["sources", "--tool", "unknown"],
        ["export", "1", "-o", "x.json", "--format", "markdown"],
        ["export", "1", "-o", "x.JSON", "--format", "markdown"],
        ["export", "1", "-o", ".json", "--format", "markdown"],
        ["export", "1", "-o", "x.md", "--format", "json"],
        ["export", "1", "-o", "missing/x.markdown", "--format", "json"],
        ["export", "1", "-o", "x.pdf"],
        ["export", "1", "-o", "x.htm", "--format", "markdown"],
        ["export", "1", "-o", "x.jsonl", "--format", "json"],
        ["export", "1", "-o", "x.html", "--format", "json"],
        ["export", "1", "--tool-calls", "some"],
        ["export", "1", "--format", "json", "--no-thinking"],
        ["export", "1", "-o", "x.json", "--tool-calls", "brief"],
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
    [
        ["export"],
        ["export", "1", "--unknown"],
        ["export", "1", "-o", "x.html", "--format", "json"],
        ["export", "1", "--redact-except", "password-1", "-o", "-"],
        ["export", "1", "--with-archive", "-o", "x.html"],
        ["export", "1", "-o", "x.json", "--no-thinking"],
        ["export", "--all", "-o", "s.zip", "--force"],
        ["import"],
        ["import", "--from", "unknown"],
        ["sources", "--tool", "unknown"],
        ["keep", "--tool", "unknown"],
        ["search"],
        ["editor", "--install"],
        ["editor", "helix", "--install"],
    ],
    ids=" ".join,
)
def test_wrong_usage_of_a_command_shows_the_usage_of_that_command(
    run: Run, words: list[str]
) -> None:
    done = run(*words)
    assert (done.code, done.stdout) == (2, b"")
    assert done.stderr.startswith(f"usage: hfs-server {words[0]} [")
    assert f"\nhfs-server {words[0]}: error: " in done.stderr
    assert f"error: {words[0]}:" not in done.stderr


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["lst"], "list"),
        (["exprot", "1"], "export"),
        (["list", "--jsn"], "--json"),
        (["list", "--limt=3"], "--limit"),
        (["--databse=x.db", "list"], "--database"),
        (["export", "1", "--format", "markdwn"], "markdown"),
        (["export", "1", "--tool-calls", "breif"], "brief"),
        (["import", "x.json", "--format", "codx"], "codex"),
        (["import", "--from", "claudecode"], "claude-code"),
        (["sources", "--tool", "cursr"], "cursor"),
        (["keep", "--tool", "al"], "all"),
        (["completion", "bsh"], "bash"),
    ],
)
def test_wrong_usage_says_what_may_have_been_meant(run: Run, words: list[str], meant: str) -> None:
    done = run(*words)
    assert done.code == 2
    assert done.stderr.rstrip().endswith(f"; did you mean {meant}?")


def test_what_is_like_nothing_is_not_guessed(run: Run) -> None:
    for words in (["zzzz"], ["list", "--zzzz"], ["sources", "--tool", "zzzz"]):
        assert "did you mean" not in run(*words).stderr
    assert "did you mean codex?" in run("list", "--tool", "codx").stderr


def test_quiet_omits_hints_and_warnings_and_keeps_results_and_errors(
    run: Run, tmp_path: Path
) -> None:
    file = write(tmp_path / "a.json", "Mine", {"role": "user", "content": "One"})
    loud = run("import", file)
    assert "timestamp" in loud.stderr
    quiet = run("import", file, "-q", "--on-conflict", "copy")
    assert (quiet.code, quiet.stderr) == (0, "")
    assert quiet.stdout
    assert run("list", "--limit", "1").stderr
    for words in (["-q", "list"], ["list", "--quiet"]):
        done = run(*words, "--limit", "1")
        assert (len(done.lines), done.stderr) == (1, "")
    assert run("search", "nothing-like-it", "-q").code == 1
    assert "no session 99" in failed_in_one_line(run("show", "99", "-q"))


@pytest.mark.parametrize(
    "words",
    [["list"], ["list", "--json"], ["export", "1"], ["import", "a.json"], ["purge"]],
    ids=" ".join,
)
def test_a_store_in_a_missing_folder_is_an_error_and_none_is_created(
    run: Run, tmp_path: Path, words: list[str]
) -> None:
    write(tmp_path / "a.json", "Mine")
    before = sorted(tmp_path.rglob("*"))
    path = tmp_path / "typo" / "sessions.db"
    for line in (
        failed_in_one_line(run("--database", str(path), *words)),
        failed_in_one_line(run("--database", f"typo{os.sep}sessions.db", *words)),
    ):
        assert f"The store's folder {path.parent} does not exist." in line
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("value", [" ", "file:///tmp/sessions.db", "$HOME/sessions.db"])
def test_an_invalid_store_in_the_environment_is_not_replaced_by_another(
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


def test_the_module_and_the_program_do_the_same(environment: dict[str, str]) -> None:
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
