"""Continuing a session in real editors with the files of hfs_server/editors."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from testing.command_line import hfs
from testing.documents import document, text
from testing.editor_programs import said_by_emacs, said_by_neovim
from testing.programs import environment_for
from testing.tool_logs import claude_code, id_of, write

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")

LINE = f"claude --resume {id_of(0)}"

NEOVIM = r"""
local said, answer = {}, 2
vim.notify = function(message) table.insert(said, message) end
vim.fn.confirm = function(question)
  table.insert(said, question)
  return answer
end
local function run(command)
  local before = #said
  vim.cmd(command)
  assert(vim.wait(60000, function() return #said > before end, 10), command)
end
run('HfsResume 1')
table.insert(said, vim.bo.buftype)
answer = 1
run('HfsResume 1')
local function shown() return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '') end
assert(vim.wait(60000, function() return shown():find('ran with', 1, true) ~= nil end, 10))
table.insert(said, vim.bo.buftype)
table.insert(said, shown():match('ran with.-end'))
run('HfsResume 2')
answer = 2
run('HfsResume 3')
vim.fn.writefile({vim.json.encode(said)}, 'said.json')
vim.cmd('qa!')
"""

EMACS = r"""
(let ((file (expand-file-name "said.json")) said answer)
  (cl-letf (((symbol-function 'y-or-n-p)
             (lambda (question) (push question said) answer)))
    (hfs-resume 1)
    (push (if (get-buffer "*hfs-resume*") "ran" "not run") said)
    (setq answer t)
    (hfs-resume 1)
    (let ((deadline (+ (float-time) 60)))
      (while (and (< (float-time) deadline)
                  (with-current-buffer "*hfs-resume*"
                    (not (string-match-p "end" (buffer-string)))))
        (accept-process-output nil 0.05)))
    (with-current-buffer "*hfs-resume*"
      (push (replace-regexp-in-string "\n" "" (buffer-string)) said))
    (condition-case problem (hfs-resume 2)
      (user-error (push (cadr problem) said)))
    (setq answer nil)
    (hfs-resume 3))
  (with-temp-file file
    (insert (json-encode (vconcat (nreverse said))))))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A store with a session of Claude Code, one that no tool continues and one whose folder is
    missing, and a program that is called as Claude Code is."""
    home, work = tmp_path / "home", tmp_path / "work"
    for folder in (home, work):
        folder.mkdir()
    log = write(tmp_path / f"{id_of(0)}.jsonl", claude_code(0, cwd=str(work)))
    other = write(tmp_path / "other.json", text(document("Mine")).encode())
    gone = write(tmp_path / f"{id_of(1)}.jsonl", claude_code(1, cwd=str(tmp_path / "not here")))
    for file in (log, other, gone):
        done = hfs(home, "--database", tmp_path / "sessions.db", "import", file)
        assert done.returncode == 0, done.stderr
    program = write(tmp_path / "bin" / "claude", b'#!/bin/sh\necho "ran with $* in $(pwd) end"\n')
    program.chmod(0o755)
    paths = [str(program.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    more = {"HFS_DATABASE": str(tmp_path / "sessions.db"), "PATH": os.pathsep.join(paths)}
    return environment_for(home, more)


def test_neovim_shows_the_command_and_runs_it_in_the_folder(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_neovim(NEOVIM, tmp_path, environment)
    work = (tmp_path / "work").resolve()
    assert said == [
        f"Run {LINE} in {work}?",
        "",
        f"Run {LINE} in {work}?",
        "terminal",
        f"ran with --resume {id_of(0)} in {work} end",
        "hfs: no command is known that continues this session",
        f"The session's folder is not on this machine: {tmp_path / 'not here'}\n"
        f"Run claude --resume {id_of(1)} in {tmp_path.resolve()}?",
    ]


def test_emacs_shows_the_command_and_runs_it_in_the_folder(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_emacs(EMACS, tmp_path, environment)
    work = f"{(tmp_path / 'work').resolve()}/"
    assert said[:3] == [f"Run {LINE} in {work}? ", "not run", f"Run {LINE} in {work}? "]
    assert f"ran with --resume {id_of(0)} in {work[:-1]} end" in said[3]
    assert said[4:] == [
        "No command is known that continues session 2",
        f"The session's folder is not on this machine: {tmp_path / 'not here'}. "
        f"Run claude --resume {id_of(1)} in {work}? ",
    ]
