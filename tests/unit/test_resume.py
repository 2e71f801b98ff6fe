"""The command with which a tool continues a session, whatever a file says of it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from hfs_server.importers import TOOLS
from hfs_server.resume import RESUMABLE, ResumeCommand, resume_command, shell_line

ID = "3f2b8c1e-5d1a-4c7e-9b0a-2f6d1e8c4a55"

COMMANDS = {
    ("amp", f"T-{ID}"): f"amp threads continue T-{ID}",
    ("claude-code", ID): f"claude --resume {ID}",
    ("codex", ID): f"codex resume {ID}",
    ("copilot-cli", ID): f"copilot --resume={ID}",
    ("droid", ID): f"droid --resume {ID}",
    ("gemini-cli", ID): f"gemini --resume {ID}",
    ("goose", "20251108_1"): "goose session --resume --session-id 20251108_1",
    ("kimi", ID): f"kimi --session {ID}",
    ("kimi", f"session_{ID}"): f"kimi --session session_{ID}",
    ("opencode", "ses_5f3A9"): "opencode --session ses_5f3A9",
    ("qwen", ID): f"qwen --resume {ID}",
}

HOSTILE_IDS = (
    "",
    " ",
    "-",
    "--help",
    "--dangerously-skip-permissions",
    f"{ID} ; rm -rf ~",
    f"{ID}\n",
    f"{ID}\nrm -rf ~\n",
    f"{ID}\r",
    f" {ID}",
    f"{ID}\0",
    f"{ID}$(id)",
    f"{ID}`id`",
    f"{ID}&calc",
    f"{ID}|x",
    f"../{ID}",
    f"{ID}/agent-a1",
    "agent-a1",
    "%PATH%",
    "'\"",
    "\u0660" * 8 + "_1",
    ID.replace("3", "\uff13"),
    f"{ID}\u202e",
    f"ses_{ID}\x1b[2J",
    "ses_" + "x" * 100_000,
    "x" * 36,
    "5" * 32,
)


def command(tool: str, session_id: str | None, directory: str | None = None) -> list[str] | None:
    resume = resume_command(tool, session_id, directory)
    return resume and resume.command


@pytest.mark.parametrize(("tool", "session_id"), COMMANDS)
def test_each_tool_has_the_command_that_it_documents(tool: str, session_id: str) -> None:
    assert command(tool, session_id) == COMMANDS[tool, session_id].split()


def test_every_tool_with_a_command_is_one_that_is_imported() -> None:
    assert {tool for tool, _ in COMMANDS} == set(RESUMABLE) <= set(TOOLS)


@pytest.mark.parametrize("tool", RESUMABLE)
@pytest.mark.parametrize("session_id", HOSTILE_IDS, ids=lambda each: ascii(each[:50]))
def test_an_id_of_another_shape_gives_no_command(tool: str, session_id: str) -> None:
    assert command(tool, session_id) is None


@pytest.mark.parametrize("words", COMMANDS.values())
def test_no_argument_needs_quotes_in_any_shell(words: str) -> None:
    assert all(re.fullmatch(r"[\w=-]+", word, re.ASCII) for word in words.split())


@pytest.mark.parametrize("tool", ["hfs", "cursor", "chatgpt", "unknown", "", "{}", "claude-code\n"])
def test_other_tools_have_no_command(tool: str) -> None:
    assert command(tool, ID) is None


def test_a_session_without_an_id_has_no_command() -> None:
    assert command("codex", None) is None


def test_the_folder_is_one_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for directory, expected in {
        str(tmp_path): str(tmp_path),
        str(tmp_path / "gone"): None,
        str(tmp_path / "file"): None,
        "": None,
        ".": None,
        "~": None,
        os.path.relpath(tmp_path): None,
        f"/{tmp_path}": None,
        "//server/share": None,
        "\\\\server\\share": None,
        "\\/server/share": None,
        f"{tmp_path}\0": None,
        f"{tmp_path}\n": None,
        f"{tmp_path}/\udcff": None,
        "x" * 100_000: None,
        "/" + "x" * 100_000: None,
    }.items():
        resume = resume_command("codex", ID, directory)
        assert resume is not None
        assert resume.directory == expected, directory[:60]


@pytest.mark.skipif(os.name == "nt", reason="The shell of Windows has another form")
@pytest.mark.parametrize(
    "name", ["plain", "with space", "it's", '"quoted"', "$(id)", "`id`", "a;b", "-x"]
)
def test_a_shell_takes_the_line_as_it_is_meant(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    line = shell_line(ResumeCommand(["pwd", "-P"], str(folder)))
    shown = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=True).stdout
    assert shown == f"{folder.resolve()}\n"
    assert shlex.split(line)[1] == str(folder)


def test_without_a_folder_the_line_is_the_command_alone() -> None:
    assert shell_line(ResumeCommand(["codex", "resume", ID], None)) == f"codex resume {ID}"
