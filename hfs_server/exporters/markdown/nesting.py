"""How deep lists and quotes may lie in each other, which is less than any viewer allows.

Beyond their limits viewers leave out what follows, to the end of the document. So a
parser is made to see no deeper block, and to note the lines where one would begin.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.token import Token

from hfs_server.exporters.markdown.fences import fence

# A quote is one level and a list two; the strictest preset of markdown-it has twenty.
_DEEPEST = 12
_MOST_MARKS = 20
_DEEP_LINES = "deep_lines"

_Rule = Callable[[StateBlock, int, int, bool], bool]


def bounded(parser: MarkdownIt) -> MarkdownIt:
    """The parser, with lists and quotes of a bounded depth."""
    interrupted = ["paragraph", "reference", "blockquote"]
    parser.block.ruler.at("list", _bounded(list_block), {"alt": interrupted})
    parser.block.ruler.at("blockquote", _bounded(blockquote), {"alt": [*interrupted, "list"]})
    return parser


def deep_lines(tokens: list[Token], env: dict[str, Any]) -> set[int]:
    """The lines of the parsed text where something begins that lies too deep."""
    inlines = (token for token in tokens if token.type == "inline" and token.map)
    marks = {
        inline.map[0]
        for inline in inlines
        if inline.map and any(child.level > _MOST_MARKS for child in inline.children or [])
    }
    noted: set[int] = env.get(_DEEP_LINES, set())
    return marks | noted


def fence_deep_blocks(lines: list[str], tokens: list[Token], deep: set[int]) -> set[int]:
    """Makes each block at the top a block of code if it holds any of the ``deep`` lines.

    Returns the numbers of the lines that are to be dropped for it.
    """
    dropped: set[int] = set()
    for token in tokens:
        if token.level or token.nesting != 1 or token.map is None:
            continue
        first, end = token.map[0], min(token.map[1], len(lines))
        if not deep.isdisjoint(range(first, end)):
            lines[first] = fence("\n".join(lines[first:end]).rstrip()) + "\n"
            dropped.update(range(first + 1, end))
    return dropped


def _bounded(rule: _Rule) -> _Rule:
    def parse(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        # A line further to the left belongs to a list that is open already.
        if state.level < _DEEPEST or state.sCount[start] < state.blkIndent:
            return rule(state, start, end, silent)
        if rule(state, start, end, True):
            state.env.setdefault(_DEEP_LINES, set()).add(start)
        return False

    return parse
