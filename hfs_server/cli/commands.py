"""The command line: ``hfs-server`` serves an editor; the commands need none.

What a command does not need is not imported: a list of sessions shall be there at once.
"""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from hfs_server.cli.arguments import parsed
from hfs_server.cli.output import (
    camel_case,
    complain,
    failure,
    imported_words,
    plain,
    print_json,
    print_sessions,
    progress,
)
from hfs_server.errors import (
    DestinationExists,
    DestinationNotWritable,
    HfsError,
    StoreUnusable,
    os_reason,
)
from hfs_server.settings import Settings, resolve
from hfs_server.store import SessionPage, Store, open_store
from hfs_server.streams import wait_for_readers

Result = TypeVar("Result")

_STOPPING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
_CANCEL_SECONDS = 0.1


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; 0 is done, 1 failed, 2 wrong usage; 128 and a signal, ended by it."""
    options = parsed(arguments)
    if options.database is not None:
        os.environ["HFS_DATABASE"] = options.database
    if options.command is None:
        return _serve(options)
    return _run(options, _COMMANDS[options.command])


def _serve(options: Namespace) -> int:
    """Serves an editor; returns only if that cannot begin."""
    if sys.stdin is None or sys.stdout is None:
        complain("An editor speaks to this program on stdin and stdout, which are closed.")
        return 1
    try:
        if options.database is not None:
            resolve().require_folder()
    except StoreUnusable as error:
        complain(error.message)
        return 1
    if sys.stdin.isatty():
        complain("Waiting for an editor on stdin; hfs-server --help tells of other uses.")
    from hfs_server.lsp.serve import serve

    serve()
    return 0


def _run(options: Namespace, command: Command) -> int:
    if sys.stdout is None:
        complain("There is no stdout for the results.")
        return 1
    wait_for_readers()
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="backslashreplace")
    settings = resolve()
    try:
        settings.require_store()
        settings.require_folder()
        code = command(options, settings)
        sys.stdout.flush()
        return code
    except HfsError as error:
        hint = " With --force it is overwritten." if isinstance(error, DestinationExists) else ""
        complain(error.message + hint)
    except (KeyboardInterrupt, Interrupted) as error:
        complain("Interrupted; nothing is left half done.")
        return 128 + (error.number if isinstance(error, Interrupted) else signal.SIGINT)
    except MemoryError:
        complain("The session does not fit into memory.")
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            complain(f"The output cannot be written: {os_reason(error)}.")
        # What is still to be written has nowhere to go; Python shall not try at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


class Interrupted(Exception):
    """A command that was asked to stop by the signal ``number``."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def _in_loop(work: Coroutine[Any, Any, Result]) -> Result:
    import asyncio

    numbers: list[int] = []

    async def until_asked_to_stop() -> Result:
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            # What was just being completed takes a cancellation back; what follows it does not.
            numbers.append(number)
            task.cancel()
            loop.call_later(_CANCEL_SECONDS, stop, number)

        with suppress(NotImplementedError):
            for number in _STOPPING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    loop.add_signal_handler(number, stop, number)
        return await work

    try:
        return asyncio.run(until_asked_to_stop())
    except asyncio.CancelledError:
        raise Interrupted(numbers[0] if numbers else signal.SIGINT) from None


def _list(options: Namespace, settings: Settings) -> int:
    store = open_store(settings.database_path)
    if store.exists():
        page = store.list_now(options.limit, options.query) or _in_loop(_page(options, settings))
    else:
        page = SessionPage([], None)
    if options.json:
        print_json([camel_case(summary._asdict()) for summary in page.sessions])
    elif not page.sessions:
        named = " of that name" if options.query else ""
        complain(f"No session{named} in the store {settings.database_path}.")
    else:
        print_sessions(page.sessions)
    if page.next_cursor is not None:
        complain(f"These are the newest {len(page.sessions)}; --limit shows more.")
    return 0


async def _page(options: Namespace, settings: Settings) -> SessionPage:
    async with _opened(settings) as store:
        return await store.list(options.limit, None, options.query)


async def _export(options: Namespace, settings: Settings) -> int:
    _refuse_missing(settings)
    if options.output is None:
        settings.require_export_directory()
    from hfs_server.export_session import export_to_file, export_to_folder, write_session
    from hfs_server.exporters import exporter_named

    exporter = exporter_named(options.format)
    async with _opened(settings) as store:
        with progress("Exporting") as on_progress:
            if options.output == "-":
                # Whoever reads may have stopped, and there is nothing to be undone.
                for number in _STOPPING:
                    signal.signal(number, signal.SIG_DFL)
                async with store.snapshot(options.id) as session:
                    await write_session(session, exporter, sys.stdout.buffer.write, on_progress)
                sys.stdout.buffer.flush()
                return 0
            if options.output is None:
                folder = settings.export_directory
                work = export_to_folder(store, options.id, exporter, folder, on_progress)
            else:
                work = export_to_file(
                    store,
                    options.id,
                    exporter,
                    _destination(options.output),
                    overwrite=options.force,
                    on_progress=on_progress,
                )
            exported = await work
    print(exported.path)
    return 0


async def _import(options: Namespace, settings: Settings) -> int:
    failed = False
    results: list[dict[str, Any]] = []
    from hfs_server.import_session import import_file

    async with _opened(settings) as store:
        for file in options.files:
            try:
                with progress(f"Importing {file}") as on_progress:
                    imported = await import_file(
                        store, Path(file).absolute(), options.name, on_progress
                    )
            except HfsError as error:
                failed = True
                complain(error.message if file in error.message else f"{file}: {error.message}")
                results.append({"file": file, "failed": [failure(Path(file).absolute(), error)]})
                continue
            for warning in imported.warnings:
                complain(f"{file}: {warning}")
            results.append({"file": file, **camel_case(imported._asdict()), "failed": []})
            if not options.json:
                print(plain(f"{file}: {imported_words(imported)}"))
    if options.json:
        print_json(results)
    return 1 if failed else 0


async def _purge(_: Namespace, settings: Settings) -> int:
    _refuse_missing(settings)
    async with _opened(settings) as store:
        lost = await store.purge()
    gain = f"lost {lost:,} bytes" if lost else "did not get smaller"
    print(plain(f"{settings.database_path} holds no deleted text any more; its files {gain}."))
    return 0


def _refuse_missing(settings: Settings) -> None:
    """What only reads a store makes none."""
    if not open_store(settings.database_path).exists():
        raise StoreUnusable(
            f"There is no store {settings.database_path}. Import a session to begin one, or name "
            "another store."
        )


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Store]:
    store = open_store(settings.database_path)
    try:
        yield store
    finally:
        await store.close()


def _destination(output: str) -> Path:
    path = Path(output).absolute()
    if output.endswith(("/", os.sep)) and not path.is_dir():
        raise DestinationNotWritable(f"The folder {path} does not exist. Make it first.")
    return path


Command = Callable[[Namespace, Settings], int]
_COMMANDS: dict[str, Command] = {
    "list": _list,
    "export": lambda *given: _in_loop(_export(*given)),
    "import": lambda *given: _in_loop(_import(*given)),
    "purge": lambda *given: _in_loop(_purge(*given)),
}
