"""Far more requests than run concurrently: all are answered, and none has to wait for all."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from testing import stores
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.waiting import PROMPT_SECONDS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no such limit")


MANY = 300


CONTENT = text(document("Many", *(message("x" * 1000) for _ in range(50))))


CANCELLED = -32800


def another(number: int) -> str:
    """Another session, since an import is compared with all copies of its session."""
    return CONTENT.replace("xxxx", f"{number} ", 1)


def limited(files: int) -> tuple[str, str]:
    """A server that may have so many files open."""
    return (
        "-c",
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({files}, {files}));"
        "from hfs_server.cli.commands import main; raise SystemExit(main())",
    )


class Work:
    """Requests of a kind, on a store that has session 1."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.file = folder / "many.json"
        self.file.write_text(CONTENT, encoding="utf-8")
        client.request("hfs/import", {"content": CONTENT})

    def send(self, kind: str, number: int, **more: Any) -> int:
        """Sends one, and gives its id."""
        if kind == "mixed":
            kind = ("export", "import", "import a file", "text", "list", "command")[number % 6]
        export = {"sessionId": 1, "format": ("json", "markdown")[number % 2], **more}
        method, params = {
            "export": ("hfs/export", export),
            "import": ("hfs/import", {"content": another(number), **more}),
            "import a file": (
                "hfs/import",
                {"uri": self.file.as_uri(), "onConflict": "copy", **more},
            ),
            "text": ("workspace/textDocumentContent", {"uri": f"hfs:/sessions/1/{number}.json"}),
            "list": ("hfs/listSessions", {"limit": 500}),
            "command": (
                "workspace/executeCommand",
                {"command": "hfs.server.export", "arguments": [export]},
            ),
        }[kind]
        return self.client.send(method, params)

    def position(self, request: int) -> int:
        """How many messages came before the reply."""
        reply = self.client.reply(request)
        return next(n for n, found in enumerate(self.client.received) if found is reply)


@pytest.mark.parametrize(
    ("kind", "count", "files"),
    [
        ("export", MANY, 256),
        ("import", MANY, 256),
        ("import a file", 100, 64),
        ("text", MANY, 256),
        ("mixed", MANY, 64),
    ],
)
def test_all_are_answered_with_few_files_open(
    start: Start, store_path: Path, tmp_path: Path, kind: str, count: int, files: int
) -> None:
    work = Work(start(store_path, program=limited(files)), tmp_path)
    requests = [work.send(kind, number) for number in range(count)]
    for request in requests:
        assert work.client.result(request)


@pytest.mark.parametrize("kind", ["export", "import", "text"])
def test_a_list_does_not_wait_for_larger_work(
    start: Start, store_path: Path, tmp_path: Path, kind: str
) -> None:
    work = Work(start(store_path), tmp_path)
    requests = [work.send(kind, number) for number in range(300)]
    listed = work.position(work.send("list", 0))
    assert [work.position(request) > listed for request in requests].count(True) > 100


def test_a_waiting_request_is_cancelled_before_its_turn(
    start: Start, store_path: Path, tmp_path: Path
) -> None:
    work = Work(start(store_path), tmp_path)
    kinds = ["export", "import"] * 100
    requests = [work.send(kind, number, workDoneToken=number) for number, kind in enumerate(kinds)]
    for request in requests[100::2]:
        work.client.cancel(request)
    for token in range(101, 200, 2):
        work.client.notify("window/workDoneProgress/cancel", {"token": token})
    for request in requests[100:]:
        assert work.client.refusal_of(request).code == CANCELLED
    last_cancelled = max(work.position(request) for request in requests[100:])
    assert last_cancelled < work.position(requests[99])
    for request in requests[:100]:
        assert work.client.result(request)
    assert len(work.client.request("hfs/listSessions", {"limit": 500})["sessions"]) == 51


@pytest.mark.parametrize("end", ["shutdown", "end of input"])
def test_the_server_ends_without_running_waiting_requests(
    start: Start, store_path: Path, tmp_path: Path, exports: Path, end: str
) -> None:
    work = Work(start(store_path), tmp_path)
    requests = [work.send("mixed", number) for number in range(MANY)]
    if end == "shutdown":
        work.client.request("shutdown", within=PROMPT_SECONDS)
        replies = [work.client.reply(request) for request in requests]
        codes = {reply["error"]["code"] for reply in replies if "error" in reply}
        assert codes == {CANCELLED}
        work.client.notify("exit")
    else:
        work.client.may_be_cut_off = True
        work.client.end_input()
    assert work.client.wait_for_end() == 0
    stores.check_whole_and_free(store_path)
    assert not [path for path in exports.glob("*") if path.name.startswith(".")]


@pytest.mark.skipif(sys.platform != "linux", reason="says how many files are open in /proc")
@pytest.mark.parametrize("room", [0, 1, 2, 4, 8])
def test_with_too_few_files_each_request_is_answered_and_the_server_stays(
    start: Start, store_path: Path, tmp_path: Path, room: int
) -> None:
    client = start(store_path)
    work = Work(client, tmp_path)
    import resource

    used = len(os.listdir(f"/proc/{client.process.pid}/fd"))
    hard = resource.prlimit(client.process.pid, resource.RLIMIT_NOFILE)[1]
    resource.prlimit(client.process.pid, resource.RLIMIT_NOFILE, (used + room, hard))
    for number in range(30):
        error = work.client.reply(work.send("mixed", number)).get("error")
        assert error is None or "too many open files" in error["message"]
    resource.prlimit(client.process.pid, resource.RLIMIT_NOFILE, (hard, hard))
    for number in range(6):
        assert work.client.result(work.send("mixed", number))
