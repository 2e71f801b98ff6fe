"""The command that keeps the sessions of tools without an editor."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence

from hfs_server.cli.output import one_line, print_error, print_notice
from hfs_server.cli.services import SERVICES
from hfs_server.cli.stores import opened
from hfs_server.errors import HfsError
from hfs_server.import_report import ImportReport
from hfs_server.importers import IMPORTERS
from hfs_server.importers.places import Places
from hfs_server.keeping import chosen_tools, keep
from hfs_server.settings import Settings, default_folder

_LABELS = {importer.tool: importer.label for importer in reversed(IMPORTERS)}
_STATUSES = ("created", "updated")


async def keep_sessions(options: Namespace, settings: Settings) -> int:
    """Keeps sessions until a signal ends it."""
    tools, problem = chosen_tools(_names(options, settings))
    if problem is not None:
        print_error(problem)
    if not tools:
        print_error("HFS_KEEP names no tool to keep. Choose some with --tool.")
        return 1
    async with opened(settings) as store:
        await keep(store, tools, _Lines())
    return 0


def print_service(options: Namespace, settings: Settings) -> int:
    """Prints the definition of a service that keeps sessions, and how to install it."""
    tools = chosen_tools(_names(options, settings))[0]
    words = [*_program(), "keep", *(f"--tool={tool}" for tool in options.tools or settings.keep)]
    database = settings.database_path.absolute()
    if database != default_folder() / "sessions.db":
        words.append(f"--database={database}")
    service = SERVICES[options.service]
    sys.stdout.buffer.write(service.definition(words, _variables(tools)).encode())
    print_error(service.advice)
    return 0


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

    def on_tools(self, kept: Sequence[str], elsewhere: Sequence[str]) -> None:
        if elsewhere:
            print_notice(f"Another process keeps {_labels(elsewhere)}; waiting for its end.")
        if kept:
            print_notice(f"Keeping {_labels(kept)}.")

    def on_import(self, report: ImportReport) -> None:
        for tool in dict.fromkeys(saved.tool for saved in report.sessions):
            counts = Counter(saved.status for saved in report.sessions if saved.tool == tool)
            words = [_sessions(counts[status], status) for status in _STATUSES if counts[status]]
            if words:
                print_notice(f"{_LABELS.get(tool, one_line(tool))}: {', '.join(words)}")
        for failed in report.failed:
            print_error(f"{failed.path or failed.name}: {failed.error.message}")

    def on_store_error(self, error: HfsError) -> None:
        print_error(f"{error.message} Sessions are kept when it can be used again.")


def _labels(tools: Sequence[str]) -> str:
    return ", ".join(_LABELS[tool] for tool in tools)


def _sessions(count: int, status: str) -> str:
    return f"{count:,} session{'s' if count > 1 else ''} {status}"
