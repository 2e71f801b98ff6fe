"""The options of the command that sets an editor up."""

from __future__ import annotations

import argparse
from typing import Any

from hfs_server.cli.argument_types import text

PLUGINS = ("neovim", "emacs")
"""The editors for which there is a plugin; for the others there are settings."""

EDITORS = (*PLUGINS, "helix", "vim", "coc", "zed", "sublime", "kate")


_OTHER_NAMES = {"nvim": "neovim", "hx": "helix", "subl": "sublime"}


def add_editor(commands: Any, common: argparse.ArgumentParser) -> None:
    """Adds ``editor``."""
    command = commands.add_parser(
        "editor",
        parents=[common],
        help="set up Neovim, Emacs, Helix and others",
        description="Prints the folder of the plugin for Neovim or Emacs, or the settings for "
        "another editor, and on stderr what to do with it. Without an editor, lists what there is. "
        "With --install, copies the plugin to where the editor reads it: again after an upgrade.",
    )
    command.add_argument("editor", type=_editor, nargs="?", choices=EDITORS, help="the editor")
    command.add_argument(
        "--install",
        nargs="?",
        const=True,
        type=text,
        metavar="FOLDER",
        help="copy the plugin to FOLDER (default: where the editor reads plugins)",
    )
    command.add_argument(
        "--force", action="store_true", help="overwrite files there that were changed"
    )


def check_editor(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Exits with 2 if there is nothing to install."""
    if options.editor is None and _editor(str(options.install)) in EDITORS:
        options.editor, options.install = _editor(options.install), True
    if options.install is None:
        if options.force:
            command.error("argument --force: expected --install, too")
    elif options.editor is None:
        command.error("argument --install: expected an editor, too")
    elif options.editor not in PLUGINS:
        command.error(
            f"argument --install: for {options.editor}, add what hfs-server editor "
            f"{options.editor} prints to your settings"
        )


def _editor(name: str) -> str:
    """The name of an editor, also if its program has another one."""
    return _OTHER_NAMES.get(name, name)
