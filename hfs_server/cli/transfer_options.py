"""The options of an import that are about the sessions of another store."""

from __future__ import annotations

import argparse

from hfs_server.cli.filter_options import add_filters, filters_of
from hfs_server.exporters import REDACT_ALSO
from hfs_server.transfers import Selection


def add_transfer(command: argparse.ArgumentParser) -> None:
    """Adds the options; ``selection_of`` reads them."""
    command.add_argument(
        "--redact",
        action="store_true",
        help="with STORE, replace keys, passwords and other secrets by markers on the way, and "
        "leave out the files that sessions were read from; best effort",
    )
    command.add_argument(
        "--redact-also",
        action="append",
        choices=REDACT_ALSO,
        default=[],
        help="with --redact, also mail addresses, or the names of home folders; repeatable",
    )
    add_filters(command, "filters of the sessions of STORE")


def check_import(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 for an import of nothing, and for options of stores without one."""
    if bool(options.files) == bool(options.origins):
        command.error("expected either files or --from TOOL")
    if options.redact_also and not options.redact:
        command.error("argument --redact-also: needs --redact")
    if options.origins and not selection_of(options).is_everything:
        command.error("filters and --redact are for the sessions of a store, not for --from")


def selection_of(options: argparse.Namespace) -> Selection:
    """The sessions of a store that are imported, and how."""
    return Selection(filters_of(options), options.redact, tuple(sorted({*options.redact_also})))
