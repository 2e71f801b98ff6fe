"""Pages in a real browser: what it makes of them, what it runs, and what it loads."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hfs_server.exporters import SessionOverview
from hfs_server.session import JsonObject, SessionHeader
from testing.waiting import PATIENCE_SECONDS
from tests.unit.exporters.html.attacks import HOST
from tests.unit.exporters.html.pages import Element, entries, page, read
from tests.unit.exporters.html.test_attacks import TEXTS, calls, last_words
from tests.unit.exporters.markdown.test_dom import SAID, snapshot_of
from tests.unit.exporters.markdown.test_tool_messages_dom import session_with

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs the program chromium")

OF_THE_BROWSER = ("google.com", "googleapis.com", "gstatic.com", "gvt1.com")
RULES = ",".join(f"MAP *.{host} ^NOTFOUND,MAP {host} ^NOTFOUND" for host in OF_THE_BROWSER)
"""What the browser asks for by itself is not found."""


class Network:
    """A server that stands for every host, and counts who asks it for anything."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.asked: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            # A browser may connect in advance, and ask for nothing for a long time.
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.asked.append(connection.recv(1 << 16))
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

    def close(self) -> None:
        # Waking the thread needs more than a close.
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def network() -> Iterator[Network]:
    network = Network()
    yield network
    network.close()


def shown(html: str, folder: Path, network: Network) -> Element:
    """The elements of the page as the browser has them."""
    return read(dumped(html, folder, network).removeprefix("<!DOCTYPE html>"))


def dumped(html: str, folder: Path, network: Network) -> str:
    """The page as the browser writes it when nothing happens any more."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    assert CHROMIUM
    done = subprocess.run(
        [
            *(CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"),
            *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
            f"--host-resolver-rules={RULES},MAP * 127.0.0.1:{network.port}",
            *("--virtual-time-budget=2000", f"--user-data-dir={folder / 'profile'}"),
            file.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    return done.stdout.decode()


def test_every_attack_stays_in_its_place_and_nothing_runs_or_loads(
    tmp_path: Path, network: Network
) -> None:
    overview, messages = everything()
    found = shown(page(overview, messages), tmp_path, network)
    assert found.first("title").text() == " ".join(TEXTS["script"].split())
    assert network.asked == []
    main = found.first("main")
    articles = [name for tag, name in entries(main) if tag == "article"]
    assert articles == [f"message-{number}" for number in range(1, len(messages) + 1)]
    assert last_words(main) == SAID
    tags = {element.tag for element in main.all()}
    assert tags.isdisjoint(("script", "style", "iframe", "object", "form", "base", "link", "video"))
    names = {name for element in main.all() for name in element.attributes}
    assert [name for name in names if name.startswith("on") or name in ("style", "srcset")] == []


@pytest.mark.parametrize("name", ["script after an end", "attribute", "an open fold", "style"])
def test_an_attack_in_every_field_of_a_tool_session_stays_in_its_place(
    tmp_path: Path, network: Network, name: str
) -> None:
    found = shown(page(*session_with(TEXTS[name])), tmp_path, network)
    main = found.first("main")
    assert len(calls(main)) == 7
    assert [name for tag, name in entries(main) if tag == "article"] == [
        *("message-1", "message-2", "message-6", "message-7")
    ]
    assert last_words(main) == SAID
    assert network.asked == []


def test_the_policy_stops_what_would_get_in(tmp_path: Path, network: Network) -> None:
    """If the exporter had a hole, nothing would run or load all the same."""
    attack = (
        f"<script>document.title='RAN'</script><img src=http://{HOST}/i onerror=\"document.title="
        f"'RAN'\"><link rel=stylesheet href=http://{HOST}/l><iframe src=http://{HOST}/f></iframe>"
        f"<svg onload=\"document.title='RAN'\"></svg><style>@import url(http://{HOST}/s)</style>"
    )
    html = page(*calm()).replace(SAID, attack)
    assert "<title>calm</title>" in dumped(html, tmp_path, network)
    # It may connect in advance, but asks for nothing.
    assert [data for data in network.asked if data] == []
    # The same without the policy, which shows that this test can fail.
    bare = re.sub(r"<meta http-equiv.*?>", "", html)
    assert "<title>RAN</title>" in dumped(bare, tmp_path, network)
    assert network.asked


def test_the_script_and_the_style_of_a_page_are_those_that_its_policy_allows(
    tmp_path: Path, network: Network
) -> None:
    assert ' id="toolbar" hidden>' in page(*calm())
    found = shown(page(*calm()), tmp_path, network)
    toolbar = next(each for each in found.all() if each.id() == "toolbar")
    assert "hidden" not in toolbar.attributes


def everything() -> tuple[SessionOverview, list[JsonObject]]:
    """A session with each attack as a role, a content and a time, and one in all other fields."""
    texts = [*TEXTS.values()]
    messages = [{"role": text, "content": text, "created_at": text} for text in texts]
    messages.append({"role": "user", "content": SAID, "created_at": None})
    script = TEXTS["script"]
    checkpoints = [
        {"trigger": text, "message_index": index, "created_at": text}
        for index, text in enumerate(texts)
    ]
    header = SessionHeader(script, script, script)
    snapshot = snapshot_of(TEXTS["script after an end"])
    return SessionOverview(header, len(messages), checkpoints, snapshot), messages


def calm() -> tuple[SessionOverview, list[JsonObject]]:
    message: JsonObject = {"role": "user", "content": SAID, "created_at": None}
    return SessionOverview(SessionHeader("calm", None, None), 1, [], None), [message]
