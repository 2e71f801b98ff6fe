"""The command that sets an editor up: it prints what to do, or copies a plugin."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections import Counter
from pathlib import Path

from hfs_server.cli.editor_options import PLUGINS
from hfs_server.cli.output import print_line, print_notice, print_table
from hfs_server.editor_files import PACKAGED, State, install
from hfs_server.importers.places import Places

_LABELS = {
    "neovim": "Neovim",
    "emacs": "Emacs",
    "helix": "Helix",
    "vim": "Vim with vim-lsp",
    "coc": "Vim or Neovim with coc.nvim",
    "zed": "Zed",
    "sublime": "Sublime Text with LSP",
    "kate": "Kate",
}
_SETTINGS = {
    "helix": ("languages.toml", "Add it to languages.toml in Helix's folder of settings."),
    "vim": ("hfs.vim", "Add it to your vimrc."),
    "coc": ("coc-settings.json", "Add it with :CocConfig."),
    "zed": ("tasks.json", "Add it with the command zed: open tasks."),
    "sublime": ("LSP.sublime-settings", "Add it with Preferences: LSP Settings."),
    "kate": ("settings.json", "Add it in the settings of LSP Client, User Server Settings."),
}
"""A file of the package with settings, and where the user adds them."""

_UNINSTALLED = {
    "neovim": "Copy the plugin with --install, or give this folder to a plugin manager. "
    "lazy.nvim: { dir = vim.trim(vim.fn.system('hfs-server -q editor neovim')) }",
    "emacs": "Copy the package with --install, or install this folder with "
    "M-x package-install-file.",
}
_INSTALLED = {
    "neovim": "Start Neovim again, and run :checkhealth hfs. For :help hfs, run :helptags ALL.",
    "emacs": "Add the two lines above to your init file, if they are not there.",
}


def set_up_editor(options: Namespace) -> int:
    """Lists what there is, or prints or installs what there is for one editor."""
    name = options.editor
    if name is None:
        kinds = ("settings to add to your own", "a plugin; --install copies it")
        print_table([(each, label, kinds[each in PLUGINS]) for each, label in _LABELS.items()])
    elif options.install is not None:
        given = options.install
        folder = plugin_folder(name) if given is True else Path(given).expanduser().absolute()
        _install(name, folder, force=options.force)
    elif name in PLUGINS:
        print_line(str(PACKAGED / name))
        print_notice(_UNINSTALLED[name])
    else:
        file, advice = _SETTINGS[name]
        sys.stdout.write((PACKAGED / name / file).read_text("utf-8"))
        print_notice(advice)
    return 0


def plugin_folder(name: str) -> Path:
    """Where an editor reads its plugin, or is to do so."""
    places = Places()
    return _in_neovim(places) if name == "neovim" else _in_emacs(places)


def _in_neovim(places: Places) -> Path:
    """Where Neovim finds a plugin without a plugin manager."""
    name = os.environ.get("NVIM_APPNAME") or "nvim"
    data = places.data / name
    if os.name == "nt":
        local = places.of_variable("LOCALAPPDATA", "AppData", "Local")
        data = places.of_variable("XDG_DATA_HOME", str(local)) / f"{name}-data"
    return data / "site" / "pack" / "hfs" / "start" / "hfs"


def _in_emacs(places: Places) -> Path:
    """A folder beside the init file that Emacs reads."""
    home = places.home
    if os.name == "nt":
        roaming = places.of_variable("APPDATA", "AppData", "Roaming")
        home = places.of_variable("HOME", str(roaming))
    configured = places.of_variable("XDG_CONFIG_HOME", ".config") / "emacs"
    is_old = any((home / each).exists() for each in (".emacs.d", ".emacs", ".emacs.el"))
    return (home / ".emacs.d" if is_old or not configured.is_dir() else configured) / "hfs"


def _install(name: str, folder: Path, *, force: bool) -> None:
    counts = Counter(install(PACKAGED / name, folder, force=force).values())
    words = ", ".join(f"{counts[state]} {state}" for state in State if counts[state])
    print_line(f"Files in {folder}: {words}.")
    if name == "emacs":
        path = folder.as_posix().replace("\\", "\\\\").replace('"', '\\"')
        print_line(f'(add-to-list \'load-path "{path}")')
        print_line("(require 'hfs)")
    sys.stdout.flush()
    print_notice(_INSTALLED[name])
