"""Who wrote a line, in real editors with the files of hfs_server/editors: headless."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from testing.edited_sessions import BY_HAND, LINE, session, write
from testing.editor_programs import FLOATING_IN_LUA, said_by_emacs, said_by_neovim
from testing.programs import environment_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")


NEOVIM = (
    FLOATING_IN_LUA
    + r"""
vim.g.hfs_annotate = true
local said = {}
vim.notify = function(message) table.insert(said, message) end
local function await(found)
  local value
  assert(vim.wait(60000, function() value = found() return value end, 20), 'nothing came')
  return value
end
vim.cmd('edit a.py')
local buffer = vim.api.nvim_get_current_buf()
local lenses = await(function()
  local found = vim.lsp.codelens.get(buffer)
  return #found > 0 and found
end)
table.insert(said, lenses[1].command.title)
vim.api.nvim_buf_set_lines(buffer, 0, 0, false, { 'typed here' })
vim.api.nvim_win_set_cursor(0, { 2, 0 })
vim.lsp.buf.hover()
table.insert(said, await(floating))
vim.cmd('HfsBlame')
table.insert(said, await(function()
  local items = vim.fn.getqflist()
  return #items > 0 and items[1].text
end))
vim.cmd('cclose')
vim.api.nvim_win_set_cursor(0, { 3, 0 })
local count = #said
vim.cmd('HfsBlame')
await(function() return #said > count end)
vim.fn.setqflist({})
vim.cmd('HfsBlame!')
await(function() return #vim.fn.getqflist() > 0 end)
vim.fn.setqflist({})
vim.cmd('cclose')
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.lsp.codelens.run()
await(function() return #vim.fn.getqflist() > 0 end)
vim.cmd('cc 1')
await(function() return vim.bo.filetype == 'markdown' end)
table.insert(said, vim.api.nvim_get_current_line())
for _, command in ipairs({ 'HfsBlame', 'HfsBlame!' }) do
  vim.cmd(command)
  vim.cmd('enew')
end
vim.cmd('HfsBlame')
vim.fn.writefile({vim.json.encode(said)}, 'said.json')
vim.cmd('qa!')
"""
)

EMACS = r"""
(let ((said nil))
  (find-file "a.py")
  (hfs-annotate-mode 1)
  (while (not header-line-format) (accept-process-output nil 0.05))
  (push header-line-format said)
  (let ((shown nil))
    (hfs--eldoc (lambda (text) (setq shown text)))
    (while (not shown) (accept-process-output nil 0.05))
    (push shown said))
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_ choices &rest _) (push (caar choices) said) (caar choices))))
    (hfs-blame nil)
    (push (buffer-substring (line-beginning-position) (line-end-position)) said)
    (switch-to-buffer "a.py")
    (hfs-blame t)
    (switch-to-buffer "a.py")
    (forward-line 1)
    (condition-case problem (hfs-blame nil)
      (user-error (push (cadr problem) said)))
    (with-temp-buffer
      (condition-case problem (hfs-blame t)
        (user-error (push (cadr problem) said)))))
  (with-temp-file "said.json"
    (insert (json-encode (vconcat (nreverse said))))))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home folder with a store, and a file of which a session wrote the first line."""
    (tmp_path / "home").mkdir()
    (tmp_path / "a.py").write_text(f"{LINE}\n{BY_HAND}\n", encoding="utf-8")
    source = tmp_path / "session.json"
    source.write_text(session("Fix it", str(tmp_path), write("a.py", LINE)), encoding="utf-8")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    database = str(tmp_path / "sessions.db")
    made = environment_for(
        tmp_path / "home", {"HFS_DATABASE": database, "PATH": programs, "TZ": "UTC"}
    )
    for words in (["import", str(source)], ["blame", str(tmp_path / "a.py")]):
        command = [sys.executable, "-m", "hfs_server", "--database", database, *words]
        subprocess.run(command, env=made, check=True, capture_output=True)
    return made


def test_neovim_shows_who_wrote_a_line_on_hovering_in_a_lens_and_in_a_list(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_neovim(NEOVIM, tmp_path, environment)
    lens, hover, listed, nobody, opened, *without_file = said
    assert lens == "1 AI session edited this file"
    assert "Fix it" in hover
    assert "Claude Code, model-1, 2026-03-01 10:01" in hover
    assert "Prompt of Fix it" in hover
    assert listed == "2026-03-01 create by claude-code: Fix it"
    assert nobody == "hfs: no session is known to have written this line"
    assert opened.startswith("### 2. Assistant")
    assert without_file == ["hfs: this buffer has no file"] * 3


def test_emacs_shows_who_wrote_a_line_in_the_echo_area_and_in_a_list(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_emacs(EMACS, tmp_path, environment)
    count, shown, of_line, opened, of_file, nobody, without_file = said
    assert count == "1 AI session edited this file"
    assert shown.startswith("2026-03-01 create by claude-code: 1  Fix it\n> Prompt of Fix it")
    assert of_line == of_file == "2026-03-01 create by claude-code: 1  Fix it"
    assert opened.startswith("### 2. Assistant")
    assert nobody == "No session is known to have written this line"
    assert without_file == "This buffer has no file"
