"""Judges an export with parts that can be folded: they are the export's own, and nothing else is.

All that the judge of plain exports allows is allowed within them too, and no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from tests.unit.exporters.markdown.dom import Element, check_harmless, parsed, sections
from tests.unit.exporters.markdown.extended_viewers import Render

NESTED = re.compile(r"\d+\. Result - (?:error, )?(?:[\d,]+ lines?|empty)")

Sections = list[tuple[str, str, list[Element]]]


def check_folds(markdown: str, viewers: Mapping[str, Render], *, target: str = "") -> Sections:
    """The headings of level 1-3 of the export, each with what stands below it, folds included.

    Fails where viewers disagree about the folds, or show anything that acts; ``target`` is that
    of the only link of ours.
    """
    found: Sections = []
    first = ""
    for name, render in viewers.items():
        root = parsed(render(markdown))
        found = sections(root)
        # Some viewers write the rest of a title in other quotes, or as code.
        shape = repr(
            [
                (tag, title.partition(" ")[0] if tag == "h3" else "", _shapes(parts))
                for tag, title, parts in found
            ]
        )
        first = first or shape
        assert shape == first, name
        check_harmless(_unfolded(root, target))
    return found


def folds_in(parts: list[Element]) -> list[str]:
    """The summaries of the folds among these elements."""
    return [summary_of(part) for part in parts if part.tag == "details"]


def summary_of(fold: Element) -> str:
    """The summary: a strong name or none, and text. Fails for any other fold."""
    assert fold.attributes.keys() <= {"open"}, fold.attributes
    summary, *_ = (part for part in fold.children if isinstance(part, Element))
    assert summary.tag == "summary"
    assert summary.attributes == {}
    names = summary.all()
    assert [(name.tag, name.attributes) for name in names] in ([], [("strong", {})]), summary
    assert not names or summary.children[0] is names[0]
    return summary.text()


def _shapes(parts: Iterable[Element | str]) -> list[object]:
    """What viewers must agree about: the folds, and those within them."""
    folds = [part for part in parts if isinstance(part, Element) and part.tag == "details"]
    return [(summary_of(fold), _shapes(fold.children)) for fold in folds]


def _unfolded(root: Element, target: str) -> Element:
    """The tree with the folds' content in their place. Fails for a fold anywhere but at the top."""
    flat = Element(root.tag, root.attributes)
    for part in root.children:
        if isinstance(part, Element) and part.tag == "details":
            assert root.tag == "root" or NESTED.fullmatch(summary_of(part)), summary_of(part)
            inside = Element("details", {}, _content(part))
            flat.children += _unfolded(inside, target).children
        elif isinstance(part, Element):
            assert not [each for each in part.all() if each.tag in ("details", "summary")]
            flat.children.append(_without_link(part, target))
        else:
            flat.children.append(part)
    return flat


def _content(fold: Element) -> list[Element | str]:
    return [
        part for part in fold.children if not isinstance(part, Element) or part.tag != "summary"
    ]


def _without_link(part: Element, target: str) -> Element:
    for element in part.all():
        # One viewer replaces each target that it does not know.
        if target and element.tag == "a" and element.attributes.get("href") == target:
            element.attributes["href"] = "#"
    return part
