"""What is sent to the server and is no proper message: answered once, or the end with 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import abuse, stores
from tests.e2e.abuse import BAD_PARAMS, INVALID, RESULT, Answers
from tests.e2e.client import Client, Refused
from tests.e2e.conftest import Start
from tests.e2e.documents import document, message, text

PING = {"jsonrpc": "2.0", "method": "hfs/listSessions", "params": {"limit": 1}}


def code_of(answer: Any) -> int:
    return answer["error"]["code"] if "error" in answer else RESULT


def begin_anew(client: Client) -> None:
    """Lets ids be used again."""
    client.check()
    client.forget()


def heard(client: Client, answers: Answers) -> None:
    """Waits for these answers; that no others came is what every test checks in the end."""
    for message_id in dict.fromkeys(message_id for message_id, _ in answers):
        codes = [code for answered, code in answers if answered == message_id]
        found = [code_of(part) for part in wait_for_replies(client, message_id, len(codes))]
        assert found == codes, client.received
        if message_id is None:
            for _ in codes:
                client.unidentified_refusal()


def wait_for_replies(client: Client, message_id: Any, count: int) -> list[Any]:
    def found() -> Any:
        same = [part for part in client.received if "id" in part and part["id"] == message_id]
        return same if len(same) >= count else None

    return client.wait_for(f"{count} replies to {message_id!r}", found)


@pytest.mark.parametrize(
    ("data", "answers"),
    [pytest.param(data, answers, id=name[:40]) for name, data, answers in abuse.MESSAGES],
)
def test_every_message_has_its_answers_and_no_more(
    shared: Client, data: bytes, answers: Answers
) -> None:
    begin_anew(shared)
    for message_id, _ in answers:
        if message_id is not None:
            shared.expect_reply(message_id)
    shared.send_bytes(data)
    heard(shared, answers)
    assert shared.request("hfs/listSessions", {"limit": 1})["sessions"] != []
    assert all(len(part["error"]["message"]) < 300 for part in shared.received if "error" in part)


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in abuse.STREAMS])
def test_lost_framing_ends_the_server_with_1(launch: Start, tmp_path: Path, data: bytes) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    assert client.request("hfs/listSessions")["sessions"] == []
    was_whole = data.startswith(abuse.frame(abuse.PING)[:-1])
    if was_whole:
        client.expect_reply("a")
    client.send_bytes(data)
    assert client.wait_for_end() == 1
    assert len(client.stderr.splitlines()) == 1


@pytest.mark.parametrize("data", abuse.CUT_OFF, ids=repr)
def test_input_that_ends_within_a_message_ends_the_server_with_1(
    launch: Start, data: bytes
) -> None:
    client = launch()
    # It has set itself up when it answers.
    assert client.refusal("hfs/listSessions").code == abuse.TOO_EARLY
    client.send_bytes(data)
    client.end_input()
    assert client.wait_for_end() == 1


class Life:
    """What is said to a fresh server, in one word each."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.options = {"databasePath": str(folder / "sessions.db")}

    def say(self, word: str) -> int | None:
        """Says it, and gives the id where it is a request."""
        send, notify = self.client.send, self.client.notify
        match word:
            case "end":
                return self.client.end_input()
            case "exit" | "initialized":
                return notify(word)
            case "cancel":
                return notify("$/cancelRequest", {"id": 1})
            case "odd-note":
                return notify("textDocument/didOpen", 5)
            case "shutdown-note":
                return notify("shutdown")
            case "initialize":
                return send("initialize", {"initializationOptions": self.options})
            case "bad-initialize":
                return send("initialize", [5])
            case "odd-shutdown":
                return send("shutdown", [1, {"jsonrpc": "2.0"}])
            case "exit-request":
                return send("exit")
            case "list":
                return send("hfs/listSessions")
            case "command":
                return send("workspace/executeCommand", {"command": "hfs.server.listSessions"})
        return send({"unknown": "hfs/unknown"}.get(word, word))


@pytest.mark.parametrize(
    ("words", "codes", "exit_code"), [pytest.param(*row[1:], id=row[0]) for row in abuse.LIVES]
)
def test_every_order_of_a_life_has_its_answers(
    launch: Start, tmp_path: Path, words: str, codes: list[int], exit_code: int | None
) -> None:
    client = launch()
    life = Life(client, tmp_path)
    requests = [life.say(word) for word in words.split()]
    found = [code_of(client.reply(number)) for number in requests if number is not None]
    assert found == codes
    if exit_code is not None:
        assert client.wait_for_end() == exit_code
    else:
        life.say("odd-note")
        client.reply(client.send("hfs/listSessions"))
        assert client.process.poll() is None


@pytest.mark.parametrize(
    "params",
    [
        {"rootUri": "http://[x"},
        {"rootPath": "\ud800"},
        {"workspaceFolders": [{"uri": "\ud800", "name": 5}, None], "trace": 5, "locale": []},
        {"clientInfo": {}, "workDoneToken": [], **abuse.HOSTILE},
        {"capabilities": abuse.HOSTILE, "processId": "4711"},
        {"processId": -(2**70), "initializationOptions": abuse.HOSTILE},
        {"processId": 2**70, "initializationOptions": {"databasePath": abuse.HOSTILE}},
    ],
    ids=lambda params: str(params)[:40],
)
def test_what_initialize_has_beyond_need_wedges_nothing(
    launch: Start, tmp_path: Path, params: dict[str, Any]
) -> None:
    client = launch()
    options = params.get("initializationOptions", {})
    given = {"databasePath": str(tmp_path / "sessions.db"), **options}
    client.initialize({**params, "initializationOptions": given})
    if "databasePath" not in options:
        assert client.request("hfs/listSessions")["sessions"] == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON: it cannot be read from character 1 on"),
        (b"\xff", "not text in UTF-8"),
        (b'{"id": NaN}', "no NaN and no Infinity"),
        (b'{"x": %s1%s}' % (b"[" * 9000, b"]" * 9000), "nested too deeply"),
        (b'{"x": -%s}' % (b"1" * 4321), "a whole number of 4,322 digits"),
    ],
    ids=lambda value: str(value[:30]),
)
def test_what_cannot_be_read_is_answered_with_the_reason(
    shared: Client, body: bytes, words: str
) -> None:
    begin_anew(shared)
    shared.send_body(body)
    assert words in shared.unidentified_refusal().message


def test_initialized_counts_once(launch: Start, tmp_path: Path) -> None:
    client = launch()
    client.initialize(databasePath=str(tmp_path / "sessions.db"), logLevel="loud")
    for _ in range(5):
        client.notify("initialized", {})
    client.request("hfs/listSessions")
    assert len(client.notifications("window/showMessage")) == 1


def test_frames_may_come_in_any_pieces(shared: Client) -> None:
    begin_anew(shared)
    data = abuse.request("piece 1") + abuse.request("piece 2")
    for message_id in ("piece 1", "piece 2"):
        shared.expect_reply(message_id)
    for position in range(len(data)):
        shared.send_bytes(data[position : position + 1])
    heard(shared, [("piece 1", RESULT), ("piece 2", RESULT)])


def test_an_id_may_be_used_again_but_not_at_the_same_time(
    server: Client, store_path: Path, large_file: Any
) -> None:
    large = {"jsonrpc": "2.0", "id": "same", "method": "hfs/import"}
    server.request("hfs/listSessions")
    with stores.held(store_path):
        server.send_message({**large, "params": {"uri": large_file.as_uri(), "workDoneToken": 1}})
        server.wait_for_progress(1, 0)
        server.send_message({**PING, "id": "same"})
        assert server.refusal_of("same").code == INVALID
        server.cancel("same")
        assert code_of(wait_for_replies(server, "same", 2)[1]) == -32800
    server.send_message({**PING, "id": "same"})
    assert code_of(wait_for_replies(server, "same", 3)[2]) == RESULT


def test_only_its_own_id_cancels_a_request(server: Client, large_file: Any) -> None:
    params = {"uri": large_file.as_uri(), "workDoneToken": 1}
    begin_anew(server)
    server.send_message({"jsonrpc": "2.0", "id": 1, "method": "hfs/import", "params": params})
    server.wait_for_progress(1, 0)
    for other in (True, 1.0, "1", [1], {"id": 1}, None, -1):
        server.notify("$/cancelRequest", {"id": other})
        server.notify("window/workDoneProgress/cancel", {"token": other})
    assert server.result(1)["sessions"][0]["messageCount"] > 0


def test_many_requests_at_once_are_all_answered(shared: Client) -> None:
    ids = [shared.send("hfs/listSessions", {"limit": 1 + number % 3}) for number in range(300)]
    for request_id in ids:
        assert shared.result(request_id)["sessions"] != []


def test_answers_hold_no_traceback(shared: Client) -> None:
    errors: list[Refused] = [
        shared.refusal("hfs/unknown"),
        shared.refusal("hfs/export", {"sessionId": 1, "format": "x"}),
        shared.refusal("hfs/import", {"content": "{"}),
    ]
    for error in errors:
        assert "Traceback" not in str(error)
        assert ".py" not in str(error)


NOISE = """
import os, subprocess, sys

def noise(event, arguments):
    loads = event == "import" and arguments[0].split(".")[0] in ("pygls", "lsprotocol", "pydantic")
    if loads or event in ("sqlite3.connect", "os.unlink", "tempfile.mkstemp"):
        print("noise of a library", flush=True)
        os.write(1, b"Content-Length: 5\\r\\n\\r\\nnoise")
        if event == "sqlite3.connect":
            subprocess.run(["sh", "-c", "echo noise of a child; cat"])

sys.addaudithook(noise)
if "PYTHONUNBUFFERED" not in os.environ:
    # It stands in a buffer when stdout is claimed.
    print("noise of early times")
"""


@pytest.mark.parametrize("environment", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["", "unbuffered"])
def test_large_replies_side_by_side_and_a_library_that_prints_leave_stdout_clean(
    launch: Start, tmp_path: Path, environment: dict[str, str]
) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOISE, encoding="utf-8")
    client = launch(environment={**environment, "PYTHONPATH": str(tmp_path)})
    client.initialize(databasePath=str(tmp_path / "sessions.db"))
    large = text(document("Large", *(message("x" * 10_000) for _ in range(300))))
    client.request("hfs/import", {"content": large})
    uri = {"uri": "hfs:/sessions/1.json"}
    ids = [client.send("workspace/textDocumentContent", uri) for _ in range(12)]
    ids += [client.send("hfs/listSessions") for _ in range(100)]
    ids += [client.send("workspace/textDocumentContent", uri) for _ in range(12)]
    sizes = {len(json.dumps(client.result(request_id))) > 3_000_000 for request_id in ids}
    assert sizes == {True, False}
    assert "noise of a library" in client.stderr
    assert "noise of a child" in client.stderr
    assert ("noise of early times" in client.stderr) == (not environment)


SPOILT = [
    "UPDATE sessions SET name = 9e999",
    "UPDATE sessions SET name = x'ff', created_at = -9e999, updated_at = 9e999",
    "UPDATE messages SET role = 9e999, content = -9e999, created_at = 9e999",
    "UPDATE messages SET role = x'ff00', content = x'eda080', created_at = x''",
    "UPDATE checkpoints SET message_index = 9e999, trigger_event = -9e999, state_json = 9e999",
    "UPDATE checkpoints SET message_index = x'ff', trigger_event = x'ff', state_json = x'ff'",
    "UPDATE checkpoints SET message_index = -9223372036854775807 - 1",
    """UPDATE checkpoints SET state_json = '[NaN, 1e400, "\\ud800"]'""",
]


@pytest.mark.parametrize("sql", SPOILT)
def test_values_that_json_cannot_hold_leave_the_store_as_json(
    server: Client, store_path: Path, sql: str
) -> None:
    moment = {"trigger": "t", "message_index": 1, "state": {}}
    server.request("hfs/import", {"content": text(document(checkpoints=[moment]))})
    with stores.opened(store_path) as connection:
        connection.execute(sql)
    assert len(server.request("hfs/listSessions")["sessions"]) == 1
    for ending in ("md", "json"):
        uri = {"uri": f"hfs:/sessions/1.{ending}"}
        content = server.request("workspace/textDocumentContent", uri)["text"]
    server.request("hfs/import", {"content": content})


def test_the_table_is_a_table() -> None:
    rows = [row[0] for row in (*abuse.MESSAGES, *abuse.STREAMS, *abuse.LIVES)]
    assert len(rows) > 200
    assert len(set(rows)) == len(rows)
    assert BAD_PARAMS in {code for _, _, answers in abuse.MESSAGES for _, code in answers}
