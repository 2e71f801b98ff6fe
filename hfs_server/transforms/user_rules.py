"""The rules for the names of users: the paths of home folders that have one, and other places."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from hfs_server.transforms.context_rules import Rule

USER_NAME = "user-name"
"""What the markers of these rules say."""

_SLASH = r"(?:\\{1,2}|/)"
_ON_WINDOWS = (
    rf"(?:\b[A-Za-z]:{_SLASH}Users{_SLASH}"
    r"|\\{2,4}[\w.$-]{1,60}(?:\\{1,2}[\w.$-]{1,60}){0,2}\\{1,2}(?i:home|users)\\{1,2})"
)
_HOME = rf"(?:/home/|/Users/|%2[Ff](?:home|Users)%2[Ff]|{_ON_WINDOWS})"
# Of what is encoded for a URL: blanks, apostrophes, and what is not ASCII.
_LETTER = r"(?:[^\s/\\\"'`<>|:*?,;()\[\]{}$%]|%2[07]|%[89A-Fa-f][0-9A-Fa-f])"
_FIRST = r"[\w\x80-\xff]"
_WORD = r"[\w.'\x80-\xff-]{0,40}"
# Capital, since the words of a sentence may follow a path; or the one that ends it.
_NEXT = rf"(?:[A-Z0-9\x80-\xff]{_WORD}|van|von|de|den|der|da|di|la|le)"
_MORE = rf"(?:(?: {_NEXT}){{1,3}}| [a-z]{_WORD})"

IN_HOME = (
    Rule(USER_NAME, rf"{_ON_WINDOWS}(?P<v>{_FIRST}{_WORD}{_MORE}){_SLASH}"),
    Rule(USER_NAME, rf"{_HOME}(?P<v>{_LETTER}{{1,40}}(?:'{_FIRST}{_LETTER}{{0,40}})+)[/\\]"),
    Rule(USER_NAME, rf"{_HOME}(?P<v>{_LETTER}{{1,64}})"),
    Rule(USER_NAME, rf"{_HOME}'(?P<v>{_FIRST}{_LETTER}{{0,63}})'[/\\]"),
    Rule(USER_NAME, rf"{_HOME}\"(?P<v>{_FIRST}{_LETTER}{{0,63}})\"[/\\]"),
)
"""Names in the paths of home folders."""

_WHOLE = re.compile(
    r"(?:/home/|/Users/|[A-Za-z]:[\\/]Users[\\/]|\\\\[^\\]+(?:\\[^\\]+)?\\(?:home|Users)\\)"
    r"(?P<v>[^/\\]{1,100})(?:[/\\]|\Z)"
)
_ODD = re.compile(r"\w.*[\s\"'`<>|:*?,;()\[\]{}$%]", re.DOTALL)


def name_in_folder(folder: str) -> str | None:
    """The name in the path of a folder, of which the end is known: it may have any characters."""
    match = _WHOLE.match(folder)
    return match["v"] if match else None


def rules_of_users(names: Iterable[str]) -> tuple[Rule, ...]:
    """Known names, where no path says so: ``-home-me-project``, ``~me``, ``me@host``, ``ls -l``.

    A name that is no single word is replaced everywhere, since it is none of another thing.
    """
    known = {each for name in names for each in (name, unquote(name)) if name}
    folders = {re.sub("[^A-Za-z0-9]", "-", name) for name in known}
    any_name = _any(known | folders)
    listed = r"[bcdlps-][r-][w-][rwxsStT-]{7}[.+@]?\s+\d+\s+(?:\S+\s+)?"
    said = r"\b(?:Author|Commit|Committer):\s+|\b(?:USER|USERNAME|LOGNAME)=|\bwhoami\W{1,20}"
    before = rf"-(?:home|Users)-|(?:^|[^\w~])~|{said}|{listed}"
    odd = [name for name in known if _ODD.match(name)]
    return (
        *([Rule(USER_NAME, rf"(?:^|\W)(?P<v>{_any(odd)})(?:\W|$)")] if odd else ()),
        Rule(USER_NAME, rf"(?:{before})(?P<v>{any_name})(?:\W|$)"),
        Rule(USER_NAME, rf"(?:^|[^\w.+/@-])(?P<v>{_any(known)})@[A-Za-z]"),
    )


def _any(names: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=lambda each: (-len(each), each))))
