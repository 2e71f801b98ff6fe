"""``--quiet``: results that were requested and errors, and nothing else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from hfs_server.cli.commands import _COMMANDS
from testing.command_line import POSIX, Run, failed_in_one_line
from testing.every_command import DONE, fill_for_commands
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.both_engines


@pytest.fixture
def filled(run: Run, tmp_path: Path) -> Run:
    """The command line on a store with two sessions and a deleted one."""
    fill_for_commands(run, tmp_path)
    return run


def test_nothing_is_on_stderr_if_all_is_well(filled: Run, engine: str) -> None:
    for words in DONE:
        done = filled("-q", *words.split())
        if engine == "postgresql" and words.startswith("backup"):
            assert "pg_dump" in failed_in_one_line(done)
            continue
        # The doctor finds what is wrong with the machine.
        assert (words, done.code, done.stderr) == (words, done.code if "doctor" in words else 0, "")


def test_every_command_is_tried() -> None:
    of_a_team = {"share"}
    assert {words.split()[0] for words in DONE} | of_a_team == _COMMANDS.keys()


def test_results_are_the_same(filled: Run) -> None:
    for words in (["export", "1", "--redact", "--dry-run"], ["stats"], ["export", "1", "-o", "-"]):
        loud, quiet = filled(*words), filled("-q", *words)
        assert loud.stdout.partition(b"Exported")[0] == quiet.stdout.partition(b"Exported")[0]
    assert "secret" in filled("export", "2", "--redact", "-o", "loud.md").stderr


def test_errors_are_there(filled: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    for words in ("export 9", "import bad.json", "restore 1", "delete 9", "verify nowhere"):
        failed_in_one_line(filled(*words.split(), "-q"))


@POSIX
@pytest.mark.parametrize(("words", "has_hint"), [([], True), (["-q"], False)])
def test_a_server_in_a_terminal_only_hints_at_what_it_waits_for(
    arguments: list[str], environment: dict[str, str], words: list[str], has_hint: bool
) -> None:
    import pty

    controller, screen = pty.openpty()
    os.write(controller, b"\x04")  # Ctrl-D, which ends the input.
    done = subprocess.run(
        [*arguments, *words],
        stdin=screen,
        capture_output=True,
        env=environment,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    os.close(screen)
    os.close(controller)
    assert (b"Waiting for an editor" in done.stderr) == has_hint
