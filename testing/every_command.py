"""Every command with words with which it succeeds, and what must be there for that."""

from __future__ import annotations

from pathlib import Path

from testing.command_line import Run, write
from testing.documents import message
from testing.tool_logs import write_claude_code

KEY = "ghp_" + "a1B2c3D4e5F6g7H8i9J0" * 2
"""Shaped like a secret."""

DONE = [
    "list",
    "list --limit 1",
    "list --query nowhere",
    "list --deleted",
    "list --tool codx",
    "search words --limit 1",
    "export 1",
    "export 1 -o one.html",
    "export 1 -o -",
    "export 1 --redact -o redacted.md",
    "export 1 --redact --redact-also mail -o -",
    "export 2 --redact -o nothing-found.md",
    "export 1 --redact --dry-run",
    "export 2 --redact --dry-run",
    "export --all -o all",
    "export --all -o redacted --redact --format markdown",
    "verify whole",
    "import loud.json",
    "import loud.json --on-conflict copy --json",
    "import tools",
    "resume 6 --print",
    "editor",
    "editor helix",
    "editor neovim",
    "sources",
    "blame code.py",
    "blame code.py --sessions",
    "stats",
    "reimport",
    "backup copy.db",
    "backup copies --keep 2",
    "rename 1 new",
    "show 1",
    "show 1 --no-pager",
    "delete 1",
    "restore 3",
    "doctor",
    "completion bash",
    "man",
    "roles",
    "purge",
    "keep --print systemd",
]
"""Commands that have something to do, or nothing, and succeed."""


def fill_for_commands(run: Run, tmp_path: Path) -> None:
    """Makes a store with two sessions and a deleted one, and files to work with."""
    for name, said in (("one", f"words {KEY} a@example.com"), ("two", "words"), ("three", "x")):
        assert run("import", write(tmp_path / f"{name}.json", name, message(said))).code == 0
    assert run("delete", "3").code == 0
    assert run("export", "--all", "-o", "whole").code == 0
    write(tmp_path / "loud.json", "Loud", {"role": "user", "content": "No time"})
    write_claude_code(tmp_path / "tools", [1])
    (tmp_path / "tools" / "other.txt").write_text("of no tool")
    (tmp_path / "code.py").write_text("one\n")
