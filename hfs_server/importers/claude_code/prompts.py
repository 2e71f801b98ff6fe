"""What a record of the role user says: what a person typed, or what the program put in.

The rule not to break: a text counts as typed only if nothing says otherwise.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from hfs_server.importers.values import object_of, text_of
from hfs_server.session import JsonObject

_WRAPPERS = re.compile(
    r"\s*<(system-reminder|ide_opened_file|ide_selection|ide_diagnostics)>.*?</\1>\s*", re.DOTALL
)
_NOTHING = re.compile(r"<([\w-]+)>\s*</\1>")
_COMMAND = re.compile(r"<command-(name|message|args)>(.*?)</command-\1>", re.DOTALL)
_SHELL = re.compile(r"<bash-input>(.*)</bash-input>", re.DOTALL)
_INJECTED = (
    "<local-command-",
    "<bash-stdout>",
    "<bash-stderr>",
    "<task-notification",
    "<teammate-message",
    "Another Claude session sent a message:",
    "<agent-message",
    "<cross-session-message",
    "<channel",
    "<monitor-notification",
    "<user-prompt-submit-hook>",
    "<fork-boilerplate>",
    "<new-diagnostics>",
    "Caveat: The messages below were generated",
    "Stop hook feedback:",
    "This session is being continued",
    "[Request interrupted by user",
)
_FLAGS = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly", "sourceToolUseID")
"""Members of a record whose presence says that no person typed it."""


class Prompt(NamedTuple):
    """The text of a record."""

    text: str
    is_typed: bool
    """Whether a person typed it: a prompt, a slash command or a command of the shell."""
    is_command: bool
    """Whether it is one of the commands."""
    wrapper: str
    """What the program put in front of it."""


def prompt_of(text: str, record: JsonObject) -> Prompt:
    """The text of a record, as a person would read it."""
    wrapped = _end_of_wrappers(text)
    wrapper, text = text[:wrapped].strip(), text[wrapped:].strip()
    if _NOTHING.fullmatch(text):
        text = ""
    if is_injected(record) or text.startswith(_INJECTED):
        return Prompt(text, False, False, wrapper)
    command = command_of(text)
    return Prompt(command or text, True, bool(command), wrapper)


def is_injected(record: JsonObject) -> bool:
    """Whether a member of the record says that no person typed its text."""
    for flag in _FLAGS:
        if record.get(flag):
            return True
    origin = record.get("origin")
    return origin is not None and text_of(object_of(origin).get("kind")) not in ("", "human")


def command_of(text: str) -> str:
    """A slash command as ``/name args`` or a command of the shell as ``!command``, else empty."""
    if text.startswith(("<command-name>", "<command-message>")):
        parts = {part: inner.strip() for part, inner in _COMMAND.findall(text)}
        name = parts.get("name") or parts.get("message", "")
        return f"/{name.removeprefix('/')} {parts.get('args', '')}".strip() if name else ""
    if text.startswith("<bash-input>") and (shell := _SHELL.match(text)):
        return f"!{shell[1].strip()}"
    return ""


def _end_of_wrappers(text: str) -> int:
    end = 0
    while found := _WRAPPERS.match(text, end):
        end = found.end()
    return end
