"""What is said of a tool call and its result, and which parts of them are folded.

The rule not to break: nothing is escaped here, though all of it may come from a session.
"""

from __future__ import annotations

from hfs_server.exporters.calls import Call, Result
from hfs_server.exporters.excerpts import MOST_CHARACTERS, without_escape_sequences
from hfs_server.exporters.formatting import brief
from hfs_server.session import JsonObject

_LONGEST_LINE = 120
_MOST_OPEN_LINES = 40
_MOST_OPEN_RESULT_LINES = 10


def summary(call: Call) -> str:
    """What the call is about, and whether it failed."""
    has_failed = call.result is not None and call.result.has_failed
    return " - ".join(filter(None, (call.given.subject, "error" if has_failed else "")))


def brief_words(call: Call) -> str:
    """What the call is about, and its outcome unless that says nothing more."""
    result, words = call.result, call.given.subject
    if result is None or (not result.has_failed and _lines(result.message["content"]) <= 1):
        return words
    return " ".join(filter(None, (words, f"({outcome(result.message)})")))


def outcome(message: JsonObject) -> str:
    """What a result is, in words: "48 lines", "error, 1 line", "empty"."""
    lines = _lines(message["content"])
    size = "empty" if not lines else "1 line" if lines == 1 else f"{lines:,} lines"
    return f"error, {size}" if message.get("is_error") is True else size


def is_open(call: Call) -> bool:
    """Whether the call is short enough to be shown unfolded."""
    is_short = sum(_lines(block.text) for block in call.given.blocks) <= _MOST_OPEN_LINES
    return is_short and (folds_result(call) or call.result is None or not _is_long(call.result))


def folds_result(call: Call) -> bool:
    """Whether the result is folded by itself, below an input that is not."""
    has_input = bool(call.given.blocks or call.given.facts or call.subagent)
    return call.result is not None and _is_long(call.result) and has_input


def only_line(result: Result) -> str:
    """The result if it is short enough to stand on a line with its label; "" if it is not."""
    content = result.message["content"].strip("\n")
    is_line = 0 < len(content) <= _LONGEST_LINE and "\n" not in content
    if not is_line or result.message.get("attachments"):
        return ""
    return brief(without_escape_sequences(content))


def is_prose(call: Call, result: JsonObject) -> bool:
    """Whether the result is most likely words, since the tool was given words."""
    has_words = any(block.label for block in call.given.blocks)
    return has_words and len(result["content"]) <= MOST_CHARACTERS


def _is_long(result: Result) -> bool:
    return _lines(result.message["content"]) > _MOST_OPEN_RESULT_LINES


def _lines(text: str) -> int:
    stripped = text.strip("\n")
    return stripped.count("\n") + 1 if stripped.strip() else 0
