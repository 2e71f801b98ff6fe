"""Markdown that could do harm, rewritten with a parser until it cannot.

The rule not to break: a text is handed back only after a whole round of parses,
once as GitHub reads it and once as plain CommonMark, that found nothing unsafe.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from hfs_server.exporters.markdown.inline import neutralise_row, neutralise_spans
from hfs_server.exporters.markdown.links import is_safe_target
from hfs_server.exporters.markdown.math_blocks import lines_of_formulas, set_off_formulas

_ROUNDS = 6
_MAX_NESTING = 48
_DEEPEST_LEVEL = 40
_OUR_LEVELS = 3

_PREFIX = r"(?:[ \t>]|[-+*](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])|\[[ xX]\](?=[ \t]))*"
_HEADING_LINE = re.compile(rf"({_PREFIX})(#{{1,6}})(?=[ \t]|$)")
_DEFINITION_LINE = re.compile(rf"({_PREFIX})\[")
_MATH_LINE = re.compile(rf"({_PREFIX})\$\$")
_LOOSE_HOST = re.compile(r"(?<!http:)(?<!https:)//(?=\S)")
# An address that a viewer links by itself would swallow these, and bare what they guard.
_ADDRESS = re.compile(r"://[^\s`\\$]*(?P<swallowed>[`\\$])?")
_RISKY_CODE = re.compile(r"<[A-Za-z/!?]|\[|//")


def rewrite(text: str) -> str | None:
    """The same message, safe; None where it cannot be made so."""
    if "$$" in text:
        text = set_off_formulas(text, _lines_of_code(_github().parse(text)))
    text = _Draft(text, _github(), demoted=6).edit()
    for _ in range(_ROUNDS):
        before = text
        safe = True
        for parser in (_github(), _commonmark()):
            draft = _Draft(text, parser, demoted=_OUR_LEVELS)
            text = draft.edit()
            safe = safe and not draft.unsafe
            if draft.hopeless:
                return None
        if safe and text == before:
            return text
    return None


class _Draft:
    """One parse of a text, and the edits that take away what it found."""

    def __init__(self, text: str, parser: MarkdownIt, demoted: int) -> None:
        self.hopeless = False
        self._text = text
        self._lines = text.split("\n")
        self._dropped: set[int] = set()
        self._demoted = demoted
        env: dict[str, dict[str, dict[str, str]]] = {}
        # The heading after the message must be found as a heading, whatever comes before.
        self._tokens = parser.parse(f"{text}\n\n### end\n", env)
        references = env.get("references", {})
        self.unsafe = bool(references)
        self._references = {
            label: found["href"]
            for label, found in references.items()
            if is_safe_target(found["href"])
        }

    def edit(self) -> str:
        """The text without what this parse found unsafe; sets ``unsafe`` and ``hopeless``."""
        tokens = self._tokens
        self.hopeless = any(token.level >= _DEEPEST_LEVEL for token in tokens)
        self._escape_math()
        self._edit_spans()
        for token, following in zip(tokens, [*tokens[1:], None], strict=True):
            if token.type == "html_block":
                self._edit_region(token, [])
            elif token.type == "definition":
                self._escape_definition(token)
            elif token.type == "heading_open" and following is not None:
                self._demote(token, following)
        self._close_fence()
        return "\n".join(
            line for number, line in enumerate(self._lines) if number not in self._dropped
        )

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
            or _has_shifting_dollar(inline, children)
            or any(found["swallowed"] for found in _ADDRESS.finditer(inline.content))
            or any(child.type == "text" and _LOOSE_HOST.search(child.content) for child in children)
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
            escapes_dollars=is_row or _has_shifting_dollar(token, children),
        )
        self._lines[first:end] = edited.split("\n")

    def _escape_definition(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        self._lines[first] = _DEFINITION_LINE.sub(r"\1\\[", self._lines[first], count=1)
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
            self._lines.append(last.markup)

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
        allowed = lines_of_formulas(self._text) | _lines_of_code(self._tokens)
        for number, line in enumerate(self._lines):
            if number not in allowed and _MATH_LINE.match(line):
                self.unsafe = True
                self._lines[number] = _MATH_LINE.sub(r"\1\\$\\$", line, count=1)


def _lines_of_code(tokens: list[Token]) -> set[int]:
    maps = (token.map for token in tokens if token.type in ("fence", "code_block"))
    return {line for found in maps if found for line in range(*found)}


def _has_shifting_dollar(inline: Token, children: list[Token]) -> bool:
    """Whether a formula could begin before a code span and let its content out."""
    return "$" in inline.content and any(
        child.type == "code_inline" and _RISKY_CODE.search(child.content) for child in children
    )


def _is_unsafe_link(token: Token) -> bool:
    return token.type == "link_open" and not is_safe_target(str(token.attrGet("href") or ""))


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
    return parser
