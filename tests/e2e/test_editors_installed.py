"""The plugins as ``hfs-server editor`` installs them: found, lazy, without warnings."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from testing.editor_programs import EDITORS, RUN_LUA, said_by, said_by_emacs
from testing.programs import environment_for
from testing.tool_logs import FORMATS
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")

LUA = EDITORS / "neovim"
LISP = EDITORS / "emacs"
EDITORS_PAGE = (EDITORS.parents[1] / "docs" / "editors.md").read_text("utf-8")

NEOVIM = r"""
local said = {}
local function loaded()
  local count = 0
  for name in pairs(package.loaded) do
    if name:match('^hfs%.?') then count = count + 1 end
  end
  return count
end
table.insert(said, vim.fn.exists(':HfsSessions') .. ' ' .. loaded())
vim.cmd('checkhealth hfs')
table.insert(said, table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'))
vim.cmd('helptags ALL')
vim.cmd('help hfs-settings')
table.insert(said, vim.api.nvim_get_current_line())
require('hfs').setup({ cmd = { 'no-such-program' } })
vim.notify = function(message) table.insert(said, message) end
vim.cmd('HfsSessions')
require('hfs').setup({ anotate = true })
vim.cmd('checkhealth hfs')
table.insert(said, table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\n'))
vim.fn.writefile({ vim.json.encode(said) }, 'said.json')
vim.cmd('qa!')
"""

EMACS = r"""
(let (said)
  (package-initialize)
  (package-install-file (getenv "HFS_PACKAGE"))
  (dolist (command '(hfs-list hfs-search hfs-annotate-mode hfs-eglot-setup))
    (push (format "%s %s" (autoloadp (symbol-function command)) (commandp command)) said))
  (hfs-list)
  (push (symbol-name major-mode) said)
  (with-temp-file "said.json"
    (insert (json-encode (vconcat (nreverse said))))))
"""

STARTING = r"""
(hfs-eglot-setup)
(let ((loaded (seq-filter #'featurep '(hfs-eglot hfs-client hfs-list jsonrpc js eglot))))
  (with-temp-file "said.json" (insert (json-encode (vconcat loaded)))))
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home folder in which both plugins are installed."""
    (tmp_path / "home").mkdir()
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    more = {"HFS_DATABASE": str(tmp_path / "sessions.db"), "PATH": programs, "TZ": "UTC"}
    made = environment_for(tmp_path / "home", {**more, "HFS_PACKAGE": str(LISP)})
    for name in ("neovim", "emacs"):
        command = [sys.executable, "-m", "hfs_server", "editor", name, "--install"]
        subprocess.run(command, env=made, check=True, capture_output=True)
    return made


def test_neovim_finds_the_installed_plugin_its_health_and_its_help(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "script.lua").write_text(NEOVIM)
    words = ["--headless", "-i", "NONE", "-c", RUN_LUA]
    commands, health, help_line, failure, unknown, unhealthy = said_by(
        "nvim", words, tmp_path, environment
    )
    assert commands == "2 0"
    assert re.search(r"OK:? hfs-server: \d", health)
    assert re.search(r"OK:? Neovim: .*start/hfs", health)
    assert "ERROR" not in health
    assert help_line.startswith("SETTINGS")
    assert failure == "hfs: no-such-program was not found; see :checkhealth hfs"
    assert unknown == "hfs: there is no setting anotate; see :help hfs"
    assert "ERROR" in unhealthy
    assert "cmd = { '/path/to/hfs-server' }" in unhealthy


def test_every_command_for_neovim_is_in_its_help_and_calls_a_function_that_exists() -> None:
    plugin = (LUA / "plugin" / "hfs.lua").read_text("utf-8")
    documented = (LUA / "doc" / "hfs.txt").read_text("utf-8")
    commands = re.findall(r"^command\('(\w+)', '(\w+)', '(\w+)'", plugin, re.MULTILINE)
    assert len(commands) >= 15
    for name, module, action in commands:
        assert re.search(rf"^:{name}\b.*\*:{name}\*$", documented, re.MULTILINE), name
        assert f"`:{name}" in EDITORS_PAGE
        text = (LUA / "lua" / "hfs" / f"{module}.lua").read_text("utf-8")
        assert f"function M.{action}(" in text


def test_emacs_installs_the_folder_as_a_package(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "script.el").write_text(EMACS)
    words = ["-Q", "--batch", "-l", "json", "-l", "package", "-l", str(tmp_path / "script.el")]
    *commands, mode = said_by("emacs", words, tmp_path, environment)
    assert commands == ["t t"] * 4
    assert mode == "hfs-list-mode"


def test_emacs_loads_little_when_it_starts(tmp_path: Path, environment: dict[str, str]) -> None:
    assert said_by_emacs(STARTING, tmp_path, environment) == ["hfs-eglot"]


def test_emacs_compiles_the_package_without_a_warning(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    names = [path.name for path in sorted(LISP.glob("*.el"))]
    for name in names:
        shutil.copy(LISP / name, tmp_path)
    compiled = emacs(["-L", ".", "-f", "batch-byte-compile", *names], tmp_path, environment)
    assert [line for line in compiled.splitlines() if not line.startswith("Wrote ")] == []
    checks = [word for name in names for word in ("--eval", f'(checkdoc-file "{name}")')]
    assert emacs(checks, tmp_path, environment) == ""


def emacs(words: list[str], folder: Path, environment: dict[str, str]) -> str:
    """All that Emacs prints."""
    path = shutil.which("emacs")
    if path is None:
        pytest.skip("NOT TESTED IN A REAL EDITOR: emacs is not installed")
    done = subprocess.run(
        [path, "-Q", "--batch", *words],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    return done.stdout


def test_the_main_file_for_emacs_loads_every_command_when_it_is_used() -> None:
    main = (LISP / "hfs.el").read_text("utf-8")
    listed = re.findall(r'\("(hfs-\w+)"((?: [\w-]+)+)\)', main)
    by_file = {file: {*commands.split()} for file, commands in listed}
    cookie = r"^;;;###autoload\n\([\w-]+ ([\w-]+)"
    for path in {*LISP.glob("hfs-*.el")}:
        commands = {*re.findall(cookie, path.read_text("utf-8"), re.MULTILINE)}
        assert by_file.get(path.stem, set()) == commands, path.stem


def test_the_version_and_the_address_are_those_of_the_project() -> None:
    from hfs_server import __version__

    header = (LISP / "hfs.el").read_text("utf-8")
    project = (EDITORS.parents[1] / "pyproject.toml").read_text("utf-8")
    (address,) = re.findall(r'^Repository = "(.+)"$', project, re.MULTILINE)
    assert f"\n;; Version: {__version__}\n" in header
    assert f"\n;; URL: {address}\n" in header


def test_both_editors_look_for_the_same_marks_which_every_session_file_has() -> None:
    lua = (LUA / "lua" / "hfs" / "documents.lua").read_text("utf-8")
    lisp = (LISP / "hfs-eglot.el").read_text("utf-8")
    in_lua = re.findall(r"'(\w+)'", lua.partition("local MARKS = {")[2].partition("}")[0])
    in_lisp = re.findall(r'"(\w+)"', lisp.partition("hfs--marks\n")[2].partition(")\n")[0])
    assert in_lua == in_lisp
    for name, make in FORMATS.items():
        assert any(f'"{mark}"' in make(1).decode() for mark in in_lua), name
