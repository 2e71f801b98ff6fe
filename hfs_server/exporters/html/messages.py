"""Messages and tool calls as HTML, each with the number that the Markdown gives it.

The rule not to break: the id of a message is its number, and no other element has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from hfs_server.exporters import ExportOptions
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
from hfs_server.exporters.excerpts import line_count
from hfs_server.exporters.formatting import point_in_time, role_text, usual_time
from hfs_server.exporters.html.code import CodeBlocks
from hfs_server.exporters.html.escaping import escaped
from hfs_server.exporters.html.images import Images
from hfs_server.exporters.html.prose import prose
from hfs_server.exporters.html.report import facts_html, time_html, value_html
from hfs_server.exporters.input_shapes import Block
from hfs_server.exporters.shown_messages import Added, LateResult, Said, Shown
from hfs_server.session import JsonObject

_EMPTY = '<p class="muted">(empty)</p>'
_ROLES = frozenset(("user", "assistant", "system", "tool"))


class Messages:
    """Writes messages in the order of the session."""

    def __init__(self, options: ExportOptions) -> None:
        self._is_brief = options.tool_calls == "brief"
        self._blocks = CodeBlocks()
        self._images = Images()
        self._last_with_id = 0

    def plain(self, number: int, message: JsonObject) -> str:
        """A message that has only a role, a content and a time."""
        role = message["role"]
        body = prose(message["content"], self._blocks, role) or _EMPTY
        return _article(number, message, "", body)

    def parts(self, parts: Iterable[Shown]) -> str:
        """The parts of messages that have more."""
        return "".join(map(self._part, parts))

    def _part(self, part: Shown) -> str:
        match part:
            case Call():
                return self._brief_call(part) if self._is_brief else self._call(part)
            case Added():
                return self._added(part)
            case LateResult():
                label = f'<p class="muted">Result - {outcome(part.message)}</p>'
                body = "" if self._is_brief else self._result_body(part.message, is_words=False)
                return _article(part.number, part.message, part.details, label + body)
            case Said():
                self._last_with_id = part.number
                return _article(part.number, part.message, part.details, self._said(part))

    def _said(self, said: Said) -> str:
        message = said.message
        thinking = prose(said.thinking, self._blocks)
        parts = (
            _details('class="thinking"', "Thinking", thinking) if thinking else "",
            prose(message["content"], self._blocks, message["role"]),
            self._images.attachments(message),
            _EMPTY if said.is_empty else "",
        )
        return "\n".join(filter(None, parts))

    def _added(self, added: Added) -> str:
        """A message that a program added; it is folded, and has no heading."""
        message = added.message
        time = point_in_time(message["created_at"])
        words = [f"{role_text(message['role'])}, added by a program", time]
        words.append(line_count(message["content"]))
        body = prose(message["content"], self._blocks) + self._images.attachments(message)
        title = _number(added.number) + escaped(" - ".join(filter(None, words)))
        return _details(f'class="added" id="message-{added.number}"', title, body or _EMPTY)

    def _call(self, call: Call) -> str:
        facts = facts_html([*call.given.facts, ("Subagent", call.subagent or "")])
        body = facts + "\n".join(map(self._block, call.given.blocks))
        if call.result is not None:
            body += self._result(call, call.result)
        has_failed = call.result is not None and call.result.has_failed
        attributes = f'class="call{" failed" * has_failed}"{self._id(call)}'
        title = f"<b>{escaped(call.name)}</b> {escaped(summary(call))}"
        return _details(attributes + " open" * is_open(call), title, body or _EMPTY)

    def _brief_call(self, call: Call) -> str:
        link = f" {value_html(call.subagent)}" if call.subagent else ""
        words = f"<b>{escaped(call.name)}</b> {escaped(brief_words(call))}{link}"
        return f'<p class="call"{self._id(call)}>{words}</p>\n'

    def _id(self, call: Call) -> str:
        """The id of the call's message, if nothing above has it."""
        if call.number <= self._last_with_id:
            return ""
        self._last_with_id = call.number
        return f' id="message-{call.number}"'

    def _block(self, block: Block) -> str:
        if not block.label:
            return self._blocks.excerpt(block.text, block.language)
        # A long text is most often a prompt or a plan, in Markdown.
        text = prose(block.text, self._blocks) or _EMPTY
        return f'<p class="label">{escaped(block.label)}</p>\n<div class="words">{text}</div>'

    def _result(self, call: Call, result: Result) -> str:
        title = f"{_number(result.number)}Result - {outcome(result.message)}"
        body = self._result_body(result.message, is_words=is_prose(call, result.message))
        attributes = f'class="result" id="message-{result.number}"'
        if folds_result(call):
            return _details(attributes, title, body)
        if line := only_line(result):
            label = f"{_number(result.number)}Result{' - error' * result.has_failed}:"
            return f'<p {attributes}><span class="label">{label}</span> {escaped(line)}</p>\n'
        return f'<div {attributes}><p class="label">{title}</p>\n{body}</div>\n'

    def _result_body(self, message: JsonObject, *, is_words: bool) -> str:
        content = message["content"]
        shown = ""
        if content.strip():
            shown = prose(content, self._blocks) if is_words else self._blocks.excerpt(content)
            shown = f'<div class="words">{shown}</div>\n' if is_words else f"{shown}\n"
        return shown + self._images.attachments(message)


def _article(number: int, message: JsonObject, details: str, body: str) -> str:
    name, author = _author(message["role"])
    about = f' <span class="muted">{escaped(details)}</span>' if details else ""
    return (
        f'<article class="{name}" id="message-{number}">\n<h3>{_number(number)}'
        f"<b>{author}</b>{about}{_time(message['created_at'])}</h3>\n"
        f'<div class="body" dir="auto">\n{body}\n</div>\n</article>\n'
    )


@lru_cache(maxsize=1_000)
def _author(role: str) -> tuple[str, str]:
    """The class and the name of a role, of which there are few."""
    return role if role in _ROLES else "other", escaped(role_text(role))


def _number(number: int) -> str:
    return f'<a class="number" href="#message-{number}">{number}</a> '


def _time(created_at: object) -> str:
    if usual := usual_time(created_at):
        return f" {time_html(*usual.split()[:2])}"
    words = point_in_time(created_at)
    return f" {value_html(words)}" if words else ""


def _details(attributes: str, title: str, body: str) -> str:
    return (
        f"<details {attributes}><summary>{title}</summary>\n"
        f'<div class="fold" dir="auto">\n{body}\n</div></details>\n'
    )
