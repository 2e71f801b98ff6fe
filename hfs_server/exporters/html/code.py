"""Blocks of code as HTML, with the colours of their language.

The rule not to break: colouring takes bounded time: languages from a list, blocks of bounded
length, and so many characters in one page. All other code stays plain.
"""

from __future__ import annotations

import html
import re

from hfs_server.exporters.excerpts import excerpt
from hfs_server.exporters.html.escaping import escaped, shown
from hfs_server.exporters.html.highlighting import LEXERS, effort, spans

_LONGEST_LINE = 1_000
_MOST_EFFORT = 120_000
"""Of one page, as ``effort`` counts it; for ordinary code that is a quarter of a second."""
_BLOCK = re.compile(r'<pre><code class="([^"]*)">(.*?)</code></pre>', re.DOTALL)
_PREFIX = "language-"
_DIFFS = frozenset(("diff", "patch", "udiff"))
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}", re.ASCII)
_CHANGES = {"+": "ins", "-": "del", "@": "hunk", "*": "hunk"}


class CodeBlocks:
    """The blocks of code of one page."""

    def __init__(self) -> None:
        self._left = _MOST_EFFORT

    def highlighted(self, rendered: str) -> str:
        """Sanitized HTML with its blocks of code highlighted."""
        return _BLOCK.sub(self._replaced, rendered) if "<code class" in rendered else rendered

    def block(self, text: str, language: str = "") -> str:
        """The text as a block of code."""
        language = language.lower()
        return _block(self._coloured(text, language) or shown(text), language)

    def excerpt(self, text: str, language: str = "") -> str:
        """The text as a block of code; of a long one the beginning, and how much was left out."""
        part, rest = excerpt(text)
        more = f'\n<p class="more">… {rest}</p>' if rest else ""
        return self.block(part, language) + more

    def _replaced(self, block: re.Match[str]) -> str:
        language = html.unescape(block[1]).removeprefix(_PREFIX).lower()
        inner = ""
        if language in _DIFFS or language in LEXERS:
            inner = self._coloured(html.unescape(block[2]).rstrip("\n"), language)
        return _block(inner or block[2].rstrip("\n"), language)

    def _coloured(self, text: str, language: str) -> str:
        """The text with its colours; "" if it gets none."""
        if language in _DIFFS:
            return "\n".join(map(_diff_line, shown(text).split("\n")))
        if language not in LEXERS:
            return ""
        cost = effort(len(text), language)
        if cost > self._left or max(map(len, text.split("\n"))) > _LONGEST_LINE:
            return ""
        self._left -= cost
        return "".join(_span(kind, value) for kind, value in spans(text, language))


def plain_block(text: str) -> str:
    """The text as a block of code without colours."""
    return f"<pre><code>{shown(text)}</code></pre>"


def _block(inner: str, language: str) -> str:
    is_named = language and _LANGUAGE.fullmatch(language)
    label = f' data-language="{escaped(language)}"' if is_named else ""
    return f"<pre{label}><code>{inner}</code></pre>"


def _span(kind: str, value: str) -> str:
    return f'<span class="{kind}">{shown(value)}</span>' if kind else shown(value)


def _diff_line(line: str) -> str:
    kind = _CHANGES.get(line[:1])
    return f'<span class="{kind}">{line}</span>' if kind else line
