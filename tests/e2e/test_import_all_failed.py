"""``hfs/import`` of several files that all fail: the error names each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from testing.client import Client

NEWER = '{"metadata": {"schema_version": "9.0.0"}, "messages": []}'
BROKEN = '{"messages": [\n{"role": "user", "content": "x"},\n{"role": "user", "content": 5}]}'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files, of which none can be imported."""
    files = tmp_path / "files"
    files.mkdir()
    (files / "broken.json").write_text(BROKEN)
    (files / "newer.json").write_text(NEWER)
    return files


def _uris(folder: Path) -> list[str]:
    return [path.as_uri() for path in sorted(folder.iterdir())]


def test_the_error_names_every_file_with_its_reason_and_line(emptied: Client, folder: Path) -> None:
    error = emptied.refusal("hfs/import", {"uris": _uris(folder)})
    failed = error.data["failed"]
    assert error.kind == "invalidDocument"
    assert [each["uri"] for each in failed] == _uris(folder)
    assert [each["line"] for each in failed] == [3, None]
    assert "9.0.0" in failed[1]["reason"]
    assert failed[0]["reason"] == error.message


def test_the_only_file_of_a_folder_is_named(emptied: Client, folder: Path) -> None:
    (folder / "broken.json").unlink()
    error = emptied.refusal("hfs/import", {"uri": folder.as_uri()})
    assert [each["name"] for each in error.data["failed"]] == ["newer.json"]


def test_a_file_that_was_given_by_itself_is_not_named_again(emptied: Client, folder: Path) -> None:
    error = emptied.refusal("hfs/import", {"uri": (folder / "newer.json").as_uri()})
    assert "failed" not in error.data
