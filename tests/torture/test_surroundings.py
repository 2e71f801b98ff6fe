"""Whatever surrounds the process: masks, locales, folders that are gone, streams that fail.

What a session is called comes back the same, and what is made is for its owner alone.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from testing import effort, stores
from testing.client import Client
from testing.command_line import hfs
from testing.programs import environment_for
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import whole_document, write_whole

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: Windows has no such modes")

NAME = "Überblick 你好 🙂"
POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
SURROUNDINGS: dict[str, dict[str, str | None]] = {
    "POSIX": {**POSIX},
    "POSIX as it is": {"LC_ALL": "POSIX"},
    "a locale that is not there": {"LC_ALL": "xx_XX.ISO-8859-1", "PYTHONUTF8": "0"},
    "streams in ASCII": {"PYTHONIOENCODING": "ascii"},
    "no home": {"HOME": None, "USERPROFILE": None},
    "a home that is not there": {"HOME": "/nonexistent/home"},
    "a home that cannot be written": {"HOME": "/proc"},
    "a folder for temporary files that is not there": {"TMPDIR": "/nonexistent"},
    "a folder for temporary files that cannot be written": {"TMPDIR": "/proc"},
    "streams without a buffer": {"PYTHONUNBUFFERED": "1"},
}


def surrounded(home: Path, changes: dict[str, str | None]) -> dict[str, str]:
    environment = environment_for(home)
    for name, value in changes.items():
        environment.pop(name, None)
        if value is not None:
            environment[name] = value
    return environment


def masked(mask: int, words: list[str], **more: object) -> subprocess.CompletedProcess[bytes]:
    """Runs hfs-server with files masked so."""
    script = f'umask {mask:04o}; exec {sys.executable} -m hfs_server "$@"'
    return subprocess.run(
        ["sh", "-c", script, "sh", *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        **more,
    )


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_what_is_made_is_for_its_owner_alone(home: Path, tmp_path: Path, mask: int) -> None:
    file = write_whole(tmp_path / "one.json", "one", 3)
    store, exports = home / ".hfs" / "sessions.db", tmp_path / "above" / "exports"
    environment = {**environment_for(home), "HFS_EXPORT_DIR": str(exports)}
    for words in (["import", str(file)], ["export", "1"], ["export", "1", "-o", str(tmp_path)]):
        done = masked(mask, words, env=environment, cwd=home)
        assert done.returncode == 0, done.stderr
    modes = {
        path: stat.S_IMODE(path.stat().st_mode)
        for path in (store, *exports.iterdir(), *tmp_path.glob("*.md"))
    }
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}
    folders = (store.parent, exports, exports.parent)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}


def test_an_export_is_usable_by_its_owner_under_any_umask(home: Path, tmp_path: Path) -> None:
    file = write_whole(tmp_path / "one.json", "one", 3)
    store, exports = tmp_path / "sessions.db", tmp_path / "above" / "exports"
    assert hfs(home, "--database", store, "import", file).returncode == 0
    environment = {**environment_for(home), "HFS_EXPORT_DIR": str(exports)}
    done = masked(0o777, ["--database", str(store), "export", "1"], env=environment, cwd=home)
    assert done.returncode == 0, done.stderr
    (path,) = exports.iterdir()
    modes = [stat.S_IMODE(there.stat().st_mode) for there in (path, exports, exports.parent)]
    assert modes == [0o600, 0o700, 0o700]


@pytest.mark.parametrize("name", effort.chosen([*SURROUNDINGS], 5))
def test_a_name_is_exported_and_imported_in_any_environment(
    home: Path, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "Größe"
    folder.mkdir()
    document = whole_document("one", 3)
    document["metadata"]["session_name"] = NAME
    (tmp_path / "one.json").write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    options = {"databasePath": str(folder / "sessions.db"), "exportDirectory": str(folder / "ü")}
    environment = surrounded(home, SURROUNDINGS[name])
    client = Client(home, environment=environment)
    try:
        client.initialize(**options)
        client.request("hfs/import", {"uri": (tmp_path / "one.json").as_uri()})
        client.request("hfs/export", {"sessionId": 1, "format": "json"})
        (listed,) = client.request("hfs/listSessions")["sessions"]
        assert listed["name"] == NAME
    finally:
        client.finish()
    (path,) = (folder / "ü").iterdir()
    assert path.name.startswith("Überblick_你好_🙂_")
    assert json.loads(path.read_text("utf-8"))["metadata"]["session_name"] == NAME
    check_in_the_shell(home, folder, environment)


def check_in_the_shell(home: Path, folder: Path, environment: dict[str, str]) -> None:
    """Fails where the shell's export or import of the same session loses its name."""
    environment = {**environment, "HFS_DATABASE": str(folder / "sessions.db")}
    environment["HFS_EXPORT_DIR"] = str(folder / "again")
    program = [sys.executable, "-m", "hfs_server"]
    more = {"env": environment, "cwd": home, "capture_output": True, "timeout": PATIENCE_SECONDS}
    done = subprocess.run([*program, "export", "1", "--format", "json"], **more)
    assert (done.returncode, done.stderr) == (0, b"")
    (path,) = (folder / "again").iterdir()
    assert json.loads(path.read_text("utf-8"))["metadata"]["session_name"] == NAME
    done = subprocess.run([*program, "import", "--on-conflict", "copy", path], **more)
    assert (done.returncode, done.stderr) == (0, b"")
    assert stores.rows(folder / "sessions.db", "SELECT name FROM sessions") == [(NAME,), (NAME,)]


def test_a_missing_working_folder_causes_no_traceback(home: Path, tmp_path: Path) -> None:
    store = tmp_path / "sessions.db"
    file = write_whole(tmp_path / "one.json", "one", 3)
    assert hfs(home, "--database", store, "import", file).returncode == 0
    script = 'mkdir gone && cd gone && rmdir ../gone && exec "$0" -m hfs_server "$@"'
    for words, code in [
        (["list"], 0),
        (["export", "1"], 0),
        (["export", "1", "-o", "-"], 0),
        (["import", str(file)], 0),
        (["export", "1", "-o", "out.md"], 1),
        (["import", "one.json"], 1),
    ]:
        done = subprocess.run(
            ["sh", "-c", script, sys.executable, "--database", str(store), *words],
            cwd=tmp_path,
            env={**environment_for(home), "HFS_EXPORT_DIR": str(tmp_path / "exports")},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert done.returncode == code, (words, done.stderr)
        assert len(done.stderr.splitlines()) == code, (words, done.stderr)
