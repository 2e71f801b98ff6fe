"""One message's Markdown, made unable to leave its place in the export.

The rule not to break: a part of a message is written as Markdown only if the cheap tests
of ``plain_markdown`` or a parser have proved it safe. Anything else becomes a code block,
which needs no proof, and so does what is no Markdown to begin with.
"""

from __future__ import annotations

from hfs_server.exporters.markdown.fences import fence, safe_fence
from hfs_server.exporters.markdown.plain_edits import edited_if_certain
from hfs_server.exporters.markdown.plain_markdown import (
    demoted_if_harmless,
    ends_in_marks,
)
from hfs_server.exporters.markdown.references import definitions
from hfs_server.exporters.markdown.split import Part, parts_of
from hfs_server.exporters.markdown.usual_markdown import demoted_if_usual
from hfs_server.exporters.shapes import is_code, is_data
from hfs_server.text import picture_controls, unify_line_ends

_TOOL_ROLES = frozenset(("tool", "function"))
_LONG_LENGTH = 300
_DENSE_LENGTH = 10_000
_LEAST_PARSED = 2_000
_PARSED_SHARE = 1 / 40


def sanitize(content: str, role: str = "") -> str:
    """The message as Markdown that stays in its place, without a newline at its end.

    Ordinary Markdown comes through as it is, its headings three levels down. What is no
    Markdown becomes a code block: all lines of a tool's result, and data, code or a log
    that Markdown would change. The result is empty if the message holds nothing but
    white space. A lone surrogate in it stays; ``text.encode`` is for that.
    """
    text = content.strip("\n")
    usual = None if role in _TOOL_ROLES else demoted_if_usual(text)
    if usual is not None and (len(text) <= _LONG_LENGTH or not (is_data(text) or _is_dense(text))):
        return usual
    text = _without_controls(content).strip("\n")
    if not text or text.isspace():
        return ""
    # A result that is fenced already is Markdown by its own word.
    if role in _TOOL_ROLES and "\n" in text and not text.startswith("```"):
        return fence(text)
    is_no_markdown = is_data(text) or _is_dense(text)
    # A line or two of data may be read as text, if it is harmless.
    if is_no_markdown and len(text) > _LONG_LENGTH:
        return fence(text)
    plain = demoted_if_harmless(text)
    if plain is not None:
        return plain
    if is_no_markdown or is_code(text):
        return fence(text)
    return _Message(text).sanitized()


def _without_controls(text: str) -> str:
    text = unify_line_ends(text)
    # What a terminal, a parser or our own tests could trip over; one of them brings out the rest.
    if ("\x1b" in text or "\0" in text or "\x01" in text or "\x02" in text) or (
        "\b" in text or "\v" in text or "\f" in text or "\x7f" in text
    ):
        return picture_controls(text)
    return text


class _Message:
    """A message that holds something doubtful, sanitized part by part."""

    def __init__(self, text: str) -> None:
        self._parts = parts_of(text)
        self._references = definitions(text)
        # The parser takes a thousand times as long as a plain copy, so its share is bounded.
        self._to_parse = max(_LEAST_PARSED, int(len(text) * _PARSED_SHARE))

    def sanitized(self) -> str:
        """The parts, each safe by itself, with a blank line around those that were edited."""
        shown: list[str] = []
        code: list[str] = []
        was_kept = True
        for part in self._parts:
            safe = self._safe(part)
            if safe is None:
                code += [part.text, part.separator]
                continue
            if code:
                _add_block(shown, code)
                code, was_kept = [], False
            is_kept = safe == part.text and not (
                part.separator == "\n" and ends_in_marks(part.text)
            )
            if not (was_kept and is_kept):
                _add_blank_line(shown)
            shown += [safe, part.separator]
            was_kept = is_kept
        if code:
            _add_block(shown, code)
        return "".join(shown).rstrip("\n")

    def _safe(self, part: Part) -> str | None:
        """The part as Markdown; None if it is to be shown as code."""
        if part.fence:
            return safe_fence(part.text, part.fence, is_closed=part.is_closed) or self._parsed(part)
        text = part.text
        # A message of one part has failed these tests already.
        if len(self._parts) > 1:
            refers = bool(self._references) and "[" in text
            plain = None if refers else demoted_if_harmless(text)
            if plain is not None:
                return plain
            if is_data(text) or is_code(text):
                return None
        return edited_if_certain(text, self._references) or self._parsed(part)

    def _parsed(self, part: Part) -> str | None:
        length = len(part.text)
        if length > self._to_parse:
            return None
        self._to_parse -= length
        # The parser costs every start 50 ms, while most sessions hold nothing that needs it.
        from hfs_server.exporters.markdown.sanitize_parsed import rewrite

        return rewrite(part.text, self._references)


def _add_block(shown: list[str], code: list[str]) -> None:
    *lines, separator = code
    _add_blank_line(shown)
    shown += [fence("".join(lines)), separator]


def _add_blank_line(shown: list[str]) -> None:
    """Sets off what follows from what stands above it, whose last piece is a separator."""
    if shown and len(shown[-1]) < len("\n\n"):
        shown[-1] = "\n\n"


def _is_dense(text: str) -> bool:
    """Whether a reader's parser, too, could be slow on this much punctuation."""
    return len(text) > _DENSE_LENGTH and sum(map(text.count, "[*_`!<>~+-")) * 4 > len(text)
