"""``hfs-server export``: a session into a file, a folder or stdout."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from testing.command_line import POSIX, Run, failed_in_one_line, without_export_time
from testing.documents import MARKER
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS, wait_until


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


def test_an_export_goes_to_the_given_destination(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    session = str(terminal.add_session("Mine", MARKER))
    (tmp_path / "folder").mkdir()
    done = run("export", session, "-o", "folder")
    assert Path(done.lines[0]).parent == tmp_path / "folder"
    done = run("export", session, "-o", "file.md")
    assert done.lines == [str(tmp_path / "file.md")]
    line = failed_in_one_line(run("export", session, "-o", "file.md"))
    assert line.endswith("file.md already exists. Use --force to overwrite it.")
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


def test_the_suffix_of_an_export_may_imply_its_format_or_none(
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
        wait_until(lambda: any(folder.iterdir()))
        process.send_signal(getattr(signal, name))
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output) == (128 + getattr(signal, name), b"")
    assert errors == b"hfs-server: Interrupted; nothing is left half done.\n"
    assert [*folder.iterdir()] == []


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


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals of this kind")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_an_export_whose_reader_has_stopped_can_be_interrupted(
    arguments: list[str],
    environment: dict[str, str],
    terminal: Terminal,
    number: signal.Signals,
) -> None:
    session_id = terminal.add_session("Large", *["x" * 100_000] * 20)
    reader, writer = os.pipe()
    with subprocess.Popen(
        [*arguments, "export", str(session_id), "-o", "-"],
        env=environment,
        stdout=writer,
        stderr=subprocess.PIPE,
    ) as process:
        os.close(writer)
        # It fills the pipe when its first bytes are there, and waits from then on.
        assert os.read(reader, 1)
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE_SECONDS)
    os.close(reader)
    assert process.returncode == -number
    assert b"Traceback" not in errors


def test_an_export_can_be_redacted(run: Run, terminal: Terminal, tmp_path: Path) -> None:
    key = "np" + "m_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    session = str(terminal.add_session("Mine", f"Use {key}"))
    done = run("export", session, "--redact", "-o", "-")
    assert done.code == 0
    assert b"[REDACTED:npm-token-1]" in done.stdout
    assert "1 npm-token" in done.stderr
    assert key not in done.stdout.decode() + done.stderr
    done = run("export", session, "--redact", "-o", "file.json")
    assert done.lines == [str(tmp_path / "file.json")]
    assert json.loads((tmp_path / "file.json").read_text("utf-8"))["metadata"]["redacted"] is True


def test_what_is_no_secret_can_be_left(run: Run, terminal: Terminal, tmp_path: Path) -> None:
    first, second = (f"np{'m_'}{letter * 3}cdefghijklmnopqrstuvwxyz0123456789" for letter in "ab")
    mail = "me@mail.example"
    session = str(terminal.add_session("Mine", f"{first} {second} {mail} {second}"))
    redact = ("export", session, "--redact", "--redact-also", "mail")

    def left(*names: str) -> set[str]:
        words = [each for name in names for each in ("--redact-except", name)]
        done = run(*redact, *words, "-o", "-")
        assert done.code == 0, done.stderr
        shown = json.loads(run(*redact, *words, "--dry-run", "--json").stdout)
        found = {name for name in (first, second, mail) if name in done.stdout.decode()}
        assert len(shown["secrets"]) == 3 - len(found)
        return found

    assert left() == set()
    assert left("npm-token-2") == {second}
    assert left("[REDACTED:npm-token-1]") == {first}
    assert left("npm-token") == {first, second}
    assert left("npm-token-1", "mail-address") == {first, mail}
    assert left("npm-token-9", "jwt") == set()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["1", "--redact-except", "password"], "expected --redact"),
        (["1", "--redact", "--redact-except", "pasword"], "did you mean password?"),
        (["1", "--redact", "--redact-except", "pasword-2"], "did you mean password?"),
        (["1", "--redact", "--redact-except", "nothing"], "unknown rule or marker"),
        (["1", "--redact", "--redact-except", ""], "expected some text"),
        (["1", "--redact", "--redact-except"], "expected one argument"),
        (["--all", "-o", "x", "--redact", "--redact-except", "password"], "not with --all"),
    ],
)
def test_what_cannot_be_left_is_wrong_usage(run: Run, words: list[str], why: str) -> None:
    done = run("export", *words)
    assert done.code == 2
    assert why in done.stderr


def test_what_cannot_be_redacted_is_wrong_usage(run: Run, terminal: Terminal) -> None:
    session = str(terminal.add_session("Mine", MARKER))
    assert run("export", session, "--redact", "--format", "original").code == 2
    assert run("export", session, "--redact-also", "mail").code == 2
    assert run("export", session, "--dry-run").code == 2
    assert run("export", session, "--redact", "--json").code == 2


def test_what_would_be_redacted_is_shown_and_nothing_is_written(
    run: Run, terminal: Terminal, tmp_path: Path
) -> None:
    key = "np" + "m_" + "abcdefghijklmnopqrstuvwxyz0123456789"
    session = str(terminal.add_session(f"Use {key}", *[key] * 6, "me@mail.example"))
    before = sorted(tmp_path.iterdir())
    words = ("export", session, "--redact", "--redact-also", "mail", "--dry-run", "-o", "a.md")
    done = run(*words)
    assert done.lines == [
        "SECRET          COUNT  WHERE",
        "npm-token-1         7  name, message 1, message 2, message 3, message 4, ...",
        "mail-address-1      1  message 7",
    ]
    assert "Would be replaced by markers: 7 npm-token, 1 mail-address." in done.stderr
    found = json.loads(run(*words, "--json").stdout)
    assert [each["marker"] for each in found["secrets"]] == [
        "[REDACTED:npm-token-1]",
        "[REDACTED:mail-address-1]",
    ]
    assert sorted(tmp_path.iterdir()) == before
    assert key not in done.stdout.decode() + done.stderr + json.dumps(found)
    empty = str(terminal.add_session("Mine", "Nothing."))
    done = run("export", empty, "--redact", "--dry-run")
    assert (done.code, done.lines) == (0, [])
    assert "Found no secret." in done.stderr
