"""The options of exports that are about secrets."""

from __future__ import annotations

import argparse

from hfs_server.cli.argument_types import text
from hfs_server.cli.suggestions import did_you_mean
from hfs_server.exporters import ORIGINAL, REDACT_ALSO


def add_redaction(command: argparse.ArgumentParser) -> None:
    """Adds the options."""
    command.add_argument(
        "--redact",
        action="store_true",
        help="replace keys, passwords and other secrets by markers; best effort",
    )
    command.add_argument(
        "--redact-also",
        action="append",
        choices=REDACT_ALSO,
        default=[],
        help="with --redact, also mail addresses, or the names of home folders; repeatable",
    )
    command.add_argument(
        "--redact-except",
        action="append",
        type=_rule_or_marker,
        metavar="RULE|MARKER",
        default=[],
        help="with --redact, leave what is no secret: all that a rule finds, such as password, or "
        "one, such as password-2, as --dry-run shows them; repeatable",
    )
    command.add_argument(
        "--dry-run",
        action="store_true",
        help="with --redact, show what would be replaced and where, and write nothing",
    )


def check_redaction(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 if what cannot be redacted is to be."""
    for name in ("redact_also", "redact_except", "dry_run"):
        if getattr(options, name) and not options.redact:
            command.error(f"argument --{name.replace('_', '-')}: expected --redact, too")
    if options.redact_except and options.all:
        command.error("argument --redact-except: not with --all; it is about one session")
    if options.json and not (options.dry_run or options.all):
        command.error("argument --json: expected --dry-run, too")
    if options.redact and options.format == ORIGINAL.name:
        command.error("argument --redact: an original cannot be redacted; choose another format")


def _rule_or_marker(argument: str) -> str:
    """The name of a rule, or of a secret that it finds."""
    from hfs_server.transforms.secret_rules import RULE_NAMES

    name = text(argument).removeprefix("[REDACTED:").removesuffix("]")
    rule, _, number = name.rpartition("-")
    if name in RULE_NAMES or (rule in RULE_NAMES and number.isdecimal()):
        return name
    known = did_you_mean(rule if number.isdecimal() else name, RULE_NAMES)
    raise argparse.ArgumentTypeError(f"unknown rule or marker {argument!r}{known}")
