"""One tool call as Markdown, with its result if it is known.

The rule not to break: names, inputs and results are from a session, so each is escaped, sanitized
or shown as code.
"""

from __future__ import annotations

from typing import NamedTuple

from hfs_server.exporters.attachments import attachment_facts
from hfs_server.exporters.formatting import brief
from hfs_server.exporters.input_shapes import Block
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.folding import (
    MOST_CHARACTERS,
    code,
    folded,
    without_escape_sequences,
)
from hfs_server.exporters.markdown.report import facts_text, value_text
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.exporters.report import Link
from hfs_server.exporters.tool_inputs import ToolInput, read_input
from hfs_server.session import JsonObject

_LONGEST_NAME = 80
_LONGEST_LINE = 120
_MOST_OPEN_LINES = 40
_MOST_OPEN_RESULT_LINES = 10


class Result(NamedTuple):
    """The result of a call, and the number of its message."""

    number: int
    message: JsonObject


def tool_name(name: object) -> str:
    """The tool's name on one line."""
    return brief(name, _LONGEST_NAME) or "Tool"


def full_call(call: JsonObject, result: Result | None, subagent: Link | None, folder: str) -> str:
    """The call with its input and its result, in a part that can be folded."""
    given = _read_input(call, folder)
    facts = [(escaped(name), value) for name, value in given.facts]
    shown = [facts_text([*facts, ("Subagent", subagent or "")]).rstrip("\n")]
    shown += map(_block_text, given.blocks)
    is_open = sum(_lines(block.text) for block in given.blocks) <= _MOST_OPEN_LINES
    if result is not None:
        label = f"{result.number}. Result - {outcome(result.message)}"
        body = result_text(result.message, is_prose=_is_prose(given))
        is_long = _lines(result.message["content"]) > _MOST_OPEN_RESULT_LINES
        is_folded = is_long and any(shown)
        shown.append(folded(label, body) if is_folded else _open_result(result, label, body))
        is_open = is_open and (is_folded or not is_long)
    body = "\n\n".join(filter(None, shown)) or "*(empty)*"
    name = tool_name(call.get("name"))
    return folded(_summary(given, result), body, name=name, is_open=is_open)


def brief_call(call: JsonObject, result: Result | None, subagent: Link | None, folder: str) -> str:
    """The call on one line."""
    given = _read_input(call, folder)
    words = filter(None, (given.subject, _brief_outcome(result)))
    link = value_text(subagent) if subagent else ""
    parts = (f"**{escaped(tool_name(call.get('name')))}:**", escaped(" ".join(words)), link)
    return f"- {' '.join(filter(None, parts))}"


def outcome(message: JsonObject) -> str:
    """What a result is, in words: "48 lines", "error, 1 line", "empty"."""
    lines = _lines(message["content"])
    size = "empty" if not lines else "1 line" if lines == 1 else f"{lines:,} lines"
    return f"error, {size}" if message.get("is_error") is True else size


def result_text(message: JsonObject, *, is_prose: bool = False) -> str:
    """The content and the attachments of a result; "" if it has neither."""
    content = message["content"]
    is_prose = is_prose and len(content) <= MOST_CHARACTERS
    shown = (sanitize(content) if is_prose else code(content)) if content.strip() else ""
    attachments = facts_text(attachment_facts(message)).rstrip("\n")
    return "\n\n".join(filter(None, (shown, attachments)))


def _brief_outcome(result: Result | None) -> str:
    """The outcome, unless it says nothing that the call does not."""
    if result is None or (not _has_failed(result) and _lines(result.message["content"]) <= 1):
        return ""
    return f"({outcome(result.message)})"


def _has_failed(result: Result | None) -> bool:
    return result is not None and result.message.get("is_error") is True


def _open_result(result: Result, label: str, body: str) -> str:
    """A result that is not folded; a short one stands on one line with its label."""
    content = result.message["content"].strip("\n")
    is_line = 0 < len(content) <= _LONGEST_LINE and "\n" not in content
    if not is_line or result.message.get("attachments"):
        return "\n\n".join(filter(None, (f"*{label}*", body)))
    error = " - error" if _has_failed(result) else ""
    return f"*{result.number}. Result{error}:* {escaped(brief(without_escape_sequences(content)))}"


def _summary(given: ToolInput, result: Result | None) -> str:
    parts = (given.subject, "error" if _has_failed(result) else "")
    return " - ".join(filter(None, parts))


def _read_input(call: JsonObject, folder: str) -> ToolInput:
    """The input, with paths relative to the folder where the session worked."""
    given = read_input(call.get("input"))
    if not folder:
        return given
    subject = given.subject.removeprefix(f"{folder}/")
    facts = tuple(fact for fact in given.facts if fact[1] != folder)
    return given._replace(subject=subject, facts=facts)


def _block_text(block: Block) -> str:
    if not block.label:
        return code(block.text, block.language)
    # A long text is most often a prompt or a plan, in Markdown.
    return f"**{escaped(block.label)}:**\n\n{sanitize(block.text) or '*(empty)*'}"


def _is_prose(given: ToolInput) -> bool:
    """Whether the tool was given words, so that its result is most likely words too."""
    return any(block.label for block in given.blocks)


def _lines(text: str) -> int:
    stripped = text.strip("\n")
    return stripped.count("\n") + 1 if stripped.strip() else 0
