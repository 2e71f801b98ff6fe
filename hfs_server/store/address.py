"""Where a store is: the path of a file, or the address of a database on a server.

The rule not to break: an address may hold a password, which is only in ``connection_string``.
No text that is shown or logged may have more of it than ``str`` returns.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

SCHEMES = ("postgresql://", "postgres://")
"""How an address begins; those of libpq."""

_MEANT = re.compile(
    r"""[\s'"]*(?:
        (?:jdbc:)?(?:postgres\w*|psql|pgsql|mysql|mariadb)(?:\+\w+)?:
        |(?:password|dbname|service)\s*=
        |(?:host|hostaddr|port|user|sslmode|passfile)\s*=.*\s\w+\s*=
    )""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
"""What is no path, though perhaps no address either: it may have a password, as libpq takes it."""

_UNESCAPED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\s]")
_MOST_SHOWN = 200


class Address:
    """The address of a PostgreSQL database, as libpq reads it, without interpreting it."""

    __slots__ = ("connection_string",)

    def __init__(self, text: str) -> None:
        """Raises ValueError with what was expected, without quoting the text."""
        if not text.lower().startswith(SCHEMES):
            raise ValueError("expected an address that begins with postgresql://")
        if _HIDDEN.search(text):
            raise ValueError("expected an address without blanks and control characters")
        self.connection_string = text

    def __str__(self) -> str:
        """Scheme, user, hosts and database: nothing else, since a password may be anywhere."""
        scheme, _, rest = self.connection_string.partition("://")
        # A password may hold characters that must be escaped and are not, so the last @ counts.
        login, at, place = rest.rpartition("@")
        user = login.partition(":")[0] if at else ""
        place = re.split(r"[?#]", place, maxsplit=1)[0]
        hosts, slash, name = place.partition("/")
        shown = ",".join(map(_without_secret, hosts.split(",")))
        return f"{scheme}://{user}{at}{shown}{slash}{name}"[:_MOST_SHOWN]

    def __repr__(self) -> str:
        return f"Address({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Address) and other.connection_string == self.connection_string

    def __hash__(self) -> int:
        return hash(self.connection_string)

    @property
    def has_password(self) -> bool:
        """Whether it holds a password, which a list of processes would show."""
        _, _, rest = self.connection_string.partition("://")
        login, at, _ = rest.rpartition("@")
        names = re.findall(r"[?&]([^=&]*)=", rest)
        return bool(at and ":" in login) or any("password" in unquote(each) for each in names)

    @property
    def looks_cut(self) -> bool:
        """Whether its password may have characters that must be percent-encoded and are not."""
        _, _, rest = self.connection_string.partition("://")
        head, *tail = re.split(r"[/?#]", rest, maxsplit=1)
        hosts = head.partition("@")[2] if "@" in head else head
        ports = [re.sub(r"\[.*\]", "", each).partition(":")[2] for each in hosts.split(",")]
        is_odd = not all(re.fullmatch("[0-9]*", each) for each in ports)
        after = tail[0].partition("?")[0] if tail and rest[len(head)] != "?" else ""
        return is_odd or "@" in hosts + after or _UNESCAPED.search(head) is not None


StorePlace = Path | Address
"""Where a store is."""


def is_address(text: object) -> bool:
    """Whether a text is meant as an address, and not as a path."""
    return isinstance(text, str) and _MEANT.match(text) is not None


def _without_secret(host: str) -> str:
    """A host with its port; what is no port may be the rest of a password."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host
    return f"{name}:{port}" if re.fullmatch(r"[0-9]{0,5}", port) else name
