"""``hfs-server verify`` and ``export --all`` of archives that somebody made with intent."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from testing.command_line import Run, failed_in_one_line
from testing.documents import MARKER
from testing.exports import MANIFEST
from testing.terminal import Terminal

BOMB_BYTES = 70 << 20


@pytest.fixture
def archive(run: Run, terminal: Terminal, tmp_path: Path) -> Path:
    """An archive of two sessions."""
    for number in range(2):
        terminal.add_session(f"No {number}", MARKER, str(number))
    assert run("export", "--all", "-o", "a.zip").code == 0
    return tmp_path / "a.zip"


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as found:
        return {name: found.read(name) for name in found.namelist()}


def pack(archive: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)


def verified(run: Run, path: Path) -> Any:
    return json.loads(run("verify", str(path), "--json").stdout)


def test_a_bomb_is_damaged_and_is_replaced(run: Run, archive: Path) -> None:
    files = members(archive)
    bomb = min(files.keys() - {MANIFEST})
    pack(archive, {**files, bomb: bytes(BOMB_BYTES)})
    (problem,) = verified(run, archive)["problems"]
    assert (problem["state"], problem["file"]) == ("damaged", bomb)
    assert "compressed more" in problem["reason"]
    assert run("export", "--all", "-o", str(archive)).code == 0
    assert members(archive) == files


def test_an_archive_in_an_archive_is_not_opened(run: Run, archive: Path) -> None:
    files = members(archive)
    name = min(files.keys() - {MANIFEST})
    pack(archive, {**files, name: archive.read_bytes()})
    (problem,) = verified(run, archive)["problems"]
    assert (problem["state"], problem["file"]) == ("damaged", name)


@pytest.mark.parametrize(
    "name", ["../evil.json", "/evil.json", "C:\\evil.json", "a/../../evil.json"]
)
def test_names_that_lead_out_of_the_folder_are_never_paths(
    run: Run, archive: Path, name: str
) -> None:
    pack(archive, {**members(archive), name: b"{}"})
    before = archive.read_bytes()
    assert verified(run, archive)["extra"] == [name]
    assert "other files" in failed_in_one_line(run("export", "--all", "-o", str(archive)))
    assert archive.read_bytes() == before
    run("import", str(archive))
    assert not list(archive.parent.rglob("evil*"))
    assert not list(archive.parent.parent.glob("evil*"))


@pytest.mark.parametrize("name", ["x" * 60_000, "\n\x1b[31m" * 9000, "ü/" * 20_000 + "a.json"])
@pytest.mark.parametrize("content", [b"mine", b"{", b'{"metadata": 5}'])
def test_a_name_of_an_entry_is_printed_shortened_and_on_one_line(
    run: Run, archive: Path, name: str, content: bytes
) -> None:
    pack(archive, {**members(archive), name: content})
    for done in (run("verify", str(archive)), run("import", str(archive))):
        printed = done.stdout.decode() + done.stderr
        assert max(map(len, printed.splitlines())) < 1000
        assert "\x1b" not in printed


def test_a_manifest_of_any_size_is_bounded(run: Run, archive: Path) -> None:
    pack(archive, {**members(archive), MANIFEST: b" " * BOMB_BYTES})
    assert failed_in_one_line(run("verify", str(archive)))
    assert failed_in_one_line(run("export", "--all", "-o", str(archive)))


@pytest.mark.skipif(os.name == "nt", reason="Windows links need rights")
def test_a_link_in_a_folder_is_not_followed(run: Run, archive: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    assert run("export", "--all", "-o", "out").code == 0
    name = min(path.name for path in folder.iterdir() if path.name != MANIFEST)
    (tmp_path / "outside.json").write_bytes((folder / name).read_bytes())
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "outside.json")
    (problem,) = verified(run, folder)["problems"]
    assert (problem["state"], "not a regular file" in problem["reason"]) == ("damaged", True)


def test_an_archive_that_is_damaged_anywhere_never_breaks_a_command(
    run: Run, archive: Path
) -> None:
    whole = archive.read_bytes()
    for place in range(0, len(whole), len(whole) // 12):
        archive.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        done = run("verify", str(archive))
        assert done.code in (0, 1)
        assert "error in hfs-server" not in done.stderr
