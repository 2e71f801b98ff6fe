"""The commands that rename, delete and restore sessions."""

from __future__ import annotations

import argparse
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any

from hfs_server.cli.argument_types import integer, text
from hfs_server.cli.output import camel_case, one_line, print_error, print_json, print_line
from hfs_server.cli.stores import opened, require_existing
from hfs_server.errors import HfsError, NotOwner, SessionNotFound, StoreBusy
from hfs_server.names import LONGEST_NAME, require_visible
from hfs_server.settings import Settings
from hfs_server.store import Store
from hfs_server.store.results import SessionSummary

Work = Callable[[Store, int, int], Awaitable[tuple[str, dict[str, Any]]]]
"""Does something with one session, below which are so many if they were counted; returns a line
that says so, and what ``--json`` prints."""


def add_rename(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``rename``."""
    command = commands.add_parser(
        "rename",
        parents=[common],
        help="give a session another name",
        description="Gives a session another name, which later imports of it keep.",
    )
    command.add_argument("id", type=integer, metavar="ID", help="the session's id")
    command.add_argument("name", type=_name, metavar="NAME", help="its new name")
    command.add_argument("--json", action="store_true", help="print the session as JSON")


def add_delete(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``delete``."""
    command = commands.add_parser(
        "delete",
        parents=[common],
        help="delete sessions, so that they can be restored",
        description="Deletes sessions with those that they started. restore brings them back, "
        "until purge removes them for good; list --deleted shows them.",
    )
    _add_ids(command)


def add_restore(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``restore``."""
    command = commands.add_parser(
        "restore",
        parents=[common],
        help="restore deleted sessions",
        description="Restores deleted sessions, as list --deleted shows them, with those that "
        "were deleted with them.",
    )
    _add_ids(command)


def _add_ids(command: argparse.ArgumentParser) -> None:
    command.add_argument("ids", type=integer, nargs="+", metavar="ID", help="the sessions' ids")
    command.add_argument("--json", action="store_true", help="print a JSON array of results")


def _name(argument: str) -> str:
    name = text(argument)
    try:
        require_visible(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if len(name) > LONGEST_NAME:
        raise argparse.ArgumentTypeError(f"expected at most {LONGEST_NAME} characters")
    return name


async def rename_session(options: Namespace, settings: Settings) -> int:
    """Renames a session."""
    require_existing(settings)
    async with opened(settings) as store:
        session = await store.rename(options.id, options.name)
    if options.json:
        print_json(_as_json(session))
    else:
        print_line(f"Renamed session {session.id}: {one_line(session.name)}")
    return 0


async def delete_sessions(options: Namespace, settings: Settings) -> int:
    """Deletes each session by itself; 1 if one could not be deleted."""
    return await _with_each(options, settings, _delete, "deleted")


async def restore_sessions(options: Namespace, settings: Settings) -> int:
    """Restores each session by itself; 1 if one could not be restored."""
    return await _with_each(options, settings, _restore, "restored")


async def _with_each(options: Namespace, settings: Settings, work: Work, done: str) -> int:
    """Does the work with each session once; ``done`` is the word for what it does."""
    require_existing(settings)
    ids = list(dict.fromkeys(options.ids))
    results: list[dict[str, Any]] = []
    together: dict[int, int] = {}
    async with opened(settings) as store:
        for session_id in ids:
            # Those below it that are named too need not be found any more.
            is_counted = len(ids) > 1 or done == "restored"
            below = await _ids_below(store, session_id, done) if is_counted else []
            try:
                line, result = await work(store, session_id, len(below))
                together |= dict.fromkeys(below, session_id)
            except (SessionNotFound, StoreBusy, NotOwner) as error:
                other = together.get(session_id) if isinstance(error, SessionNotFound) else None
                line, result = _failed(error) if other is None else _with(other, session_id, done)
            results.append({"sessionId": session_id, **result})
            if line and not options.json:
                print_line(line)
    if options.json:
        print_json(results)
    return 1 if any("error" in result for result in results) else 0


async def _ids_below(store: Store, session_id: int, done: str) -> list[int]:
    """The sessions below one; of a deleted one, those that were deleted with it."""
    found, seen, parents = [session_id], {session_id}, [session_id]
    for parent in parents:
        is_last, cursor = False, None
        while not is_last:
            page = await store.list(500, cursor, None, parent, deleted=done == "restored")
            # Those below a copy are below each copy.
            new = [each for each in page.sessions if each.id not in seen]
            found += [each.id for each in new]
            parents += [each.id for each in new if each.child_count]
            seen.update(found)
            cursor = page.next_cursor
            is_last = cursor is None
    return found[1:]


def _failed(error: HfsError) -> tuple[str, dict[str, Any]]:
    print_error(error.message)
    return "", {"error": error.message}


def _with(other: int, session_id: int, done: str) -> tuple[str, dict[str, Any]]:
    return f"Session {session_id} was {done} with session {other}.", {f"{done}With": other}


async def _delete(store: Store, session_id: int, _: int) -> tuple[str, dict[str, Any]]:
    deletion = await store.delete(session_id)
    more = _more(deletion.session_count - 1)
    line = f"Deleted session {session_id}{more}; hfs-server restore {session_id} restores it."
    return line, camel_case(deletion._asdict())


async def _restore(store: Store, session_id: int, below: int) -> tuple[str, dict[str, Any]]:
    session = await store.restore(session_id)
    return (
        f"Restored session {session.id}{_more(below)}: {one_line(session.name)}",
        {"session": _as_json(session), "sessionCount": 1 + below},
    )


def _more(below: int) -> str:
    return f" with {below:,} below it" if below else ""


def _as_json(session: SessionSummary) -> dict[str, Any]:
    return camel_case(session._asdict())
