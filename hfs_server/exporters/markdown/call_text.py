"""One tool call as Markdown, with its result if it is known.

The rule not to break: names, inputs and results are from a session, so each is escaped, sanitized
or shown as code.
"""

from __future__ import annotations

from hfs_server.exporters.attachments import attachment_facts
from hfs_server.exporters.call_words import (
    brief_words,
    folds_result,
    is_open,
    is_prose,
    only_line,
    outcome,
    summary,
)
from hfs_server.exporters.calls import Call, Result
from hfs_server.exporters.input_shapes import Block
from hfs_server.exporters.markdown.escaping import escaped
from hfs_server.exporters.markdown.folding import code, folded
from hfs_server.exporters.markdown.report import facts_text, value_text
from hfs_server.exporters.markdown.sanitize import sanitize
from hfs_server.session import JsonObject


def full_call(call: Call) -> str:
    """The call with its input and its result, in a part that can be folded."""
    facts = [(escaped(name), value) for name, value in call.given.facts]
    shown = [facts_text([*facts, ("Subagent", call.subagent or "")]).rstrip("\n")]
    shown += map(_block_text, call.given.blocks)
    if call.result is not None:
        shown.append(_call_result(call, call.result))
    body = "\n\n".join(filter(None, shown)) or "*(empty)*"
    return folded(summary(call), body, name=call.name, is_open=is_open(call))


def brief_call(call: Call) -> str:
    """The call on one line."""
    link = value_text(call.subagent) if call.subagent else ""
    parts = (f"**{escaped(call.name)}:**", escaped(brief_words(call)), link)
    return f"- {' '.join(filter(None, parts))}"


def late_result(message: JsonObject, *, is_brief: bool) -> str:
    """A result alone, to stand under a heading of its own."""
    label = f"*Result - {outcome(message)}*"
    return "\n\n".join(filter(None, (label, "" if is_brief else _result_text(message))))


def _call_result(call: Call, result: Result) -> str:
    """The result, folded if it is long; a short one stands on one line with its label."""
    label = f"{result.number}. Result - {outcome(result.message)}"
    body = _result_text(result.message, is_words=is_prose(call, result.message))
    if folds_result(call):
        return folded(label, body)
    if line := only_line(result):
        return f"*{result.number}. Result{' - error' * result.has_failed}:* {escaped(line)}"
    return "\n\n".join(filter(None, (f"*{label}*", body)))


def _result_text(message: JsonObject, *, is_words: bool = False) -> str:
    """The content and the attachments of a result; "" if it has neither."""
    content = message["content"]
    shown = (sanitize(content) if is_words else code(content)) if content.strip() else ""
    attachments = facts_text(attachment_facts(message)).rstrip("\n")
    return "\n\n".join(filter(None, (shown, attachments)))


def _block_text(block: Block) -> str:
    if not block.label:
        return code(block.text, block.language)
    # A long text is most often a prompt or a plan, in Markdown.
    return f"**{escaped(block.label)}:**\n\n{sanitize(block.text) or '*(empty)*'}"
