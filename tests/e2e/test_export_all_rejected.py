"""``hfs/exportAll``: destinations that it rejects, and files of others, which it never touches."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest

from testing.client import Client, Start
from testing.exports import MANIFEST, add, counts, export_all, files

BEGIN = b'{"format": "hfs-export-folder", "version": 1, '
OUTSIDE = (
    b'"export": {"format": "json"}, "files": {"../evil.json": {"session_id": "a", "name": "",'
    b' "messages": 0, "checkpoints": 0, "bytes": 1, "sha256": "' + b"0" * 64 + b'"}}}'
)
UNNAMED = OUTSIDE.replace(b'"session_id": "a", ', b"")
"""As in the manifest of a redacted export, which has no identities."""


@pytest.mark.parametrize(
    ("content", "words", "kind"),
    [
        (b"{}", "not the manifest", "invalidDocument"),
        (b'{"format": "hfs-export-folder", "version": 2}', "Upgrade", "unsupportedVersion"),
        (b"<<<<<<< HEAD", "delete it", "invalidDocument"),
        (b"[" * 100_000, "damaged", "invalidDocument"),
        (BEGIN + b'"files": 5}', "damaged", "invalidDocument"),
        (BEGIN + OUTSIDE, "damaged", "invalidDocument"),
        (BEGIN + UNNAMED, "damaged", "invalidDocument"),
        (
            BEGIN + b'"export": {"format": "markdown"}, "files": {}}',
            "another format",
            "destinationExists",
        ),
    ],
    ids=range(8),
)
@pytest.mark.parametrize("is_zip", [False, True])
def test_a_manifest_of_another_kind_is_rejected(
    filled: Client, tmp_path: Path, content: bytes, words: str, kind: str, is_zip: bool
) -> None:
    path = tmp_path / ("out.zip" if is_zip else "out")
    if is_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(MANIFEST, content)
    else:
        path.mkdir()
        (path / MANIFEST).write_bytes(content)
    before: Any = path.read_bytes() if is_zip else files(path)
    error = filled.refusal("hfs/exportAll", {"destination": path.as_uri()})
    assert error.kind == kind
    assert words in error.message
    assert before == (path.read_bytes() if is_zip else files(path))


def test_files_of_others_are_never_touched(filled: Client, tmp_path: Path) -> None:
    twin = tmp_path / "twin"
    total = export_all(filled, twin)["written"]
    names = sorted(name for name in files(twin) if name != MANIFEST)
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    (folder / names[0]).write_text("mine")
    (folder / names[1]).mkdir()
    outside = tmp_path / "outside"
    outside.write_text("mine")
    links = 0
    if os.name != "nt":
        (folder / names[2]).symlink_to(outside)
        links = 1
    result = export_all(filled, folder)
    assert counts(result) == (total - 2 - links, 0, 2 + links)
    assert {failed["name"] for failed in result["failed"]} == set(names[: 2 + links])
    assert all("in the way" in failed["reason"] for failed in result["failed"])
    assert [(folder / "README.md").read_text(), (folder / names[0]).read_text()] == ["mine"] * 2
    assert outside.read_text() == "mine"
    assert (folder / names[1]).is_dir()


def test_an_archive_with_files_of_others_is_not_replaced(filled: Client, tmp_path: Path) -> None:
    archive = tmp_path / "photos.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("a.jpg", "mine")
    before = archive.read_bytes()
    error = filled.refusal("hfs/exportAll", {"destination": archive.as_uri()})
    assert (error.kind, archive.read_bytes()) == ("destinationExists", before)
    export_all(filled, tmp_path / "ours.zip")
    with zipfile.ZipFile(tmp_path / "ours.zip", "a") as made:
        made.writestr("../a.jpg", "mine")
    assert filled.refusal("hfs/exportAll", {"destination": (tmp_path / "ours.zip").as_uri()})
    assert not (tmp_path.parent / "a.jpg").exists()


@pytest.mark.parametrize("is_absolute", [False, True])
def test_nothing_of_an_archive_is_written_outside(
    filled: Client, tmp_path: Path, is_absolute: bool
) -> None:
    outside = tmp_path / "outside"
    name = str(outside) if is_absolute else f"{'../' * 40}{str(outside).lstrip('/')}"
    export_all(filled, tmp_path / "ours.zip")
    with zipfile.ZipFile(tmp_path / "ours.zip") as made:
        entries = {entry: made.read(entry) for entry in made.namelist()}
    manifest = json.loads(entries[MANIFEST])
    entry = {"name": "", "messages": 0, "checkpoints": 0, "bytes": 1, "sha256": "0" * 64}
    manifest["files"][name] = entry
    entries |= {MANIFEST: json.dumps(manifest).encode(), name: b"x"}
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as made:
        for entry_name, data in entries.items():
            made.writestr(entry_name, data)
    add(filled, "New")
    error = filled.refusal("hfs/exportAll", {"destination": (tmp_path / "evil.zip").as_uri()})
    assert (error.kind, outside.exists()) == ("invalidDocument", False)


def test_a_damaged_archive_is_not_replaced(filled: Client, tmp_path: Path) -> None:
    archive = tmp_path / "ours.zip"
    export_all(filled, archive)
    half = archive.read_bytes()[:-100]
    archive.write_bytes(half)
    error = filled.refusal("hfs/exportAll", {"destination": archive.as_uri()})
    assert (error.kind, archive.read_bytes()) == ("invalidDocument", half)


@pytest.mark.parametrize("below", ["", "deep/er", "a.zip"])
@pytest.mark.parametrize(
    "suffix",
    [
        *(
            "",
            "-journal",
            "-JOURNAL",
            "-wal",
            "-shm",
            "-search",
            "-search-wal",
            "-keep",
            "-exports",
        ),
        *(f"-import-{'0a' * 16}", f"-exports-{'0a' * 8}", "-mj7B00F21A9C", "-search-mj0A"),
    ],
)
def test_a_name_that_belongs_to_the_store_is_rejected_before_anything_is_created(
    server: Client, tmp_path: Path, store_path: Path, suffix: str, below: str
) -> None:
    add(server, "Kept")
    store_path.with_name(f"{store_path.name}-search").unlink(missing_ok=True)
    before = sorted(path.name for path in store_path.parent.iterdir())
    places = [store_path.parent]
    if os.name != "nt":
        (tmp_path / "link").symlink_to(store_path.parent)
        places.append(tmp_path / "link")
        before = sorted({*before, "link"} if tmp_path == store_path.parent else before)
    for place in places:
        path = place / f"{store_path.name}{suffix}" / below
        error = server.refusal("hfs/exportAll", {"destination": path.as_uri()})
        assert error.kind == "destinationNotWritable"
        assert "does not exist" in error.message or "belongs to the store" in error.message
    assert sorted(path.name for path in store_path.parent.iterdir()) == before
    assert len(server.request("hfs/listSessions")["sessions"]) == 1


def test_a_store_that_is_not_there_yet_keeps_its_names(start: Start, tmp_path: Path) -> None:
    server = start(tmp_path / "missing" / "sessions.db")
    for name in ("sessions.db-journal", "sessions.db", "Sessions.DB-journal/deep"):
        path = tmp_path / "missing" / name
        error = server.refusal("hfs/exportAll", {"destination": path.as_uri()})
        assert "belongs to the store" in error.message
    add(server, "First")
    assert len(server.request("hfs/listSessions")["sessions"]) == 1


def test_a_destination_that_cannot_be_is_rejected(
    filled: Client, tmp_path: Path, store_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", store_path, tmp_path / "missing" / "a.zip"):
        error = filled.refusal("hfs/exportAll", {"destination": path.as_uri()})
        assert error.kind == "destinationNotWritable"
    assert filled.refusal("hfs/exportAll", {}).code == -32602
    params = {"destination": (tmp_path / "x").as_uri(), "format": "original"}
    assert filled.refusal("hfs/exportAll", params).code == -32602
    assert not (tmp_path / "x").exists()
