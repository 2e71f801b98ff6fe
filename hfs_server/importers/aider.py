"""Sessions of aider: ``.aider.chat.history.md``, to which each run of aider appends.

A run begins with its time; lines after "####" were typed, quoted lines are aider's own, all else
is the model's. Source: ``io.py`` of aider. The rule not to break: a run in which nobody typed is
no session, and its time, which names no zone, is the time of no message.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.text_lines import part_of, read_text_lines
from hfs_server.importers.values import message, usage_of
from hfs_server.session import JsonObject
from hfs_server.timestamps import to_iso

_NAME = ".aider.chat.history.md"
_START = re.compile(r"# aider chat started at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\s*")
_FIRST = re.compile(rb"\s*" + _START.pattern.encode() + rb"(?:\n|$)")
_TYPED = re.compile(r"####(?: |$)")
_QUOTED = re.compile(r">(?: |$)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_VERSION = re.compile(r"Aider v(\S+)")
_MODEL = re.compile(r"(?:Main model|Model|Models): (\S+)(?: with |,|$)")
_TOKENS = re.compile(r"Tokens: .*\bsent\b")
_COUNT = re.compile(r"([\d.,]+)([kM]?) (sent|cache write|cache hit|received)")
_COST = re.compile(r"Cost: \$([\d.]+) message")
_LONGEST_NOTE = 500
_UNITS = {"": 1, "k": 1_000, "M": 1_000_000}


class Run(NamedTuple):
    """A run of aider, and where it stands in the file."""

    started: str
    prompt: str
    """What was typed first; empty if nothing was."""
    start: int
    end: int | None
    """None for the last run, which ends with the file."""


class Aider:
    """The importer of aider's histories."""

    tool = "aider"
    label = "aider"
    patterns: tuple[str, ...] = (_NAME,)

    def folders(self, _: Places) -> Sequence[Path]:
        """None: it keeps a history in each project, and nothing names these."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """The first line of a run."""
        return "the beginning of a run" if _FIRST.match(file.head) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """Each run in which somebody typed."""
        runs = list(_runs(file))
        if not runs:
            raise InvalidDocument("No line of the file begins a run of aider.")
        for run in runs:
            if run.prompt:
                draft = Draft(self.tool, file)
                _describe(run, file, draft)
                yield ForeignSession(draft, _Reader(file, run, draft).messages())


def _runs(file: SourceFile) -> Iterator[Run]:
    started, prompt, start = "", "", 0
    for position, line in read_text_lines(file.again()):
        if found := _START.fullmatch(line):
            if started:
                yield Run(started, prompt, start, position)
            started, prompt, start = found[1], "", position
        elif not prompt and _TYPED.match(line):
            prompt = line[5:].strip()
    if started:
        yield Run(started, prompt, start, None)


def _describe(run: Run, file: SourceFile, draft: Draft) -> None:
    """The id follows from what never changes: runs in two projects may begin in one second."""
    first = hashlib.sha256(run.prompt.encode(errors="replace")).hexdigest()[:16]
    draft.session_id = f"{run.started.replace(' ', 'T')}-{first}"
    try:
        draft.created_at = to_iso(datetime.fromisoformat(run.started).astimezone())
    except (ValueError, OverflowError, OSError):
        draft.created_at = None
    draft.original = part_of(file, _NAME.removeprefix("."), run.start, run.end)
    if file.path is not None and (file.path.parent / ".git").exists():
        draft.working_directory = str(file.path.parent)


class _Reader:
    def __init__(self, file: SourceFile, run: Run, draft: Draft) -> None:
        self._lines = read_text_lines(file, run.start, run.end)
        self._draft = draft
        self._role = ""
        self._text: list[str] = []
        self._reply: JsonObject | None = None
        """A reply whose usage may follow."""
        self._is_code = False
        self._model = ""

    def messages(self) -> Iterator[JsonObject]:
        """The messages of the run."""
        for position, line in self._lines:
            self._draft.bytes_read = position
            role, text = self._role_of(line)
            is_gap = role == "assistant" and not text.strip()
            if is_gap and self._role == "user":
                yield from self._end()
                self._role = ""
            elif role != self._role and not is_gap:
                yield from self._end()
                self._role = role
            self._text.append(text)
        yield from self._end()
        yield from self._settle()

    def _role_of(self, line: str) -> tuple[str, str]:
        if _TYPED.match(line):
            self._is_code = False
            return "user", line[5:].rstrip()
        if _START.fullmatch(line):
            return "", ""
        if not self._is_code and _QUOTED.match(line):
            return "system", line[2:].rstrip()
        if _FENCE.match(line):
            self._is_code = not self._is_code
        return "assistant", line

    def _end(self) -> Iterator[JsonObject]:
        text, role = "\n".join(self._text).strip(), self._role
        self._text = []
        if not text or not role:
            return
        if role == "system":
            self._note(text)
            yield from self._settle()
            yield message("system", text, synthetic=True)
        elif role == "user":
            yield from self._settle()
            yield message("user", text)
        else:
            yield from self._settle()
            self._reply = message("assistant", text, model=self._model)

    def _settle(self) -> Iterator[JsonObject]:
        if self._reply is not None:
            yield self._reply
        self._reply = None

    def _note(self, text: str) -> None:
        """What aider says of itself and of the reply before."""
        for whole in text.splitlines():
            line = whole[:_LONGEST_NOTE]
            if found := _VERSION.match(line):
                self._draft.tool_version = found[1]
            elif found := _MODEL.match(line):
                self._model = found[1]
            elif self._reply is not None and _TOKENS.match(line):
                self._reply["usage"] = _usage(line)


def _usage(line: str) -> dict[str, int | float]:
    counts: dict[str, int] = {}
    for number, unit, what in _COUNT.findall(line):
        digits = number.replace(",", "").rstrip(".")
        if digits.count(".") <= 1 and digits.strip("."):
            counts[what] = round(float(digits) * _UNITS[unit])
    cost = _COST.search(line)
    return usage_of(
        input_tokens=counts.get("sent"), output_tokens=counts.get("received"),
        cache_read_tokens=counts.get("cache hit"), cache_write_tokens=counts.get("cache write"),
        cost_usd=float(cost[1]) if cost and cost[1].count(".") == 1 and cost[1] != "." else None,
    )  # fmt: skip
