"""Frames as they were recorded, changed at random: each request still gets one answer."""

from __future__ import annotations

import copy
import json
import random
from io import BytesIO
from pathlib import Path
from typing import Any

from hfs_server.lsp.stdio import FramingError, frames
from testing import effort
from testing.client import Client, Start
from testing.documents import document, message, text
from testing.store_checks import check_store
from testing.whole_sessions import name_of, whole_document

ALLOWED_CODES = {-32700, -32600, -32601, -32602, -32800, -32803}
BURST = 40
DEEPEST = 700
"""What is deeper is read or not as the stack allows, which is another one in the server."""

ODD: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**53 + 1,
    2**63,
    -(2**63) - 1,
    10**400,
    0.5,
    1e308,
    "",
    " ",
    "\0",
    "x" * 5000,
    "\ud800",
    "é🙂",
    "1",
    "null",
    [],
    {},
    [[]],
    [None],
    {"": None},
    {"jsonrpc": "2.0"},
    {"id": 1, "method": "exit"},
    {"__class__": "x", "_fields": []},
    [1] * 1000,
    "file:///",
    "file:///proc/self/mem",
    "file://host/x",
    "hfs:/sessions/1.md",
    "http://localhost/x",
    "../../../etc/passwd",
    "%00",
    "{}",
    "[" * 200,
]
METHODS = [
    "initialize",
    "hfs/listSessions",
    "hfs/export",
    "hfs/findSecrets",
    "hfs/import",
    "workspace/executeCommand",
    "workspace/textDocumentContent",
    "$/cancelRequest",
    "initialized",
    "textDocument/didOpen",
    "window/workDoneProgress/cancel",
    "$/setTrace",
    "workspace/didChangeConfiguration",
]


def recorded(exports: Path) -> list[dict[str, Any]]:
    """What an editor sends."""
    content = text(document("Fuzzed", message("one"), message("two", "assistant")))
    calls: list[tuple[str, Any]] = [
        ("hfs/listSessions", {"limit": 5, "query": "a"}),
        ("hfs/listSessions", {"limit": 1, "cursor": "WzEsICJ0ZXh0IiwgIiJd"}),
        ("hfs/listSessions", None),
        ("hfs/export", {"sessionId": 1, "format": "markdown", "workDoneToken": "t"}),
        ("hfs/export", {"sessionId": 1, "format": "json", "overwrite": True}),
        ("hfs/export", {"sessionId": 1, "format": "html", "redact": True, "redactExcept": ["a"]}),
        ("hfs/findSecrets", {"sessionId": 1, "redactAlso": ["mail"], "workDoneToken": 1}),
        ("hfs/import", {"content": content, "name": "Named", "workDoneToken": 7}),
        ("hfs/import", {"uri": (exports / "none.json").as_uri()}),
        ("workspace/textDocumentContent", {"uri": "hfs:/sessions/1/name.md"}),
        ("workspace/textDocumentContent", {"uri": "hfs:/sessions/1.json"}),
        (
            "workspace/executeCommand",
            {"command": "hfs.server.listSessions", "arguments": [{"limit": 2}]},
        ),
        ("workspace/executeCommand", {"command": "hfs.server.import", "arguments": [{}]}),
        ("initialize", {"processId": None, "capabilities": {"a": {"b": [1]}}, "rootUri": None}),
    ]
    return [
        {
            "jsonrpc": "2.0",
            "id": 0,
            "method": method,
            **({} if params is None else {"params": params}),
        }
        for method, params in calls
    ]


class Mutator:
    """Changes messages; gives bytes, and what must come back for them."""

    def __init__(self, chance: random.Random, exports: Path) -> None:
        self.chance = chance
        self.recorded = recorded(exports)
        self.next_id = 1000
        self.depth = 0

    def body(self) -> bytes:
        """One message's bytes, mutated somehow."""
        message = copy.deepcopy(self.chance.choice(self.recorded))
        self.next_id += 1
        message["id"] = self.chance.choice([self.next_id, str(self.next_id)])
        self.depth = 0
        for _ in range(self.chance.choice([1, 1, 2, 4])):
            self.change(message)
        body = json.dumps(message, ensure_ascii=self.chance.random() < 0.8)
        data = body.encode("utf-8", "surrogatepass")
        return self.cut(data) if self.chance.random() < 0.3 else data

    def change(self, message: dict[str, Any]) -> None:
        """Replaces, removes, adds or wraps one member somewhere."""
        places = list(_places(message))
        container, key = self.chance.choice(places)
        deed = self.chance.random()
        if container is message and key == "method" and deed < 0.7:
            message["method"] = self.chance.choice(METHODS)
        elif deed < 0.5:
            container[key] = copy.deepcopy(self.chance.choice(ODD))
        elif deed < 0.65:
            del container[key]
        elif deed < 0.8 and isinstance(container, dict):
            container[str(self.chance.choice(["jsonrpc", "id", "params", "x", "", "\ud800"]))] = (
                copy.deepcopy(self.chance.choice(ODD))
            )
        else:
            value = container[key]
            more = self.chance.choice([1, 3, 50, 300])
            self.depth += more
            for _ in range(more if self.depth <= DEEPEST else 1):
                value = [value] if self.chance.random() < 0.5 else {"x": value}
            container[key] = value

    def cut(self, data: bytes) -> bytes:
        """Changes the bytes themselves."""
        at = self.chance.randrange(len(data) + 1)
        kind = self.chance.randrange(4)
        if kind == 0:
            return data[:at]
        if kind == 1:
            return data[:at] + bytes([self.chance.randrange(256)]) + data[at + 1 :]
        if kind == 2:
            return (
                data[:at]
                + self.chance.choice([b"\0", b"\xff", b"{", b'"', b",", b"\n"])
                + data[at:]
            )
        return data + data[at:]


def _places(value: Any) -> Any:
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


def answer_to(body: bytes) -> Any:
    """The id under which exactly one answer must come; None for one without, ... for none."""

    def refuse(_: str) -> Any:
        raise ValueError

    try:
        message = json.loads(body.decode(), parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    if "id" not in message:
        return ...
    if "method" not in message and message.keys() & {"result", "error"}:
        return ...
    is_proper = isinstance(message["id"], int | str) and not isinstance(message["id"], bool)
    return message["id"] if is_proper else None


def is_harmless(body: bytes) -> bool:
    """Whether it leaves the server up, and files alone that are not the test's."""
    try:
        message = json.loads(body.decode())
    except (ValueError, RecursionError):
        return True
    if not isinstance(message, dict):
        return True
    return message.get("method") not in ("exit", "shutdown") and b'"destination"' not in body


def test_mutated_frames_are_each_answered_once(
    start: Start, exports: Path, store_path: Path
) -> None:
    client = start()
    client.request("hfs/import", {"content": json.dumps(whole_document("kept", 5))})
    mutator = Mutator(random.Random(effort.SEED), exports)
    tried, seen_ids = 0, set()
    codes: dict[Any, int] = {}
    for _ in effort.rounds(quick=40):
        burst: list[bytes] = []
        without_id = 0
        wanted: list[Any] = []
        while len(burst) < BURST:
            body = mutator.body()
            answer = answer_to(body)
            if not is_harmless(body) or (answer in seen_ids if answer is not ... else False):
                continue
            burst.append(body)
            if answer is None:
                without_id += 1
            elif answer is not ...:
                seen_ids.add(answer)
                wanted.append(answer)
                client.expect_reply(answer)
        try:
            for body in burst:
                client.send_body(body)
            for answer in wanted:
                reply = client.reply(answer)
                code = reply["error"]["code"] if "error" in reply else "result"
                codes[code] = codes.get(code, 0) + 1
                assert code == "result" or code in ALLOWED_CODES, (reply, answer)
            for _ in range(without_id):
                assert client.error_without_id().code in (-32700, -32600)
            client.request("hfs/listSessions", {"limit": 1})
            client.check()
        except AssertionError:
            folder = exports.parent / "burst.txt"
            folder.write_bytes(b"\n".join(burst))
            print(f"seed {effort.SEED}, after {tried} messages; the last ones: {folder}")
            raise
        client.forget()
        tried += len(burst)
    print(f"{tried} messages; answers: {codes}")
    assert name_of("kept", 5) in check_store(store_path)


FRAMINGS = [b"Content-Length: ", b"\r\n\r\n", b": ", b"\r\n", b"Content-Type: x\r\n"]


def mutated_stream(chance: random.Random) -> bytes:
    """Some frames, with their headers and lengths changed."""
    bodies = [b'{"jsonrpc":"2.0","id":%d,"method":"hfs/listSessions"}' % n for n in range(3)]
    stream = bytearray(b"".join(b"Content-Length: %d\r\n\r\n%b" % (len(b), b) for b in bodies))
    for _ in range(chance.choice([1, 2, 5])):
        at = chance.choice([chance.randrange(24), chance.randrange(len(stream))])
        deed = chance.randrange(3)
        if deed == 0:
            stream[at : at + 1] = bytes([chance.randrange(256)])
        elif deed == 1:
            del stream[at : at + chance.choice([1, 1, 3])]
        else:
            stream[at:at] = chance.choice(FRAMINGS)
    return bytes(stream)


def test_mutated_headers_are_read_or_the_framing_is_lost() -> None:
    chance = random.Random(effort.SEED)
    read = lost = 0
    for _ in effort.rounds(quick=5000, share=0.3):
        stream = mutated_stream(chance)
        try:
            read += len([*frames(BytesIO(stream))])
        except FramingError:
            lost += 1
    print(f"read {read} frames; lost the framing {lost} times")
    assert min(read, lost) > 100


def test_a_server_that_gets_mutated_headers_ends_with_0_or_1(home: Path) -> None:
    chance = random.Random(effort.SEED)
    for _ in effort.rounds(quick=6, share=0.5):
        stream = mutated_stream(chance)
        try:
            expected = [*frames(BytesIO(stream))] and 0
        except FramingError:
            expected = 1
        client = Client(home)
        client.may_be_cut_off = True
        client.send_bytes(stream)
        client.end_input()
        try:
            assert client.wait_for_end() == expected, stream
            assert client.stray is None, stream
            assert len(client.stderr.splitlines()) == expected, client.stderr
        finally:
            client.dispose()
