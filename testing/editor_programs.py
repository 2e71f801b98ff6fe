"""Real editors that run a script with the files of ``hfs_server/editors``."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

EDITORS = Path(__file__).parents[1] / "hfs_server" / "editors"
NEOVIM = [
    *("--headless", "-i", "NONE", "-u", "NORC"),
    *("--cmd", f"lua vim.opt.runtimepath:prepend([[{EDITORS / 'neovim'}]])"),
]
"""The options of a Neovim with the plugin, and without settings of the user."""

RUN_LUA = (
    "lua local ran, problem = xpcall(dofile, debug.traceback, 'script.lua') "
    "if not ran then io.stderr:write(problem) vim.cmd('cquit!') end"
)
"""Runs script.lua, and ends Neovim if that fails."""

FLOATING_IN_LUA = r"""
local function floating()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_win_get_config(window).relative ~= '' then
      local lines = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false)
      return table.concat(lines, '\n')
    end
  end
end
"""
"""A function that reads the floating window of a hover; nil if there is none."""

EMACS = ["-Q", "--batch", "-L", str(EDITORS / "emacs"), "-l", "cl-lib", "-l", "json", "-l", "hfs"]
"""The options of an Emacs with the package, and without settings of the user."""


def said_by(
    program: str,
    words: Sequence[str],
    folder: Path,
    environment: dict[str, str],
    seconds: int = 240,
) -> list[str]:
    """What the editor's script found; the editor runs in the folder, to its end."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"NOT TESTED IN A REAL EDITOR: {program} is not installed")
    done = subprocess.run(
        [path, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds
    )
    file = folder / "said.json"
    assert file.exists(), done.stdout + done.stderr
    said: list[str] = json.loads(file.read_text("utf-8"))
    return said


def succeeds(program: str, words: Sequence[str], environment: dict[str, str]) -> bool | None:
    """Whether a program ends with 0; None if it is not installed."""
    path = shutil.which(program)
    if path is None:
        return None
    return subprocess.run([path, *words], env=environment, capture_output=True).returncode == 0


def said_by_neovim(script: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """What a script in Lua found, in Neovim."""
    path = folder / "script.lua"
    path.write_text(script, encoding="utf-8")
    return said_by("nvim", [*NEOVIM, "-c", RUN_LUA], folder, environment)


def said_by_emacs(script: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """What a script in Lisp found, in Emacs."""
    path = folder / "script.el"
    path.write_text(script, encoding="utf-8")
    return said_by("emacs", [*EMACS, "-l", str(path)], folder, environment)
