"""What programs put around a prompt, in elements with their own names.

The rule not to break: what a person typed is never taken for something that a program put in.
"""

from __future__ import annotations

import re

from hfs_server.importers.content_blocks import blocks_of, text_in

NAMES = (
    "system-reminder",
    "system-notification",
    "environment_details",
    "environment_context",
    "ide_opened_file",
    "ide_selection",
    "qwen:user-prompt-submit-context",
    "attached_files",
    "local-command-caveat",
    "local-command-stdout",
    "local-command-stderr",
    "task-notification",
    "notification",
    "hook_context",
)
"""Elements that no person types."""

_ELEMENT = re.compile(rf"\s*<({'|'.join(map(re.escape, NAMES))})\b[^<>\n]*>")


def split_injected(content: object) -> tuple[str, str]:
    """What was typed in a content of blocks or texts, and what was put in before, after, or as
    a block of its own.
    """
    typed, injected = [], []
    for block in blocks_of(content):
        before, rest = _leading(text_in(block))
        middle, after = _trailing(rest)
        injected += [before, after]
        typed.append(middle)
    return "\n\n".join(filter(None, typed)), "\n\n".join(filter(None, injected))


def _leading(text: str) -> tuple[str, str]:
    """The elements at the beginning, and what follows."""
    position = 0
    while found := _ELEMENT.match(text, position):
        end = text.find(f"</{found.group(1)}>", found.end())
        if end < 0:
            break
        position = end + len(found.group(1)) + 3
    return text[:position].strip(), text[position:].strip()


def _trailing(text: str) -> tuple[str, str]:
    """What stands before the elements at the end, and these."""
    end = len(text)
    while name := next((each for each in NAMES if text.endswith(f"</{each}>", 0, end)), ""):
        start = text.rfind(f"<{name}", 0, end)
        if start < 0:
            break
        end = start
        while end and text[end - 1].isspace():
            end -= 1
    return text[:end].strip(), text[end:].strip()
