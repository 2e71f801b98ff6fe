"""Searching in real editors with the files of hfs_server/editors: headless."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from testing.editor_programs import said_by_emacs, said_by_neovim
from testing.programs import environment_for

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")


NEOVIM = r"""
local said = {}
vim.notify = function(message) table.insert(said, message) end
local function await(holds)
  assert(vim.wait(60000, holds, 20), 'nothing came')
end
local function entries()
  await(function() return #vim.fn.getqflist() > 0 end)
  for _, item in ipairs(vim.fn.getqflist()) do
    table.insert(said, item.text)
  end
end
local function open(number)
  vim.cmd('cc ' .. number)
  await(function()
    return vim.bo.filetype == 'markdown' and vim.api.nvim_buf_line_count(0) > 1
  end)
  table.insert(said, vim.api.nvim_get_current_line())
end
for _, query in ipairs({ 'zebra', 'late zebra', 'okapi', 'gnu' }) do
  vim.fn.setqflist({})
  vim.cmd('HfsSearch ' .. query)
  entries()
  open(1)
  vim.cmd('bwipeout!')
end
local count = #said
vim.cmd('HfsSearch no such word')
await(function() return #said > count end)
vim.fn.writefile({vim.json.encode(said)}, 'said.json')
vim.cmd('qa!')
"""

EMACS = r"""
(let (said)
  (dolist (query '("zebra" "late zebra" "okapi" "gnu"))
    (hfs-search query)
    (with-current-buffer "*xref*"
      (push (buffer-substring-no-properties (point-min) (point-max)) said)
      (goto-char (point-min))
      (while (not (get-text-property (point) 'xref-item)) (forward-char))
      (push (format "%s" (next-single-property-change (point) 'face)) said)
      (let ((marker (xref-location-marker
                     (xref-item-location (get-text-property (point) 'xref-item)))))
        (with-current-buffer (marker-buffer marker)
          (goto-char marker)
          (push (buffer-substring (point) (line-end-position)) said)))))
  (condition-case problem (hfs-search "no such word")
    (user-error (push (cadr problem) said)))
  (with-temp-file "said.json"
    (insert (json-encode (vconcat (nreverse said))))))
"""


def message(role: str, content: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, "created_at": "2026-02-01T10:00:00Z", **more}


SESSION = {
    "metadata": {"schema_version": "1.1.0", "session_name": "Feed\n the animals"},
    "messages": [
        message("user", "What does a zebra 🦓 eat? ### 3. nothing"),
        message(
            "assistant", "", tool_calls=[{"id": "1", "name": "Bash", "input": {"command": "ls"}}]
        ),
        message("tool", "okapi\n" * 20, tool_call_id="1"),
        message("user", "gnu " * 3, synthetic=True),
        message("assistant", "### 9. Fake\n\nIt is late for a zebra."),
    ],
    "checkpoints": [],
    "run_snapshot": None,
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home folder, and a store with a session that the index has."""
    (tmp_path / "home").mkdir()
    source = tmp_path / "session.json"
    source.write_text(json.dumps(SESSION), encoding="utf-8")
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    database = str(tmp_path / "sessions.db")
    more = {"HFS_DATABASE": database, "PATH": programs, "TZ": "UTC"}
    made = environment_for(tmp_path / "home", more)
    for words in (["import", str(source)], ["search", "zebra"]):
        command = [sys.executable, "-m", "hfs_server", "--database", database, *words]
        subprocess.run(command, env=made, check=True, capture_output=True)
    return made


BEGINNINGS = {
    "zebra": "### 5. Assistant",
    "late zebra": "### 5. Assistant",
    "okapi": "<summary>3. Result - 20 lines</summary>",
    "gnu": "<summary>4. User, added by a program",
}
"""How the message begins in which each query finds something."""


def test_neovim_lists_what_is_found_and_opens_it_at_the_message(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_neovim(NEOVIM, tmp_path, environment)
    for number, (query, beginning) in enumerate(BEGINNINGS.items()):
        text, line = said[2 * number : 2 * number + 2]
        assert text.startswith("Feed the animals: ")
        assert query.split()[-1] in text
        assert line.startswith(beginning), query
    assert said[-1] == "hfs: nothing found"


def test_emacs_lists_what_is_found_like_references_and_leads_to_the_message(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    said = said_by_emacs(EMACS, tmp_path, environment)
    for number, (query, beginning) in enumerate(BEGINNINGS.items()):
        listed, _, line = said[3 * number : 3 * number + 3]
        assert listed.startswith("1  Feed the animals\n")
        assert query.split()[-1] in listed
        assert line.startswith(beginning), query
    assert said[-1] == "Nothing found"
