"""Files are imported when they rest, and not while their last record lacks its end."""

from __future__ import annotations

import json

import pytest

from hfs_server.keeping import resting
from hfs_server.keeping.resting import HALF_LINE_SECONDS, REST_SECONDS, RestingFiles, is_complete

LINE = json.dumps({"text": 'ö "q" \\ {[', "list": [1, {"a": None}]}, ensure_ascii=False).encode()
LONG = b'{"text": "' + b"x}" * (3 << 20) + b'"}'


def names(files: RestingFiles, now: float, most: int = 10) -> list[str]:
    return [found.path.name for found in files.take(now, most)]


@pytest.mark.parametrize("content", [LINE + b"\n" + LINE, LINE, b"[" + LINE + b"]"])
def test_every_beginning_of_a_record_lacks_its_end(tmp_path, content):
    for suffix in (".json", ".jsonl"):
        path = tmp_path / f"x{suffix}"
        first = content.find(b"\n") + 1 if suffix == ".jsonl" else 0
        whole = content[first:] if suffix == ".json" and b"\n" in content else content
        whole = LINE if suffix == ".json" and b"\n" in content else whole
        for end in range(first + 1, len(whole)):
            path.write_bytes(whole[:end])
            assert not is_complete(path), whole[:end]
        path.write_bytes(whole)
        assert is_complete(path)


@pytest.mark.parametrize(
    ("name", "content", "complete"),
    [
        ("a.jsonl", b"", True),
        ("a.jsonl", LINE + b"\n", True),
        ("a.jsonl", LINE + b"\n\n  ", True),
        ("a.jsonl", b"not JSON", True),
        ("a.jsonl", LINE + b"\n" + b"\xff\xfe", True),
        ("a.jsonl", LINE + b"\n" + LONG, True),
        ("a.jsonl", LINE + b"\n" + LONG[:-3], False),
        ("a.jsonl", LONG[:-3] + b"\n", True),
        ("a.json", b"", False),
        ("a.json", b" \n", False),
        ("a.json", b"\xef\xbb\xbf" + LINE, True),
        ("a.json", b"\xef\xbb\xbf" + LINE[:-1], False),
        ("a.json", LINE + b" trailing", True),
        ("a.json", LONG, True),
        ("a.json", LONG[:-3], False),
        ("a.md", b"text", True),
        ("a.db", b"SQLite format 3\0", True),
        ("a.jsonl.zst", b"\x28", True),
    ],
)
def test_only_what_lacks_its_end_is_incomplete(tmp_path, name, content, complete):
    path = tmp_path / name
    path.write_bytes(content)
    assert is_complete(path) is complete


def test_a_file_is_taken_once_after_it_has_not_changed_for_a_while(tmp_path):
    path, files = tmp_path / "a.jsonl", RestingFiles()
    path.write_bytes(LINE)
    files.add([path], 0)
    assert names(files, 0) == []
    assert names(files, REST_SECONDS - 0.1) == []
    path.write_bytes(LINE + b"\n" + LINE)
    assert names(files, REST_SECONDS) == []
    assert names(files, 2 * REST_SECONDS - 0.1) == []
    assert names(files, 2 * REST_SECONDS) == ["a.jsonl"]
    assert names(files, 9 * REST_SECONDS) == []
    assert len(files) == 0


def test_a_write_to_the_log_of_a_database_is_a_change(tmp_path):
    path, files = tmp_path / "a.db", RestingFiles()
    path.write_bytes(b"x")
    files.add([path], 0)
    names(files, 0)
    (tmp_path / "a.db-wal").write_bytes(b"y")
    assert names(files, REST_SECONDS) == []
    assert names(files, 2 * REST_SECONDS) == ["a.db"]


def test_half_a_line_waits_and_half_a_document_is_forgotten(tmp_path):
    files = RestingFiles()
    for name in ("a.jsonl", "a.json"):
        (tmp_path / name).write_bytes(LINE[:-1])
        files.add([tmp_path / name], 0)
    for now in (0, REST_SECONDS, HALF_LINE_SECONDS - 1):
        assert names(files, now) == []
    assert len(files) == 1
    assert names(files, HALF_LINE_SECONDS) == ["a.jsonl"]
    (tmp_path / "a.json").write_bytes(LINE)
    files.add([tmp_path / "a.json"], 100)
    names(files, 100)
    assert names(files, 100 + REST_SECONDS) == ["a.json"]


def test_what_vanishes_or_is_no_regular_file_is_forgotten(tmp_path):
    files = RestingFiles()
    (tmp_path / "folder.jsonl").mkdir()
    (tmp_path / "a.jsonl").write_bytes(LINE)
    files.add([tmp_path / "folder.jsonl", tmp_path / "a.jsonl", tmp_path / "none.jsonl"], 0)
    names(files, 0)
    (tmp_path / "a.jsonl").unlink()
    assert names(files, 1) == []
    assert len(files) == 0


def test_a_change_that_comes_while_a_file_is_taken_is_not_lost(tmp_path, monkeypatch):
    path, files = tmp_path / "a.jsonl", RestingFiles()
    path.write_bytes(LINE)
    files.add([path], 0)
    names(files, 0)

    def changed_meanwhile(given):
        files.add([given], REST_SECONDS)
        return is_complete(given)

    monkeypatch.setattr(resting, "is_complete", changed_meanwhile)
    assert names(files, REST_SECONDS) == ["a.jsonl"]
    assert len(files) == 1


def test_as_many_are_taken_as_were_asked_for_and_postponed_ones_wait(tmp_path):
    files = RestingFiles()
    paths = [tmp_path / f"{number}.md" for number in range(5)]
    for path in paths:
        path.touch()
    files.add(paths, 0)
    files.postpone(paths[0], 50)
    names(files, 0)
    assert names(files, 2, most=3) == ["1.md", "2.md", "3.md"]
    assert names(files, 2, most=3) == ["4.md"]
    assert names(files, 49) == []
    assert names(files, 51) == ["0.md"]
