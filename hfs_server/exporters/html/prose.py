"""The content of a message as HTML: its Markdown rendered and sanitized, or a block of code.

The rule not to break: what the parser returns passes the sanitizer, unless a pattern proves that
it consists of harmless elements without attributes, none of which a message stands in. What is
changed after that puts in only elements that are written here.
"""

from __future__ import annotations

import re
from html import escape

import nh3
from pyromark import Options
from pyromark import html as parsed

from hfs_server.exporters.html.code import CodeBlocks, plain_block
from hfs_server.exporters.html.escaping import clean
from hfs_server.exporters.shapes import is_code, is_data

_OPTIONS = Options.ENABLE_TABLES | Options.ENABLE_STRIKETHROUGH | Options.ENABLE_TASKLISTS
_TOOL_ROLES = frozenset(("tool", "function"))

# HTML in a message is text, and an image is a link: no message loads anything. These two control
# characters stand for "<" and "!" until the page is sanitized; no clean text contains them.
_TAG, _IMAGE = "\x02", "\x03"
_TAGS = re.compile(r"<(?!https?://[^\s<>\x02\x03]*>|[\w.+-]+@[\w.-]+>)")
_ALIGNED = re.compile(r'(<t[hd]) style="text-align: (\w+)">')
_HEADING = re.compile(r"(</?h)([1-6])>")
_NESTING = re.compile(r"<(/?)(?:blockquote|[ou]l|em|strong|del)\b")
_DEEPEST = 60

_MARKS = (*"*_#<[~|\\&", "  \n")
_LINE_START = re.compile(r"\n[ \t\d=+>-]")
_BLANK_LINES = re.compile(r"\n\n+")
_NEXT_PARAGRAPH = "</p>\n<p>"

# Most of what the parser returns is only this, for which the sanitizer has nothing to do.
_ATTENTION = re.compile(
    r"<(?!/?(?:p|em|strong|del|code|pre|blockquote|[ou]l|li|h[1-6])>|[bh]r />"
    r'|code class="language-[\w+#.-]*">)',
    re.ASCII,
)
_CLEANER = nh3.Cleaner(
    tags={
        *("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "a", "input"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    },
    attributes={
        "a": {"href", "title"},
        "code": {"class"},
        "ol": {"start"},
        "input": {"type", "checked", "disabled"},
    },
    tag_attribute_values={
        "th": {"class": {"right", "center"}},
        "td": {"class": {"right", "center"}},
    },
    url_schemes={"http", "https", "mailto"},
    url_relative=lambda url: url if url.startswith("#") else None,
    link_rel="noopener noreferrer",
)


def prose(content: str, blocks: CodeBlocks, role: str = "") -> str:
    """The content as blocks of HTML; "" if it is blank."""
    text = clean(content).strip("\n")
    if not text or text.isspace():
        return ""
    is_result = role in _TOOL_ROLES and "\n" in text and not text.startswith("```")
    if is_result or is_data(text) or is_code(text):
        return plain_block(text)
    if (paragraphs := _paragraphs(text)) is not None:
        return paragraphs
    rendered = _rendered(text)
    return plain_block(text) if _is_deep(rendered) else blocks.highlighted(rendered)


def _paragraphs(text: str) -> str | None:
    """Text without any Markdown but code in a line as paragraphs; None if it may have some.

    This is for speed: much of what people write is plain, and needs no parser.
    """
    if "``" in text or _LINE_START.search(f"\n{text}"):
        return None
    plain = text.split("`")
    code = plain[1::2]
    if len(plain) % 2 == 0 or any(each[0] == " " or "\n" in each for each in code):
        return None
    outside = "".join(plain[::2])
    if any(mark in outside for mark in _MARKS):
        return None
    plain[::2] = [escape(each, quote=False) for each in plain[::2]]
    plain[1::2] = [f"<code>{escape(each, quote=False)}</code>" for each in code]
    return f"<p>{_BLANK_LINES.sub(_NEXT_PARAGRAPH, ''.join(plain))}</p>"


def _rendered(text: str) -> str:
    if "<" in text:
        text = _TAGS.sub(_TAG, text)
    has_images = "![" in text
    if has_images:
        text = text.replace("![", f"{_IMAGE}[")
    made = parsed(text, options=_OPTIONS)
    if "text-align" in made:
        made = _ALIGNED.sub(r'\1 class="\2">', made)
    if _ATTENTION.search(made):
        made = _CLEANER.clean(made)
    made = made.replace(_TAG, "&lt;")
    if has_images:
        made = made.replace(f"{_IMAGE}<a ", "<a ").replace(_IMAGE, "!")
    return _HEADING.sub(_demoted, made).rstrip("\n") if "<h" in made else made.rstrip("\n")


def _demoted(tag: re.Match[str]) -> str:
    """The heading three levels down, since those above belong to the page."""
    return f"{tag[1]}{min(6, int(tag[2]) + 3)}>"


def _is_deep(rendered: str) -> bool:
    """Whether quotes, lists or marks lie deeper in each other than browsers show well."""
    if rendered.count("</") < _DEEPEST:
        return False
    depth = 0
    for tag in _NESTING.finditer(rendered):
        depth += -1 if tag[1] else 1
        if depth > _DEEPEST:
            return True
    return False
