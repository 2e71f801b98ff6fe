"""How the tool that wrote a session continues it: a command, and the folder in which it is run.

The rule not to break: a session may come from anybody, so an id becomes an argument only if it has
the shape of the tool's own ids. No argument needs quotes in any shell, and none is an option.
"""

from __future__ import annotations

import os
import re
import shlex
from typing import NamedTuple

_UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"

_TOOLS: dict[str, tuple[str, str]] = {
    "amp": ("amp threads continue {}", rf"T-{_UUID}"),
    "claude-code": ("claude --resume {}", _UUID),
    "codex": ("codex resume {}", _UUID),
    "copilot-cli": ("copilot --resume={}", _UUID),
    "droid": ("droid --resume {}", _UUID),
    "gemini-cli": ("gemini --resume {}", _UUID),
    "goose": ("goose session --resume --session-id {}", r"[0-9]{8}_[0-9]{1,6}"),
    "kimi": ("kimi --session {}", rf"(session_)?{_UUID}"),
    "opencode": ("opencode --session {}", r"ses_[0-9A-Za-z]{1,64}"),
    "qwen": ("qwen --resume {}", _UUID),
}
"""The commands that the tools document, and what their ids look like."""

RESUMABLE = tuple(_TOOLS)
"""The ids of the tools whose sessions can be continued."""


class ResumeCommand(NamedTuple):
    """A program with its arguments, and where it is run."""

    command: list[str]
    directory: str | None
    """None if the session names none that is on this machine."""


def resume_command(
    tool: str, session_id: str | None, directory: str | None
) -> ResumeCommand | None:
    """The command for a tool's session, by its id there; None if none is known."""
    form, shape = _TOOLS.get(tool, ("", ""))
    if not form or session_id is None or not re.fullmatch(shape, session_id, re.ASCII):
        return None
    return ResumeCommand(form.format(session_id).split(), _folder_here(directory))


def shell_line(resume: ResumeCommand) -> str:
    """The command as a line for the shell of this system."""
    line = " ".join(resume.command)
    if resume.directory is None:
        return line
    if os.name == "nt":
        return f'cd /d "{resume.directory}" && {line}'
    return f"cd {shlex.quote(resume.directory)} && {line}"


def _folder_here(directory: str | None) -> str | None:
    """The folder, if it is an absolute path to one on this machine.

    A path of Windows may name another machine, to which a mere look sends the user's name.
    """
    if (
        not directory
        or not directory.isprintable()
        or directory[:2] in ("\\\\", "//", "\\/", "/\\")
    ):
        return None
    is_absolute = re.match(r"[A-Za-z]:[\\/]" if os.name == "nt" else "/", directory)
    try:
        return directory if is_absolute and os.path.isdir(directory) else None
    except ValueError:
        return None
