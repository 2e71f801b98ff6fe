"""What the doctor says of a store on PostgreSQL: who connects, how safely, and where passwords lie.

The rule not to break: no password is shown, nor any other text of a file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.store.address import Address
from hfs_server.store.results import StoreAccess

Line = tuple[str, str, str, str]
"""Name, detail, status and advice of a check."""

_OK, _WARNING = "ok", "warning"
_OTHERS_READ = 0o044
_LARGEST = 1 << 20
_FILES = (
    ".bashrc",
    ".bash_profile",
    ".profile",
    ".zshrc",
    ".zshenv",
    ".emacs",
    ".emacs.d/init.el",
    ".config/Code/User/settings.json",
    "Library/Application Support/Code/User/settings.json",
    ".config/VSCodium/User/settings.json",
    ".config/emacs/init.el",
    ".config/fish/config.fish",
    ".config/helix/languages.toml",
    ".config/nvim/init.lua",
    ".config/nvim/init.vim",
    ".config/zed/settings.json",
)
"""Settings in the home folder in which the address of a store may be written."""
_ADDRESS = re.compile(rb"postgres(?:ql)?://[^\s\"'`\\<>]+")


def access_checks(access: StoreAccess) -> Iterator[Line]:
    """Who connects to a store, and how."""
    rights = "reads and writes" if access.can_write else "only reads"
    detail = f"{access.role}, which {rights}; the tables belong to {access.owner}"
    if access.sees_all:
        advice = "It sees private sessions of all users. Use a role that is no superuser."
        yield "role in the store", f"{detail}; no policy holds for it", _WARNING, advice
    elif not access.can_write:
        advice = "Nothing can be imported. Use the primary server, or ask for the role hfs_writer."
        yield "role in the store", detail, _WARNING, advice
    else:
        yield "role in the store", detail, _OK, ""
    if access.unsecured:
        detail = f"off, or with other policies than those of hfs-server: {_few(access.unsecured)}"
        advice = "Private sessions may be seen by others. Ask the administrator of the database."
        yield "row-level security", detail, _WARNING, advice
    if access.missing_indexes:
        advice = (
            "The store works, but slowly. Ask its administrator to create them again: hfs-server "
            "roles prints the statements."
        )
        yield "indexes of the store", f"missing: {_few(access.missing_indexes)}", _WARNING, advice
    secured = "Write sslmode=verify-full into the address."
    if access.is_local:
        yield "connection to the store", "on this machine", _OK, ""
    elif not access.is_encrypted:
        yield "connection to the store", "not encrypted", _WARNING, secured
    elif not access.is_verified:
        detail = "TLS, without checking who the server is"
        yield "connection to the store", detail, _WARNING, secured
    else:
        yield "connection to the store", "TLS, and the server is checked", _OK, ""


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")


def password_checks(home: Path, place: object) -> Iterator[Line]:
    """Where a password of a store may be seen by others."""
    if isinstance(place, Address) and place.has_password:
        advice = "Put it in ~/.pgpass with mode 0600: a list of processes may show an address."
        yield "password of the store", "in the address", _WARNING, advice
    for path in filter(_shows_password, (home / each for each in _FILES)):
        advice = f"Put it in ~/.pgpass, or run: chmod 600 '{path}'"
        detail = f"{path} has one in an address, and other users may read the file"
        yield "password of a store", detail, _WARNING, advice


def _shows_password(path: Path) -> bool:
    """Whether others may read a file that has an address with a password."""
    try:
        found = path.stat()
        if os.name == "nt" or not found.st_mode & _OTHERS_READ or not path.is_file():
            return False
        with path.open("rb") as file:
            text = file.read(_LARGEST)
    except OSError:
        return False
    return any(_has_password(each) for each in _ADDRESS.findall(text))


def _has_password(address: bytes) -> bool:
    try:
        return Address(address.decode(errors="replace")).has_password
    except ValueError:
        return False
