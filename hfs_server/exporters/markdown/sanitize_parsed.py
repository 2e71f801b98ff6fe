"""Markdown that could do harm, rewritten with a parser until it cannot.

The rule not to break: a text is handed back only after a whole round of parses,
once as GitHub reads it and once as plain CommonMark, that found nothing unsafe.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from hfs_server.exporters.markdown.extensions import (
    PREFIX,
    RISKY_CODE,
    has_risky_mark,
    shifting_marks,
)
from hfs_server.exporters.markdown.fences import has_odd_fences
from hfs_server.exporters.markdown.foreign_blocks import escape_lines, lines_of_code
from hfs_server.exporters.markdown.inline import neutralise_row, neutralise_spans
from hfs_server.exporters.markdown.links import LOOSE_HOST, ODD_AUTOLINK, is_safe_target
from hfs_server.exporters.markdown.math_blocks import lines_of_formulas, set_off_formulas
from hfs_server.exporters.markdown.nesting import bounded, deep_lines, fence_deep_blocks

_ROUNDS = 6
_MAX_NESTING = 100
_OUR_LEVELS = 3

_HEADING_LINE = re.compile(rf"({PREFIX})(#{{1,6}})(?=[ \t]|$)")
_DEFINITION_LINE = re.compile(rf"({PREFIX})\[")
_MATH_LINE = re.compile(rf"({PREFIX})\$\$")
# An address that a viewer links by itself would swallow these, and bare what they guard.
_ADDRESS = re.compile(r"(?:://|www\.)[^ \t\n`\\$]*(?P<swallowed>[`\\$])?", re.IGNORECASE)
_TASK = re.compile(r"\[.?\]", re.DOTALL)


def rewrite(text: str, references: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The same text, safe; None if it cannot be made so.

    ``references`` are link targets that are defined in other parts of the message.
    """
    if has_odd_fences(text):
        return None
    if "$$" in text:
        text = set_off_formulas(text, lines_of_code(_github().parse(text)))
    draft = _Draft(text, _github(), demoted=6, elsewhere=references)
    edited = draft.edit()
    if draft.unsafe or edited != text or draft.hopeless or len(_parsers(text)) > 1:
        return settled(edited)
    return text


def settled(text: str) -> str | None:
    """The text, edited until no parse finds anything unsafe; None if that does not come about."""
    for _ in range(_ROUNDS):
        before = text
        safe = True
        for parser in _parsers(text):
            draft = _Draft(text, parser, demoted=_OUR_LEVELS)
            text = draft.edit()
            safe = safe and not draft.unsafe
            if draft.hopeless:
                return None
        if safe and text == before:
            return text
    return None


def is_safe(text: str) -> bool:
    """Whether no parser finds anything unsafe in the text, as it is."""
    drafts = [_Draft(text, parser, demoted=_OUR_LEVELS) for parser in _parsers(text)]
    for draft in drafts:
        draft.edit()
    return not any(draft.unsafe or draft.hopeless for draft in drafts)


class _Draft:
    """One parse of a text, and the edits that take away what it found."""

    def __init__(
        self,
        text: str,
        parser: MarkdownIt,
        demoted: int,
        elsewhere: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.hopeless = False
        self._text = text
        self._lines = text.split("\n")
        self._dropped: set[int] = set()
        self._demoted = demoted
        env: dict[str, Any] = {}
        # The heading after the message must be found as a heading after any text.
        self._tokens = parser.parse(f"{text}\n\n### end\n", env)
        self._deep = deep_lines(self._tokens, env) | self._doubtful_code()
        references = env.get("references", {})
        self.unsafe = bool(references)
        self._references = dict(elsewhere) | {
            label: found["href"]
            for label, found in references.items()
            # The label of a footnote would not become that of a link in all viewers.
            if is_safe_target(found["href"]) and not label.startswith("^")
        }

    def edit(self) -> str:
        """The text without what this parse found unsafe; sets ``unsafe`` and ``hopeless``."""
        if self._deep:
            self.unsafe = True
            self._dropped |= fence_deep_blocks(self._lines, self._tokens, self._deep)
        else:
            self._edit_blocks()
        return "\n".join(
            line for number, line in enumerate(self._lines) if number not in self._dropped
        )

    def _doubtful_code(self) -> set[int]:
        """Where code in a quote or a list stands right below text, of which some see more in it."""
        codes = (token for token in self._tokens if token.type == "code_block" and token.level)
        return {
            code.map[0]
            for code in codes
            if code.map
            and code.map[0]
            and self._lines[code.map[0] - 1].strip(" \t>")
            and (RISKY_CODE.search(code.content) or "#" in code.content)
        }

    def _edit_blocks(self) -> None:
        tokens = self._tokens
        self._escape_math()
        if escape_lines(self._lines, self._tokens, kept=lines_of_formulas(self._text)):
            self.unsafe = True
        self._edit_spans()
        for token, following in zip(tokens, [*tokens[1:], None], strict=True):
            if token.type == "html_block":
                self._edit_region(token, [])
            elif token.type == "definition":
                self._escape_definition(token)
            elif token.type == "heading_open" and following is not None:
                self._demote(token, following)
        self._close_fence()

    def _edit_spans(self) -> None:
        rows: set[int] = set()
        for before, token in pairwise(self._tokens):
            if token.type != "inline" or token.map is None or token.map[0] >= len(self._lines):
                continue
            # A heading underlined is edited when it has become one line.
            is_underlined = before.type == "heading_open" and before.markup in ("=", "-")
            is_cell = before.type in ("th_open", "td_open")
            if is_underlined or (is_cell and token.map[0] in rows):
                continue
            if self._needs_edit(token):
                self._edit_region(token, token.children or [], is_row=is_cell)
                rows.add(token.map[0])

    def _needs_edit(self, inline: Token) -> bool:
        children = inline.children or []
        dangerous = any(
            child.type in ("html_inline", "image") or _is_unsafe_link(child) for child in children
        )
        self.unsafe = self.unsafe or dangerous
        return (
            dangerous
            or bool(self._references)
            or bool(_shifting(inline, children))
            or has_risky_mark(inline.content)
            or ODD_AUTOLINK.search(inline.content) is not None
            or any(found["swallowed"] for found in _ADDRESS.finditer(inline.content))
            or any(child.type == "text" and LOOSE_HOST.search(child.content) for child in children)
        )

    def _edit_region(self, token: Token, children: list[Token], *, is_row: bool = False) -> None:
        self.unsafe = self.unsafe or token.type == "html_block"
        first, end = token.map or (0, 0)
        neutralise = neutralise_row if is_row else neutralise_spans
        source = "\n".join(self._lines[first:end])
        edited = neutralise(
            source,
            references=self._references,
            breaks_links=is_row or any(map(_is_unsafe_link, children)),
            shifting=_shifting(token, children) + "$" * is_row,
        )
        self._lines[first:end] = edited.split("\n")

    def _escape_definition(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        line = self._lines[first]
        # A bracket with a backslash could begin a formula, in which the rest would vanish.
        self._lines[first] = (
            line.replace("]:", "]\\:", 1)
            if "]:" in line
            else _DEFINITION_LINE.sub(r"\1&#91;", line, count=1)
        )
        # Shown as text, each definition keeps a line of its own.
        following = self._lines[end : end + 1]
        if following and _DEFINITION_LINE.match(following[0]):
            self._lines[end - 1] = self._lines[end - 1].rstrip() + "  "

    def _demote(self, token: Token, inline: Token) -> None:
        first, end = token.map or (0, 0)
        level = int(token.tag[1])
        if first >= len(self._lines) or level > self._demoted:
            return
        self.unsafe = True
        marks = "#" * min(6, level + _OUR_LEVELS)
        if token.markup in ("=", "-"):
            self._join_underlined(first, end, marks, inline.content)
        else:
            self._lines[first] = _HEADING_LINE.sub(rf"\1{marks}", self._lines[first], count=1)

    def _join_underlined(self, first: int, end: int, marks: str, content: str) -> None:
        text = content.partition("\n")[0].rstrip()
        line = self._lines[first].rstrip()
        if not line.endswith(text):
            self.hopeless = True
            return
        title = " ".join(part.strip() for part in content.split("\n"))
        closing = " " + marks if title.endswith("#") else ""
        self._lines[first] = f"{line[: len(line) - len(text)]}{marks} {title}{closing}"
        self._dropped.update(range(first + 1, end))

    def _close_fence(self) -> None:
        if self._ends_closed():
            return
        self.unsafe = True
        last = self._tokens[-1]
        if last.type == "fence" and last.level == 0:
            # Closed where it was opened, it is closed for those who see it in a list.
            opening = self._lines[last.map[0]] if last.map else ""
            indent = opening[: len(opening) - len(opening.lstrip(" "))]
            self._lines.append(indent + last.markup)

    def _ends_closed(self) -> bool:
        first = self._text.count("\n") + 2
        return any(
            token.type == "heading_open" and token.level == 0 and token.map == [first, first + 1]
            for token in self._tokens[-3:]
        )

    def _escape_math(self) -> None:
        """Escapes each formula that could swallow what follows it in a preview with KaTeX."""
        if "$$" not in self._text:
            return
        allowed = lines_of_formulas(self._text) | lines_of_code(self._tokens)
        for number, line in enumerate(self._lines):
            if number not in allowed and _MATH_LINE.match(line):
                self.unsafe = True
                self._lines[number] = _MATH_LINE.sub(r"\1\\$\\$", line, count=1)


def _shifting(inline: Token, children: list[Token]) -> str:
    """The marks that a viewer could pair with one in a code span, and let its content out."""
    # What is raised or lowered loses its escapes in some viewers.
    raised = "^~" if LOOSE_HOST.search(inline.content) else ""
    codes = [child.content for child in children if child.type == "code_inline"]
    if not any(RISKY_CODE.search(code) or has_risky_mark(code) for code in codes):
        return raised
    # After a run of these without its end, some viewers pair those that follow in another way.
    has_open_run = any(child.type == "text" and "`" in child.content for child in children)
    open_run = "`" * has_open_run + "$" * ("$" in inline.content)
    return raised + open_run + shifting_marks(inline.content, "\n".join(codes))


def _is_unsafe_link(token: Token) -> bool:
    return token.type == "link_open" and not is_safe_target(str(token.attrGet("href") or ""))


def _parsers(text: str) -> tuple[MarkdownIt, ...]:
    """Those that could read the text in different ways: only one knows tables and tasks."""
    differ = "|" in text or "~" in text or _TASK.search(text)
    return (_github(), _commonmark()) if differ else (_github(),)


@cache
def _github() -> MarkdownIt:
    options = {"html": True, "maxNesting": _MAX_NESTING, "tasklists": True}
    return _finding_all(MarkdownIt("js-default", options))


@cache
def _commonmark() -> MarkdownIt:
    return _finding_all(MarkdownIt("commonmark", {"html": True, "maxNesting": _MAX_NESTING}))


def _finding_all(parser: MarkdownIt) -> MarkdownIt:
    # Editors allow more links than the parser does by itself, so all are to be seen.
    parser.options["inline_definitions"] = True
    parser.validateLink = lambda url: isinstance(url, str)  # type: ignore[method-assign]
    return bounded(parser)
