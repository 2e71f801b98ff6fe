"""The search for secrets: several rules as one pattern, and which values look like secrets."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

import re2

from hfs_server.transforms.context_rules import NAMES, Condition, Rule
from hfs_server.transforms.user_rules import rules_of_users

_VALUE = "(?P<v>"
_PATTERN_BYTES = 256 << 20
"""The most memory of an automaton; RE2 is slow with less than it needs."""
_MOST_TIMES = re.compile(r"\{(\d+),\d{2,}\}")
"""How often something may be repeated; RE2 compiles a copy for each time."""
_LEAST_BITS = 2.8
"""The entropy of a character of a random value; words and names have less."""
_PLACEHOLDER = re.compile(
    r"[${<]|%(?![0-9A-Fa-f]{2})|\[|.*(?:example|placeholder|changeme|your|xxxx|redacted|\*\*\*|\.\.\.)"
    r"|(?:pass(?:word|wd)?|pwd?|secret|token|user(?:name)?|admin|root|test|postgres)$",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(r"[a-z]_[a-z]|\w\.[a-z]|://|::|[?@]")
_CHANGES = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
_LEAST_CHANGES = 2
_LEAST_DIGITS = 2
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_LEAST_SCRAMBLED = 10
_MOST_OF_A_WORD = 3.0
"""The mean length of what looks like words in random letters; in names it is greater."""
_NAME = re.compile(
    rf"(?:^|[_-]|(?<=[a-z])(?=[A-Z]))(?:{NAMES}s?|(?i:pass|psk|authorization|cookie))$"
    r"|[ABD-Z0-9]_KEY$"
)
_LONGEST_NAME = 100

VALUE_KEYS = ("value", "Value")
"""Keys of a value whose name is another member of the same object."""


class SecretPattern:
    """Several rules as one pattern: a group for each, and one in it for its value."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._groups: list[tuple[int, int, Rule]] = []
        number = 1
        for rule in rules:
            has_value = _VALUE in rule.pattern
            self._groups.append((number, number + has_value, rule))
            number += 1 + has_value
        pattern = "|".join(f"({rule.pattern.replace(_VALUE, '(')})" for rule in rules)
        self.search = _searched(pattern)

    def found(self, match: Any) -> tuple[Rule, int, int]:
        """The rule of a match, and where its value begins and ends."""
        group, value, rule = next(each for each in self._groups if match.start(each[0]) >= 0)
        begin, end = match.span(value)
        return (rule, begin, end) if begin >= 0 else (rule, *match.span(group))


compiled = cache(SecretPattern)
"""The pattern of a tuple of rules."""


@lru_cache(100)
def users_pattern(names: tuple[bytes, ...]) -> SecretPattern:
    """The pattern of known names of users."""
    return SecretPattern(rules_of_users(name.decode("utf-8", "replace") for name in names))


@cache
def quick_search(rules: Sequence[Rule]) -> Callable[[bytes], Any]:
    """A search that finds something in every text in which one of a tuple of rules does.

    It needs a quarter of the time of several patterns, but does not say what it has found. What
    is repeated more often than a rule allows is found, too, since all of the rules are compiled in
    one call, for which everything waits (benchmark row 7): in 10 ms instead of 50.
    """
    pattern = "|".join(f"(?:{rule.pattern.replace(_VALUE, '(?:')})" for rule in rules)
    return _searched(_MOST_TIMES.sub(r"{\1,}", pattern), captures=False)


def _searched(pattern: str, *, captures: bool = True) -> Callable[..., Any]:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = _PATTERN_BYTES
    options.never_capture = not captures
    search: Callable[..., Any] = re2.compile(pattern.encode(), options).search
    return search


@lru_cache(1000)
def names_secret(key: str) -> bool:
    """Whether a key of an object is a name for what is kept secret."""
    return _NAME.search(key) is not None


def named_by(given: Mapping[str, Any]) -> str | None:
    """The name of what is kept secret that an object has beside its value, if it has one."""
    if not any(key in given for key in VALUE_KEYS):
        return None
    names = (given.get(key) for key in ("name", "key", "Name", "Key"))
    short = (name for name in names if isinstance(name, str) and len(name) <= _LONGEST_NAME)
    return next(filter(names_secret, short), None)


def is_secret(value: bytes, condition: Condition) -> bool:
    """Whether a value that stands where secrets do is one."""
    if condition == "always":
        return True
    text = value.decode("utf-8", "replace")
    if _PLACEHOLDER.match(text):
        return False
    if condition == "unless placeholder":
        return True
    if condition == "if random and no code":
        return _is_random(text) and "_" not in text and not _CODE.search(text.rstrip("?."))
    return _is_random(text) and (condition == "if random" or _is_mixed(text))


def _is_random(text: str) -> bool:
    has_both = any(map(str.isdigit, text)) and any(map(str.isalpha, text))
    return (has_both or _is_scrambled(text)) and _entropy(text) >= _LEAST_BITS


def _is_mixed(text: str) -> bool:
    """Whether letters and digits alternate as in no name: what is not in quotes may be code."""
    if _CODE.search(text):
        return False
    if "!" in text and any(map(str.isdigit, text)):
        return True
    has_digits = sum(map(str.isdigit, text)) >= _LEAST_DIGITS
    return (has_digits and len(_CHANGES.findall(text)) >= _LEAST_CHANGES) or _is_scrambled(text)


def _is_scrambled(text: str) -> bool:
    """Whether small and capital letters alternate as in no name."""
    if len(text) < _LEAST_SCRAMBLED or not text.isalnum() or text.islower() or text.isupper():
        return False
    return len(text) <= _MOST_OF_A_WORD * len(_WORDS.findall(text))


def _entropy(text: str) -> float:
    """In bits per character, by Shannon."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)
