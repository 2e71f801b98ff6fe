"""The command that checks whether all is well, for people and for reports of bugs.

The rule not to break: nothing of a session is shown, and the home folder only as ``~``.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from argparse import Namespace
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from hfs_server import __version__
from hfs_server.cli.access_checks import access_checks, password_checks
from hfs_server.cli.editors import plugin_folder
from hfs_server.cli.output import one_line, print_json, print_line
from hfs_server.editor_files import PACKAGED, State, compare
from hfs_server.errors import HfsError, SourceNotReadable, os_reason
from hfs_server.import_sources import found_in
from hfs_server.importers import IMPORTERS, TOOLS, Importer
from hfs_server.importers.places import Places
from hfs_server.settings import Settings
from hfs_server.store import engine, health_of, open_store
from hfs_server.store.address import StorePlace
from hfs_server.store.results import StoreHealth
from hfs_server.text import path_text

OK, WARNING, ERROR = "ok", "warning", "error"
_STATUSES = (OK, WARNING, ERROR)
_OTHERS = 0o077


class Check(NamedTuple):
    """One line of the report."""

    name: str
    detail: str
    status: str = OK
    advice: str = ""
    """What to do; empty if there is nothing to do."""


def print_checks(options: Namespace, settings: Settings) -> int:
    """Prints the checks; 1 if there is an error."""
    checks = [_without_home(check) for check in _checks(settings)]
    worst = max((check.status for check in checks), key=_STATUSES.index)
    if options.json:
        print_json({"status": worst, "checks": [check._asdict() for check in checks]})
    else:
        for check in checks:
            print_line(f"{check.status:<8} {check.name}: {check.detail}")
            if check.advice:
                print_line(f"{'':8} {check.advice}")
    return 1 if worst == ERROR else 0


def _checks(settings: Settings) -> Iterator[Check]:
    yield Check("hfs-server", __version__)
    yield Check("Python", f"{platform.python_version()} ({platform.python_implementation()})")
    yield Check("platform", f"{platform.system()} {platform.release()} {platform.machine()}")
    yield _engine()
    health = _health(settings)
    yield from _store(settings.database, health)
    yield from (Check(*line) for line in password_checks(Path.home(), settings.database))
    yield _export_folder(settings)
    yield from _settings(settings)
    imported = _imported(health)
    yield from filter(None, (_tool(importer, imported) for importer in IMPORTERS))
    yield _program()
    yield from _editors(Places())


def _engine() -> Check:
    version, can_search = engine()
    if can_search:
        return Check("SQLite", f"{version}, with FTS5")
    advice = "Searches and blame need FTS5. Use a Python whose SQLite has it."
    return Check("SQLite", f"{version}, without FTS5", WARNING, advice)


def _health(settings: Settings) -> StoreHealth | Check:
    """The health of the store, or a check that says why there is none."""
    path = settings.database
    try:
        settings.require_store()
        settings.require_folder()
        if open_store(path).exists():
            return health_of(path, TOOLS)
    except HfsError as error:
        return Check("store", "cannot be used", ERROR, error.message)
    return Check("store", f"{path} does not exist yet; an import creates it")


def _store(path: StorePlace, health: StoreHealth | Check) -> Iterator[Check]:
    if isinstance(health, Check):
        yield health
        return
    yield Check("store", f"{path}, {health.size:,} bytes, sessions: {health.sessions:,}")
    yield from _schema(path, health)


def _imported(health: StoreHealth | Check) -> Mapping[str, tuple[int, int, int]] | None:
    """The files that were imported; None if that is not known."""
    if isinstance(health, Check):
        return {} if health.status == OK else None
    return health.imported


def _schema(path: StorePlace, health: StoreHealth) -> Iterator[Check]:
    version = f"{health.version}"
    if health.version < health.newest_version:
        version += f", will be migrated to {health.newest_version} when it is next opened"
    yield Check("schema of the store", version)
    if isinstance(path, Path):
        yield from _condition(path, health)
    if health.access is not None:
        yield from (Check(*line) for line in access_checks(health.access))


def _condition(path: Path, health: StoreHealth) -> Iterator[Check]:
    if health.problems:
        advice = "The store is damaged. Copy its files, and restore it from a backup."
        yield Check("integrity of the store", "; ".join(health.problems), ERROR, advice)
    else:
        yield Check("integrity of the store", "SQLite's quick check found no problem")
    yield _permissions(path, health)
    index = f"{health.index_size:,} bytes" if health.index_size else "none; a search creates it"
    yield Check("search index", index)
    kept = ", ".join(health.kept_elsewhere) or "by no process"
    yield Check("sessions kept", kept)


def _permissions(path: Path, health: StoreHealth) -> Check:
    if not health.is_writable:
        advice = "Nothing can be imported. Get permission to write to it and its folder."
        return Check("permissions of the store", "it can only be read", WARNING, advice)
    mode = path.stat().st_mode & 0o777
    if os.name != "nt" and mode & _OTHERS:
        advice = f"Other users may read it. Run: chmod 600 '{path}'"
        return Check("permissions of the store", f"{mode:03o}", WARNING, advice)
    return Check("permissions of the store", "yours" if os.name == "nt" else f"{mode:03o}")


def _export_folder(settings: Settings) -> Check:
    folder = settings.export_directory
    if settings.export_problem is not None:
        return Check("export folder", "cannot be used", ERROR, settings.export_problem)
    existing = next(each for each in (folder, *folder.parents) if os.path.lexists(each))
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        advice = "Get permission to write to it, or set HFS_EXPORT_DIR to another folder."
        return Check("export folder", f"{folder} cannot be written to", WARNING, advice)
    missing = "" if existing == folder else "; it is created when it is needed"
    return Check("export folder", f"{folder}{missing}")


def _settings(settings: Settings) -> Iterator[Check]:
    """The tools in HFS_KEEP; its other problems are those of the store and the folder."""
    for name in settings.keep:
        if name not in (*TOOLS, "all"):
            known = f"Known: {', '.join(TOOLS)}."
            yield Check("HFS_KEEP", f"unknown tool {one_line(name)}", WARNING, known)


def _tool(importer: Importer, imported: Mapping[str, tuple[int, int, int]] | None) -> Check | None:
    """How many files a tool keeps on this machine; None if it has no folder here."""
    folders = [each for each in dict.fromkeys(importer.folders(Places())) if os.path.lexists(each)]
    if not folders:
        return None
    name = f"tool {importer.tool}"
    try:
        files = [file for folder in folders for file in found_in(importer, folder)]
    except OSError as error:
        advice = "Get permission to read its folder."
        return Check(name, f"cannot be read: {os_reason(error)}", WARNING, advice)
    if imported is None:
        return Check(name, f"files: {len(files):,}")
    left = sum(imported.get(path_text(file.path)) != file.stamp for file in files)
    return Check(name, f"files: {len(files):,}, to import: {left:,}")


def _program() -> Check:
    found = shutil.which("hfs-server")
    if found is None:
        advice = "Editors cannot find it. Run pipx ensurepath, or give them the full path."
        return Check("program in PATH", "none", WARNING, advice)
    here = Path(sys.executable).parent
    is_other = Path(os.path.realpath(found)).parent not in (here, Path(os.path.realpath(here)))
    other = " (of another installation than this one)" if is_other else ""
    return Check("program in PATH", f"{found}{other}")


def _editors(places: Places) -> Iterator[Check]:
    """Which editors are set up, as docs/editors.md says."""
    extensions = places.home / ".vscode" / "extensions"
    found = sorted(extensions.glob("hfs.hfs-sessions-*"))
    yield Check("VS Code", f"extension {found[-1].name.rpartition('-')[2]}" if found else _NOT_SET)
    yield _plugin("Neovim", "neovim")
    yield _plugin("Emacs", "emacs")


def _plugin(label: str, name: str) -> Check:
    """Whether the plugin that was installed is that of this version."""
    folder = plugin_folder(name)
    if not folder.is_dir():
        return Check(label, _NOT_SET)
    try:
        states = {*compare(PACKAGED / name, folder).values()}
    except (OSError, SourceNotReadable) as error:
        advice = "Get permission to read its files."
        if isinstance(error, SourceNotReadable):
            return Check(label, error.message, WARNING, advice)
        return Check(label, f"{folder} cannot be read: {os_reason(error)}", WARNING, advice)
    if states <= {State.CURRENT}:
        return Check(label, f"{folder}")
    if State.CHANGED in states:
        return Check(label, f"{folder}, with files that were changed")
    advice = f"Run hfs-server editor {name} --install."
    return Check(label, f"{folder} is not of this version", WARNING, advice)


def _without_home(check: Check) -> Check:
    return Check(*map(_tilde, check))


def _tilde(text: str) -> str:
    """The text with the home folder as ``~``, which does not name the user."""
    homes = {str(Path.home()), os.path.realpath(Path.home())} - {os.sep}
    for home in sorted(homes, key=len, reverse=True):
        text = re.sub(rf"{re.escape(home)}(?![\w.-])", "~", text)
    return one_line(text) if text else text


_NOT_SET = "not set up"
