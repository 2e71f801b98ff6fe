"""Renaming, deleting and restoring in real editors with the files of hfs_server/editors."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from testing.editor_programs import said_by_emacs, said_by_neovim
from testing.programs import environment_for
from testing.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")

NEOVIM = r"""
local said = {}
vim.notify = function(message) table.insert(said, message) end
local function run(command, count)
  local before = #said
  vim.cmd(command)
  assert(vim.wait(60000, function() return #said >= before + (count or 1) end, 10), command)
end
local answer = 2
vim.fn.confirm = function(question)
  table.insert(said, question)
  return answer
end
run('HfsRename 1 Login, fixed')
run('HfsRename Login')
run('HfsDelete 1')
answer = 1
run('HfsDelete 1', 2)
run('HfsDelete 1', 2)
vim.cmd('edit hfs:///sessions/2.md')
assert(vim.wait(60000, function() return vim.bo.filetype == 'markdown' end, 10))
run('HfsDelete!')
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do table.insert(said, options.format_item(item)) end
  choose(items[2])
end
run('HfsRestore', 3)
run('HfsRestore 2')
run('HfsRestore 2')
vim.fn.writefile({vim.json.encode(said)}, 'said.json')
vim.cmd('qa!')
"""

EMACS = r"""
(let (said (answer nil))
  (cl-letf (((symbol-function 'y-or-n-p)
             (lambda (question) (push question said) answer))
            ((symbol-function 'read-string) (lambda (&rest _) "Login, fixed"))
            ((symbol-function 'completing-read)
             (lambda (_ table &rest _)
               (let ((found (all-completions "" table)))
                 (push (format "%d to choose from" (length found)) said)
                 (car (last found)))))
            ((symbol-function 'message)
             (lambda (&rest words) (when (car words) (push (apply #'format words) said)))))
    (hfs-list)
    (goto-char (point-max))
    (forward-line -1)
    (hfs-list-rename)
    (condition-case problem (hfs-list-delete)
      (user-error (push (cadr problem) said)))
    (setq answer t)
    (goto-char (point-min))
    (hfs-list-delete)
    (push (format "%d left" (length tabulated-list-entries)) said)
    (hfs-list-restore)
    (push (format "%d left" (length tabulated-list-entries)) said)
    (condition-case problem (hfs-list-restore)
      (user-error (push (cadr problem) said)))
    (call-interactively #'hfs-delete)
    (hfs-list-deleted)
    (push (aref (cadar tabulated-list-entries) 6) said)
    (hfs-list-restore)
    (push (format "%d left" (length tabulated-list-entries)) said))
  (with-temp-file "said.json"
    (insert (json-encode (vconcat (nreverse said))))))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home folder, and a store with two sessions."""
    (tmp_path / "home").mkdir()
    with Terminal(tmp_path / "sessions.db") as terminal:
        terminal.add_session("Fix the login", "one")
        terminal.add_session("Another", "two")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"HFS_DATABASE": str(tmp_path / "sessions.db"), "PATH": programs, "TZ": "UTC"}
    return environment_for(tmp_path / "home", more)


def test_neovim_renames_deletes_and_restores(tmp_path: Path, environment: dict[str, str]) -> None:
    said = said_by_neovim(NEOVIM, tmp_path, environment)
    assert said[:5] == [
        "hfs: session 1 is now Login, fixed",
        "hfs: expected the number of a session and its new name",
        "Delete session 1?",
        "Delete session 1?",
        "hfs: deleted session 1; :HfsRestore 1 restores it",
    ]
    assert "Session 1 was deleted on" in said[6]
    assert said[7] == "hfs: deleted session 2; :HfsRestore 2 restores it"
    assert [line.split()[0] for line in said[8:10]] == ["2", "1"]
    assert said[10] == "hfs: restored session 1: Login, fixed"
    assert said[11] == "hfs: restored session 2: Another"
    assert said[12] == "hfs: Session 2 is not deleted."


def test_emacs_renames_deletes_and_restores(tmp_path: Path, environment: dict[str, str]) -> None:
    said = said_by_emacs(EMACS, tmp_path, environment)
    assert said == [
        "Session 1 is now Login, fixed",
        "Delete session 1? ",
        "Not deleted",
        "Delete session 2? ",
        "Deleted session 2; M-x hfs-restore restores it",
        "1 left",
        "Restored session 2: Another",
        "2 left",
        "No session was deleted here",
        "2 to choose from",
        "Delete session 1? ",
        "Deleted session 1; M-x hfs-restore restores it",
        "Login, fixed",
        "Restored session 1: Login, fixed",
        "0 left",
    ]
