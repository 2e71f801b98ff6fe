"""The options of commands that are about some of the sessions."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from hfs_server.cli.argument_types import text
from hfs_server.cli.suggestions import did_you_mean
from hfs_server.filters import Filters
from hfs_server.folders import absolute_folder
from hfs_server.periods import beginning_of, end_of


def add_filters(command: argparse.ArgumentParser, title: str = "filters") -> None:
    """Adds the options; ``filters_of`` reads them."""
    group = command.add_argument_group(title)
    group.add_argument(
        "--tool",
        dest="tools",
        action="append",
        type=text,
        metavar="TOOL",
        help="only sessions of this tool, hfs for those of HFS itself; repeatable",
    )
    group.add_argument(
        "--project",
        type=_project,
        metavar="FOLDER",
        help="only sessions whose working directory is FOLDER or lies below it",
    )
    group.add_argument(
        "--since",
        type=_period(beginning_of),
        metavar="TIME",
        help="only sessions that were active at TIME or later: 2026-02-01, 2026-02-01T10:30, 7d",
    )
    group.add_argument(
        "--until",
        type=_period(end_of),
        metavar="TIME",
        help="only sessions whose last activity is before TIME; a date includes that day",
    )


def filters_of(options: argparse.Namespace) -> Filters:
    """The filters that were given."""
    return Filters(
        tools=tuple(options.tools or ()),
        project=options.project,
        since=options.since,
        until=options.until,
    )


def about_unknown_tools(options: argparse.Namespace) -> str:
    """A sentence for a command that found nothing, if that may be a mistyped tool; else empty."""
    if not options.tools:
        return ""
    # The importers are only loaded for this sentence.
    from hfs_server.importers import TOOLS

    unknown = [tool for tool in options.tools if tool not in TOOLS]
    if not unknown:
        return ""
    known = f"known: {', '.join(TOOLS)}{did_you_mean(unknown[0], TOOLS) or '.'}"
    return f" hfs-server knows no tool {', '.join(unknown)}; {known}"


def _project(argument: str) -> str:
    """The folder; a relative path begins at the current one."""
    given = text(argument)
    try:
        return absolute_folder(given)
    except ValueError:
        pass
    try:
        return os.path.abspath(given)
    except OSError:
        raise argparse.ArgumentTypeError("the current folder no longer exists") from None


def _period(parse: Callable[[str], str]) -> Callable[[str], str]:
    def parsed(argument: str) -> str:
        try:
            return parse(argument)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return parsed
