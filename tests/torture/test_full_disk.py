"""A disk that is full, for the store and for exports; the server goes on when there is room."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from testing import effort, file_systems
from testing.client import Refused, Start
from testing.command_line import check_one_clear_line, hfs
from testing.store_checks import check_store, check_swept
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import name_of, whole_document, write_whole

DISK_BYTES = 4 << 20
TOO_MANY = DISK_BYTES // 1000
"""So many messages have no room, whatever the store has kept for itself of earlier attempts."""

Mount = Callable[[int], Path]


def content(tag: str, count: int) -> str:
    return json.dumps(whole_document(tag, count, 1000))


@pytest.mark.parametrize("leave", [0, 4096, 8 * 4096, 64 * 4096])
def test_a_store_on_a_full_disk_is_whole_and_works_when_there_is_room(
    tmpfs: Mount, start: Start, home: Path, leave: int
) -> None:
    disk = tmpfs(DISK_BYTES)
    store = disk / "sessions.db"
    client = start(store)
    client.request("hfs/import", {"content": content("before", 20)})
    for round_number in range(5 if effort.IS_LONG else 2):
        ballast = file_systems.fill(disk, leave)
        for number in range(3):
            refused = client.refusal("hfs/import", {"content": content(f"no-{number}", TOO_MANY)})
            assert (refused.code, refused.kind) == (-32803, "storeUnusable")
            assert "full" in refused.message
        found = client.request("hfs/listSessions")["sessions"]
        assert len(found) == 1 + round_number, "a read fails on a full disk"
        ballast.unlink()
        client.request("hfs/import", {"content": content(f"after-{round_number}", 20)})
    check_store(store)
    check_swept(store, home)


def test_a_store_that_is_made_on_a_full_disk_works_when_there_is_room(
    tmpfs: Mount, start: Start
) -> None:
    disk = tmpfs(DISK_BYTES)
    ballast = file_systems.fill(disk)
    client = start(disk / "sessions.db")
    for method, params in [
        ("hfs/listSessions", {}),
        ("hfs/import", {"content": content("no", 5)}),
        ("hfs/export", {"sessionId": 1, "format": "json"}),
    ]:
        assert client.refusal(method, params).kind == "storeUnusable"
    ballast.unlink()
    client.request("hfs/import", {"content": content("after", 5)})
    assert set(check_store(disk / "sessions.db")) == {name_of("after", 5)}


@pytest.mark.parametrize("format", ["json", "markdown"])
def test_an_export_to_a_full_disk_leaves_nothing_and_works_when_there_is_room(
    tmpfs: Mount, start: Start, store_path: Path, format: str
) -> None:
    disk = tmpfs(DISK_BYTES)
    client = start(store_path)
    (made,) = client.request("hfs/import", {"content": content("kept", 800)})["sessions"]
    old = disk / "old"
    old.write_text("what stood there")
    wanted = {"sessionId": made["id"], "format": format}
    over = {**wanted, "destination": old.as_uri(), "overwrite": True}
    for leave in (0, 4096, 50 * 4096):
        ballast = file_systems.fill(disk, leave)
        for params in (over, {**wanted, "destination": disk.as_uri()}):
            refused = client.refusal("hfs/export", params)
            assert refused.kind == "destinationNotWritable"
            assert "no space left" in refused.message
        assert {path.name for path in disk.iterdir()} == {"old", "ballast"}
        assert old.read_text() == "what stood there"
        ballast.unlink()
    assert client.request("hfs/export", over)["messageCount"] == 800
    assert old.stat().st_size > 800_000


def test_the_command_line_reports_a_full_disk(tmpfs: Mount, home: Path, tmp_path: Path) -> None:
    disk = tmpfs(DISK_BYTES)
    file = write_whole(tmp_path / "large.json", "large", 6000, 1000)
    done = hfs(home, "--database", disk / "sessions.db", "import", file)
    check_one_clear_line(done)
    assert "full" in done.stderr
    assert check_store(disk / "sessions.db") == {}
    check_swept(disk / "sessions.db", home)


@pytest.mark.parametrize("leave", [0, 64 * 4096])
def test_a_purge_on_a_full_disk_says_what_it_did(
    tmpfs: Mount, home: Path, tmp_path: Path, leave: int
) -> None:
    disk = tmpfs(2 * DISK_BYTES)
    store = ("--database", disk / "sessions.db")
    kept = write_whole(tmp_path / "kept.json", "kept", 1400, 1000)
    gone = write_whole(tmp_path / "gone.json", "gone", 3)
    for command in (["import", kept], ["import", gone], ["delete", "2"]):
        assert hfs(home, *store, *command).returncode == 0
    ballast = file_systems.fill(disk, leave)
    done = hfs(home, *store, "purge")
    check_one_clear_line(done)
    assert not leave or "full" in done.stderr
    ballast.unlink()
    deleted = hfs(home, *store, "list", "--deleted", "--json").stdout
    assert ("removed for good" in done.stderr) == (json.loads(deleted) == [])
    assert ("removed for good" in done.stderr) == (leave == 64 * 4096)
    assert hfs(home, *store, "purge").returncode == 0
    assert json.loads(hfs(home, *store, "list", "--deleted", "--json").stdout) == []
    assert set(check_store(disk / "sessions.db")) == {name_of("kept", 1400)}


def test_a_read_only_disk_is_reported_and_the_server_goes_on(
    tmpfs: Mount, start: Start, home: Path
) -> None:
    disk = tmpfs(DISK_BYTES)
    store = disk / "sessions.db"
    file = write_whole(home / "one.json", "one", 3)
    assert hfs(home, "--database", store, "import", file).returncode == 0
    remount = ["mount", "-o", "remount,ro", str(disk)]
    subprocess.run(remount, check=True, timeout=PATIENCE_SECONDS)
    client = start(store)
    for method, params in [
        ("hfs/import", {"content": content("no", 5)}),
        ("hfs/export", {"sessionId": 1, "format": "json", "destination": disk.as_uri()}),
    ]:
        with pytest.raises(Refused) as refused:
            client.request(method, params)
        assert refused.value.kind in ("storeUnusable", "destinationNotWritable")
    remount[2] = "remount,rw"
    subprocess.run(remount, check=True, timeout=PATIENCE_SECONDS)
    client.request("hfs/import", {"content": content("after", 5)})
    assert len(check_store(store)) == 2
