"""What the words of a program are, as Pygments finds it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Operator, String, _TokenType

LEXERS = {
    alias: name
    for name, aliases in {
        "bash": "sh shell zsh bash",
        "c": "c h",
        "cpp": "cpp c++ cc hpp",
        "csharp": "csharp cs c#",
        "console": "console shell-session",
        "css": "css",
        "dart": "dart",
        "docker": "docker dockerfile",
        "go": "go golang",
        "graphql": "graphql",
        "html": "html",
        "ini": "ini cfg conf",
        "java": "java",
        "javascript": "javascript js jsx mjs",
        "json": "json jsonc json5",
        "kotlin": "kotlin kt",
        "lua": "lua",
        "make": "make makefile",
        "php": "php",
        "powershell": "powershell ps1 pwsh",
        "python": "python py python3",
        "ruby": "ruby rb",
        "rust": "rust rs",
        "scala": "scala",
        "sql": "sql sqlite postgresql",
        "swift": "swift",
        "toml": "toml",
        "typescript": "typescript ts tsx",
        "xml": "xml svg",
        "yaml": "yaml yml",
    }.items()
    for alias in aliases.split()
}
"""Pygments' names of the languages that are highlighted, by the names that people write."""

USUAL = ("bash", "javascript", "json", "python", "sql", "typescript", "yaml")
"""The languages of most code in sessions, whose lexers a server loads in advance."""

_KINDS = (
    (Comment, "c"),
    (Keyword, "k"),
    (Operator.Word, "k"),
    (String, "s"),
    (Literal, "m"),
    (Name.Function, "f"),
    (Name.Class, "f"),
    (Name.Tag, "k"),
    (Name.Attribute, "f"),
    (Name.Decorator, "f"),
    (Name.Builtin, "f"),
)


_SLOW = frozenset(("c", "cpp", "csharp", "java"))


def effort(length: int, language: str) -> int:
    """What it costs to highlight so many characters, in characters of ordinary code.

    Some lexers need time in proportion to the square of the length, for a text that is made for
    it; four of them most of all.
    """
    return length + length * length // (1_000 if LEXERS[language] in _SLOW else 6_000)


def spans(text: str, language: str) -> Iterator[tuple[str, str]]:
    """The text in pieces, each with the class of its kind; "" if it has no colour."""
    kind, piece = "", ""
    for token, value in lexer(LEXERS[language]).get_tokens(text):
        found = _kind(token) if not value.isspace() else kind
        if found != kind:
            if piece:
                yield kind, piece
            kind, piece = found, ""
        piece += value
    yield kind, piece.removesuffix("\n")


@cache
def lexer(name: str) -> Lexer:
    """The lexer of this name; the first time, its patterns are compiled."""
    return get_lexer_by_name(name, stripnl=False)


@cache
def _kind(token: _TokenType) -> str:
    return next((kind for known, kind in _KINDS if token in known), "")
