"""Every kind of place to export to and to import from: refused in a sentence, or done right.

Nothing else is changed by what is refused, and no byte of it stands on stdout.
"""

from __future__ import annotations

import json
import os
import re
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing import effort
from testing.client import Client, Start
from testing.command_line import check_one_clear_line, hfs
from testing.documents import MARKER
from testing.whole_sessions import name_of, whole_document, write_whole

pytestmark = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: Windows has no such files")

DONE = "done"
REFUSED = "destinationNotWritable"
UNREADABLE = "sourceNotReadable"
INVALID = "invalidDocument"
UNKNOWN = "unknownFormat"

DESTINATIONS = {
    "a symlink to a file": ("link", REFUSED),
    "a symlink to a folder": ("folder-link", DONE),
    "a symlink to itself": ("self", REFUSED),
    "a symlink to nothing": ("dangling", REFUSED),
    "a hard link": ("hard", DONE),
    "a FIFO": ("fifo", REFUSED),
    "a socket": ("socket", REFUSED),
    "nothing's device": ("/dev/null", REFUSED),
    "stdout": ("/dev/stdout", REFUSED),
    "a full device": ("/dev/full", REFUSED),
    "a descriptor": ("/dev/fd/1", REFUSED),
    "a descriptor of the process": ("/proc/self/fd/1", REFUSED),
    "memory": ("/proc/self/mem", REFUSED),
    "a folder": ("folder", DONE),
    "below a missing folder": ("missing/out.json", REFUSED),
    "below a file": ("target/out.json", REFUSED),
    "upwards": ("folder/../up.json", DONE),
    "upwards from nowhere": ("missing/../out.json", REFUSED),
    "a name of 255 bytes": ("x" * 255, DONE),
    "a name of 256 bytes": ("x" * 256, REFUSED),
    "a name of 300 bytes": ("ü" * 150, REFUSED),
    "a path of 5,000 characters": ("y/" * 2500 + "out.json", REFUSED),
    "control characters": ("a\nb\x1b[31m\x07.json", DONE),
    "control characters below nothing": ("a\nb\x1b[31m/\u202eout.json", REFUSED),
    "blanks and dots": ("a. ", DONE),
    "the store": ("{store}", REFUSED),
    "the store's log": ("{store}-wal", REFUSED),
    "the store's index of its log": ("{store}-shm", REFUSED),
    "the store's journal": ("{store}-journal", REFUSED),
    "the store's journal in capitals": ("{folder}/SESSIONS.DB-JOURNAL", REFUSED),
    "the store by another way": ("{folder}/../store/./sessions.db", REFUSED),
    "the store's journal by a link": ("store-folder/sessions.db-journal", REFUSED),
    "a hard link to the store": ("store-hard", REFUSED),
    "a symlink to the store": ("store-link", REFUSED),
}

URIS = {
    "another machine": ("file://elsewhere{at}/out.json", -32602),
    "this machine": ("file://localhost{at}/local.json", DONE),
    "a query": ("file://{at}/out.json?a=b", -32602),
    "a fragment": ("file://{at}/out.json#a", -32602),
    "NUL": ("file://{at}/a%00b.json", -32602),
    "a slash that is encoded": ("file://{at}/folder%2Fencoded.json", DONE),
    "half of a surrogate pair": ("file://{at}/\ud800.json", -32602),
    "a missing folder": ("file://{at}/nowhere/", -32602),
    "a line break": ("file://{at}/a\nb.json", -32602),
    "a tab": ("file://{at}/a\tb.json", -32602),
    "a line break in the scheme": ("fi\nle://{at}/out.json", -32602),
    "a blank in front": (" file://{at}/out.json", -32602),
    "a line break behind": ("file://{at}/out.json\n", -32602),
    "an escape": ("file://{at}/\x1b[31m.json", -32602),
    "a line break that is encoded": ("file://{at}/a%0Ab.json", DONE),
    "a backslash": ("file://{at}/folder\\out.json", -32602),
    "a backslash that is encoded": ("file://{at}/folder%5Cout.json", DONE),
    "a percent sign": ("file://{at}/100%.json", -32602),
    "a percent sign that is encoded": ("file://{at}/100%25.json", DONE),
    "an empty query": ("file://{at}/out.json?", -32602),
    "an empty fragment": ("file://{at}/out.json#", -32602),
    "a user": ("file://me@localhost{at}/out.json", -32602),
    "a port": ("file://localhost:80{at}/out.json", -32602),
    "a drive": ("file:///c%3A/out.json", REFUSED),
    "a drive as the host": ("file://C:/out.json", -32602),
    "a link to a folder": ("file://{at}/folder-link", DONE),
    "a link to a folder with a slash": ("file://{at}/folder-link/", DONE),
    "a file by a link to its folder": ("file://{at}/folder-link/linked.json", DONE),
    "a link behind a link to its folder": ("file://{at}/folder-link/../link", REFUSED),
    "a link to a file": ("file://{at}/link", REFUSED),
    "bytes that are no UTF-8": ("file://{at}/%FF.json", DONE),
    "not a whole path": ("file:out.json", -32602),
    "no scheme": ("{at}/out.json", -32602),
    "the web": ("https://example.org/out.json", -32602),
    "data": ("data:text/plain,x", -32602),
    "an editor's own": ("untitled:Untitled-1", -32602),
    "a remote machine": ("vscode-remote://ssh/out.json", -32602),
    "nothing": ("", -32602),
}

SOURCES = {
    "a symlink to a file": ("good-link", DONE),
    "a symlink to nothing": ("dangling", UNREADABLE),
    "a symlink to itself": ("self", UNREADABLE),
    "a FIFO": ("fifo", UNREADABLE),
    "a socket": ("socket", UNREADABLE),
    "an endless device": ("/dev/zero", UNREADABLE),
    "nothing's device": ("/dev/null", UNREADABLE),
    "stdin": ("/dev/stdin", UNREADABLE),
    "a descriptor": ("/proc/self/fd/0", UNREADABLE),
    "memory": ("/proc/self/mem", INVALID),
    "the environment": ("/proc/self/environ", INVALID),
    "a missing file": ("missing.json", UNREADABLE),
    "below a file": ("target/in.json", UNREADABLE),
    "a name of 256 bytes": ("x" * 256, UNREADABLE),
    "a path of 5,000 characters": ("y/" * 2500 + "in.json", UNREADABLE),
    "an empty file": ("empty", INVALID),
    "a text": ("target", UNKNOWN),
    "the store": ("{store}", UNREADABLE),
    "the store's log": ("{store}-wal", UNREADABLE),
    "a hard link to the store": ("store-hard", UNREADABLE),
    "a symlink to the store": ("store-link", UNREADABLE),
}


@pytest.fixture
def client(start: Start) -> Client:
    """A server whose store has session 1."""
    client = start()
    client.request("hfs/import", {"content": json.dumps(whole_document("kept", 3))})
    return client


@pytest.fixture
def at(tmp_path: Path, client: Client, store_path: Path) -> Iterator[Path]:
    """A folder with every kind of file, some of which lead to the store."""
    folder = tmp_path / "at"
    (folder / "folder").mkdir(parents=True)
    (folder / "target").write_text(MARKER)
    (folder / "empty").touch()
    write_whole(folder / "good.json", "good", 2)
    for link, leads_to in {
        "link": folder / "target",
        "good-link": folder / "good.json",
        "folder-link": folder / "folder",
        "self": folder / "self",
        "dangling": folder / "nowhere",
        "store-link": store_path,
        "store-folder": store_path.parent,
    }.items():
        (folder / link).symlink_to(leads_to)
    os.link(folder / "target", folder / "hard")
    os.link(store_path, folder / "store-hard")
    os.mkfifo(folder / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket"))
        yield folder


def full(place: str, at: Path, store: Path) -> str:
    """The whole path of a place in the tables."""
    return os.path.join(at, place.format(store=store, folder=store.parent))


def uri_of(path: str) -> str:
    """The path as a URI, not made any shorter."""
    return "file://" + "".join(
        c if re.match(r"[\w./-]", c, re.ASCII) else "".join(f"%{byte:02X}" for byte in c.encode())
        for c in path
    )


def standing(folder: Path) -> dict[str, tuple[int, object]]:
    """Everything below the folder: what kind it is, and what it holds or leads to."""
    found: dict[str, tuple[int, object]] = {}
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        holds: object = None
        if stat.S_ISREG(mode) and path.name != "store-hard":
            holds = path.read_bytes()
        elif stat.S_ISLNK(mode):
            holds = os.readlink(path)
        found[str(path.relative_to(folder))] = mode, holds
    return found


def check_written(path: Path) -> None:
    """Fails where the file is not a whole export, for its owner alone."""
    assert len(json.loads(path.read_text("utf-8"))["messages"]) == 3
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600


def check_sentence(message: str) -> None:
    """Fails where an error is anything but a short line for a person."""
    assert message.isprintable(), ascii(message)
    assert message.endswith(".")
    assert len(message) < 420
    assert MARKER not in message


def tried(client: Client, method: str, params: dict[str, object]) -> object:
    """What came of it: done, or the kind or code of the error, whose sentence is checked."""
    reply = client.reply(client.send(method, params))
    if "result" in reply:
        return DONE
    check_sentence(reply["error"]["message"])
    # Half of a surrogate pair is no text for most programs.
    json.dumps(reply, ensure_ascii=False).encode()
    return reply["error"].get("data", {}).get("kind", reply["error"]["code"])


def test_an_export_goes_where_it_may_and_nowhere_else(
    client: Client, at: Path, store_path: Path, exports: Path
) -> None:
    for what, (place, outcome) in DESTINATIONS.items():
        check_export_to(what, client, at, uri_of(full(place, at, store_path)), outcome)
    assert list(exports.iterdir()) == []
    assert not Path(f"{store_path}-journal").exists()
    assert len(client.request("hfs/listSessions")["sessions"]) == 1


def test_only_whole_uris_of_files_here_are_destinations(client: Client, at: Path) -> None:
    for what, (uri, outcome) in URIS.items():
        check_export_to(what, client, at, uri.format(at=at), outcome)


def check_export_to(what: str, client: Client, at: Path, uri: str, outcome: str | int) -> None:
    before = standing(at)
    params = {"sessionId": 1, "format": "json", "overwrite": True, "destination": uri}
    assert tried(client, "hfs/export", params) == outcome, what
    after = standing(at)
    changed = {name for name in {*before, *after} if before.get(name) != after.get(name)}
    assert len(changed) == (1 if outcome == DONE else 0), (what, changed)
    for name in changed:
        check_written(at / name)


def test_the_shell_exports_where_the_server_does(
    home: Path, client: Client, at: Path, store_path: Path
) -> None:
    # Its stdout is a pipe of its own, which is no folder and no regular file either.
    for what, (place, outcome) in effort.chosen([*DESTINATIONS.items()], 17):
        before = standing(at)
        place = full(place, at, store_path)
        words = ["--database", store_path, "export", "1", "--format", "json", "--force"]
        done = hfs(home, *words, "-o", place)
        after = standing(at)
        if outcome == DONE:
            assert (done.returncode, done.stderr) == (0, ""), what
            assert before != after, what
        else:
            check_one_clear_line(done)
            check_sentence(done.stderr.strip("\n"))
            assert (done.stdout, before) == ("", after), what


def test_an_import_of_a_folder_leaves_links_and_devices_in_it_alone(
    client: Client, at: Path
) -> None:
    before = standing(at)
    result = client.request("hfs/import", {"uri": uri_of(str(at))})
    assert [session["name"] for session in result["sessions"]] == [name_of("good", 2)]
    assert result["failed"] == []
    assert standing(at) == before
    result = client.request("hfs/import", {"uri": uri_of(str(at / "folder"))})
    assert [result["sessions"], result["failed"], result["skipped"]] == [[], [], []]


def test_an_import_reads_regular_files_only(client: Client, at: Path, store_path: Path) -> None:
    before = standing(at)
    for what, (place, outcome) in SOURCES.items():
        uri = uri_of(full(place, at, store_path))
        assert tried(client, "hfs/import", {"uri": uri}) == outcome, what
    assert standing(at) == before
    done = [outcome for _, outcome in SOURCES.values()].count(DONE)
    assert len(client.request("hfs/listSessions")["sessions"]) == 1 + done


def test_the_shell_imports_what_the_server_does(
    home: Path, client: Client, at: Path, store_path: Path
) -> None:
    for what, (place, outcome) in effort.chosen([*SOURCES.items()], 11):
        done = hfs(home, "--database", store_path, "import", full(place, at, store_path))
        assert done.returncode == (0 if outcome == DONE else 1), (what, done.stderr)
        if outcome != DONE:
            assert done.stdout == "", what
            check_one_clear_line(done)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_a_file_without_read_permission_is_reported(client: Client, at: Path) -> None:
    (at / "good.json").chmod(0)
    assert tried(client, "hfs/import", {"uri": uri_of(str(at / "good.json"))}) == UNREADABLE


def test_a_file_that_grows_is_read_as_it_was_at_first(client: Client, at: Path) -> None:
    path = write_whole(at / "growing.json", "growing", 20_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set() and file.tell() < 1 << 30:
                file.write(b" " * (1 << 16))
            file.write(b"garbage")

    request = client.send("hfs/import", {"uri": path.as_uri(), "workDoneToken": "growing"})
    client.wait_for_progress("growing", 1)
    writer = threading.Thread(target=grow)
    writer.start()
    try:
        assert client.result(request)["sessions"][0]["messageCount"] == 20_000
    finally:
        stop.set()
        writer.join()
        path.unlink()


def test_a_session_s_name_makes_a_file_name_for_windows_too(client: Client, exports: Path) -> None:
    content = json.dumps(whole_document("named", 3))
    for name in ("CON.txt", "nul", "aux.", "a:b", "COM1 .x ", "lpt9.tar.gz", "...", "a. ", "\n"):
        (made,) = client.request("hfs/import", {"content": content, "name": name})["sessions"]
        client.request("hfs/export", {"sessionId": made["id"], "format": "json"})
        (path,) = exports.iterdir()
        assert not re.match(r"(con|prn|aux|nul|com\d|lpt\d)[. ]", path.name, re.IGNORECASE)
        assert not re.search(r'[<>:"/\\|?*\x00-\x1f]|[. ]$', path.name)
        check_written(path)
        path.unlink()
