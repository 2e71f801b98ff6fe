"""The command line: ``hfs-server`` serves an editor; the commands need none.

What a command does not need is not imported: a list of sessions shall be there at once.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hfs_server.arguments import parser
from hfs_server.errors import (
    DestinationExists,
    DestinationNotWritable,
    HfsError,
    StoreUnusable,
    os_reason,
)
from hfs_server.settings import Settings, resolve
from hfs_server.store.at_once import page_at_once
from hfs_server.store.pages import SessionPage, SessionSummary

if TYPE_CHECKING:
    from hfs_server.documents import Format
    from hfs_server.exchange import Exchange, Imported
    from hfs_server.store.database import Database
    from hfs_server.store.repository import SessionRepository

_NAME_WIDTH = 60

Result = TypeVar("Result")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; 0 is done, 1 failed, 2 wrong usage."""
    options = parser().parse_args(arguments)
    if options.database is not None:
        os.environ["HFS_DATABASE"] = options.database
    if options.command is None:
        if sys.stdin is None or sys.stdout is None:
            _complain("An editor speaks to this program on stdin and stdout, which are closed.")
            return 1
        if sys.stdin.isatty():
            _complain("Waiting for an editor on stdin; hfs-server --help tells of other uses.")
        from hfs_server.life import serve

        serve()
    return _run(options, _COMMANDS[options.command])


def _run(options: Namespace, command: Command) -> int:
    if sys.stdout is None:
        _complain("There is no stdout for the results.")
        return 1
    for stream in filter(None, (sys.stdout, sys.stderr)):
        stream.reconfigure(errors="backslashreplace")
    settings = resolve()
    for problem in settings.problems:
        _complain(problem)
    try:
        code = command(options, settings)
        sys.stdout.flush()
        return code
    except HfsError as error:
        hint = " With --force it is overwritten." if isinstance(error, DestinationExists) else ""
        _complain(error.message + hint)
    except KeyboardInterrupt:
        _complain("Interrupted; nothing is left half done.")
    except MemoryError:
        _complain("The session does not fit into memory.")
    except OSError as error:
        if not isinstance(error, BrokenPipeError):
            _complain(f"The output cannot be written: {os_reason(error)}.")
        # What is still to be written has nowhere to go; Python shall not try at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _in_loop(work: Coroutine[Any, Any, Result]) -> Result:
    import asyncio

    async def until_asked_to_stop() -> Result:
        task = asyncio.current_task()
        assert task is not None
        with suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(until_asked_to_stop())
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


def _list(options: Namespace, settings: Settings) -> int:
    if _is_missing(settings.database_path):
        page: SessionPage | None = SessionPage([], None)
    else:
        page = page_at_once(settings.database_path, options.limit, options.query)
    if page is None:
        page = _in_loop(_page(options, settings))
    if options.json:
        _print_json([_camel(summary._asdict()) for summary in page.sessions])
    elif not page.sessions:
        named = " of that name" if options.query else ""
        _complain(f"No session{named} in the store {settings.database_path}.")
    else:
        print(*map(_line, page.sessions), sep="\n")
    if page.next_cursor is not None:
        _complain(f"These are the newest {len(page.sessions)}; --limit shows more.")
    return 0


async def _page(options: Namespace, settings: Settings) -> SessionPage:
    async with _repository(settings) as repository:
        return await repository.list(options.limit, None, options.query)


async def _export(options: Namespace, settings: Settings) -> int:
    _refuse_missing(settings)
    is_json_file = (options.output or "").lower().endswith(".json")
    kind: Format = options.format or ("json" if is_json_file else "markdown")
    async with _exchange(settings) as exchange:
        with _progress("Exporting") as on_progress:
            if options.output == "-":
                # Whoever reads may have stopped, and there is nothing to be undone.
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                await exchange.write(options.id, kind, sys.stdout.buffer.write, on_progress)
                sys.stdout.buffer.flush()
                return 0
            destination = _destination(options.output)
            exported = await exchange.export(
                options.id, kind, destination, options.force, on_progress
            )
    print(exported.path)
    return 0


async def _import(options: Namespace, settings: Settings) -> int:
    failed = False
    results: list[dict[str, Any]] = []
    async with _exchange(settings) as exchange:
        for file in options.files:
            try:
                with _progress(f"Importing {file}") as on_progress:
                    imported = await exchange.import_file(
                        Path(file).absolute(), options.name, on_progress
                    )
            except HfsError as error:
                failed = True
                _complain(error.message if file in error.message else f"{file}: {error.message}")
                continue
            for warning in imported.warnings:
                _complain(f"{file}: {warning}")
            results.append({"file": file, **_camel(imported._asdict())})
            if not options.json:
                print(_plain(f"{file}: {_imported_words(imported)}"))
    if options.json:
        _print_json(results)
    return 1 if failed else 0


async def _purge(_: Namespace, settings: Settings) -> int:
    _refuse_missing(settings)
    from hfs_server.store.purge import purge

    async with _database(settings) as database:
        lost = await purge(database)
    gain = f"lost {lost:,} bytes" if lost else "did not get smaller"
    print(_plain(f"{database.path} holds no deleted text any more; its files {gain}."))
    return 0


def _refuse_missing(settings: Settings) -> None:
    """What only reads a store makes none."""
    if _is_missing(settings.database_path):
        raise StoreUnusable(
            f"There is no store {settings.database_path}. Import a session to begin one, or name "
            "another store."
        )


def _is_missing(path: Path) -> bool:
    try:
        os.lstat(path)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    from hfs_server.store.database import Database

    database = Database(settings.database_path)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def _repository(settings: Settings) -> AsyncIterator[SessionRepository]:
    from hfs_server.store.repository import SessionRepository

    async with _database(settings) as database:
        yield SessionRepository(database)


@asynccontextmanager
async def _exchange(settings: Settings) -> AsyncIterator[Exchange]:
    from hfs_server.exchange import Exchange

    async with _repository(settings) as repository:
        yield Exchange(repository, settings.database_path, settings.export_directory)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar on stderr, where that is a terminal and the work takes longer than a moment."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from tqdm import tqdm

    form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}"
    with tqdm(total=100, desc=title, delay=0.5, leave=False, bar_format=form) as bar:

        def show(share: float, _: str) -> None:
            bar.update(share * 100 - bar.n)

        yield show


def _destination(output: str | None) -> Path | None:
    if output is None:
        return None
    path = Path(output).absolute()
    if output.endswith(("/", os.sep)) and not path.is_dir():
        raise DestinationNotWritable(f"The folder {path} does not exist. Make it first.")
    return path


def _line(summary: SessionSummary) -> str:
    activity = (summary.updated_at or summary.created_at)[:16].replace("T", " ")
    return f"{summary.id:>6}  {activity}  {summary.message_count:>6}  {_one_line(summary.name)}"


def _one_line(name: str) -> str:
    words = " ".join(_plain(name).split()) or "(no name)"
    return words if len(words) <= _NAME_WIDTH else words[: _NAME_WIDTH - 1] + "…"


def _imported_words(imported: Imported) -> str:
    migrated = f", migrated from version {imported.original_version}" if imported.migrated else ""
    return (
        f"imported as session {imported.session_id} ({_one_line(imported.name)}; "
        f"messages: {imported.message_count}, checkpoints: {imported.checkpoint_count}{migrated})"
    )


def _camel(value: dict[str, Any]) -> dict[str, Any]:
    """The keys as the protocol has them."""
    return {
        first + "".join(word.title() for word in rest): member
        for key, member in value.items()
        for first, *rest in [key.split("_")]
    }


def _print_json(value: object) -> None:
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    text = json.dumps(value, ensure_ascii=not is_unicode, indent=2)
    print("".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text))


def _complain(message: str) -> None:
    # Without stderr, print would write to stdout, which is for results.
    if sys.stderr is not None:
        # That nobody can be told is no reason for the work to fail.
        with suppress(OSError):
            print(_plain(f"hfs-server: {message}"), file=sys.stderr)


def _plain(text: str) -> str:
    """Text that cannot steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


Command = Callable[[Namespace, Settings], int]
_COMMANDS: dict[str, Command] = {
    "list": _list,
    "export": lambda *given: _in_loop(_export(*given)),
    "import": lambda *given: _in_loop(_import(*given)),
    "purge": lambda *given: _in_loop(_purge(*given)),
}
