"""The command that keeps the sessions of tools without an editor."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from hfs_server.cli.output import one_line, print_error, print_notice
from hfs_server.cli.services import SERVICES
from hfs_server.cli.stores import opened
from hfs_server.errors import HfsError, StoreUnusable
from hfs_server.import_report import ImportReport
from hfs_server.importers import IMPORTERS
from hfs_server.importers.places import Places
from hfs_server.keeping import chosen_tools, keep
from hfs_server.settings import Settings
from hfs_server.share_settings import VARIABLES
from hfs_server.store.address import Address, StorePlace
from hfs_server.store.local_files import default_folder
from hfs_server.store.shapes import REVEALING

_LABELS = {importer.tool: importer.label for importer in reversed(IMPORTERS)}
_STATUSES = ("created", "updated")


async def keep_sessions(options: Namespace, settings: Settings) -> int:
    """Keeps sessions until a signal ends it."""
    tools, problem = chosen_tools(_names(options, settings))
    if problem is not None:
        print_notice(problem)
    if not tools:
        print_error("HFS_KEEP names no tool to keep. Choose some with --tool.")
        return 1
    if settings.share_problem is not None:
        print_notice(settings.share_problem)
    sharing = settings.sharing
    if sharing is not None:
        secrets = "without secrets" if sharing.redact else "with all that they say"
        projects = (
            "1 project" if len(sharing.projects) == 1 else f"{len(sharing.projects)} projects"
        )
        print_notice(f"Sharing sessions of {projects} with {sharing.address}, {secrets}.")
    async with opened(settings) as store:
        await keep(store, tools, _Lines(), sharing=sharing)
    return 0


def print_service(options: Namespace, settings: Settings) -> int:
    """Prints the definition of a service that keeps sessions, and how to install it."""
    tools = chosen_tools(_names(options, settings))[0]
    words = [*_program(), "keep", *(f"--tool={tool}" for tool in options.tools or settings.keep)]
    words += _database_option(settings.database)
    service = SERVICES[options.service]
    variables = {**_variables(tools), **_share_variables(settings)}
    sys.stdout.buffer.write(service.definition(words, variables).encode())
    print_notice(service.advice)
    return 0


def _database_option(database: StorePlace) -> list[str]:
    """The option that names the store, unless it is the default one."""
    if isinstance(database, Path):
        database = database.absolute()
        return [] if database == default_folder() / "sessions.db" else [f"--database={database}"]
    _require_no_password(database)
    return [f"--database={database.connection_string}"]


def _share_variables(settings: Settings) -> dict[str, str]:
    """The variables that say what is shared: a service lacks them."""
    if settings.sharing is None:
        return {}
    _require_no_password(settings.sharing.address)
    return {name: value for name in VARIABLES if (value := os.environ.get(name))}


def _require_no_password(address: Address) -> None:
    if address.has_password:
        raise StoreUnusable(
            "The definition of a service would show the password of the store. Leave it out of the "
            "address, and put it in a password file (~/.pgpass)."
        )


def _names(options: Namespace, settings: Settings) -> Sequence[str]:
    return options.tools or settings.keep or ["all"]


def _program() -> list[str]:
    """The program that is running, by absolute paths."""
    program = os.path.abspath(sys.argv[0])
    for path in (program, f"{program}.exe"):
        if os.path.basename(program).startswith("hfs-server") and os.access(path, os.X_OK):
            return [path]
    return [os.path.abspath(sys.executable), "-m", "hfs_server"]


class _Noting(dict[str, str]):
    """An environment that notes which of its variables are read."""

    def __init__(self) -> None:
        super().__init__(os.environ)
        self.read: dict[str, str] = {}

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        if value := super().get(name, default):
            self.read[name] = value
        return value


def _variables(tools: Sequence[str]) -> dict[str, str]:
    """The variables that say where these tools keep their sessions: a service lacks them."""
    noting = _Noting()
    for importer in IMPORTERS:
        if importer.tool in tools:
            importer.folders(Places(environment=noting))
    return dict(sorted(noting.read.items()))


class _Lines:
    """What becomes of the sessions, one line for each tool."""

    _not_shared: frozenset[str] = frozenset()
    """What was reported."""

    def on_tools(self, kept: Sequence[str], elsewhere: Sequence[str]) -> None:
        if elsewhere:
            print_notice(f"Another process keeps {_labels(elsewhere)}; waiting for its end.")
        if kept:
            print_notice(f"Keeping {_labels(kept)}.")

    def importing(self) -> AbstractContextManager[None]:
        return nullcontext()

    def on_share(self, report: ImportReport) -> None:
        counts = Counter(saved.status for saved in report.sessions)
        words = [_sessions(counts[status], status) for status in _STATUSES if counts[status]]
        if words:
            print_notice(f"Shared: {', '.join(words)}")
        texts = {f"{each.where}: {each.error.message}" for each in report.failed}
        if count := report.skipped[REVEALING]:
            texts.add(_sessions(count, REVEALING))
        for text in sorted(texts - self._not_shared):
            print_error(f"Not shared: {text}")
        self._not_shared = frozenset(texts)

    def on_share_error(self, error: HfsError) -> None:
        print_error(f"Nothing is shared for now. {error.message}")

    def on_import(self, report: ImportReport) -> None:
        for tool in dict.fromkeys(saved.tool for saved in report.sessions):
            counts = Counter(saved.status for saved in report.sessions if saved.tool == tool)
            words = [_sessions(counts[status], status) for status in _STATUSES if counts[status]]
            if words:
                print_notice(f"{_LABELS.get(tool, one_line(tool))}: {', '.join(words)}")
        for failed in report.failed:
            print_error(f"{failed.where}: {failed.error.message}")

    def on_store_error(self, error: HfsError) -> None:
        print_error(f"{error.message} Sessions are kept when it can be used again.")


def _labels(tools: Sequence[str]) -> str:
    return ", ".join(_LABELS[tool] for tool in tools)


def _sessions(count: int, status: str) -> str:
    return f"{count:,} session{'s' if count > 1 else ''} {status}"
