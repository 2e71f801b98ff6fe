"""A store behind a network that is lost: every request is answered, and the server goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hfs_server.store.address import Address
from testing.client import Client
from testing.command_line import check_one_clear_line, hfs
from testing.documents import document, text
from testing.postgresql import Server
from testing.proxy import Loss, Proxy, proxy
from testing.timing import Measured, check_promise, measuring

ANSWER_SECONDS = 10.0
END_SECONDS = 2.0
KINDS = {"storeBusy", "storeUnusable"}
REQUESTS = {
    "hfs/listSessions": {},
    "hfs/search": {"query": "word"},
    "hfs/statistics": {},
    "hfs/import": {"content": text(document("More"))},
    "hfs/renameSession": {"sessionId": 1, "name": "Other"},
    "hfs/deleteSession": {"sessionId": 1},
    "hfs/findSession": {"sessionId": 1},
    "hfs/export": {"sessionId": 1, "format": "json", "overwrite": True},
    "workspace/textDocumentContent": {"uri": "hfs:/sessions/1.md"},
}
WORDS = ("list", "import more.json", "doctor")
ENDS = ("shutdown and exit", "end of input")


@pytest.fixture
def between(postgresql: Server) -> Iterator[Proxy]:
    with proxy(postgresql) as between:
        yield between


def started(home: Path, address: Address) -> Client:
    """A server that has one session in the store."""
    client = Client(home)
    client.initialize(
        databasePath=address.connection_string, exportDirectory=str(home), logLevel="error"
    )
    client.request("hfs/import", {"content": text(document("One"))})
    client.request("hfs/search", {"query": "word"})
    return client


@pytest.mark.quiet
def test_all_requests_are_answered_in_ten_seconds_and_others_meanwhile(
    home: Path, between: Proxy, database: Address
) -> None:
    def attempt() -> Measured:
        client = started(home, between.address(database))
        between.lose("half-open")
        try:
            with measuring(home) as measured:
                sent = [client.send(method, params) for method, params in REQUESTS.items()]
                # What needs no store is answered at once.
                assert client.refusal("hfs/nothing").code == -32601
                with client.changed:
                    assert not any(each.get("id") in sent for each in client.received)
                refusals = [client.refusal_of(each) for each in sent]
            assert {each.kind for each in refusals} <= KINDS
            between.heal()
            assert len(client.request("hfs/listSessions")["sessions"]) == 1
            assert client.request("hfs/export", REQUESTS["hfs/export"])["messageCount"] == 2
            client.finish()
        finally:
            between.heal()
            client.dispose()
        return measured

    check_promise(ANSWER_SECONDS, attempt)


@pytest.mark.quiet
@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("method", ["hfs/listSessions", "hfs/import"])
def test_a_server_ends_in_two_seconds_while_it_waits_for_the_network(
    home: Path, between: Proxy, database: Address, end: str, method: str
) -> None:
    def attempt() -> Measured:
        client = started(home, between.address(database))
        between.lose("both")
        client.may_be_cut_off = True
        try:
            client.send(method, REQUESTS[method])
            client.refusal("hfs/nothing")
            with measuring(home) as measured:
                if end == "end of input":
                    client.end_input()
                else:
                    client.send("shutdown")
                    client.notify("exit")
                client.wait_for_end()
        finally:
            between.heal()
            client.dispose()
        return measured

    check_promise(END_SECONDS, attempt)


@pytest.mark.quiet
def test_work_is_cancelled_in_two_seconds_while_the_network_is_silent(
    home: Path, between: Proxy, database: Address
) -> None:
    def attempt() -> Measured:
        client = started(home, between.address(database))
        between.lose("both")
        try:
            request = client.send("hfs/statistics")
            client.refusal("hfs/nothing")
            with measuring(home) as measured:
                client.cancel(request)
                assert client.refusal_of(request).code == -32800
            between.heal()
            client.finish()
        finally:
            between.heal()
            client.dispose()
        return measured

    check_promise(END_SECONDS, attempt)


@pytest.mark.quiet
@pytest.mark.parametrize("words", WORDS)
def test_a_command_ends_in_ten_seconds_with_one_line(
    home: Path, between: Proxy, database: Address, words: str
) -> None:
    address = between.address(database)
    (home / "more.json").write_text(text(document("More")), "utf-8")
    assert hfs(home, "--database", address.connection_string, "import", "more.json").returncode == 0

    def attempt() -> Measured:
        with measuring(home) as healthy:
            hfs(home, "--database", address.connection_string, *words.split())
        between.lose("both", after=100 if words == "doctor" else 600)
        with measuring(home) as measured:
            done = hfs(home, "--database", address.connection_string, *words.split())
        between.heal()
        if words == "doctor":
            assert "did not answer" in done.stdout or "does not answer" in done.stdout
        else:
            check_one_clear_line(done)
        # What starting and ending took is not the wait.
        measured.took -= healthy.took
        return measured

    check_promise(ANSWER_SECONDS, attempt)


def test_a_server_goes_on_when_the_network_comes_and_goes(
    home: Path, between: Proxy, database: Address
) -> None:
    client = started(home, between.address(database))
    losses: tuple[Loss, ...] = ("both", "half-open")
    for number, loss in enumerate(losses):
        between.lose(loss)
        lost = client.refusal("hfs/import", {"content": text(document(f"Lost {number}"))})
        assert lost.kind in KINDS
        between.heal()
        assert len(client.request("hfs/listSessions")["sessions"]) == number + 1
        client.request("hfs/import", {"content": text(document(f"Session {number}"))})
    client.finish()
