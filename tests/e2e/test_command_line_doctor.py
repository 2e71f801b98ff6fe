"""``hfs-server doctor``: what is wrong, and what to do, without any content."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from testing import stores, tool_logs
from testing.command_line import POSIX, Run, write
from testing.documents import MARKER
from testing.terminal import Terminal


def checks(run: Run, *words: str, **changes: str) -> dict[str, dict[str, Any]]:
    done = run(*words, "doctor", "--json", **changes)
    report = json.loads(done.stdout)
    assert done.code == (1 if report["status"] == "error" else 0)
    assert done.stderr == ""
    worst = {check["status"] for check in report["checks"]}
    assert report["status"] in worst <= {"ok", "warning", "error"}
    for check in report["checks"]:
        assert bool(check["advice"]) == (check["status"] != "ok")
    return {check["name"]: check for check in report["checks"]}


def test_a_store_that_is_well_is_described(run: Run, terminal: Terminal) -> None:
    terminal.add_session(MARKER, MARKER)
    terminal.path.chmod(0o600)
    assert run("list").code == 0
    found = checks(run)
    assert "sessions: 1" in found["store"]["detail"]
    assert found["permissions of the store"]["detail"] in ("600", "yours")
    assert "no problem" in found["integrity of the store"]["detail"]
    assert found["schema of the store"]["detail"].isdecimal()
    assert found["search index"]["detail"].startswith("none")
    assert run("search", "words").stderr
    assert found.keys() >= {"hfs-server", "Python", "platform", "SQLite", "export folder", "Neovim"}
    assert checks(run)["search index"]["detail"].endswith("bytes")


def test_it_shows_nothing_of_sessions_and_the_home_folder_as_a_tilde(
    run: Run, tmp_path: Path, terminal: Terminal
) -> None:
    terminal.add_session(MARKER, MARKER)
    tool_logs.write_claude_code(tmp_path / "home" / ".claude", [1, 2, 3])
    (tmp_path / "home2").mkdir()
    home = str(tmp_path / "home")
    for words in (["doctor"], ["doctor", "--json"]):
        done = run(*words, HFS_EXPORT_DIR=f"{home}{os.sep}exports", HOME=home, USERPROFILE=home)
        shown = done.stdout.decode()
        assert MARKER not in shown
        assert f"~{os.sep}exports" in shown.replace("\\\\", "\\")
        assert home not in shown.replace(f"{home}2", "")
    assert checks(run, HOME=home)["tool claude-code"]["detail"] == "files: 3, to import: 3"
    other = checks(run, HFS_EXPORT_DIR=f"{home}2", HOME=home)
    assert other["export folder"]["detail"] == f"{home}2"


def test_files_that_were_imported_are_not_to_be_imported(
    run: Run, tmp_path: Path, store_path: Path
) -> None:
    home = tmp_path / "home"
    files = tool_logs.write_claude_code(home / ".claude", [1, 2, 3])

    def counted() -> str:
        return str(checks(run, HOME=str(home), USERPROFILE=str(home))["tool claude-code"]["detail"])

    assert counted() == "files: 3, to import: 3"
    assert run("import", str(files[0])).code == 0
    assert counted() == "files: 3, to import: 2"
    assert run("import", "--from", "all", HOME=str(home), USERPROFILE=str(home)).code == 0
    assert counted() == "files: 3, to import: 0"
    files[1].write_bytes(tool_logs.claude_code(2, turns=2))
    assert counted() == "files: 3, to import: 1"
    tool_logs.write_claude_code(home / ".claude", [4])
    assert counted() == "files: 4, to import: 2"
    store_path.write_bytes(b"junk " * 1000)
    assert counted() == "files: 4"


def test_it_changes_nothing(run: Run, store_path: Path, terminal: Terminal, tmp_path: Path) -> None:
    terminal.add_session("Old", "one")
    terminal.close()
    before = store_path.read_bytes()
    files = sorted(tmp_path.rglob("*"))
    assert "will be migrated" in checks(run)["schema of the store"]["detail"]
    assert store_path.read_bytes() == before
    assert sorted(tmp_path.rglob("*")) == files


def test_a_missing_store_is_no_error(run: Run, store_path: Path) -> None:
    assert "does not exist yet" in checks(run)["store"]["detail"]
    assert not store_path.exists()


@pytest.mark.parametrize("kind", ["folder", "junk", "foreign", "newer", "truncated"])
def test_a_store_that_cannot_be_used_is_an_error_with_what_to_do(
    run: Run, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "other.db"
    if kind == "folder":
        path = tmp_path / "missing" / "other.db"
    elif kind == "junk":
        path.write_bytes(b"junk " * 1000)
    elif kind == "foreign":
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE other (id)")
    elif kind == "newer":
        assert run("--database", str(path), "import", write(tmp_path / "a.json", "Mine")).code == 0
        with stores.opened(path) as connection:
            connection.execute("UPDATE hfs_schema SET version = 999")
    elif kind == "truncated":
        assert run("--database", str(path), "import", write(tmp_path / "a.json", "Mine")).code == 0
        path.write_bytes(path.read_bytes()[:-4096])
    found = checks(run, "--database", str(path))
    assert found["store"]["status"] == "error"


def test_a_damaged_store_is_an_error(run: Run, store_path: Path, tmp_path: Path) -> None:
    assert run("import", write(tmp_path / "a.json", "Mine")).code == 0
    with stores.opened(store_path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'name VARCHAR(255)', "
            "'name VARCHAR(255) NOT NULL CHECK (length(name) > 99)') WHERE name = 'sessions'"
        )
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(store_path.read_bytes())
    found = checks(run, "--database", str(damaged))
    assert found["integrity of the store"]["status"] == "error"
    assert "CHECK" in found["integrity of the store"]["detail"]
    store_path.unlink()


@POSIX
def test_a_store_that_others_can_read_is_a_warning(
    run: Run, store_path: Path, tmp_path: Path
) -> None:
    assert run("import", write(tmp_path / "a.json", "Mine")).code == 0
    store_path.chmod(0o644)
    found = checks(run)["permissions of the store"]
    assert (found["status"], found["detail"]) == ("warning", "644")
    assert "chmod 600" in found["advice"]


def test_settings_that_cannot_be_used_are_reported(run: Run, tmp_path: Path) -> None:
    assert checks(run, HFS_EXPORT_DIR="${home}/x")["export folder"]["status"] == "error"
    file = tmp_path / "file"
    file.write_text("")
    found = checks(run, HFS_EXPORT_DIR=str(file / "exports"), HFS_KEEP="codex codx")
    assert found["export folder"]["status"] == "warning"
    assert "codx" in found["HFS_KEEP"]["detail"]


def test_editors_that_are_set_up_are_found(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    extension = home / ".vscode" / "extensions" / "hfs.hfs-sessions-0.1.0"
    extension.mkdir(parents=True)
    environment = {"HOME": str(home), "USERPROFILE": str(home)}
    found = checks(run, **environment)
    assert found["VS Code"]["detail"] == "extension 0.1.0"
    assert found["Emacs"]["detail"] == found["Neovim"]["detail"] == "not set up"
    for name in ("emacs", "neovim"):
        assert run("editor", name, "--install", **environment).code == 0
    found = checks(run, **environment)
    for name in ("Emacs", "Neovim"):
        assert found[name]["status"] == "ok"
        assert found[name]["detail"].startswith("~")
    (home / ".emacs.d" / "hfs" / "hfs.el").unlink()
    found = checks(run, **environment)["Emacs"]
    assert (found["status"], found["advice"]) == (
        "warning",
        "Run hfs-server editor emacs --install.",
    )
    (home / ".emacs.d" / "hfs" / "hfs.el").write_text("(mine)", encoding="utf-8")
    assert "were changed" in checks(run, **environment)["Emacs"]["detail"]


@pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")
@pytest.mark.parametrize("name", [".hfs-server.json", "hfs.el"])
def test_special_files_of_a_plugin_do_not_stop_it(run: Run, tmp_path: Path, name: str) -> None:
    environment = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": ""}
    folder = tmp_path / ".emacs.d" / "hfs"
    folder.parent.mkdir()
    assert run("editor", "emacs", "--install", **environment).code == 0
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert checks(run, **environment)["Emacs"]["status"] == "ok"
    (folder / "hfs-list.el").unlink()
    for words in ([], ["--force"]):
        done = run("editor", "emacs", "--install", *words, **environment)
        assert (done.code, done.stdout) == (1, b"")
        assert done.stderr.count("\n") == 1
        assert f"{name}: it is not a regular file" in done.stderr
