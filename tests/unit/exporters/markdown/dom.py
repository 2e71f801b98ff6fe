"""An export as a browser has it: the elements that a viewer's HTML becomes, and their judge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote

ALLOWED = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "blockquote", "pre", "code"),
    *("em", "strong", "s", "a", "br", "hr", "table", "thead", "tbody", "tr", "th", "td", "input"),
    # Inline marks, formulas and GitHub's alerts, which stay where they are written.
    *("del", "sub", "sup", "mark", "ins", "u", "ruby", "rt", "span", "eq", "eqn", "section", "div"),
}
"""What Markdown alone can become. All else would be HTML that somebody wrote."""

VOID = frozenset(("br", "hr", "input"))
ATTRIBUTES = {
    "a": {"href", "title"},
    "code": {"class", "data-math-style", "data-meta"},
    "blockquote": {"class"},
    "pre": {"lang"},
    "span": {"class", "data-math-style"},
    "div": {"class"},
    "p": {"class"},
    "h1": {"id"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "h6": {"id"},
    "ol": {"start", "class"},
    "th": {"style", "align"},
    "td": {"style", "align"},
    "ul": {"class"},
    "li": {"class"},
    "input": {"class", "type", "disabled", "checked"},
}
CLASSES = re.compile(
    r"(?: ?markdown-alert(?:-(?:title|note|tip|important|warning|caution))?)+|spoiler|language-.*"
    r"|alert alert-[a-z]+"
    r"|math(?: inline| block| math-inline| math-display)?|contains-task-list"
    r"|task-list-item(?:-checkbox)?"
)
"""The classes that viewers give by themselves."""

STYLES = {"text-align:left", "text-align:center", "text-align:right"}
SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:")
SCHEMES = ("http:", "https:", "mailto:")


@dataclass
class Element:
    """One element, with its children in order; text stands among them."""

    tag: str
    attributes: dict[str, str | None] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def text(self) -> str:
        """All text within."""
        return "".join(part if isinstance(part, str) else part.text() for part in self.children)

    def all(self) -> list[Element]:
        """All elements within, in order."""
        found: list[Element] = []
        for part in self.children:
            if isinstance(part, Element):
                found += [part, *part.all()]
        return found


class _Builder(HTMLParser):
    """Builds the tree, and refuses whatever a browser would have to repair."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("root")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self._open[-1].children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"<{tag} />"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open[-1].tag, f"</{tag}> within <{self._open[-1].tag}>"
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction: {data!r}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"an unknown declaration: {data!r}")

    def close(self) -> None:
        super().close()
        assert self._open == [self.root], f"<{self._open[-1].tag}> stays open"


def parsed(html: str) -> Element:
    """The tree of a whole page. Fails where a browser would see another one."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root


def check_harmless(root: Element) -> None:
    """Fails where anything could act, load or lead to where no link may lead."""
    for element in root.all():
        assert element.tag in ALLOWED, f"<{element.tag} {element.attributes}>"
        extra = element.attributes.keys() - ATTRIBUTES.get(element.tag, set())
        assert not extra, f"<{element.tag} {element.attributes}>"
        style = element.attributes.get("style")
        assert style is None or style.replace(": ", ":").rstrip(";") in STYLES, style
        if element.tag in ("div", "span", "section", "blockquote"):
            kind = element.attributes.get("class") or ""
            assert not kind or CLASSES.fullmatch(kind), f"<{element.tag} class={kind!r}>"
        if element.tag == "a":
            assert is_harmless(element.attributes.get("href") or ""), element.attributes


def is_harmless(href: str) -> bool:
    """Whether a link leads to the web, to mail, within the page or to a file beside it."""
    plain = "".join(c for c in unquote(href) if c > " ").lower()
    if plain.startswith((*SCHEMES, "#")):
        return True
    # A file beside the export: no scheme, no other machine.
    return not plain.startswith(("//", "\\", "/\\")) and not SCHEME.match(plain)


def sections(root: Element) -> list[tuple[str, str, list[Element]]]:
    """Each heading of level 1-3 with its text and the elements up to the next one.

    Fails where such a heading is not at the top: in a list, a quote or a table.
    """
    found: list[tuple[str, str, list[Element]]] = []
    for part in root.children:
        if isinstance(part, str):
            assert not part.strip(), f"text outside of any element: {part[:80]!r}"
            continue
        if part.tag in ("h1", "h2", "h3"):
            found.append((part.tag, part.text().strip(), []))
        elif found:
            found[-1][2].append(part)
        nested = [inner.tag for inner in part.all() if inner.tag in ("h1", "h2", "h3")]
        assert nested == [], f"a heading of ours within <{part.tag}>"
    return found
