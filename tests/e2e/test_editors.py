"""The files of hfs_server/editors, in the real editors: headless, with a real server."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from testing.editor_programs import said_by_emacs, said_by_neovim
from testing.programs import environment_for
from testing.terminal import Terminal

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")

SPACED = "a path with 100% blanks.json"

PROMPT: dict[str, Any] = {
    "type": "user",
    "sessionId": "6ba7b810-9dad-41d1-80b4-00c04fd430c8",
    "uuid": "6ba7b811-9dad-41d1-80b4-00c04fd430c8",
    "parentUuid": None,
    "cwd": "/home/ada/web",
    "timestamp": "2026-02-01T10:00:00.000Z",
    "message": {"role": "user", "content": "Asked of Claude"},
}
"""A line of a log of Claude Code."""

NEOVIM = r"""
local said = {}
vim.notify = function(message) table.insert(said, message) end
local function await(holds)
  assert(vim.wait(60000, holds, 10), 'the server did not answer')
end
local function run(command)
  local count = #said
  vim.cmd(command)
  await(function() return #said > count end)
end
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do table.insert(said, options.format_item(item)) end
  choose(items[1])
end
vim.cmd('HfsSessions')
await(function() return vim.bo.filetype == 'markdown' end)
table.insert(said, vim.api.nvim_buf_get_lines(0, 0, 1, false)[1])
run([[HfsExport 1 json a path with 100\% blanks.json]])
run([[HfsExport 1 json an\ escaped\ one.json ]])
run([[HfsExport 1 markdown ~/in the home.md]])
run([[HfsExport 1 json %:h:t here.json]])
run([[HfsExport! 1 json a\ path with\ 100\%\ blanks.json]])
run([[HfsImport a path with 100\% blanks.json]])
run([[HfsExport x]])
vim.cmd('HfsSources')
await(function() return said[#said]:match('created') end)
table.insert(said, table.concat(vim.fn.getcompletion('HfsImportFrom ', 'cmdline'), ' '))
local shown = vim.api.nvim_echo
vim.api.nvim_echo = function(chunks, ...)
  progress = chunks[1][1]
  return shown(chunks, ...)
end
run('HfsImportFrom claude-code codex')
table.insert(said, table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '|'))
table.insert(said, progress)
vim.cmd('bwipe')
run('HfsImportFrom notepad')
run('HfsCancel')
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do table.insert(said, options.format_item(item)) end
  choose(nil)
  done = true
end
vim.cmd('HfsSessions Asked')
await(function() return done end)
done = false
vim.cmd('HfsSubagents 11')
await(function() return done end)
run('HfsStatistics')
run('HfsStatistics /no/such project')
run('HfsExportAll all of them')
vim.fn.writefile({vim.json.encode(said)}, 'said.json')
vim.cmd('qa!')
"""

EMACS = r"""
(require 'hfs-read)
(let* ((said nil)
       (chosen
        (cl-letf (((symbol-function 'completing-read)
                   (lambda (_ table &rest _)
                     (let* ((metadata (completion-metadata "" table nil))
                            (get (lambda (what) (completion-metadata-get metadata what)))
                            (shown (funcall (funcall get 'display-sort-function)
                                            (all-completions "" table))))
                       (dolist (choice shown)
                         (push (concat choice
                                       (funcall (funcall get 'annotation-function) choice))
                               said))
                       (car shown)))))
          (hfs--read-session)))
       (file (expand-file-name "a path with 100% blanks.json")))
  (hfs-sessions chosen)
  (push (buffer-substring (point-min) (line-end-position)) said)
  (advice-add 'message :before (lambda (&rest parts) (push (apply #'format parts) said)))
  (hfs-export 1 "json" file)
  (hfs-import file)
  (hfs-import-from "claude-code")
  (hfs-sources)
  (push (buffer-substring-no-properties (point-min) (line-end-position)) said)
  (hfs-sources-import)
  (push (with-current-buffer "*hfs import*"
          (buffer-substring-no-properties (point-min) (point-max)))
        said)
  (hfs-list)
  (push (buffer-substring-no-properties (point-min) (point-max)) said)
  (goto-char (point-min))
  (re-search-forward "Asked of Claude")
  (beginning-of-line)
  (call-interactively (key-binding "s"))
  (push (buffer-substring-no-properties (point-min) (point-max)) said)
  (call-interactively (key-binding (kbd "RET")))
  (push (buffer-substring (point-min) (line-end-position)) said)
  (hfs-statistics)
  (hfs-statistics "/no/such project")
  (hfs-export-all (expand-file-name "all of them.zip"))
  (with-temp-file "said.json"
    (insert (json-encode (vconcat (nreverse said))))))
"""


@pytest.fixture
def environment(tmp_path: Path, terminal: Terminal) -> dict[str, str]:
    """A home folder, and a store whose sessions would sort otherwise by their text."""
    terminal.add_session("Ten", *["x"] * 3)
    for number in range(2, 11):
        terminal.add_session(f"Other\n {number}", "x")
    log = tmp_path / "home" / ".claude" / "projects" / "project" / "session.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps(PROMPT) + "\n", encoding="utf-8")
    agent = log.parent / PROMPT["sessionId"] / "subagents" / "agent-a1.jsonl"
    agent.parent.mkdir(parents=True)
    asked = {"role": "user", "content": "Asked of a subagent"}
    record = {**PROMPT, "isSidechain": True, "agentId": "a1", "message": asked}
    agent.write_text(json.dumps(record) + "\n", encoding="utf-8")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"HFS_DATABASE": str(terminal.path), "PATH": programs, "TZ": "UTC"}
    return environment_for(tmp_path / "home", more)


COUNTS = "{} sessions, {} messages, {} prompts, 0 tool calls, 0 tokens in, 0 out"


def check_choices(choices: list[str]) -> None:
    """Newest first, each with its date and its number of messages."""
    assert [int(choice.split()[0]) for choice in choices] == [*range(10, 0, -1)]
    assert all("\n" not in choice for choice in choices)
    date = r"\d{4}-\d\d-\d\d \d\d:\d\d"
    for choice, messages in ((choices[0], "1 message"), (choices[-1], "3 messages")):
        assert re.search(rf"{date}\b.*\b{messages}\b", choice), choice


def test_neovim_keeps_a_path_whole_and_shows_dates_and_counts(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_neovim(NEOVIM, tmp_path, environment)
    check_choices(said[:10])
    assert said[10] == "# Other 10"
    home = tmp_path / "home"
    written = [tmp_path / SPACED, tmp_path / "an escaped one.json", home / "in the home.md"]
    assert said[11:14] == [f"hfs: exported to {path}" for path in written]
    assert said[14] == f"hfs: exported to {tmp_path / 'sessions here.json'}"
    assert said[15] == said[11]
    assert said[16].startswith("hfs: session 1 unchanged: Ten")
    assert said[17].startswith("hfs: expected the number of a session")
    assert re.search(r"Claude Code +2 files +2 new, 0 changed +/", said[18])
    assert said[19] == "hfs: 2 created"
    assert said[20] == "claude-code all"
    assert said[21] == "hfs: 2 skipped"
    assert said[22].endswith("skipped: 2, not changed since the last import")
    assert said[23] == "hfs: 100 %, 2 of 2 files"
    assert said[24].startswith("hfs: tools: expected one of")
    assert said[25] == "hfs: no import is running"
    asked, of_subagent, whole, nothing, exported = said[26:]
    assert re.search(r"^11 .* claude-code  web  Asked of Claude  .*1 subagent", asked)
    assert re.search(r"^12 .* claude-code  web  Asked of a subagent", of_subagent)
    assert whole.splitlines() == [
        f"All: {COUNTS.format(12, 14, 13)}",
        f"hfs: {COUNTS.format(10, 12, 12)}",
        f"claude-code: {COUNTS.format(2, 2, 1)}",
    ]
    assert nothing == f"All: {COUNTS.format(0, 0, 0)}"
    folder = tmp_path / "all of them"
    assert exported == f"hfs: 12 sessions exported, 0 unchanged, 0 failed: {folder}"
    assert len([*folder.iterdir()]) == 13
    assert all(path.stat().st_size for path in written)


def test_emacs_keeps_the_order_of_the_list_and_shows_dates_and_counts(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_emacs(EMACS, tmp_path, environment)
    progress = [each for each in said if re.match(r"hfs: \d+ %", each)]
    assert "hfs: 100 %, 2 of 2 files" in progress
    said = [each for each in said if each not in progress]
    check_choices(said[:10])
    assert said[10] == "# Other 10"
    assert said[11] == f"Exported to {tmp_path / SPACED}"
    assert said[12].startswith("Session 1 unchanged: Ten")
    assert said[13] == "Sessions: 2 created"
    assert re.search(r"^claude-code +2 +0 +0 +\S+ \S+ +/", said[14])
    assert said[15] == "Sessions: 2 skipped"
    assert said[16] == ("Sessions: 2 skipped\n\nskipped: 2, not changed since the last import\n")
    assert len(said[17].splitlines()) == 11
    asked = next(line for line in said[17].splitlines() if "Asked" in line)
    assert re.search(r"^ +11 +\S+ \S+ +claude-code +web +1 +1 +Asked of Claude$", asked)
    assert re.search(r"^ +12 .* claude-code +web .* Asked of a subagent\n$", said[18])
    assert said[19] == "# Asked of a subagent"
    assert said[20].splitlines()[0] == f"All: {COUNTS.format(12, 14, 13)}"
    assert said[21] == f"All: {COUNTS.format(0, 0, 0)}"
    assert said[22] == "12 sessions exported, 0 unchanged, 0 failed"
    assert (tmp_path / "all of them.zip").stat().st_size
