"""Markdown of a session, drawn for a terminal by rich.

The rule not to break: what is written can steer the terminal only by the colours that are chosen
here. Each piece of text passes ``printable`` before it is parsed, and again after it is drawn,
since a character reference can name any character. Text of a session begins at the third column,
so that no message can draw a heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any, ClassVar, TextIO

from pygments.token import Comment, Error, Keyword, Name, Number, String, Token
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.markdown import CodeBlock, Markdown, TextElement
from rich.padding import Padding
from rich.segment import Segment
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text
from rich.theme import Theme

from hfs_server.text import printable

_LONGEST_DRAWN = 60_000
"""In characters; a longer message is shown as its Markdown, which needs no parser."""
_LONGEST_COLOURED = 20_000
_MARGIN = 2
_MOST_INDENTED = 6
"""How many levels of folded parts are indented."""
_NARROWEST = 20
_PIECE = 8_000
_OWN_LINE = re.compile(r"#{1,3} |</?details")
"""Lines that only an export itself writes, outside of code."""
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_SUMMARY = re.compile(r"<summary>(?:<strong>(.*?)</strong>)?(.*)</summary>")
_ROLE = re.compile(r"\d+\. (User|Assistant)\b")
_SESSION = re.compile(r"hfs:/+sessions/(\d+)\.md(?:#message-(\d+))?")
_LINK = ("link_open", "link_close")
_ASCII = str.maketrans("•▌─━…▸│▏🌆", "*|--.>||*")

_STYLES = {
    "session.title": "bold underline",
    "session.part": "bold cyan",
    "session.message": "bold yellow",
    "session.user": "bold green",
    "session.assistant": "bold blue",
    "session.folded": "bold",
    "session.added": "green",
    "session.removed": "red",
    "session.place": "cyan",
    "markdown.code": "cyan",
    "markdown.code_block": "none",
    "markdown.block_quote": "dim",
    "markdown.item.bullet": "none",
    "markdown.item.number": "none",
    "markdown.hr": "dim",
    "markdown.link": "none",
    "markdown.link_url": "underline",
}
_HEADINGS = {"h1": "session.title", "h2": "session.part", "h3": "session.message"}
_ROLES = {"User": "session.user", "Assistant": "session.assistant"}
_DIFF = {"+": "session.added", "-": "session.removed", "@": "session.place"}
_CODE_THEME = ANSISyntaxTheme(
    {
        Token: Style(),
        Comment: Style(color="bright_black"),
        Keyword: Style(color="blue"),
        Name.Function: Style(color="cyan"),
        Name.Class: Style(color="cyan"),
        String: Style(color="green"),
        Number: Style(color="magenta"),
        Error: Style(),
    }
)
"""Colours that can be read on a dark and on a light background."""


class TerminalMarkdown:
    """Draws pieces of a session's Markdown, one after the other, to a file."""

    def __init__(self, file: TextIO, width: int, *, has_colours: bool, is_paged: bool) -> None:
        self._console = _Screen(
            file=file,
            width=max(width, _NARROWEST),
            force_terminal=has_colours,
            color_system="standard" if has_colours else None,
            legacy_windows=False if is_paged or not has_colours else None,
            theme=Theme(_STYLES),
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._is_unicode = (file.encoding or "utf-8").lower().startswith("utf")
        self._depth = 0
        self._has_begun = False

    def draw(self, markdown: str) -> None:
        """Writes a piece, which ends between two messages."""
        for part in _parts(markdown):
            if len(part) > _LONGEST_DRAWN:
                self._draw_source(part)
            else:
                self._draw_part(part)

    def _draw_part(self, part: str) -> None:
        drawn = _Drawn(_clean(part))
        while drawn.parsed and self._draws_own(drawn.parsed):
            is_heading = drawn.parsed[0].type == "heading_open"
            drawn.parsed = drawn.parsed[3 if is_heading else 1 :]
        if drawn.parsed:
            self._print(drawn)

    def _draw_source(self, part: str) -> None:
        """Writes Markdown as it is, but for what the export itself put above it."""
        own, _, rest = part.partition("\n\n")
        if _OWN_LINE.match(own):
            self._draw_part(own)
        else:
            rest = part
        for piece in _pieces(rest.strip("\n")):
            self._print(Text(_clean(piece)))

    def _draws_own(self, tokens: list[Any]) -> bool:
        """Whether they begin with what the export itself writes, which is then drawn."""
        first = tokens[0]
        if first.tag in _HEADINGS:
            self._depth = 0
            title = "".join(token.content for token in tokens[1].children or ())
            role = _ROLE.match(title)
            style = _ROLES[role[1]] if role and first.tag == "h3" else _HEADINGS[first.tag]
            self._write(Text(title, style=style))
        elif first.type == "html_block":
            self._draw_fold(first.content)
        else:
            return False
        return True

    def _draw_fold(self, html: str) -> None:
        """Writes the summary of a part that other viewers can fold, or ends that part."""
        if html.startswith("</"):
            self._depth = max(0, self._depth - 1)
        elif found := _SUMMARY.search(html):
            name, rest = (unescape(each or "") for each in found.groups())
            self._print(Text.assemble("▸ ", (name, "session.folded"), rest))
            self._depth += 1

    def _print(self, block: RenderableType) -> None:
        """Writes a block, indented by the folded parts that it is in."""
        indent = _MARGIN * (1 + min(self._depth, _MOST_INDENTED))
        if self._console.width - indent < _NARROWEST:
            indent = _MARGIN
        self._write(Padding(block, (0, 0, 0, indent), expand=False))

    def _write(self, block: RenderableType) -> None:
        """Writes a block; an empty line stands between it and the one before."""
        if self._has_begun:
            self._console.print()
        self._has_begun = True
        self._console.print(_Harmless(block, is_unicode=self._is_unicode))


class _Screen(Console):
    """A console that raises BrokenPipeError when its reader has ended."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


class _Harmless:
    """What is drawn, without anything that steers a terminal but styles."""

    def __init__(self, block: RenderableType, *, is_unicode: bool) -> None:
        self._block = block
        self._is_unicode = is_unicode

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        has_begun = False
        for line in Segment.split_lines(console.render(self._block, options)):
            while line and not line[-1].text.strip():
                line.pop()
            # rich begins some blocks with an empty line.
            if not line and not has_begun:
                continue
            has_begun = True
            for index, (text, style, _) in enumerate(line, 1):
                shown = printable(text if index < len(line) else text.rstrip())
                yield Segment(shown if self._is_unicode else shown.translate(_ASCII), style)
            yield Segment.line()


class _Heading(TextElement):
    """A heading within a message."""

    style_name = "session.folded"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield self.text


class _Code(CodeBlock):
    """A block of code in the terminal's own colours, without a background."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        code = str(self.text).rstrip("\n")
        yield Padding(_coloured(code, self.lexer_name), (0, 0, 0, _MARGIN), expand=False)


class _Drawn(Markdown):
    """Markdown as rich draws it, with headings, code and links as a terminal needs them."""

    elements: ClassVar = {
        **Markdown.elements,
        "heading_open": _Heading,
        "fence": _Code,
        "code_block": _Code,
    }

    def __init__(self, markdown: str) -> None:
        super().__init__(markdown, hyperlinks=False)
        for token in self.parsed:
            if token.children:
                token.children = [*_shown(token.children)]


def _coloured(code: str, language: str) -> Text:
    """Code in colours, unless it is so long that this takes its time."""
    if language == "diff":
        lines = [Text(line, style=_DIFF.get(line[:1], "")) for line in code.split("\n")]
        return Text("\n").join(lines)
    if len(code) > _LONGEST_COLOURED or language in ("", "text", "default"):
        return Text(code)
    text = Syntax("", language, theme=_CODE_THEME).highlight(code)
    text.rstrip()
    return text


def _shown(tokens: list[Any]) -> Iterator[Any]:
    """The tokens without HTML, and without links whose target says nothing in a terminal."""
    is_dropped = False
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "link_open":
            target = str(token.attrs.get("href", ""))
            is_same = following is not None and following.content in (target, target[7:])
            is_dropped = is_same or target.startswith("#")
            if found := _SESSION.fullmatch(target):
                message = f" --message {found[2]}" if found[2] else ""
                token.attrs["href"] = f"hfs-server show {found[1]}{message}"
        if not (token.type == "html_inline" or (is_dropped and token.type in _LINK)):
            yield token


def _parts(markdown: str) -> Iterator[str]:
    """The Markdown in parts, each of which begins with a line that the export itself writes."""
    lines: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        elif _OWN_LINE.match(line) and lines:
            yield "\n".join(lines)
            lines = []
        lines.append(line)
    yield "\n".join(lines)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of bounded length, which are whole lines if these are not very long."""
    position = 0
    while position < len(text):
        end = position + _PIECE
        if end < len(text):
            end = text.rfind("\n", position, end) + 1 or end
        yield text[position:end].removesuffix("\n")
        position = end


def _clean(markdown: str) -> str:
    """Markdown that has no character which steers a terminal, and no tabs."""
    return "\n".join(printable(line.expandtabs(4)) for line in markdown.split("\n"))
