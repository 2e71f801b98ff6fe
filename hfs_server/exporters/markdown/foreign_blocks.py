"""Blocks that only some viewers know, such as definitions, containers and admonitions, escaped.

The rule not to break: the cheap test is true for every text that the edits would change.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from hfs_server.exporters.markdown.extensions import BRACE, PREFIX
from hfs_server.exporters.markdown.fences import calm_fence, fence

if TYPE_CHECKING:
    # The parser costs every start 50 ms, while most sessions hold nothing that needs it.
    from markdown_it.token import Token

_BLOCK_MARKS = (
    r":(?!-+:?[ \t]*\|[-:| \t]*$)",  # definition, container, directive, field
    r"~(?=[ \t]|$)",  # definition
    r"\*(?=\[.*\]:)",  # abbreviation
    r"\[(?=\^.*\]:)",  # footnote
    r"!(?=!!)|\?(?=\?\?)",  # admonition
    r"(?<=>)!",  # spoiler
    r"\.(?=\.[ \t].*::)",  # reStructuredText's directive
    r"%",  # comment
    r"\((?=[^()]*\)=)",  # target
    r"\+(?=\+\+)",  # metadata
    BRACE,  # attributes
    r"\\(?=begin\{)",  # LaTeX
    r'=(?===[ +!]*")',  # tab
    r"/(?=//)",  # block
    r"-(?=#)",  # small print
    r"#(?=#{0,5}(?:\s|$))",  # heading, where others see that a line goes on
    r"\[(?=\[?_?[Tt][Oo][Cc]_?\]?\])|\$(?=\{toc\})",  # table of contents
)
_BLOCK = re.compile(rf"^({PREFIX})(?={'|'.join(_BLOCK_MARKS)})")
_MAY_BEGIN = re.compile(r"[ \t>*+\-0-9\[:~!?.%({\\$=/#]")
_UNDERLINE = re.compile(rf"^({PREFIX})(?=(?:=+|-+)[ \t]*$)")
# Of attributes at the end of a heading some viewers also take escaped ones.
_HEADING_BRACE = re.compile(r"(\{.*)\}([ \t#]*)$")
_NOTE = re.compile(rf"{PREFIX}\[\^")
_OPEN_BRACKET = re.compile(rf"^({PREFIX})\\?\[")
_LABEL = re.compile(rf"^({PREFIX}\[(?:[^\[\]\\]|\\.)*\]):")
_OPEN_LABEL = re.compile(rf"{PREFIX}\[(?:[^\[\]\\]|\\.)*(?:\Z|\]:)", re.DOTALL)
_FORMULA = re.compile(rf"{PREFIX}\\\[")
_RULE = re.compile(r"-{3,}[ \t]*$")
# A quote of several lines, which ends with a line of the same.
_QUOTE_MARKS = re.compile(r"^([ \t>*+\-0-9.)]*?)(?=>{3,}[ \t]*(?:\[!|$))")

PLAIN_ITEM = r"(?:[-*+]|\d\d?[.)]) (?:\*\*)?[A-WYZa-wyz`]"
"""The begin of an item of a list that holds plain text."""

# The first tests keep nearly all lines from the others: few begin with such a mark, and most
# of these are plain items of a list.
# What begins at the twelfth column may lie deeper than a viewer goes; a tab fills up to four.
_RISKY_LINE = re.compile(
    rf"\n(?=[ \t>*+\-0-9.)\[:~!?%({{\\$=#])(?!{PLAIN_ITEM})"
    r"(?:[ \t>*+\-0-9.)\[\]xX]*"
    r"(?::(?!-+:?[ \t]*\|[-:| \t]*\n)|~[ \t\n]|!!!|\?\?\?|%|\([^()\n]*\)=|\\begin|\$\{"
    r"|(?<=\n)\.\.[ \t]|(?<=[ \t>])\.\.[ \t]|(?<=\+\+\+)|(?<=>>>)[ \t]*(?:\n|\[!)"
    r"|#{1,6}[^\S \t\n]|(?<=-)#|(?<=[+*.)])[ \t]*\n[^\n]|(?<=\[[ xX]\])[ \t]*\n[^\n]"
    r'|=== *[+!]* *"|\[?_?[Tt][Oo][Cc])'
    r"|[ \t>*+\-0-9.)]*(?:\[[ xX]\][ \t]+)?"
    r"(?:\[(?![^\[\]\\\n]*\])|\\\[(?!(?:[^\n]|\n(?=[^\n])){0,300}?\\\]))"
    r"|(?=[ \t>*+\-0-9.)]{12}|(?=[ >*+\-0-9.)]*\t)[ \t>*+\-0-9.)]{5})"
    r"[ \t>*+\-0-9.)]*(?:>|[-+*.)][ \t\n]))"
)


def has_risky_line(text: str) -> bool:
    """Whether a line, each after its newline, may begin a block that is foreign or too deep."""
    return _RISKY_LINE.search(text) is not None


def escape_lines(lines: list[str], tokens: list[Token], kept: set[int]) -> bool:
    """Edits the lines, as the tokens read them, except those that are ``kept``.

    Returns whether there was anything to escape.
    """
    before = list(lines)
    _escape_plain_lines(lines, kept | lines_of_code(tokens))
    has_list = False
    for token, inline in pairwise(tokens):
        first = token.map[0] if token.map else 0
        has_list = has_list or token.type == "list_item_open"
        if first >= len(lines):
            continue
        if token.type == "fence":
            lines[first] = calm_fence(lines[first], token.info, token.content)
        elif token.type == "list_item_open" and inline.type == "list_item_close":
            # What stands right below an empty item, some take for its content.
            lines[first] += "\n" * any(lines[first + 1 : first + 2])
        elif token.type == "code_block" and not token.level:
            if has_list or (first and lines[first - 1].strip()):
                _fence_indented(lines, token)
        elif token.type == "hr" and any(lines[first + 1 : first + 2]):
            lines[first] = _RULE.sub("***", lines[first])
        elif token.type == "heading_open" and token.markup[0] == "#":
            lines[first] = _HEADING_BRACE.sub(r"\1&#125;\2", lines[first])
        elif inline.type == "inline" and inline.map and token.markup not in ("=", "-"):
            # From below, since a bracket is open or not by what stands after it.
            for number in sorted(set(range(*inline.map)) - kept, reverse=True):
                lines[number] = _escape_mark(lines[number], is_first=number == first)
                if _OPEN_BRACKET.match(lines[number]):
                    _close_bracket(lines, number, inline.map[1])
    return lines != before


def begins_foreign_block(line: str) -> bool:
    """Whether a line of text would begin a block in a viewer with extensions."""
    return _MAY_BEGIN.match(line) is not None and _BLOCK.match(line) is not None


def lines_of_code(tokens: list[Token]) -> set[int]:
    """The numbers of the lines that are code."""
    maps = (token.map for token in tokens if token.type in ("fence", "code_block"))
    return {line for found in maps if found for line in range(*found)}


def _close_bracket(lines: list[str], number: int, end: int) -> None:
    """Escapes a bracket that its paragraph leaves open, and whose end some seek far below."""
    rest = "\n".join(lines[number:end])
    if _OPEN_LABEL.match(rest) or (_FORMULA.match(rest) and "\\]" not in rest):
        lines[number] = _OPEN_BRACKET.sub(r"\1&#91;", lines[number], count=1)


def _escape_mark(line: str, *, is_first: bool) -> str:
    line = line.replace("]:", "]\\:") if _NOTE.match(line) else _LABEL.sub(r"\1\\:", line)
    escaped = _BLOCK.sub(r"\1\\", line, count=1) if begins_foreign_block(line) else line
    # Some viewers find an underline where others still see text of a quote or a list.
    if is_first or line.rstrip()[-1:] not in ("=", "-"):
        return escaped
    return _UNDERLINE.sub(r"\1\\", escaped, count=1)


def _fence_indented(lines: list[str], token: Token) -> None:
    """Puts indented code between fences, since some viewers take it for a part of what is above."""
    first, end = token.map or (0, 0)
    code = token.content.rstrip("\n")
    while end - first > 1 and not lines[end - 1].strip():
        end -= 1
    shown = fence(code).split("\n")
    # The lines keep their numbers, so the fences share lines with what they enclose.
    lines[first] = "\n".join(shown[:2])
    lines[first + 1 : end] = shown[2 : end - first + 1]
    lines[end - 1] += "\n" + shown[-1]


def _escape_plain_lines(lines: list[str], kept: set[int]) -> None:
    for number, line in enumerate(lines):
        if number in kept:
            continue
        if line.isspace():
            # For some this is text, which the next line could underline.
            lines[number] = ""
        elif ">>>" in line:
            lines[number] = _QUOTE_MARKS.sub(r"\1\\", line)
