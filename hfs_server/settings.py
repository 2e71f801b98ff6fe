"""What a user can set: where the store is, where exports go, how much is logged.

Options of the client win over the environment, the environment over the defaults. A path
that cannot be used is never replaced by another one: what needs it is refused.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hfs_server.errors import DestinationNotWritable, StoreUnusable
from hfs_server.files.paths import path_from_text
from hfs_server.text import path_in_sentence, require_unicode

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN_OPTIONS = ("databasePath", "exportDirectory", "logLevel")


class Settings(NamedTuple):
    """Complete settings; ``problems`` are sentences on those that could not be used.

    A path of which there is a problem is the null device, and is not to be opened.
    """

    database_path: Path
    export_directory: Path
    log_level: str = "WARNING"
    problems: tuple[str, ...] = ()
    database_problem: str | None = None
    export_problem: str | None = None

    def require_store(self) -> None:
        """Raises StoreUnusable where the store's own setting cannot be used."""
        if self.database_problem is not None:
            raise StoreUnusable(self.database_problem)

    def require_folder(self) -> None:
        """Raises StoreUnusable if the store's folder is missing, unless it is the default one."""
        folder = self.database_path.parent
        if not os.path.lexists(folder) and folder != default_folder():
            raise StoreUnusable(
                f"There is no folder {path_in_sentence(folder)} for the store. Make it, or name "
                "another store."
            )

    def require_export_directory(self) -> None:
        """Raises DestinationNotWritable where exports have no folder of their own."""
        if self.export_problem is not None:
            raise DestinationNotWritable(self.export_problem)


def resolve(options: object = None, environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings from ``initializationOptions`` and the environment; what is bad is named."""
    problems: list[str] = []
    given: Mapping[str, Any] = {}
    if isinstance(options, Mapping):
        given = options
    elif options is not None:
        problems.append("initializationOptions: expected an object; the defaults are used.")

    def path(option: str, variable: str, default: str, remedy: str) -> tuple[Path, str | None]:
        value, name = given.get(option), option
        try:
            if value is not None:
                value = _as_on_disk(value)
            else:
                value, name = environment.get(variable), variable
                if not value:
                    return default_folder() / default, None
            return path_from_text(value, is_folder=option == "exportDirectory"), None
        except ValueError as error:
            problems.append(f"{name}: {error}. {remedy}")
            return Path(os.devnull), problems[-1]

    database_path, database_problem = path(
        "databasePath",
        "HFS_DATABASE",
        "sessions.db",
        "Correct it; no other store is used in its place.",
    )
    export_directory, export_problem = path(
        "exportDirectory",
        "HFS_EXPORT_DIR",
        "exports",
        "Correct it, or name a destination with each export.",
    )
    level = given.get("logLevel")
    if level is not None and level not in LOG_LEVELS:
        problems.append(f"logLevel: expected one of {', '.join(LOG_LEVELS)}; warning is used.")
        level = None
    return Settings(
        database_path=database_path,
        export_directory=export_directory,
        log_level=(level or "warning").upper(),
        problems=tuple(problems),
        database_problem=database_problem,
        export_problem=export_problem,
    )


def _as_on_disk(path: object) -> object:
    """The client's text as Python must be told it, for its bytes on the disk to be UTF-8."""
    return os.fsdecode(require_unicode(path).encode()) if isinstance(path, str) else path


def default_folder() -> Path:
    """``~/.hfs``, in the current folder where the system names no home folder."""
    try:
        return Path.home() / ".hfs"
    except RuntimeError:
        return Path.cwd() / ".hfs"
