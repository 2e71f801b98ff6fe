"""What a user can set: where the store is, where exports go, how much is logged.

Options of the client win over the command line, that over the environment, that over the
defaults. An invalid path is never replaced by another one: what needs it is rejected.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from hfs_server.errors import DestinationNotWritable, StoreUnusable
from hfs_server.files.filenames import on_disk
from hfs_server.files.paths import path_from_text
from hfs_server.share_settings import Sharing, sharing_of
from hfs_server.store.address import Address, StorePlace, is_address
from hfs_server.store.local_files import default_folder
from hfs_server.text import path_in_sentence, require_unicode

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN_OPTIONS = ("databasePath", "exportDirectory", "logLevel", "keep", "annotate", "sessionFiles")


class Settings(NamedTuple):
    """Complete settings; ``problems`` are sentences about the invalid ones.

    A path or an address with a problem is the null device and must not be opened.
    """

    database: StorePlace
    export_directory: Path
    log_level: str = "WARNING"
    keep: tuple[str, ...] = ()
    """The tools whose sessions are kept, as they are written in the setting."""
    problems: tuple[str, ...] = ()
    database_problem: str | None = None
    export_problem: str | None = None
    annotate: bool = False
    """Whether source files are annotated with the sessions that wrote them."""
    session_files: bool | None = None
    """Whether session files that are open in the editor are followed; None if nobody said."""
    sharing: Sharing | None = None
    """Which kept sessions go to a second store; None if nothing leaves this machine."""
    share_problem: str | None = None

    def require_store(self) -> None:
        """Raises StoreUnusable if the setting for the store is invalid."""
        if self.database_problem is not None:
            raise StoreUnusable(self.database_problem)

    def require_folder(self) -> None:
        """Raises StoreUnusable if the store's folder is missing and not the default one."""
        if isinstance(self.database, Address):
            return
        folder = self.database.parent
        if not os.path.lexists(folder) and folder != default_folder():
            raise StoreUnusable(
                f"The store's folder {path_in_sentence(folder)} does not exist. Create it or "
                "choose another store."
            )

    def require_export_directory(self) -> None:
        """Raises DestinationNotWritable if the setting for the export folder is invalid."""
        if self.export_problem is not None:
            raise DestinationNotWritable(self.export_problem)


def resolve(
    options: object = None,
    environment: Mapping[str, str] = os.environ,
    *,
    database: str | None = None,
) -> Settings:
    """The settings from ``initializationOptions``, ``--database`` and the environment."""
    given = options if isinstance(options, Mapping) else {}
    place, database_problem = _database(
        _first(
            ("databasePath", given.get("databasePath")),
            ("--database", database),
            ("HFS_DATABASE", environment.get("HFS_DATABASE") or None),
        ),
    )
    export_directory, export_problem = _path(
        _first(
            ("exportDirectory", given.get("exportDirectory")),
            ("HFS_EXPORT_DIR", environment.get("HFS_EXPORT_DIR") or None),
        ),
        default="exports",
        remedy="Correct it, or give each export a destination.",
        is_folder=True,
    )
    log_level, level_problem = _log_level(given.get("logLevel"))
    keep, keep_problem = _keep(given.get("keep"), environment.get("HFS_KEEP", ""))
    annotate, annotate_problem = _annotate(given.get("annotate"))
    session_files, session_files_problem = _session_files(given.get("sessionFiles"))
    sharing, share_problem = sharing_of(environment)
    if sharing is not None and sharing.address == place:
        sharing, share_problem = None, "HFS_SHARE: this is the store itself. Nothing is shared."
    problems = (
        _problem_of(options),
        database_problem,
        export_problem,
        level_problem,
        keep_problem,
        annotate_problem,
        session_files_problem,
        share_problem,
    )
    return Settings(
        database=place,
        export_directory=export_directory,
        log_level=log_level,
        keep=keep,
        problems=tuple(filter(None, problems)),
        database_problem=database_problem,
        export_problem=export_problem,
        annotate=annotate,
        session_files=session_files,
        sharing=sharing,
        share_problem=share_problem,
    )


def _problem_of(options: object) -> str | None:
    if options is None or isinstance(options, Mapping):
        return None
    return "initializationOptions: expected an object; the defaults are used."


def _log_level(level: object) -> tuple[str, str | None]:
    if level is None or level in LOG_LEVELS:
        return str(level or "warning").upper(), None
    return "WARNING", f"logLevel: expected one of {', '.join(LOG_LEVELS)}; using warning."


def _annotate(option: object) -> tuple[bool, str | None]:
    if option is None or isinstance(option, bool):
        return bool(option), None
    return False, "annotate: expected true or false; source files are not annotated."


def _session_files(option: object) -> tuple[bool | None, str | None]:
    if option is None or isinstance(option, bool):
        return option, None
    return None, "sessionFiles: expected true or false; the default is used."


def _keep(option: object, variable: str) -> tuple[tuple[str, ...], str | None]:
    if option is None:
        return tuple(variable.replace(",", " ").split()), None
    names = option if isinstance(option, list) else [None]
    valid = tuple(name for name in names if isinstance(name, str))
    if len(valid) == len(names):
        return valid, None
    return valid, 'keep: expected a list of tools, such as ["claude-code"]; others are ignored.'


def _first(*candidates: tuple[str, object]) -> tuple[str, object]:
    """The name and the value of the first setting that is there."""
    return next((each for each in candidates if each[1] is not None), ("", None))


def _database(setting: tuple[str, object]) -> tuple[StorePlace, str | None]:
    """Where the store is and no problem, or the null device and its problem."""
    remedy = "Correct it; no other store is used."
    name, value = setting
    if not isinstance(value, str) or not is_address(value):
        return _path(setting, default="sessions.db", remedy=remedy)
    try:
        return Address(require_unicode(value)), None
    except ValueError as error:
        return Path(os.devnull), f"{name}: {error}. {remedy}"


def _path(
    setting: tuple[str, object], *, default: str, remedy: str, is_folder: bool = False
) -> tuple[Path, str | None]:
    """The path and no problem, or the null device and its problem."""
    name, value = setting
    if value is None:
        return default_folder() / default, None
    try:
        if isinstance(value, str) and name in KNOWN_OPTIONS:
            # JSON has characters; those from the shell are decoded from the bytes on disk.
            value = on_disk(require_unicode(value))
        path = path_from_text(value, is_folder)
        if name in KNOWN_OPTIONS and not _is_complete(str(value)):
            raise ValueError("expected an absolute path, such as /home/me/.hfs")
        return path, None
    except ValueError as error:
        return Path(os.devnull), f"{name}: {error}. {remedy}"


def _is_complete(path: str) -> bool:
    """Whether the path does not depend on the folder in which an editor happens to run."""
    return path.startswith("~") or os.path.isabs(path)
