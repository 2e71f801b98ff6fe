"""Sharing from Neovim and Emacs: what was found is shown, and the export has none of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from testing.editor_programs import said_by_emacs, said_by_neovim
from testing.programs import environment_for
from testing.terminal import Terminal

KEY = "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789"
FOUND = "[REDACTED:github-token-1] (5): message 1, message 2, message 3, ..."

NEOVIM = r"""
local said = {}
vim.notify = function(text) table.insert(said, text) end
vim.cmd('HfsShare 1 markdown shared.md')
vim.wait(60000, function() return #said > 0 end, 20)
vim.cmd('HfsShare 1 html shared.html')
vim.wait(60000, function() return #said > 1 end, 20)
vim.fn.writefile({vim.json.encode(said)}, 'said.json')
vim.cmd('qa!')
"""

EMACS = r"""
(let ((said nil))
  (advice-add 'message :before (lambda (&rest parts) (push (apply #'format parts) said)))
  (hfs-share 1 "markdown" (expand-file-name "shared.md"))
  (hfs-share 1 "html" (expand-file-name "shared.html"))
  (with-temp-file "said.json" (insert (json-encode (vconcat (nreverse said))))))
"""


@pytest.fixture
def environment(tmp_path: Path, terminal: Terminal) -> dict[str, str]:
    """A store with a session that has a key in each message."""
    terminal.add_session("Ten", *[f"{number} {KEY}" for number in range(5)])
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"HFS_DATABASE": str(terminal.path), "PATH": programs, "TZ": "UTC"}
    return environment_for(tmp_path / "home", more)


@pytest.mark.parametrize(("said_by", "script"), [(said_by_neovim, NEOVIM), (said_by_emacs, EMACS)])
def test_an_editor_shows_what_it_redacts(
    tmp_path: Path,
    environment: dict[str, str],
    said_by: Callable[[str, Path, dict[str, str]], list[str]],
    script: str,
) -> None:
    said = "\n".join(said_by(script, tmp_path, environment))
    assert said.count(FOUND) == 2
    assert "est effort" in said
    assert KEY not in said
    for name in ("shared.md", "shared.html"):
        assert f"xported to {tmp_path / name}" in said
        content = (tmp_path / name).read_text(encoding="utf-8")
        assert "github-token-1" in content
        assert KEY not in content
