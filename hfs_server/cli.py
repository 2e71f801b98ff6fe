"""The command line: ``hfs-server`` serves an editor; list, export and import need none.

What a command does not need is not imported: a list of sessions shall be there at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hfs_server import __version__
from hfs_server.errors import HfsError
from hfs_server.settings import Settings, resolve
from hfs_server.store.database import Database
from hfs_server.store.repository import SessionRepository, SessionSummary

if TYPE_CHECKING:
    from hfs_server.exchange import Exchange, Imported

_LARGEST_PAGE = 500
_NAME_WIDTH = 60
_EXAMPLES = """\
examples:
  hfs-server list --query login            sessions whose name contains "login"
  hfs-server export 12                     session 12 as Markdown, into the export folder
  hfs-server export 12 --format json -o .  as JSON, for keeping, into this folder
  hfs-server export 12 -o - | less         to the screen
  hfs-server import chat.json              a JSON export back into the store

The store is ~/.hfs/sessions.db, or what HFS_DATABASE or --database names; exports go
to ~/.hfs/exports, or to what HFS_EXPORT_DIR names. Without a command, hfs-server is a
language server on stdin and stdout, for editors.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; 0 is done, 1 failed, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    if options.database is not None:
        os.environ["HFS_DATABASE"] = options.database
    if options.command is None:
        from hfs_server.life import serve

        serve()
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    settings = resolve()
    for problem in settings.problems:
        _complain(problem)
    try:
        return asyncio.run(_until_asked_to_stop(options.run(options, settings)))
    except HfsError as error:
        _complain(error.message)
    except (KeyboardInterrupt, asyncio.CancelledError):
        _complain("Interrupted; nothing is left half done.")
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python shall not complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


async def _until_asked_to_stop(work: Awaitable[int]) -> int:
    task = asyncio.current_task()
    assert task is not None
    with suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


async def _list(options: argparse.Namespace, settings: Settings) -> int:
    summaries: list[SessionSummary] = []
    async with _repository(settings) as repository:
        cursor: str | None = None
        while True:
            left = options.limit - len(summaries)
            page = await repository.list(min(left, _LARGEST_PAGE), cursor, options.query)
            summaries += page.sessions
            cursor = page.next_cursor
            if cursor is None or len(summaries) >= options.limit:
                break
    if options.json:
        _print_json([_camel(asdict(summary)) for summary in summaries])
        return 0
    if not summaries:
        _complain("No sessions." if options.query is None else "No session has such a name.")
    for summary in summaries:
        print(_line(summary))
    if cursor is not None:
        _complain(f"These are the newest {len(summaries)}; --limit shows more.")
    return 0


async def _export(options: argparse.Namespace, settings: Settings) -> int:
    async with _exchange(settings) as exchange:
        with _progress("Exporting") as on_progress:
            if options.output == "-":
                async for piece in exchange.stream(options.id, options.format, on_progress):
                    sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
                return 0
            destination = Path(options.output).absolute() if options.output else None
            exported = await exchange.export(
                options.id, options.format, destination, options.force, on_progress
            )
    print(exported.path)
    return 0


async def _import(options: argparse.Namespace, settings: Settings) -> int:
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
                _complain(f"{file}: {error.message}")
                continue
            for warning in imported.warnings:
                _complain(f"{file}: {warning}")
            results.append({"file": file, **_camel(asdict(imported))})
            if not options.json:
                print(f"{file}: {_imported_words(imported)}")
    if options.json:
        _print_json(results)
    return 1 if failed else 0


@asynccontextmanager
async def _repository(settings: Settings) -> AsyncIterator[SessionRepository]:
    database = Database(settings.database_path)
    try:
        yield SessionRepository(database)
    finally:
        await database.close()


@asynccontextmanager
async def _exchange(settings: Settings) -> AsyncIterator[Exchange]:
    from hfs_server.exchange import Exchange

    async with _repository(settings) as repository:
        yield Exchange(repository, settings.database_path, settings.export_directory)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr, where that is a terminal and the work takes longer than a moment."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from tqdm import tqdm

    form = "{desc}: {percentage:3.0f} %|{bar}| {elapsed}"
    with tqdm(total=100, desc=title, delay=0.5, leave=False, bar_format=form) as bar:

        def show(share: float) -> None:
            bar.update(share * 100 - bar.n)

        yield show


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="hfs-server",
        description="HFS sessions for editors and for the shell: list, export, import.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"hfs-server {__version__}")
    parser.add_argument("--stdio", action="store_true", help="serve an editor (the default)")
    parser.add_argument("--database", metavar="PATH", help="the store of sessions")
    parser.set_defaults(command=None)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--database", metavar="PATH", default=argparse.SUPPRESS, help="the store of sessions"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_list(commands, common)
    _add_export(commands, common)
    _add_import(commands, common)
    return parser


def _add_list(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "list",
        parents=[common],
        help="show the sessions, last activity first",
        description="Shows the sessions, last activity first: id, last activity in UTC, number "
        "of messages, name.",
    )
    command.add_argument("--json", action="store_true", help="print a JSON array")
    command.add_argument("--limit", type=_count, default=50, metavar="N", help="at most N (50)")
    command.add_argument("--query", metavar="TEXT", help="only names that contain TEXT")
    command.set_defaults(run=_list)


def _add_export(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "export",
        parents=[common],
        help="write a session to a file, as Markdown to read or as JSON to keep",
        description="Writes a session to a file and prints the file's path.",
    )
    command.add_argument("id", type=_id, metavar="ID", help="the session's id, as list shows it")
    command.add_argument(
        "--format", choices=("markdown", "json"), default="markdown", help="markdown (default)"
    )
    command.add_argument(
        "-o",
        dest="output",
        metavar="FILE|FOLDER|-",
        help="where to: a file, an existing folder, or - for stdout (the export folder)",
    )
    command.add_argument("--force", action="store_true", help="overwrite a file that exists")
    command.set_defaults(run=_export)


def _add_import(commands: Any, common: argparse.ArgumentParser) -> None:
    command = commands.add_parser(
        "import",
        parents=[common],
        help="take JSON exports into the store, also older ones",
        description="Takes JSON exports into the store, each whole or not at all. Older versions "
        "are migrated.",
    )
    command.add_argument("files", nargs="+", metavar="FILE", help="a JSON export")
    command.add_argument("--name", type=_name, help="what to call the sessions")
    command.add_argument("--json", action="store_true", help="print a JSON array of results")
    command.set_defaults(run=_import)


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError
    return count


def _id(text: str) -> int:
    if abs(session_id := int(text)) >= 2**63:
        raise ValueError
    return session_id


def _name(text: str) -> str:
    if not text:
        raise ValueError
    return text


def _line(summary: SessionSummary) -> str:
    activity = (summary.updated_at or summary.created_at)[:16].replace("T", " ")
    return f"{summary.id:>6}  {activity}  {summary.message_count:>6}  {_one_line(summary.name)}"


def _one_line(name: str) -> str:
    """A name that cannot steer the terminal."""
    words = " ".join("".join(c if c.isprintable() else " " for c in name).split())
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
    print(json.dumps(value, ensure_ascii=False, indent=2))


def _complain(message: str) -> None:
    print(f"hfs-server: {message}", file=sys.stderr)
