"""Formulas between ``$$``, which previews with KaTeX take out of the text before all else.

The rule not to break: a formula stays one only where parsers with and without KaTeX
agree on what lies outside of it. So it stands between blank lines, and holds neither
code marks nor anything that begins a block; any other becomes a block of code in the
language ``math``, which previews show the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hfs_server.exporters.markdown.extensions import INLINE
from hfs_server.exporters.markdown.foreign_blocks import begins_foreign_block

_LONGEST = 200

_PLAIN = re.compile(
    r"^\$\$(?:[^\n$`]*[^\s$`][^\n$`]*|[ \t]*\n"
    r"(?:(?![ \t]*(?:[-+*]\s|[0-9]+[.)]|[>#|~<\[]|=+[ \t]*$|-+[ \t]*$|:-))"
    r"[^\n$`]*[^\s$`][^\n$`]*\n)+)\$\$[ \t]*$",
    re.MULTILINE,
)
_ENVIRONMENT = re.compile(r"\\begin\{([^{}]*)\}")
_FOREIGN = re.compile(INLINE)
_OPENING = re.compile(
    r"(?P<marks>(?:[ \t>]|[-+*](?=[ \t])|[0-9]{1,9}[.)](?=[ \t]))*)\$\$(?P<first>[^$`]*)"
    r"(?P<closed>\$\$)?(?P<rest>.*)"
)
_LIST_MARK = re.compile(r"[^>\s]")


def set_off_formulas(text: str, code: set[int]) -> str:
    """The text with each formula outside of code in a form that all parsers agree on.

    ``code`` are the numbers of the lines that are code.
    """
    lines = text.split("\n")
    plain = {first: end for first, end in _plain_formulas(text) if first not in code}
    result: list[str] = []
    number = 0
    while number < len(lines):
        if number in plain:
            end = plain[number]
            before = [""] if result and result[-1] else []
            after = [""] if any(lines[end : end + 1]) else []
            written = [*before, *lines[number:end], *after]
        elif number not in code and (found := _OPENING.fullmatch(lines[number])):
            written, end = _other_formula(found, lines, number)
        else:
            written, end = [lines[number]], number + 1
        result += written
        number = end
    return "\n".join(result)


def lines_of_formulas(text: str) -> set[int]:
    """The numbers of the lines that are formulas, and may stay so."""
    lines = text.split("\n")
    return {
        number
        for first, end in _plain_formulas(text)
        if not any(lines[max(0, first - 1) : first]) and not any(lines[end : end + 1])
        for number in range(first, end)
    }


def _plain_formulas(text: str) -> Iterator[tuple[int, int]]:
    """The first line of each formula that may stay one, and the line after it."""
    for found in _PLAIN.finditer(text):
        if _is_plain(found[0]):
            first = text.count("\n", 0, found.start())
            yield first, first + found[0].count("\n") + 1


def _is_plain(formula: str) -> bool:
    """Whether a viewer with extensions but without formulas sees nothing but text in it."""
    if _FOREIGN.search(formula):
        return False
    for found in _ENVIRONMENT.finditer(formula):
        if f"\\end{{{found[1]}}}" not in formula[found.end() :]:
            return False
    lines = formula.replace("\\begin{", "").split("\n")
    return not any(map(begins_foreign_block, lines))


def _other_formula(found: re.Match[str], lines: list[str], number: int) -> tuple[list[str], int]:
    """What to write for the formula that begins there, and the number of the line after it."""
    marks, first, rest = found["marks"], found["first"].strip(), found["rest"]
    if found["closed"] and rest.strip():
        # In a sentence: viewers take it for a block that goes on to the end.
        is_formula = first and "$" not in rest
        return [f"{marks}${first}${rest}" if is_formula else lines[number]], number + 1
    below = _LIST_MARK.sub(" ", marks)
    end = number + 1
    body: list[str] | None = [first]
    if not found["closed"]:
        body, end = _body(first, below, lines, end) if not rest else (None, end)
    if body is None or not any(body):
        return [lines[number]], number + 1
    written = [f"{below}{line}".rstrip() for line in body]
    return [f"{marks}```math", *written, f"{below}```"], end


def _body(first: str, below: str, lines: list[str], number: int) -> tuple[list[str] | None, int]:
    """The lines of a formula to its end, without the marks ``below``; None if there is no end."""
    body = [first] if first else []
    for end, line in enumerate(lines[number : number + _LONGEST], start=number + 1):
        if line.strip() and not line.startswith(below.rstrip(" ") if ">" in below else below):
            break
        inner = line[len(below) :].rstrip()
        is_last = inner.endswith("$$")
        inner = inner.removesuffix("$$").rstrip()
        if "$" in inner or "`" in inner:
            break
        if inner or not is_last:
            body.append(inner)
        if is_last:
            return body, end
    return None, number
