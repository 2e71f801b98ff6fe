"""The commands that copy out of the store: one session as an export, or all of it as a backup."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from hfs_server.back_up_store import back_up
from hfs_server.cli.output import print_json, print_notice, print_table, progress
from hfs_server.cli.signals import end_process_on_signals
from hfs_server.cli.stores import opened, require_existing
from hfs_server.errors import DestinationNotWritable
from hfs_server.export_session import (
    export_to_file,
    export_to_folder,
    open_session,
    write_session,
)
from hfs_server.exporters import ExportOptions, exporter_named
from hfs_server.files.destinations import make_folder
from hfs_server.session import Progress
from hfs_server.settings import Settings
from hfs_server.store import Store

if TYPE_CHECKING:
    from hfs_server.transforms.findings import Secret
    from hfs_server.transforms.redaction import Redactor

_MOST_PLACES = 5
"""How many places of a secret are shown."""


async def export_session(options: Namespace, settings: Settings) -> int:
    """Writes a session to a file or to stdout, and prints the path of the file."""
    require_existing(settings)
    if options.dry_run:
        return await _print_secrets(options, settings)
    if options.output is None:
        settings.require_export_directory()
    redactor = _redactor(options)
    path: Path | None = None
    async with opened(settings) as store:
        with progress("Exporting") as on_progress:
            if options.output == "-":
                await _export_to_stdout(store, options, redactor, on_progress)
            else:
                path = await _export_to_file(store, options, settings, redactor, on_progress)
    if path is not None:
        print(path, flush=True)
    if redactor is not None:
        _print_redactions(redactor)
    return 0


async def back_up_store(options: Namespace, settings: Settings) -> int:
    """Copies the whole store to a file, and prints its path."""
    require_existing(settings)
    async with opened(settings) as store:
        path = _path_of_copy(options, settings, store)
        with progress("Copying") as on_progress:
            await back_up(
                store,
                path,
                overwrite=options.force,
                keep=options.keep,
                on_progress=on_progress,
            )
    print(path)
    return 0


def _path_of_copy(options: Namespace, settings: Settings, store: Store) -> Path:
    """Where a backup goes; its folder is created if that is what the destination names."""
    path = Path(options.destination).absolute()
    is_folder = options.destination.endswith(("/", os.sep))
    if options.keep is not None and not path.suffix:
        # Copies are kept in a folder, unless there is a file.
        is_folder = is_folder or not os.path.lexists(path)
    if is_folder:
        make_folder(path, store.files)
    name = settings.database.name if isinstance(settings.database, Path) else "sessions.db"
    return path / name if path.is_dir() else path


async def _print_secrets(options: Namespace, settings: Settings) -> int:
    """Prints what an export would redact."""
    from hfs_server.find_secrets import find_secrets
    from hfs_server.lsp.redaction_protocol import find_secrets_result
    from hfs_server.transforms.redaction import Redactor

    async with opened(settings) as store:
        with progress("Looking for secrets") as on_progress:
            redactor = Redactor(options.redact_also, options.redact_except)
            findings = await find_secrets(store, options.id, redactor, on_progress)
    if options.json:
        print_json(find_secrets_result(options.id, findings).model_dump(by_alias=True))
    elif findings.secrets:
        rows = [(each.name, f"{each.count:,}", _where(each)) for each in findings.secrets]
        print_table([("SECRET", "COUNT", "WHERE"), *rows], numbers=(1,))
    _print_redactions(redactor, "Would be replaced by markers")
    return 0


def _where(secret: Secret) -> str:
    """The first places of a secret, in words."""
    places = [place.in_words() for place in secret.places]
    shown = [*dict.fromkeys(places)][:_MOST_PLACES]
    return ", ".join(shown) + (", ..." if len({*places}) > len(shown) else "")


def _redactor(options: Namespace) -> Redactor | None:
    if not options.redact:
        return None
    from hfs_server.transforms.redaction import Redactor

    return Redactor(options.redact_also, options.redact_except)


def _print_redactions(redactor: Redactor, done: str = "Replaced by markers") -> None:
    found = ", ".join(f"{count:,} {rule}" for rule, count in redactor.redactions.items())
    what = f"{done}: {found}." if found else "Found no secret."
    print_notice(f"{what} Redaction is best effort: read the file before you share it.")


def _chosen(options: Namespace) -> ExportOptions:
    return ExportOptions(options.thinking, options.tool_calls, archive=options.archive)


async def _export_to_stdout(
    store: Store, options: Namespace, redactor: Redactor | None, on_progress: Progress
) -> None:
    # A write to a reader that has stopped cannot be cancelled, and there is nothing to undo.
    end_process_on_signals()
    exporter = exporter_named(options.format)
    chosen = _chosen(options)
    async with open_session(store, options.id, redactor) as session:
        await write_session(session, exporter, sys.stdout.buffer.write, on_progress, chosen)
    sys.stdout.buffer.flush()


async def _export_to_file(
    store: Store,
    options: Namespace,
    settings: Settings,
    redactor: Redactor | None,
    on_progress: Progress,
) -> Path:
    target = (store, options.id, exporter_named(options.format))
    chosen = _chosen(options)
    if options.output is None:
        folder = settings.export_directory
        return (await export_to_folder(*target, folder, on_progress, chosen, redactor)).path
    destination = _destination(options.output)
    exported = await export_to_file(
        *target,
        destination,
        overwrite=options.force,
        on_progress=on_progress,
        options=chosen,
        redactor=redactor,
    )
    return exported.path


def _destination(output: str) -> Path:
    path = Path(output).absolute()
    if output.endswith(("/", os.sep)) and not os.path.isdir(path):
        raise DestinationNotWritable(f"The folder {path} does not exist. Create it first.")
    return path
