"""PostgreSQL's errors as errors of the store, in sentences for a person.

The rule not to break: what the server or libpq says is never quoted, since it may hold session
text, or a part of the address that is secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from hfs_server.errors import HfsError, StoreBusy, StoreUnusable
from hfs_server.store.address import Address

READER, WRITER = "hfs_reader", "hfs_writer"
"""The roles in which reads and writes are permitted."""
_BUSY = {
    "57014": "did not answer in time, or the work was cancelled",
    "55P03": "is locked by another program",
    "40001": "was changed by another program at the same time",
    "40P01": "was changed by another program at the same time",
    "53300": "has no connection left; others use all of them",
    "57P03": "is starting, stopping or being restored",
    "57P01": "was stopped or restarted by its administrator",
    "57P02": "was restarted after a crash",
    "25P03": "ended the connection, which was idle for too long",
    "25P04": "ended a transaction that took too long",
    "57P05": "ended the connection, which was idle for too long",
    "53200": "has run out of memory",
}
_UNUSABLE = {
    "28P01": (
        "rejected the password",
        "Set PGPASSWORD, or put it in a password file (~/.pgpass) with mode 0600",
    ),
    "28000": ("rejected the user", "Correct the user, or ask the administrator for access"),
    "3D000": ("does not have this database", "Create it with createdb, or correct its name"),
    "42501": (
        "does not permit this to the user",
        "Ask the administrator for the role {role}",
    ),
    "25006": (
        "can only be read, as a replica can",
        "List, search and export there; import at the primary server",
    ),
    "53100": ("has no space left on its disk", "Ask the administrator to free some"),
    "XX001": ("has damaged data", "Ask the administrator to restore it from a backup"),
    "XX002": ("has a damaged index", "Ask the administrator to reindex the database"),
}
_LOGIN = ("28P01", "28000", "3D000")
"""What is wrong if a password is not the one that was meant, or its end is taken as a name."""
_OTHER_SCHEMA = ("42", "3F")
"""Our statements are correct, so that a table, a column or a function is not what it was."""
_LOST = "ended the connection"
_STATES = (
    ("too many clients|connection slots|too many connections", "53300"),
    ("system is (starting|shutting|not)|recovery", "57P03"),
    ("database +does not exist", "3D000"),
)
_REASONS = (
    ("of service|service file", "its service is not defined as it should be (see pg_service.conf)"),
    ("refused", "the connection was refused"),
    ("timeout|timed out", "it does not answer"),
    ("translate host|resolve|name or service|getaddrinfo", "no such host"),
    ("pg_hba", "the server does not let in this user from here (see its pg_hba.conf)"),
    ("no password supplied|password authentication", "the password is wrong"),
    ("certificate|ssl|tls", "no secure connection (see sslmode)"),
    ("closed the connection|connection reset", "the connection was ended before it was ready"),
    ("unreachable|no route", "there is no way to it in the network"),
    ("no such file|does not exist", "there is no socket, host or database"),
    ("permission denied", "the permission is missing"),
    ("invalid|missing|unrecognized", "the address is not valid"),
)
"""What libpq says in English, and how it is reported."""


class NoAnswer(psycopg.OperationalError):
    """The server, or the network before it, did not answer in time."""

    sqlstate = "57014"


@contextmanager
def translated_errors(address: Address, role: str = READER) -> Iterator[None]:
    """Raises errors of PostgreSQL as those of the store, for which a user needs this role."""
    try:
        yield
    except psycopg.Error as error:
        raise store_error(error, address, role) from None


def store_error(error: psycopg.Error, address: Address, role: str) -> HfsError:
    """The error of a statement."""
    state = error.sqlstate or ""
    known = _error_of_state(state, address, role)
    if known is not None:
        return known
    if isinstance(error, psycopg.OperationalError) and state[:2] in ("", "08", "57"):
        return StoreBusy(
            f"The server of the store {address} {_LOST}. Try again; if that happens often, look "
            "into its log."
        )
    if state.startswith(_OTHER_SCHEMA):
        return StoreUnusable(
            f"The tables of the store {address} are not as hfs-server has created them (error "
            f"{state} of PostgreSQL). Restore the store from a backup, or ask its administrator; "
            "hfs-server doctor says what is missing."
        )
    return StoreUnusable(
        f"The store {address} cannot be used: error {state or type(error).__name__} of "
        "PostgreSQL. hfs-server doctor says more."
    )


def connection_error(error: psycopg.Error, address: Address) -> HfsError:
    """The error of connecting, which often has no code: libpq has it only as text."""
    # Names may be any words.
    text = re.sub('"[^"]*"', "", str(error).lower())
    state = next((state for pattern, state in _STATES if re.search(pattern, text)), "")
    known = _error_of_state(error.sqlstate or state, address)
    if known is not None:
        return known
    if re.search("session is (not )?read-only|hot standby", text):
        return StoreBusy(
            f"No server of the store {address} is as target_session_attrs asks. Try again when "
            "one has become so, or correct it."
        )
    reason = next(
        (said for pattern, said in _REASONS if re.search(pattern, text)), "unknown reason"
    )
    return unreachable(address, reason)


def _error_of_state(state: str, address: Address, role: str = READER) -> HfsError | None:
    if state in _BUSY:
        return StoreBusy(f"The store {address} {_BUSY[state]}. Try again.")
    if state in _UNUSABLE:
        problem, advice = _UNUSABLE[state]
        hint = _hint(address) if state in _LOGIN else ""
        return StoreUnusable(f"The store {address} {problem}. {advice.format(role=role)}.{hint}")
    return None


def unreachable(address: Address, reason: str = "it does not answer") -> StoreUnusable:
    """The error of a server to which there is no way."""
    return StoreUnusable(
        f"The store {address} cannot be reached: {reason}. Check the address, the password "
        "(PGPASSWORD or ~/.pgpass), and whether PostgreSQL runs there."
        f"{_hint(address)}"
    )


def _hint(address: Address) -> str:
    """What else may be wrong with an address that looks as if a part of its password is lost."""
    if not address.looks_cut:
        return ""
    return (
        " In a password that is part of the address, characters such as / ? # @ : and % must be "
        "percent-encoded: %2F instead of /."
    )
