"""The files that change are those that an import finds: globs match as pathlib does."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from hfs_server.import_sources import found_in
from hfs_server.importers import IMPORTERS, TOOLS
from hfs_server.importers.places import Places
from hfs_server.keeping.globs import globs_of

NAMES = {"*": ["x", ".hidden", "a b"], "**": ["", "one", "one/two"]}


def places(home: Path) -> Places:
    return Places(home, {})


def examples(pattern: str) -> list[str]:
    """Paths that a pattern may match, and some that it may not."""
    parts = [
        NAMES.get(part, [part.replace("*", "y").replace("?", "7")]) for part in pattern.split("/")
    ]
    paths = ["/".join(filter(None, chosen)) for chosen in product(*parts)]
    odd = [f"{path}.tmp" for path in paths] + [f"deep/{path}" for path in paths]
    return [*paths, *odd, *(path.replace("7", "77") for path in paths)]


@pytest.mark.parametrize(
    "importer", [each for each in IMPORTERS if each.patterns], ids=lambda i: i.tool
)
def test_what_an_import_finds_is_what_matches(importer, tmp_path):
    folders = importer.folders(places(tmp_path))
    for folder in folders:
        for pattern in importer.patterns:
            for path in examples(pattern):
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                if not (folder / path).is_dir():
                    (folder / path).touch()
    # Some folders count only while others are missing.
    folders = importer.folders(places(tmp_path))
    found = {each.path for folder in folders for each in found_in(importer, folder)}
    globs = globs_of([importer.tool], places(tmp_path))
    present = [path for path in tmp_path.rglob("*") if path.is_file()]
    matched = [glob.match(str(glob.root), str(path)) for path in present for glob in globs]
    assert set(matched) - {None} == found
    assert bool(found) == bool(folders)
    for folder in (path for path in tmp_path.rglob("*") if path.is_dir()):
        walked = {file for glob in globs for file in glob.files_in(str(glob.root), str(folder))}
        assert walked <= {file for file in found if file.is_relative_to(folder)}
        # A root that appears is watched, and all files below it are looked at.
        deep = {glob.root for glob in globs if glob.is_deep}
        if deep & {*folder.parents} and folder not in {glob.root for glob in globs}:
            assert walked == {file for file in found if file.is_relative_to(folder)}


@pytest.mark.parametrize("end", ["-wal", "-journal"])
def test_a_change_beside_a_database_is_one_of_the_database(tmp_path, end):
    (glob,) = globs_of(["llm"], places(tmp_path))
    changed = str(glob.root / f"logs.db{end}")
    assert glob.match(str(glob.root), changed) == glob.root / "logs.db"
    assert glob.match(str(glob.root), str(glob.root / "logs.db-shm")) is None
    assert glob.match(str(glob.root), str(glob.root) + "x" + os.sep + "logs.db") is None


def test_only_the_part_of_a_folder_that_holds_files_is_watched(tmp_path):
    roots = {glob.root for glob in globs_of(["copilot-chat", "zed", "opencode"], places(tmp_path))}
    assert tmp_path / ".config" / "Code" / "User" not in roots
    assert tmp_path / ".config/Code/User/workspaceStorage" in roots
    deep = {glob.root.name: glob.is_deep for glob in globs_of(["opencode"], places(tmp_path))}
    assert deep == {"opencode": False, "session": True, "project": True}


def test_every_tool_with_a_folder_can_be_kept(tmp_path):
    kept = {glob.tool for glob in globs_of(TOOLS, places(tmp_path))}
    having = {each.tool for each in IMPORTERS if each.folders(places(tmp_path))}
    assert kept == having
