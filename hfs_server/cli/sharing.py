"""The commands of a store that a team uses: who sees a session, and the roles of its users."""

from __future__ import annotations

import argparse
import sys
from argparse import Namespace
from typing import Any

from hfs_server.cli.argument_types import integer
from hfs_server.cli.output import (
    one_line,
    print_error,
    print_json,
    print_line,
    print_notice,
    print_table,
    progress,
)
from hfs_server.cli.stores import opened
from hfs_server.errors import NotOwner, SessionNotFound, StoreBusy
from hfs_server.settings import Settings
from hfs_server.store import Store
from hfs_server.store.shapes import SharedSession, Visibility


def add_share(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``share``."""
    command = commands.add_parser(
        "share",
        parents=[common],
        help="show sessions to everybody who uses a store on PostgreSQL",
        description="Shows sessions, with those that they started, to everybody who may read the "
        "store on PostgreSQL: they can list, search and export them, but not change them. With "
        "--private, only you see them again. Without an id, lists what is shared, and by whom.",
    )
    command.add_argument("ids", type=integer, nargs="*", metavar="ID", help="the sessions' ids")
    command.add_argument("--private", action="store_true", help="show them to nobody else any more")
    command.add_argument("--json", action="store_true", help="print a JSON array of results")


def check_share(command: argparse.ArgumentParser, options: Namespace) -> None:
    """Exits with 2 if nothing is named that is to be private."""
    if options.private and not options.ids:
        command.error("argument --private: expected the ids of sessions, too")


def add_roles(commands: Any) -> None:
    """Adds ``roles``."""
    commands.add_parser(
        "roles",
        help="print the SQL that prepares a PostgreSQL database for a team",
        description="Prints the SQL that creates the roles hfs_owner, hfs_writer and hfs_reader "
        "with their rights, and the tables, in a PostgreSQL database. Its administrator runs it: "
        "hfs-server roles | psql DATABASE. It can be run again.",
    )


def print_roles() -> int:
    """Prints the script."""
    from hfs_server.store.postgresql.roles import roles_script

    sys.stdout.write(roles_script())
    return 0


async def share_sessions(options: Namespace, settings: Settings) -> int:
    """Shares each session by itself, or lists what is shared; 1 if one could not be shared."""
    if not options.ids:
        return await _list_shared(options, settings)
    visibility: Visibility = "private" if options.private else "team"
    ids = dict.fromkeys(options.ids)
    async with opened(settings) as store:
        results = [await _share(store, each, visibility, options) for each in ids]
        # Others cannot index what is not theirs.
        if any("error" not in result for result in results):
            with progress("Indexing") as on_progress:
                await store.update_index(on_progress)
    if options.json:
        print_json(results)
    return 1 if any("error" in result for result in results) else 0


async def _list_shared(options: Namespace, settings: Settings) -> int:
    async with opened(settings) as store:
        shared = await store.shared()
    if options.json:
        print_json([_as_json(each) for each in shared])
    elif shared:
        rows = [(str(each.id), each.owner, one_line(each.name)) for each in shared]
        print_table([("ID", "OWNER", "NAME"), *rows], numbers=(0,))
    else:
        print_notice("Nothing is shared. To share a session: hfs-server share ID")
    return 0


def _as_json(shared: SharedSession) -> dict[str, Any]:
    return {"sessionId": shared.id, "owner": shared.owner, "name": shared.name}


async def _share(
    store: Store, session_id: int, visibility: Visibility, options: Namespace
) -> dict[str, Any]:
    try:
        count = await store.share(session_id, visibility)
    except (SessionNotFound, StoreBusy, NotOwner) as error:
        print_error(error.message)
        return {"sessionId": session_id, "error": error.message}
    if not options.json:
        below = f" with {count - 1:,} below it" if count > 1 else ""
        who = "only you see" if visibility == "private" else "everybody who uses the store sees"
        print_line(f"Session {session_id}{below}: {who} it.")
    return {"sessionId": session_id, "visibility": visibility, "sessionCount": count}
