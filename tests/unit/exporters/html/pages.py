"""Pages as the exporter writes them, and their judge: what may be in one, and where.

The judge reads strictly: an element that is not closed where it was opened is a fault, though a
browser would repair it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from hfs_server.exporters import DEFAULT_OPTIONS, ExportOptions, SessionOverview
from hfs_server.exporters.html.writer import HtmlWriter
from hfs_server.session import JsonObject

NOW = "2026-02-01T10:30:00Z"

VOID = frozenset(("meta", "br", "hr", "input", "img", "line", "rect"))
WORDS = {
    *("h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code", "em", "strong", "del"),
    *("a", "br", "hr", "table", "thead", "tbody", "tr", "th", "td", "input", "span"),
}
"""What the text of a message can become."""
FRAME = {
    *("html", "head", "body", "meta", "title", "style", "script", "main", "header", "nav"),
    *("section", "article", "details", "summary", "div", "h1", "h2", "h3", "dl", "dt", "dd"),
    *("figure", "svg", "g", "text", "rect", "line", "desc", "b", "time", "output", "button", "img"),
}
"""What only the exporter writes."""
ATTRIBUTES = {
    "a": {"href", "title", "rel", "class"},
    "code": set[str](),
    "ol": {"start"},
    "pre": {"data-language"},
    "input": {"type", "checked", "disabled", "id", "placeholder", "aria-label"},
    "img": {"src", "alt", "loading"},
    "time": {"datetime"},
    "meta": {"charset", "http-equiv", "content", "name"},
    "html": {"lang"},
    "th": {"class", "scope"},
    "svg": {"viewbox", "role", "aria-labelledby"},
    "rect": {"class", "x", "y", "width", "height", "rx"},
    "line": {"class", "x1", "y1", "x2", "y2"},
    "text": {"class", "x", "y", "text-anchor"},
    "details": {"class", "id", "open"},
    "output": {"id", "for"},
    "button": {"id", "type"},
    "nav": {"id", "aria-labelledby"},
    "section": {"aria-labelledby"},
}
COMMON = {"id", "class", "dir", "hidden"}
CLASSES = {
    *("user", "assistant", "system", "tool", "other", "body", "fold", "thinking", "added", "call"),
    *("failed", "result", "label", "words", "more", "muted", "number", "facts", "table", "total"),
    *("right", "center", "checkpoint", "attachments", "timeline", "toolbar", "skip", "phase"),
    *("agent", "tick", "running", "c", "k", "s", "m", "f", "ins", "del", "hunk"),
}
LINK = re.compile(r"https?:.*|mailto:.*|#.*|[^/\\:]+\.html?", re.DOTALL | re.IGNORECASE)
IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+")
PARENTS = {
    "article": {"main"},
    "details": {"main", "div"},
    "summary": {"details"},
    "section": {"main"},
    "main": {"body"},
    "header": {"main"},
    "nav": {"body"},
    "svg": {"figure"},
    "h1": {"header"},
    "h2": {"main", "section", "nav"},
    "h3": {"article", "section", "nav"},
}
"""Where an element of the frame can stand."""


@dataclass
class Element:
    """One element, with its children in order; text stands among them."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def all(self) -> Iterator[Element]:
        for child in self.elements():
            yield child
            yield from child.all()

    def elements(self) -> list[Element]:
        return [child for child in self.children if isinstance(child, Element)]

    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def first(self, tag: str) -> Element:
        return next(each for each in self.all() if each.tag == tag)

    def id(self) -> str:
        return self.attributes.get("id") or ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        element = Element(tag, dict(attrs))
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag, tag

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data!r}")


def page(
    overview: SessionOverview,
    messages: list[JsonObject],
    options: ExportOptions = DEFAULT_OPTIONS,
    size: int = 100,
) -> str:
    """The session as a page."""
    writer = HtmlWriter(overview, NOW, options)
    batches = (messages[first : first + size] for first in range(0, len(messages), size))
    return b"".join([writer.head(), *map(writer.messages, batches), writer.tail()]).decode()


def read(html: str) -> Element:
    """The tree of a page. Fails unless each element is closed where it was opened."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], [each.tag for each in reader.open]
    return reader.root


def check_page(html: str) -> Element:
    """The ``main`` element of the page. Fails if anything is in it that acts, loads or left."""
    assert html.startswith("<!DOCTYPE html>\n<html")
    root = read(html)
    check_elements(root)
    body = root.first("body")
    named = [each.tag for each in body.elements() if each.tag != "script"]
    assert named == ["a", "div", "main", "nav"]
    return body.first("main")


def check_elements(root: Element) -> None:
    """Fails for an element, an attribute, a link or a place that no page may have."""
    everything = list(root.all())
    ids = [each.id() for each in everything if each.id()]
    assert len(set(ids)) == len(ids), sorted(ids)
    for tag in ("script", "style", "main", "h1", "nav", "body", "head"):
        assert [each.tag for each in everything].count(tag) == 1, tag
    for parent in (root, *everything):
        for element in parent.elements():
            _check(element, parent)


def _check(element: Element, parent: Element) -> None:
    tag, attributes = element.tag, element.attributes
    assert tag in WORDS | FRAME, tag
    assert attributes.keys() <= ATTRIBUTES.get(tag, COMMON) | COMMON, (tag, attributes)
    assert set((attributes.get("class") or "").split()) <= CLASSES, attributes
    assert parent.tag in PARENTS.get(tag, {parent.tag}), (parent.tag, tag)
    if tag == "a" and attributes.get("href") is not None:
        assert LINK.fullmatch(attributes["href"] or ""), attributes
    if tag == "img":
        assert IMAGE.fullmatch(attributes["src"] or ""), attributes


def entries(main: Element) -> list[tuple[str, str]]:
    """The headings, messages and calls at the top of a page: their tags, and their ids."""
    return [
        (each.tag, each.id() or each.attributes.get("class") or "")
        for each in main.elements()
        if each.tag != "header"
    ]
