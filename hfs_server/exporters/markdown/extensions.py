"""Markdown that only some viewers know: footnotes, definition lists, attributes, containers.

The rule not to break: the cheap tests are true for every text that the edits would change, so that
a text which passes them needs none.
"""

from __future__ import annotations

import re

PREFIX = r"(?:[ \t>]|[-+*](?=[ \t])|[0-9]{1,9}[.)](?=[ \t])|\[[ xX]\](?=[ \t]))*"
"""The marks of quotes, lists and tasks, which may stand before what begins a block."""

# A brace after which a viewer sets attributes, names a role, marks a change or fills a template.
BRACE = (
    r"(?:(?<=[\])*`~\x01])\{(?=[^{}]{0,500}=)"
    r"|\{(?=[ \t]*(?:\.[A-Za-z_-]|#[\w-]|:[ \w.#]|[%{]|\+\+|--|==|>>|~~)"
    r"|[ \t]*(?:hidden|inert|popover)\b"
    r"|[\w:+-]+\}[`\x01]|[^{}=]{0,500}=[^{}]{0,500}[`\"'\x01]"
    r"|(?:[^{}]{0,500}[ \t\n])?(?:(?:id|is|[A-Za-z_:@][\w:@.-]{2,})[ \t]*=|[.#][A-Za-z_-])))"
)
INLINE = (
    rf"(?P<brace>{BRACE})"
    r"|(?P<note>\^(?=\[))"
    r"|(?P<wiki>\[\[)"
    r"|(?P<embed>[@%](?=\[))"
    r"|(?P<comment>%%+)"
    r"|(?P<spoiler>(?<=>)!)"
    r"|(?P<directive>:[A-Za-z][\w-]*(?=[\[{]))"
)
"""What an extension would act on within a line, as a part of the pattern of a walk."""

# Some viewers go down one call for each.
_MOST_OPEN_MARKS = 100
_MARKS = re.compile(
    r"(?P<closing>(?<=[^\s*_~])(?<!^)(?:\*+|_+|~+)(?=\s|\Z)"
    r"|(?<=\w)(?<![*_~])(?:\*+|_+|~+)(?=[^\w\s*_~]))"
    r"|(?P<opening>\*+|_+|~+)(?=\S)|\*+|_+|~+"
)
_SHIFTING = ("~", "^", "==", "++", "||")

RISKY_CODE = re.compile(r"<[A-Za-z/!?]|\[|//")
"""What would act outside of a code span, beside marks of extensions."""

_DIRECTIVE = re.compile(r":[A-Za-z][\w-]*[\[{]")
ACTIVE_BRACE = re.compile(BRACE)


def has_risky_mark(text: str) -> bool:
    """Whether an extension could act on anything within the lines, a code span being U+0001."""
    if "{" in text and (ACTIVE_BRACE.search(text) or _DIRECTIVE.search(text)):
        return True
    if ("%" in text and "%%" in text) or ("!" in text and (">!" in text or "<!" in text)):
        return True
    if "[" not in text:
        return False
    if ("^" in text and "^[" in text) or ("@" in text and "@[" in text):
        return True
    return "[[" in text or "%[" in text or (":" in text and _DIRECTIVE.search(text) is not None)


def has_deep_marks(text: str) -> bool:
    """Whether emphasis could lie so deep in emphasis that a viewer gives up."""
    least = 2 * _MOST_OPEN_MARKS
    if len(text) < least or _count_of_marks(text) < least:
        return False
    return any(
        _count_of_marks(paragraph) >= least and _open_marks(paragraph) > _MOST_OPEN_MARKS
        for paragraph in text.split("\n\n")
    )


def _count_of_marks(text: str) -> int:
    count = 0
    for mark in "*_~":
        # To count takes ten times as long as to look.
        if mark in text:
            count += text.count(mark)
    return count


def _open_marks(paragraph: str) -> int:
    """How many marks of emphasis are open in each other, at least as many as a parser finds."""
    open_marks = {"*": 0, "_": 0, "~": 0}
    most = 0
    for run in _MARKS.finditer(paragraph):
        mark, length = run[0][0], len(run[0])
        if run["closing"]:
            open_marks[mark] = max(0, open_marks[mark] - length)
        elif run["opening"]:
            open_marks[mark] += length
            most = max(most, sum(open_marks.values()))
    return most


def shifting_marks(text: str, codes: str) -> str:
    """The marks in the text that some viewers would pair with one in its code spans.

    These look for a pair before they look for code, and so bare what follows.
    """
    found = [m[0] for m in _SHIFTING if m in codes and text.count(m) > codes.count(m)]
    # LaTeX between \( and \), or \[ and \].
    if "\\" in text and (
        ("\\(" in text and "\\)" in codes) or ("\\[" in text and "\\]" in codes) or "\\`" in text
    ):
        found.append("\\")
    return "".join(found)
