"""The command line: ``hfs-server`` serves an editor; its commands need none.

A command imports only what it needs: ``list`` must load neither asyncio nor pydantic (benchmark
row 10).
"""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence

from hfs_server.cli.arguments import parsed
from hfs_server.cli.filter_options import about_unknown_tools, filters_of
from hfs_server.cli.output import (
    be_quiet,
    camel_case,
    print_error,
    print_json,
    print_line,
    print_notice,
    print_sessions,
)
from hfs_server.cli.signals import Interrupted, run_in_loop
from hfs_server.cli.stores import opened, require_existing
from hfs_server.errors import (
    MAY_OVERWRITE,
    DestinationExists,
    HfsError,
    StoreUnusable,
    os_reason,
)
from hfs_server.settings import Settings, resolve
from hfs_server.store import open_store
from hfs_server.store.results import SessionPage
from hfs_server.streams import make_output_blocking


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line. Returns 0 for success, 1 for failure, 128 + n after signal n.

    Exits with 2 for wrong usage.
    """
    options = parsed(arguments)
    if options.command is None:
        return _serve(options)
    return _run(options, _COMMANDS[options.command])


def _serve(options: Namespace) -> int:
    """Serves an editor; returns only if it cannot start."""
    if sys.stdin is None or sys.stdout is None:
        print_error(
            "stdin and stdout are closed; without a command, hfs-server must be started by an "
            "editor."
        )
        return 1
    try:
        if options.database is not None:
            resolve(database=options.database).require_folder()
    except StoreUnusable as error:
        print_error(error.message)
        return 1
    if options.quiet:
        be_quiet()
    if sys.stdin.isatty():
        print_notice("Waiting for an editor on stdin. Run hfs-server --help for other commands.")
    from hfs_server.lsp.serve import serve

    serve(options.database)
    return 0


def _run(options: Namespace, command: Command) -> int:
    if sys.stdout is None:
        print_error("stdout is closed.")
        return 1
    make_output_blocking()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="backslashreplace")
    if options.quiet:
        be_quiet()
    settings = resolve(database=getattr(options, "database", None))
    try:
        if options.command not in _WITHOUT_STORE:
            settings.require_store()
            settings.require_folder()
        code = command(options, settings)
        sys.stdout.flush()
        return code
    except HfsError as error:
        message = error.message
        if isinstance(error, DestinationExists) and not getattr(options, "all", False):
            message = message.removesuffix(MAY_OVERWRITE) + " Use --force to overwrite it."
        print_error(message)
    except (KeyboardInterrupt, Interrupted) as error:
        print_error("Interrupted; nothing is left half done.")
        return 128 + (error.number if isinstance(error, Interrupted) else signal.SIGINT)
    except MemoryError:
        print_error("Out of memory.")
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            print_error(f"Cannot write the output: {os_reason(error)}.")
        # Python would try to write the rest when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        _report_bug(error)
    return 1


def _report_bug(error: Exception) -> None:
    from hfs_server.internal_error import log_internal_error

    log_internal_error(error)
    print_error(
        f"The command failed because of an error in hfs-server ({type(error).__name__}). "
        "Please report it."
    )


def _list(options: Namespace, settings: Settings) -> int:
    store = open_store(settings.database)
    filters = filters_of(options)
    if store.exists():
        # Without an event loop, only the sessions of the first page can be listed.
        page = None
        if options.parent is None and not options.deleted:
            page = store.list_now(options.limit, options.query, filters)
        page = page or run_in_loop(_page(options, settings))
    else:
        page = SessionPage([], None)
    if options.json:
        print_json([camel_case(summary._asdict()) for summary in page.sessions])
    elif not page.sessions:
        named = " with that name" if options.query else ""
        if options.parent is not None:
            named += f" that session {options.parent} has started"
        filtered = " that these filters select" if any(filters) else ""
        kind = "deleted session" if options.deleted else "session"
        print_notice(
            f"No {kind}{named}{filtered} in the store {settings.database}."
            + about_unknown_tools(options)
        )
    else:
        print_sessions(page.sessions)
    if page.next_cursor is not None:
        print_notice(f"Only the newest {len(page.sessions)} are listed; --limit shows more.")
    return 0


async def _page(options: Namespace, settings: Settings) -> SessionPage:
    async with opened(settings) as store:
        return await store.list(
            options.limit,
            None,
            options.query,
            options.parent,
            filters_of(options),
            deleted=options.deleted,
        )


def _export(options: Namespace, settings: Settings) -> int:
    if options.all:
        from hfs_server.cli.exporting_all import export_sessions

        return run_in_loop(export_sessions(options, settings))
    from hfs_server.cli.exporting import export_session

    return run_in_loop(export_session(options, settings))


def _verify(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.exporting_all import verify_export

    return run_in_loop(verify_export(options, settings))


def _import(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.importing import import_sessions

    return run_in_loop(import_sessions(options, settings))


def _sources(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.importing import print_sources

    return run_in_loop(print_sources(options, settings))


def _stats(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.statistics import print_statistics

    return run_in_loop(print_statistics(options, settings))


def _blame(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.blame import print_blame

    return run_in_loop(print_blame(options, settings))


def _search(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.searching import search_sessions

    return search_sessions(options, settings)


def _show(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.show import show_session

    return run_in_loop(show_session(options, settings))


def _resume(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.resuming import resume_session

    return resume_session(options, settings)


def _doctor(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.doctor import print_checks

    return print_checks(options, settings)


def _editor(options: Namespace, _: Settings) -> int:
    from hfs_server.cli.editors import set_up_editor

    return set_up_editor(options)


def _completion(options: Namespace, _: Settings) -> int:
    from hfs_server.cli.completion import print_completion

    return print_completion(options.shell)


def _man(_: Namespace, __: Settings) -> int:
    from hfs_server.cli.man import show_manual

    return show_manual()


def _reimport(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.importing import reimport_sessions

    return run_in_loop(reimport_sessions(options, settings))


def _keep(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.keeping import keep_sessions, print_service

    if options.service is not None:
        return print_service(options, settings)
    return run_in_loop(keep_sessions(options, settings))


def _backup(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.exporting import back_up_store

    return run_in_loop(back_up_store(options, settings))


def _rename(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.deleting import rename_session

    return run_in_loop(rename_session(options, settings))


def _delete(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.deleting import delete_sessions

    return run_in_loop(delete_sessions(options, settings))


def _restore(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.deleting import restore_sessions

    return run_in_loop(restore_sessions(options, settings))


def _share(options: Namespace, settings: Settings) -> int:
    from hfs_server.cli.sharing import share_sessions

    return run_in_loop(share_sessions(options, settings))


def _roles(_: Namespace, __: Settings) -> int:
    from hfs_server.cli.sharing import print_roles

    return print_roles()


async def _purge(_: Namespace, settings: Settings) -> int:
    require_existing(settings)
    async with opened(settings) as store:
        freed = await store.purge()
    gain = f"are {freed:,} bytes smaller" if freed else "did not get smaller"
    print_line(f"Purged deleted data from {settings.database}; its files {gain}.")
    return 0


Command = Callable[[Namespace, Settings], int]
_COMMANDS: dict[str, Command] = {
    "list": _list,
    "search": _search,
    "export": _export,
    "verify": _verify,
    "import": _import,
    "sources": _sources,
    "blame": _blame,
    "stats": _stats,
    "reimport": _reimport,
    "keep": _keep,
    "backup": _backup,
    "rename": _rename,
    "delete": _delete,
    "restore": _restore,
    "share": _share,
    "roles": _roles,
    "show": _show,
    "resume": _resume,
    "doctor": _doctor,
    "editor": _editor,
    "completion": _completion,
    "man": _man,
    "purge": lambda *given: run_in_loop(_purge(*given)),
}
_WITHOUT_STORE = ("doctor", "editor", "completion", "man", "roles")
"""Commands that also run if the store cannot be used."""
