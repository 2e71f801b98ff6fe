"""Session files that are open in real editors: problems, hover, lens, fixes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from testing.editor_programs import EMACS as OPTIONS
from testing.editor_programs import FLOATING_IN_LUA, said_by, said_by_neovim, succeeds
from testing.programs import environment_for
from testing.tool_logs import claude_code

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")

NEOVIM = (
    FLOATING_IN_LUA
    + r"""
local said = {}
vim.notify = function(message) table.insert(said, message) end
local function await(found)
  local value
  assert(vim.wait(60000, function() value = found() return value end, 20), 'nothing came')
  return value
end
local function lens(title)
  return await(function()
    for _, each in ipairs(vim.lsp.codelens.get(vim.api.nvim_get_current_buf())) do
      if each.command.title == title then return title end
    end
  end)
end
local function problems(count)
  await(function() return #vim.diagnostic.get(0) == count end)
  for _, each in ipairs(vim.diagnostic.get(0)) do
    table.insert(said, (each.lnum + 1) .. ' ' .. each.message)
  end
end
vim.cmd('edit other.json')
vim.cmd('edit session.json')
problems(1)
vim.cmd('/content')
vim.lsp.buf.hover()
table.insert(said, await(floating))
vim.cmd([[silent %s/yesterday/2026-02-01T10:00:00Z/]])
problems(0)
vim.cmd('silent write')
table.insert(said, lens('Import this session'))
vim.cmd('1')
local count = #said
vim.lsp.codelens.run()
await(function() return #said > count end)
table.insert(said, lens('Already in the store: open'))
vim.lsp.codelens.run()
await(function() return vim.bo.filetype == 'markdown' end)
table.insert(said, vim.api.nvim_buf_get_lines(0, 0, 1, false)[1])
vim.cmd('edit log.jsonl')
table.insert(said, lens('Import this session'))
table.insert(said, #vim.lsp.buf_get_clients(vim.fn.bufnr('other.json')) .. ' for other.json')
vim.cmd('edit older.json')
problems(1)
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do table.insert(said, (options.format_item(item))) end
  choose(items[1])
end
vim.lsp.buf.code_action()
await(function() return vim.fn.search('"schema_version": "1.0.0"') > 0 end)
problems(0)
require('hfs').setup({ session_files = false })
vim.cmd('edit! copy.json')
table.insert(said, #vim.lsp.buf_get_clients(0) .. ' for copy.json')
vim.fn.writefile({ vim.json.encode(said) }, 'said.json')
vim.cmd('qa!')
"""
)

EMACS = r"""
(hfs-eglot-setup)
(defun await (holds)
  (with-timeout (60 (error "Nothing came in %s" (buffer-name)))
    (while (not (funcall holds))
      (run-hooks 'post-command-hook)
      (accept-process-output nil 0.05))))
(defun problems (count)
  ;; Flymake starts by itself only in a buffer that is displayed.
  (await (lambda () (flymake-start) (= (length (flymake-diagnostics)) count)))
  (dolist (each (flymake-diagnostics))
    (push (format "%d %s" (line-number-at-pos (flymake-diagnostic-beg each))
                  (flymake-diagnostic-text each))
          said)))
(let (said)
  (find-file "other.json")
  (push (format "%s" (derived-mode-p 'hfs-file-mode)) said)
  (find-file "session.json")
  (run-hooks 'post-command-hook)
  ;; On a busy machine, Eglot goes on before it is connected.
  (await #'eglot-current-server)
  (push (format "%s %s" major-mode (and (eglot-current-server) t)) said)
  (problems 1)
  (re-search-forward "content")
  (let (shown)
    (run-hook-with-args-until-success 'eldoc-documentation-functions
                                      (lambda (text &rest _) (setq shown text)))
    (await (lambda () shown))
    (push (substring-no-properties shown) said))
  (re-search-forward "yesterday")
  (replace-match "2026-02-01T10:00:00Z")
  (run-hooks 'post-command-hook)
  (eglot--signal-textDocument/didChange)
  (problems 0)
  (save-buffer)
  (cl-letf (((symbol-function 'message)
             (lambda (&rest words) (when (car words) (push (apply #'format words) said)))))
    (call-interactively (key-binding (kbd "C-c C-c"))))
  (find-file "older.json")
  (run-hooks 'post-command-hook)
  (problems 1)
  (eglot-code-actions (point-min) (point-max) "quickfix" t)
  (goto-char (point-min))
  (push (format "%s" (and (search-forward "\"schema_version\": \"1.0.0\"" nil t) t)) said)
  (find-file "log.jsonl")
  (push (symbol-name major-mode) said)
  (eglot-shutdown-all)
  (with-temp-file "said.json"
    (insert (json-encode (vconcat (nreverse said))))))
"""


def message(role: str, content: str, created_at: str) -> dict[str, Any]:
    return {"role": role, "content": content, "created_at": created_at}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home folder, session files with and without a problem, and one that is no session."""
    (tmp_path / "home").mkdir()
    document: dict[str, Any] = {
        "metadata": {"schema_version": "1.1.0", "session_name": "Feed the animals"},
        "messages": [
            message("user", "What does a zebra eat?", "2026-02-01T10:00:00Z"),
            message("assistant", "Grass.", "yesterday"),
        ],
        "checkpoints": [],
        "run_snapshot": None,
    }
    (tmp_path / "session.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    del document["metadata"]["schema_version"]
    del document["messages"][1]
    (tmp_path / "older.json").write_text(json.dumps(document, indent=1), encoding="utf-8")
    (tmp_path / "copy.json").write_text(json.dumps(document), encoding="utf-8")
    (tmp_path / "other.json").write_text('{"name": "web", "version": 1}', encoding="utf-8")
    (tmp_path / "log.jsonl").write_bytes(claude_code(1))
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"HFS_DATABASE": str(tmp_path / "sessions.db"), "PATH": programs, "TZ": "UTC"}
    return environment_for(tmp_path / "home", more)


def test_neovim_checks_a_session_file_and_its_lens_imports_and_opens_it(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_neovim(NEOVIM, tmp_path, environment)
    problem, hover, *rest = said
    assert problem.startswith("15 ")
    assert "created_at" in problem
    assert "What does a zebra eat?" in hover
    assert rest == [
        "Import this session",
        "hfs: session 1 created: Feed the animals",
        "Already in the store: open",
        "# Feed the animals",
        "Import this session",
        "0 for other.json",
        "1 An import migrates this session to schema version 1.0.0.",
        "Migrate to the schema version that an import gives it",
        "0 for copy.json",
    ]


def test_emacs_checks_a_session_file_with_eglot(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    script = tmp_path / "script.el"
    script.write_text(EMACS, encoding="utf-8")
    options = ["-q", *OPTIONS[1:], "-l", "eglot"]  # -q, unlike -Q, finds Debian's packages.
    if succeeds("emacs", ["-q", "--batch", "-l", "eglot"], environment) is False:
        pytest.skip("NOT TESTED WITH EGLOT: this Emacs does not have it")
    options += ["-l", str(script)]
    other, mode, problem, hover, *rest = said_by("emacs", options, tmp_path, environment)
    assert (other, mode) == ("nil", "hfs-file-mode t")
    assert problem.startswith("15 ")
    assert "created_at" in problem
    assert "What does a zebra eat?" in hover
    progress = [each for each in rest if " %, " in each]
    rest = [each for each in rest if each not in progress]
    assert "Session 1 created: Feed the animals" in rest
    assert rest[-3:] == [
        "1 hfs [migrates]: An import migrates this session to schema version 1.0.0.",
        "t",
        "hfs-file-mode",
    ]
