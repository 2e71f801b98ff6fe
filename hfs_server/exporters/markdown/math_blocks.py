"""Formulas between ``$$``, which previews with KaTeX take out of the text before all else.

The rule not to break: a formula stays one only where parsers with and without KaTeX
agree on what lies outside of it. So it stands between blank lines, and holds neither
code marks nor anything that begins a block.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(
    r"^\$\$(?:[^\n$`]*[^\s$`][^\n$`]*|[ \t]*\n"
    r"(?:(?![ \t]*(?:[-+*]\s|[0-9]+[.)]|[>#|~<\[]|=+[ \t]*$|-+[ \t]*$|:-))"
    r"[^\n$`]*[^\s$`][^\n$`]*\n)+)\$\$[ \t]*$",
    re.MULTILINE,
)
_OTHER = re.compile(r"^\$\$[ \t]*\n((?:[^\n$`]*\n){1,200}?)\$\$[ \t]*$", re.MULTILINE)


def set_off_formulas(text: str, code: set[int]) -> str:
    """The text with each formula outside of code in a form that all parsers agree on.

    ``code`` are the numbers of the lines that are code. Formulas that look like other
    Markdown become blocks of code in the language ``math``, which previews show the same.
    """

    def set_off(found: re.Match[str]) -> str:
        if text.count("\n", 0, found.start()) in code:
            return found[0]
        before = "" if text[max(0, found.start() - 2) : found.start()] in ("", "\n\n") else "\n"
        after = "" if text[found.end() : found.end() + 2] in ("", "\n", "\n\n") else "\n"
        is_plain = _PLAIN.fullmatch(found[0])
        formula = found[0] if is_plain else f"```math\n{found[1]}```"
        return f"{before}{formula}{after}"

    return re.compile(f"{_PLAIN.pattern}|{_OTHER.pattern}", re.MULTILINE).sub(set_off, text)


def lines_of_formulas(text: str) -> set[int]:
    """The numbers of the lines that are formulas, and may stay so."""
    lines: set[int] = set()
    for found in _PLAIN.finditer(text):
        is_set_off = text[max(0, found.start() - 2) : found.start()] in ("", "\n\n")
        if is_set_off and text[found.end() : found.end() + 2] in ("", "\n", "\n\n"):
            first = text.count("\n", 0, found.start())
            lines.update(range(first, first + found[0].count("\n") + 1))
    return lines
