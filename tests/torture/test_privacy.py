"""What people wrote is told to nobody: not to logs, errors, progress, nor to any network."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from testing.client import Refused, Start
from testing.command_line import hfs
from testing.documents import MARKER
from testing.faults import require_strace
from testing.terminal import Terminal
from testing.waiting import PATIENCE_SECONDS
from testing.whole_sessions import whole_document, write_whole

BROKEN = {
    "cut": lambda text: text[: len(text) // 2],
    "a wrong type": lambda text: text.replace('"role": "assistant"', '"role": 5'),
    "a wrong member": lambda text: text.replace('"role"', f'"{MARKER}"'),
    "two keys": lambda text: text.replace('"role"', '"content": "' + MARKER + '", "role"'),
    "a lone surrogate": lambda text: text.replace(MARKER, MARKER + "\\ud800", 1),
    "a bad escape": lambda text: text.replace(MARKER, MARKER + "\\x", 1),
    "a bad time": lambda text: text.replace("2026-02-01T10:00:00Z", MARKER, 1),
    "a bad version": lambda text: text.replace('"1.0.0"', f'"{MARKER}"'),
    "a newer version": lambda text: text.replace('"1.0.0"', '"2.0.0"'),
    "garbage behind": lambda text: text + MARKER,
    "an odd number": lambda text: text.replace('"role"', '"n": 1e999, "role"', 1),
    "not an object": lambda text: json.dumps(MARKER),
    "a list of texts": lambda text: json.dumps([MARKER] * 100),
    "a marked key": lambda text: json.dumps({MARKER: {MARKER: 1}}),
}


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_no_log_or_message_quotes_a_session(start: Start, tmp_path: Path, level: str) -> None:
    client = start(logLevel=level)
    good = json.dumps(whole_document("private", 30))
    told: list[str] = []
    for what, change in BROKEN.items():
        text = change(good)
        assert text != good, what
        file = tmp_path / "broken.json"
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        for number, params in enumerate(({"content": text}, {"uri": file.as_uri()})):
            token = f"{what} {number}"
            try:
                client.request("hfs/import", {**params, "workDoneToken": token})
            except Refused as refused:
                told.append(str(refused))
    (made,) = client.request("hfs/import", {"content": good, "workDoneToken": "p"})["sessions"]
    for form in ("json", "markdown"):
        params = {"sessionId": made["id"], "format": form, "workDoneToken": form}
        client.request("hfs/export", params)
    wrong = [{"cursor": MARKER}, {"limit": MARKER}, {"query": MARKER + "\ud800"}]
    told += [str(client.refusal("hfs/listSessions", params)) for params in wrong]
    client.send_body(b'{"jsonrpc": "2.0", "id": 1, "params": "' + MARKER.encode())
    told.append(str(client.error_without_id()))
    client.notify("$/setTrace", {"value": "verbose"})
    for method in ("$/setTrace", "$/logTrace", "window/logMessage", "exit2", f"$/{MARKER}"):
        client.notify(method, {"value": MARKER, "message": MARKER})
    named = tmp_path / f"{MARKER}.json"
    named.write_text(good, encoding="utf-8")
    client.request("hfs/import", {"uri": named.as_uri(), "name": MARKER, "workDoneToken": "n"})
    client.request("hfs/listSessions", {"query": MARKER})
    told += [json.dumps(params) for params in client.notifications("$/progress")]
    told += [json.dumps(params) for params in client.notifications("$/logTrace")]
    told += [json.dumps(params) for params in client.notifications("window/showMessage")]
    told += [json.dumps(params) for params in client.notifications("window/logMessage")]
    told.append(client.stderr)
    # The name of a member that a person wrote is where a document is wrong, and is told as a path.
    paths = re.compile(rf'(?<=[\[. "]){MARKER}(?= ?[(\[:".])')
    leaks = [line for line in told if MARKER in paths.sub("", line)]
    assert leaks == []


@pytest.mark.parametrize("what", list(BROKEN))
def test_the_command_line_quotes_no_session(
    home: Path, store_path: Path, tmp_path: Path, what: str
) -> None:
    text = BROKEN[what](json.dumps(whole_document("private", 30)))
    file = tmp_path / "broken.json"
    file.write_text(text, encoding="utf-8")
    done = hfs(home, "--database", store_path, "import", file)
    if done.returncode:
        assert len(done.stderr.splitlines()) == 1, done.stderr
    paths = re.compile(rf"{MARKER}(?= \(line \d+\):)")
    assert MARKER not in paths.sub("", done.stderr + done.stdout)


CRASHES = """
import asyncio, gc, logging, sys, threading
from hfs_server.lsp.logs import log_to_stderr

marker = sys.argv[1]
log_to_stderr()

class Broken:
    def __del__(self):
        raise KeyError(marker)

def fail(words):
    raise ValueError(words)

async def task():
    raise OSError(marker)

async def main():
    loop = asyncio.get_running_loop()
    loop.call_soon(fail, marker.encode())
    forgotten = asyncio.ensure_future(task())
    while not forgotten.done():
        await asyncio.sleep(0)
    del forgotten
    gc.collect()

logging.getLogger("pygls.protocol").critical("Message: %s", marker)
logging.getLogger("elsewhere").error("Message: %s", marker)
logging.getLogger("hfs_server").setLevel(sys.argv[2].upper())
asyncio.run(main(), debug=True)
thread = threading.Thread(target=fail, args=[marker])
thread.start()
thread.join()
Broken()
raise LookupError(marker)
"""


@pytest.mark.parametrize("level", ["debug", "error"])
def test_a_crash_is_reported_by_its_type_alone(home: Path, level: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASHES, MARKER, level],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        cwd=home,
    )
    assert done.returncode == 1
    assert MARKER not in done.stdout + done.stderr
    for kind in ("KeyError", "ValueError", "OSError", "LookupError"):
        assert kind in done.stderr
    assert done.stderr.count("File ") >= 5, "where it was is told"


NETWORK = re.compile(
    r"\b(connect|bind|listen|accept4?|sendto|sendmsg|sendmmsg)\(|\bsocket\(|AF_INET|SOCK_RAW"
)


def test_no_socket_is_opened(home: Path, store_path: Path, exports: Path, tmp_path: Path) -> None:
    strace = require_strace()
    file = write_whole(tmp_path / "one.json", "one", 10)
    with Terminal(store_path) as terminal:
        terminal.add_session("See https://example.org/x.png", "![x](https://example.org/x.png)")
    commands: list[list[str | Path]] = [
        ["import", file],
        ["list"],
        ["export", "1", "-o", exports],
        ["export", "2", "--format", "json", "-o", exports],
    ]
    for command in commands:
        trace = tmp_path / "trace"
        before = [strace, "-f", "-e", "trace=network", "-o", str(trace)]
        done = hfs(home, "--database", store_path, *command, before=before)
        assert done.returncode == 0, done.stderr
        check_no_network(trace.read_text())


def test_the_server_opens_no_socket(home: Path, store_path: Path, tmp_path: Path) -> None:
    strace = require_strace()
    trace = tmp_path / "trace"
    options = {"databasePath": str(store_path), "logLevel": "debug"}
    params = {"processId": None, "capabilities": {}, "initializationOptions": options}
    messages = [
        {"id": 1, "method": "initialize", "params": params},
        {"method": "initialized", "params": {}},
        {
            "id": 2,
            "method": "hfs/import",
            "params": {"content": json.dumps(whole_document("s", 5))},
        },
        {"id": 3, "method": "hfs/listSessions"},
        {"id": 4, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}).encode() for message in messages]
    done = subprocess.run(
        [strace, "-f", "-e", "trace=network", "-o", str(trace), sys.executable, "-m", "hfs_server"],
        input=b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        cwd=home,
    )
    assert done.returncode == 0, done.stderr
    check_no_network(trace.read_text())


def check_no_network(trace: str) -> None:
    """asyncio wakes itself by a pair of sockets, which leads nowhere else; it is all there is."""
    pairs = set(re.findall(r"socketpair\(AF_UNIX, .*\[(\d+), (\d+)\]", trace))
    own = {number for pair in pairs for number in pair}
    for line in trace.splitlines():
        sent = re.search(r"\b(?:sendto|recvfrom|sendmsg|recvmsg|setsockopt|shutdown)\((\d+)", line)
        if sent is not None and sent[1] in own:
            assert MARKER not in line
            continue
        assert not NETWORK.search(line), line
