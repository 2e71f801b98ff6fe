"""What a user can set: where the store is, where exports go, how much is logged.

Options of the client win over the environment, the environment over the defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN_OPTIONS = ("databasePath", "exportDirectory", "logLevel")


class Settings(NamedTuple):
    """Complete settings; ``problems`` are sentences on those that could not be used."""

    database_path: Path
    export_directory: Path
    log_level: str = "WARNING"
    problems: tuple[str, ...] = ()


def resolve(options: object = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from ``initializationOptions`` and the environment; what is bad is named."""
    problems: list[str] = []
    given: Mapping[str, Any] = {}
    if isinstance(options, Mapping):
        given = options
    elif options is not None:
        problems.append("initializationOptions: expected an object; the defaults are used.")
    home = _home() / ".hfs"

    def path(option: str, variable: str, default: Path) -> Path:
        value = given.get(option)
        if value is None:
            value = environment.get(variable) or None
            option = variable
        elif isinstance(value, str):
            value = _as_on_disk(value)
        if value is None:
            return default
        try:
            return _whole_path(value)
        except ValueError as error:
            problems.append(f"{option}: {error}; {default} is used.")
            return default

    database_path = path("databasePath", "HFS_DATABASE", home / "sessions.db")
    export_directory = path("exportDirectory", "HFS_EXPORT_DIR", home / "exports")
    level = given.get("logLevel")
    if level is not None and level not in LOG_LEVELS:
        problems.append(f"logLevel: expected one of {', '.join(LOG_LEVELS)}; warning is used.")
        level = None
    return Settings(
        database_path=database_path,
        export_directory=export_directory,
        log_level=(level or "warning").upper(),
        problems=tuple(problems),
    )


def _as_on_disk(path: str) -> str:
    """The client's text as Python must be told it, for its bytes on the disk to be UTF-8."""
    try:
        return os.fsdecode(path.encode())
    except UnicodeEncodeError:
        return ""


def _whole_path(value: object) -> Path:
    """The path that a setting names. Raises ValueError, whose text says what is wrong."""
    try:
        if isinstance(value, str) and value.strip() and b"\0" not in os.fsencode(value):
            return Path(os.path.abspath(os.path.expanduser(value)))
    except UnicodeEncodeError:
        pass
    except OSError:
        raise ValueError("the present folder does not exist") from None
    raise ValueError("expected the path of a file or folder")


def _home() -> Path:
    """The user's home folder; the present folder where the system names none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path.cwd()
