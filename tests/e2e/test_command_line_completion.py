"""``hfs-server completion``: scripts that complete in the real shells."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from hfs_server.cli.shell_options import SHELLS
from testing.command_line import POSIX, Run
from testing.waiting import PATIENCE_SECONDS

Complete = Callable[[Path, str], str]

CASES = [
    ("hfs-server expo", ["export"]),
    ("hfs-server show --tool-c", ["--tool-calls"]),
    ("hfs-server show 1 --tool-c", ["--tool-calls"]),
    ("hfs-server list --quer", ["--query"]),
    ("hfs-server show --mess", ["--message"]),
    ("hfs-server show --tool-calls bri", ["brief"]),
    ("hfs-server export 1 --format mark", ["markdown"]),
    ("hfs-server import --from claude-c", ["claude-code"]),
    ("hfs-server list --tool claude-c", ["claude-code"]),
    ("hfs-server import only-fi", ["only-file.json"]),
    ("hfs-server --database only-fi", ["only-file.json"]),
    ("hfs-server completion fi", ["fish"]),
    ("hfs-server export 1 --redact --redact-except github-t", ["github-token"]),
    ("hfs-server export 1 --redact-e", ["--redact-except"]),
]
"""Beginnings of lines, each with the words that complete it."""


def in_bash(script: Path, line: str) -> str:
    """What bash offers, by the function that the script registers."""
    words = line.split(" ")
    quoted = " ".join(map(shlex.quote, words))
    return output(
        ["bash", "--norc", "--noprofile", "-c"],
        f"source {script}; complete -p hfs-server >&2 || exit; "
        f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMP_LINE='{line}'; "
        f"COMP_POINT={len(line)}; function=$(complete -p hfs-server); "
        "function=${function#*-F }; "
        f"${{function%% *}} hfs-server {shlex.quote(words[-1])} {shlex.quote(words[-2])}; "
        "printf '%s\\n' \"${COMPREPLY[@]}\"",
        script.parent,
    )


def in_fish(script: Path, line: str) -> str:
    command = f"source {script}; complete -C {shlex.quote(line)}"
    return output(["fish", "--no-config", "-c"], command, script.parent)


def in_zsh(script: Path, line: str) -> str:
    """What stands in the line editor of zsh after the Tab key, in a terminal of its own."""
    import pty

    folder = script.parent
    result = folder / "line"
    result.unlink(missing_ok=True)
    shutil.copy(script, folder / "_hfs-server")
    controller, screen = pty.openpty()
    setup = "fpath=($PWD $fpath); autoload -U compinit; compinit -D -u; unset zle_bracketed_paste"
    show = 'show() { print -r -- "$BUFFER" > line; exit }; zle -N show; bindkey "^X" show'
    environment = {"PATH": os.environ["PATH"], "TERM": "vt100", "HOME": str(folder)}
    with subprocess.Popen(
        ["zsh", "-f", "-i"],
        cwd=folder,
        env=environment,
        stdin=screen,
        stdout=screen,
        stderr=screen,
        start_new_session=True,
    ) as process:
        os.close(screen)
        os.write(controller, f"{setup}; {show}; print rea''dy\n".encode())
        text = b""
        with suppress(OSError):  # Linux has the last reader of a closed terminal fail.
            while b"ready" not in text:
                text += os.read(controller, 4096)
            os.write(controller, f"{line}\t\x18".encode())
            while os.read(controller, 4096):
                pass
        process.wait(PATIENCE_SECONDS)
    os.close(controller)
    return result.read_text().strip().rpartition(" ")[2]


def output(shell: list[str], command: str, folder: Path) -> str:
    done = subprocess.run(
        [*shell, command],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(folder)},
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


COMPLETE: dict[str, Complete] = {"bash": in_bash, "zsh": in_zsh, "fish": in_fish}


@pytest.fixture(scope="module", params=SHELLS)
def shell(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if shutil.which(name) is None:
        pytest.skip(f"NOT TESTED: that needs {name}")
    return name


@pytest.fixture(scope="module")
def script(shell: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The script for the shell, in a folder with one file."""
    folder = tmp_path_factory.mktemp(shell)
    (folder / "only-file.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-m", "hfs_server", "completion", shell], capture_output=True, check=True
    )
    path = folder / f"completion.{shell}"
    path.write_bytes(done.stdout)
    return path


@POSIX
@pytest.mark.parametrize(("line", "expected"), CASES)
def test_a_real_shell_completes_commands_options_tools_and_files(
    shell: str, script: Path, line: str, expected: list[str]
) -> None:
    found = COMPLETE[shell](script, line).splitlines()
    assert [each.partition("\t")[0].strip() for each in found if each] == expected


@pytest.mark.parametrize("name", SHELLS)
def test_a_script_is_printed_even_if_there_is_no_store(run: Run, name: str) -> None:
    done = run("completion", name, HFS_DATABASE=" ")
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.endswith(b"\n")
    for word in (b"tool-calls", b"claude-code", b"blame"):
        assert word in done.stdout
