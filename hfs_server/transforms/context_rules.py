"""The rules for values of which only the context says that they are secret, such as a name."""

from __future__ import annotations

from typing import Literal, NamedTuple

Condition = Literal[
    "always", "unless placeholder", "if random", "if random and no code", "if very random"
]
"""When a value that a pattern finds is a secret."""


class Rule(NamedTuple):
    """How one kind of secret is recognized."""

    name: str
    """What its markers say, such as ``github-token``."""
    pattern: str
    condition: Condition = "always"


_QUOTE = r"\\{0,7}[\"'`]"
ASSIGNED = rf"(?:{_QUOTE})?\]?\s{{0,3}}(?::|=|:=|=>|,)\s{{0,3}}"
_WORD_VALUE = r"[^\s\"'`;|<>()\[\]{}\\&,]{8,}"
NAMES = (
    r"(?i:pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|auth[_-]?key|account[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)"
)
"""A pattern for the names of what is kept secret, also in the syntax of ``re``."""

# Not PASS: of a test.
_SHORT_NAME = r"(?:\b|_)(?:pass|Pass|psk)|_(?:PASS|PSK)|[a-z]Pass|[A-Z]PASS"
_NAME = rf"(?:{NAMES}|{_SHORT_NAME})(?:[_-]\w{{1,8}}){{0,2}}"
# Not PUBLIC_KEY.
_KEY_NAME = r"[ABD-Z0-9]_KEY"
# The value is all of a word, and no function that is called.
_END = r"(?:[\s\"'`;|<>)\]}\\&,]|$)"
_BASE64 = r"[A-Za-z0-9+/]"
# Between two members of an object, also where a program printed the numbers of lines.
_BETWEEN = "(?:[\\s,]|\\\\+[nrt]|\\d{1,6}(?:\u2192|\\t))"
_MEMBER = rf"(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}(?:{_QUOTE})?"
_VALUE = rf"(?P<v>{_WORD_VALUE}){_END}"

IN_CONTEXT = (
    Rule(
        "authorization",
        r"(?i:authorization)[\"'`]?\s{0,3}[:=,]\s{0,3}[\"'`]?(?i:bearer|basic|token|apikey|bot)\s+"
        r"(?P<v>[\w.=+/~-]{8,})",
        condition="unless placeholder",
    ),
    Rule("bearer-token", r"\b(?i:bearer)\s+(?P<v>[\w.=+/~-]{20,})", condition="if random"),
    Rule(
        "cookie",
        r"(?i:\b(?:set-)?cookie)[\"'`]?\s{0,3}:\s{0,3}[\"'`]?"
        r"(?P<v>[\w.-]{1,60}=[^\s;\"'`,]{8,}(?:;\s?[\w.-]{1,60}=[^\s;\"'`,]*)*)",
        condition="if random",
    ),
    Rule(
        "private-key",
        rf"(?i:private|preshared)_?(?i:key){ASSIGNED}[\"']?(?P<v>{_BASE64}{{43}}=)",
    ),
    Rule(
        "private-key",
        rf"\bclient-key-data{ASSIGNED}[\"']?(?P<v>{_BASE64}{{40,}}={{0,2}})",
    ),
    Rule(
        "password",
        rf"{_NAME}{ASSIGNED}{_QUOTE}"
        rf"(?P<v>[^\s\"'`\\]{{8,}}){_QUOTE}",
        condition="if random",
    ),
    Rule(
        "password",
        r"(?m:^|\\n|[\s;\"'`])(?:export |set |ENV )?(?:[A-Z][A-Z0-9_]{0,40}_)?"
        r"(?:PASSWORD|PASSWD|PASS|PSK|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY)(?:_[A-Z0-9_]{1,20})?"
        r"=(?P<v>[^\s\"'`;|<>()\\]{8,})",
        condition="if random",
    ),
    Rule(
        "password",
        rf"(?:^|\\+[nrt]|[\s\"'`?&;(_-])(?i:pass(?:word|wd|phrase)?|pwd)="
        rf"(?P<v>{_WORD_VALUE})(?:[\s\"'`;\\&]|$)",
        condition="if random and no code",
    ),
    Rule(
        "password",
        rf"{_NAME}(?:(?:[ \t]|\\t){{0,3}}=[ \t]{{0,3}}|:\s{{1,3}}){_VALUE}",
        condition="if very random",
    ),
    Rule(
        "password",
        rf"{_KEY_NAME}[ \t]{{0,3}}[=:][ \t]{{0,3}}[\"']?(?:base64:)?{_VALUE}",
        condition="if very random",
    ),
    Rule(
        "password",
        r"--(?:password|passwd|pass|token|secret|api-?key|access-?key|auth)(?:=|\s{1,3})[\"']?"
        rf"(?P<v>{_WORD_VALUE})",
        condition="if random",
    ),
    Rule(
        "password",
        r"\b(?:mysql\w*|mysqldump|mariadb|sshpass|redis-cli|docker login|podman login)\b"
        rf"[^\n|;&]{{0,120}}?\s-[pa]\s?[\"']?(?P<v>{_WORD_VALUE})",
        condition="if random",
    ),
    Rule(
        "password",
        r"\b(?:curl|wget|http)\b[^\n|;]{0,200}?\s(?:-u|--user|-a)[\s=]{0,3}[\"']?[^\s:\"'\[]{1,80}:"
        r"(?P<v>[^\s\"'`<>()\\]{6,})",
        condition="if random",
    ),
    Rule(
        "password",
        r"\bmachine\s+\S{1,100}\s+login\s+\S{1,100}\s+password\s+(?P<v>\S{6,})",
        condition="unless placeholder",
    ),
    Rule(
        "password",
        rf"{_NAME}(?:\s[^<>]{{0,80}})?>(?P<v>{_WORD_VALUE})</",
        condition="if random",
    ),
    Rule(
        "password",
        rf"\b(?i:name|key|variable){_MEMBER}[\w.:-]*(?:{_NAME}|{_KEY_NAME})(?:{_QUOTE})?"
        rf"{_BETWEEN}+(?:{_QUOTE})?(?i:value){_MEMBER}{_VALUE}",
        condition="if random",
    ),
    Rule(
        "password",
        rf"\b(?i:value)(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}{_QUOTE}{_VALUE}{_BETWEEN}*{_QUOTE}?"
        rf"(?i:name|key){_MEMBER}[\w.:-]*(?:{_NAME}|{_KEY_NAME}){_QUOTE}",
        condition="if random",
    ),
    Rule(
        "password",
        rf"{NAMES}{_QUOTE}\s{{0,3}}:\s{{0,3}}\{{(?:\s|\\+n)*{_QUOTE}value{_QUOTE}\s{{0,3}}:\s{{0,3}}"
        rf"{_QUOTE}{_VALUE}",
        condition="if random",
    ),
    Rule(
        "password",
        rf"{NAMES}s(?:{_QUOTE})?\s{{0,3}}[:=]\s{{0,3}}(?:\[(?:\s|\\+n)*{_QUOTE}|\s*-\s{_QUOTE}?)"
        rf"{_VALUE}",
        condition="if random",
    ),
    Rule(
        "password",
        rf"\b(?:ENV|ARG|setx|setenv|set\s+-\w{{1,5}}|(?:config|configure|secrets?)\s+set)\s+"
        rf"[\"']?[\w./:-]*(?:{_NAME}|{_KEY_NAME})[\"']?\s+(?:{_QUOTE})?{_VALUE}",
        condition="if random",
    ),
    Rule(
        "password",
        rf"(?i:\bpassword|\bidentified(?:\s+with\s+\S{{1,40}})?\s+(?:by|as)(?:\s+password)?)\s+"
        rf"{_QUOTE}(?P<v>[^\s\"'`\\]{{8,}}){_QUOTE}",
        condition="if random",
    ),
)
"""Values of which only the context says that they are secret."""

IN_ADDRESSES = (
    Rule(
        "connection-password",
        r"\b[A-Za-z][\w+.-]{1,30}://[^\s/:@\"'`<>()\[]{0,80}:(?P<v>[^\s/\"'`<>()]{3,})@[\w\[]",
        condition="unless placeholder",
    ),
    Rule(
        "connection-password",
        r"\bhttps?://(?P<v>[A-Za-z0-9_-]{20,100})(?::x-oauth-basic)?@[\w\[]",
        condition="if random",
    ),
)
