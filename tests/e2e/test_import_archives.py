"""``hfs/import`` of zip archives: read without being unpacked, and bounded."""

from __future__ import annotations

import io
import random
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from testing import stores
from testing.client import Client
from testing.documents import document, text
from testing.tool_logs import FORMATS, claude_code, codex, id_of, opencode, write
from testing.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.both_engines

Members = dict[str, bytes]


def packed(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive with these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return whole.getvalue()


def imported(client: Client, path: Path, **params: Any) -> Any:
    return client.request("hfs/import", {"uri": path.as_uri(), **params})


def statuses(result: Any) -> list[str]:
    return [session["status"] for session in result["sessions"]]


SESSIONS = {f"in/{tool}": made(number) for number, (tool, made) in enumerate(FORMATS.items())}


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_the_sessions_of_all_tools_in_an_archive_are_imported(
    server: Client, tmp_path: Path, method: int
) -> None:
    members = {**SESSIONS, "README.md": b"# x", "empty": b"", "hfs.json": text(document()).encode()}
    path = write(tmp_path / "all.data", packed(members, method))
    result = imported(server, path)
    assert {each["tool"] for each in result["sessions"]} == {"hfs", *FORMATS}
    assert result["failed"] == []
    assert result["skipped"] == [{"reason": "not a session of a known format", "count": 2}]
    assert set(statuses(imported(server, path))) == {"unchanged"}


def test_an_archive_in_an_archive_is_not_opened(server: Client, tmp_path: Path) -> None:
    path = write(tmp_path / "outer.zip", packed({"inner.zip": packed(SESSIONS)}))
    result = imported(server, path)
    assert (result["sessions"], result["skipped"][0]["count"]) == ([], 1)


@pytest.mark.parametrize(
    "name", ["../../outside.jsonl", "/etc/outside.jsonl", "C:\\outside.jsonl", "a/../b", "x" * 9000]
)
def test_names_in_an_archive_are_never_paths(server: Client, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "here"
    path = write(folder / "a.zip", packed({name: claude_code(1), "bad": b'{"messages": [5]}'}))
    before = sorted(tmp_path.rglob("*"))
    assert statuses(imported(server, path)) == ["created"]
    left = {found for found in tmp_path.rglob("*") if "store" not in found.parts}
    assert left == set(before)


def test_an_entry_that_is_compressed_more_than_a_session_can_be_is_rejected(
    server: Client, tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("first.jsonl", claude_code(1))
        with archive.open("bomb.jsonl", "w", force_zip64=True) as entry:
            for _ in range(80):
                entry.write(b" " * (1 << 20))
        archive.writestr("last.jsonl", codex(2))
    assert bomb.stat().st_size < 1_000_000
    result = imported(server, bomb)
    assert statuses(result) == ["created", "created"]
    ((failed),) = result["failed"]
    assert failed["name"] == "bomb.jsonl"
    assert "compressed more" in failed["reason"]


def test_an_entry_that_is_larger_than_its_archive_says_is_damaged(
    server: Client, tmp_path: Path
) -> None:
    content = bytearray(packed({"a.jsonl": claude_code(1, 50), "b.jsonl": codex(2)}))
    size = len(claude_code(1, 50)).to_bytes(4, "little")
    assert content.count(size) == 2
    path = write(tmp_path / "liar.zip", content.replace(size, (100).to_bytes(4, "little")))
    result = imported(server, path)
    assert [each["tool"] for each in result["sessions"] if each["tool"] == "codex"] == ["codex"]
    assert [each["name"] for each in result["failed"]] == ["a.jsonl"]


def encrypted(content: bytes) -> bytes:
    """The archive with the flag of encryption at each of its entries."""
    changed = bytearray(content)
    for head, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = -1
        while (start := changed.find(head, start + 1)) >= 0:
            changed[start + flags] |= 1
    return bytes(changed)


def test_an_encrypted_archive_is_rejected_in_words(server: Client, tmp_path: Path) -> None:
    path = write(tmp_path / "secret.zip", encrypted(packed({"a.jsonl": claude_code(1)})))
    refused = server.refusal("hfs/import", {"uri": path.as_uri()})
    assert (refused.kind, "encrypted" in refused.message) == ("invalidDocument", True)


DAMAGES: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "cut": lambda content, chance: content[: chance.randrange(1, len(content))],
    "flipped": lambda content, chance: _flipped(content, chance, 1),
    "flipped often": lambda content, chance: _flipped(content, chance, 40),
    "zeros": lambda content, chance: (
        content[: (at := chance.randrange(len(content)))] + b"\0" * 64 + content[at + 64 :]
    ),
    "longer": lambda content, chance: content + chance.randbytes(chance.randrange(1, 900)),
    "shifted": lambda content, chance: content[:4] + chance.randbytes(9) + content[4:],
}


def _flipped(content: bytes, chance: random.Random, count: int) -> bytes:
    damaged = bytearray(content)
    for _ in range(count):
        damaged[chance.randrange(4, len(content))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_archive_costs_no_more_than_itself(
    server: Client, tmp_path: Path, store_path: Path, damage: str, method: int
) -> None:
    chance = random.Random(zlib.crc32(f"{damage}{method}".encode()))
    whole = packed(SESSIONS, method)
    for number in range(12):
        write(tmp_path / "all" / f"{number}.zip", DAMAGES[damage](whole, chance))
    write(tmp_path / "all" / "whole.zip", whole)
    result = imported(server, tmp_path / "all")
    found = {each["tool"] for each in result["sessions"]}
    assert found == set(FORMATS)
    assert all(len(each["reason"]) < 300 for each in result["failed"])
    assert "error in hfs-server" not in str(result["failed"])
    stores.check_whole_and_free(store_path)


def test_an_archive_of_many_entries_is_read_in_time_proportional_to_them(
    server: Client, tmp_path: Path
) -> None:
    def seconds(count: int) -> float:
        members = {f"{n}.txt": b"not a session" for n in range(count)}
        members |= {f"{id_of(count)}.json": opencode(count)}
        path = write(tmp_path / f"{count}.zip", packed(members, zipfile.ZIP_STORED))
        begun = time.monotonic()
        # A busy machine takes minutes for 10,000 entries.
        result = server.request("hfs/import", {"uri": path.as_uri()}, within=5 * PATIENCE_SECONDS)
        assert (len(result["sessions"]), result["skipped"][0]["count"]) == (1, count)
        return time.monotonic() - begun

    seconds(10)
    few, many = min(seconds(1000) for _ in range(2)), seconds(10_000)
    assert many < 40 * few, f"{few:.2f} s for 1,000 entries, {many:.2f} s for 10,000"


def test_an_archive_is_named_in_the_reason_of_a_failed_entry(
    server: Client, tmp_path: Path
) -> None:
    bad = b'{"metadata": {"schema_version": "1.0.0"},\n"messages": [5]}'
    path = write(tmp_path / "a.zip", packed({"in/bad.json": bad, "good.jsonl": claude_code(1)}))
    ((failed),) = imported(server, path)["failed"]
    assert (failed["uri"], failed["name"], failed["line"]) == (path.as_uri(), "in/bad.json", 2)
