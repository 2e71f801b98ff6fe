"""The command that searches sessions.

Like ``list``, it loads no more than it needs (row 26 of the benchmarks).
"""

from __future__ import annotations

import argparse
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hfs_server.cli.argument_types import count, integer
from hfs_server.cli.filter_options import about_unknown_tools, add_filters, filters_of
from hfs_server.cli.output import (
    ago,
    camel_case,
    one_line,
    print_json,
    print_line,
    print_notice,
    progress,
)
from hfs_server.cli.signals import run_in_loop
from hfs_server.cli.stores import opened, require_existing
from hfs_server.filters import Filters
from hfs_server.settings import Settings
from hfs_server.store import open_store
from hfs_server.store.results import SearchMatch, SessionSummary
from hfs_server.text import printable

_Found = tuple[list[SearchMatch], bool]
_PAGE = 200
_HIGHLIGHT, _HEADING, _FAINT, _PLAIN = "\x1b[1;31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_HELP = """\
All words must be in one message, or in the name or summary of a session, in any order, case
and accents aside: "a phrase", word*, -word, and tool: project: since: until: role: model: tag:
with a value. Signs are no words: C++ finds c.
"""


def add_search(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds the command to the parser."""
    command = commands.add_parser(
        "search",
        parents=[common],
        help="find sessions by what was said in them",
        description="Finds sessions by their text: messages, thinking, tool calls and results, "
        "names and summaries. Shows one match of each session, the best ones first. Exits "
        "with 1 if nothing is found.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("query", nargs="*", metavar="QUERY", help="what to search for")
    command.add_argument(
        "--limit", type=count, default=20, metavar="N", help="show at most N matches (default: 20)"
    )
    command.add_argument(
        "-C", "--context", type=integer, metavar="N", help="show N lines around each match"
    )
    command.add_argument(
        "--session", type=integer, metavar="ID", help="show all matches in this session"
    )
    command.add_argument("--json", action="store_true", help="print a JSON array of matches")
    add_filters(command)


def search_sessions(options: Namespace, settings: Settings) -> int:
    """Prints what is found; 1 if that is nothing."""
    require_existing(settings)
    matches, has_more = _matches_now(options, settings) or run_in_loop(_matches(options, settings))
    if options.json:
        print_json([_as_json(match) for match in matches])
    else:
        _print(matches)
    if has_more:
        print_notice(f"Only the best {len(matches)} matches are shown; --limit shows more.")
    if not matches:
        print_notice("Nothing found." + about_unknown_tools(options))
    return 0 if matches else 1


def _matches_now(options: Namespace, settings: Settings) -> _Found | None:
    """The matches, if they are one page of a store and an index that are ready."""
    store = open_store(settings.database)
    limit = min(_PAGE, options.limit)
    query, filters, context = _asked(options)
    page = store.search_now(query, filters, limit, options.session, context)
    if page is None or (page.next_cursor is not None and len(page.matches) < options.limit):
        return None
    return page.matches, page.next_cursor is not None


async def _matches(options: Namespace, settings: Settings) -> _Found:
    """As many matches as are to be shown, and whether there are more."""
    found: list[SearchMatch] = []
    cursor = None
    query, filters, context = _asked(options)
    async with opened(settings) as store:
        with progress("Indexing") as on_progress:
            await store.update_index(on_progress)
        while True:
            limit = min(_PAGE, options.limit - len(found))
            page = await store.search(query, filters, (), limit, cursor, options.session, context)
            found += page.matches
            cursor = page.next_cursor
            if cursor is None or len(found) >= options.limit:
                if not page.is_complete:
                    print_notice("Only a part of the store is indexed yet, and was searched.")
                return found, cursor is not None


def _asked(options: Namespace) -> tuple[str, Filters, int | None]:
    context = None if options.context is None else max(0, options.context)
    return " ".join(options.query), filters_of(options), context


def _print(matches: Sequence[SearchMatch]) -> None:
    """Prints the matches, grouped by session."""
    now = datetime.now(UTC)
    is_coloured = _is_coloured()
    last = None
    for match in matches:
        if match.session.id != last:
            last = match.session.id
            print_coloured(_heading(match.session, now), _HEADING if is_coloured else "")
        place = f"#{match.message_index} {one_line(match.role)}" if match.message_index else ""
        if match.lines:
            print_coloured(f"  {place}:", _FAINT if is_coloured else "")
            for line in match.lines:
                print_line(f"    {line}")
        elif place or match.role == "summary":
            shown = _highlighted(match) if is_coloured else printable(match.snippet)
            print(f"  {place or match.role}: {shown}")


def print_coloured(text: str, colour: str) -> None:
    """Prints a line in a colour, if there is one."""
    print(f"{colour}{printable(text)}{_PLAIN}" if colour else printable(text))


def _heading(session: SessionSummary, now: datetime) -> str:
    activity = session.updated_at or session.created_at
    facts = [session.tool, session.working_directory, ago(activity, now)]
    return f"{session.id}  {one_line(session.name)}  ({', '.join(filter(None, facts))})"


def _highlighted(match: SearchMatch) -> str:
    """The snippet with its words in colour."""
    units = match.snippet.encode("utf-16-le")
    pieces, position = [], 0
    for start, end in match.highlights:
        before = units[2 * position : 2 * start].decode("utf-16-le", "replace")
        word = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        pieces += [printable(before), f"{_HIGHLIGHT}{printable(word)}{_PLAIN}"]
        position = end
    return "".join([*pieces, printable(units[2 * position :].decode("utf-16-le", "replace"))])


def _is_coloured() -> bool:
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return sys.stdout.isatty()


def _as_json(match: SearchMatch) -> dict[str, Any]:
    """A match as ``hfs/search`` returns it, with its lines if they were requested."""
    found = {
        **camel_case({**match._asdict(), "uri": match.uri}),
        "session": camel_case(match.session._asdict()),
    }
    if not match.lines:
        del found["lines"]
    return found
