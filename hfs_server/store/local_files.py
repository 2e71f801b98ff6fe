"""Where this machine keeps what concerns a store and is no part of it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hfs_server.store.address import Address

_DIGITS = 16
_PLACE = ("host", "hostaddr", "port", "dbname", "user", "service")
"""The parameters and variables of libpq that say which database is meant."""


def default_folder() -> Path:
    """``~/.hfs``, or ``.hfs`` in the current folder if there is no home folder."""
    try:
        return Path.home() / ".hfs"
    except RuntimeError:
        return Path.cwd() / ".hfs"


def local_path(address: Address) -> Path:
    """What the names of this machine's files for a store on a server begin with."""
    from hashlib import sha256

    given = re.findall(rf"[?&]({'|'.join(_PLACE)})=([^&]*)", address.connection_string)
    # What an address leaves out, libpq takes from the environment.
    of_environment = [os.environ.get(f"PG{name.upper()}") for name in _PLACE]
    text = repr((str(address), given, of_environment))
    return default_folder() / f"postgresql-{sha256(text.encode()).hexdigest()[:_DIGITS]}"
