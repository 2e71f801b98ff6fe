"""Which targets a link in an export may have: the web, mail, and what lies beside the file."""

from __future__ import annotations

import re
from urllib.parse import unquote

AUTOLINK = (
    r"https?://(?![^\s>]*(?://|%%))[\w.:?#&=+@,;/%~()-]*>|(?:mailto:)?[\w.+-]+@[A-Za-z0-9.-]+>"
)
"""What may follow "<": an address in which nothing acts, even where an escape makes it text."""

ODD_AUTOLINK = re.compile(rf"<(?!{AUTOLINK})[A-Za-z][A-Za-z0-9+.-]*:[^\s<>]*>")
LOOSE_HOST = re.compile(r"//(?<!http://)(?<!https://)(?=\S)")
"""A host without a scheme, or with one like ftp, which some viewers link by themselves."""

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_NOT_IN_SCHEMES = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\ufffd]")


def is_safe_target(href: str) -> bool:
    """Whether following the link, as the parser gives it, runs or opens nothing by itself."""
    target = _NOT_IN_SCHEMES.sub("", unquote(href))
    # These name another machine, which some systems greet with the user's password.
    if target.startswith(("//", "\\", "/\\")):
        return False
    scheme = _SCHEME.match(target)
    if scheme is None:
        # Without a scheme there is no colon before the path, however it is written.
        return ":" not in re.split(r"[/?#]", target, maxsplit=1)[0]
    return scheme[0].lower() in ("http:", "https:", "mailto:")


def normalized_label(label: str) -> str:
    """The label of a link as it is compared: in one case, its white space in single blanks."""
    return " ".join(label.split()).lower().upper()
