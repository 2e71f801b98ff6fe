"""The turns of a Codex session that its user took back.

The rule not to break: a turn begins with what a person typed; what Codex put in, and a command of
the shell, begins none.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from hfs_server.importers.codex_items import is_prompt
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import count_of, object_of

_MARK = "thread_rolled_back"


class Rollbacks(NamedTuple):
    """The lines of turns that were taken back, and how many each line of a rollback took back."""

    lines: deque[range]
    """In order; none overlaps another one."""
    turns: dict[int, int]


def rollbacks_in(file: SourceFile) -> Rollbacks:
    """All rollbacks in a file."""
    found = Rollbacks(deque(), {})
    if not file.has(_MARK.encode()):
        return found
    turns: list[int] = []
    is_running = is_asked = False
    quiet = file.again()
    for number, record in read_lines(quiet, Draft("codex", quiet)):
        item = object_of(record.get("payload"))
        kind = item.get("type")
        if kind in ("task_started", "task_complete", "turn_aborted"):
            is_running, is_asked = kind == "task_started", False
        elif kind == _MARK and (count := count_of(item.get("num_turns"))) and turns:
            lines = range(turns[-count:][0], number)
            while found.lines and found.lines[-1].start > lines.start:
                found.lines.pop()
            found.lines.append(lines)
            found.turns[number] = len(turns[-count:])
            del turns[-count:]
        elif kind == "message" and item.get("role") == "user" and is_prompt(item):
            if not is_asked:
                turns.append(number)
            is_asked = is_running
    return found
