"""How long an import holds the store's lock, as another program sees it that writes meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import stores
from tests.torture import harness

MESSAGES = 1_000_000 if harness.IS_LONG else 100_000
LONGEST_SECONDS = 4.0 if harness.IS_LONG else 1.0
"""What the terminal program must never wait for, at this size."""


def message(characters: int) -> str:
    said = "x" * characters
    return f'{{"role": "user", "content": "{said}", "created_at": "2026-02-01T10:00:00Z"}}'


def checkpoint(characters: int) -> str:
    state = "x" * characters
    return (
        f'{{"trigger": "t", "message_index": 1, "created_at": null, "state": {{"a": "{state}"}}}}'
    )


def write(path: Path, messages: Iterator[str], checkpoints: Iterator[str]) -> Path:
    """A document of the old shape, part by part."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"session_name": "Long", "messages": [')
        for parts, end in ((messages, '], "checkpoints": ['), (checkpoints, "]}")):
            for number, part in enumerate(parts):
                file.write("," * (number > 0) + part)
            file.write(end)
    return path


class Writer(threading.Thread):
    """Writes to the store again and again, and keeps how long it had to wait at most."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path = path
        self.stop = threading.Event()
        self.waits: list[float] = []

    def run(self) -> None:
        with stores.opened(self.path, timeout=60) as connection:
            while not self.stop.is_set():
                begun = time.monotonic()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
                self.waits.append(time.monotonic() - begun)
                self.stop.wait(0.005)


@pytest.mark.parametrize(
    ("messages", "said", "checkpoints"),
    [(MESSAGES, 60, 0), (MESSAGES, 0, 0), (10, 60, MESSAGES // 4)],
    ids=["short messages", "empty messages", "checkpoints"],
)
def test_nobody_waits_for_a_large_import(
    home: Path, store_path: Path, messages: int, said: int, checkpoints: int
) -> None:
    file = write(
        home / "large.json",
        (message(said) for _ in range(messages)),
        (checkpoint(400) for _ in range(checkpoints)),
    )
    assert harness.hfs(home, "--database", store_path, "list").returncode == 0
    writer = Writer(store_path)
    writer.start()
    done = harness.hfs(home, "--database", store_path, "import", file, within=580)
    writer.stop.set()
    writer.join(60)
    assert done.returncode == 0, done.stderr
    sizes = stores.counts(store_path)
    assert (sizes["messages"], sizes["checkpoints"]) == (messages, checkpoints)
    print(f"waited {max(writer.waits):.2f} s at most, of {len(writer.waits)} times")
    assert len(writer.waits) > 10
    assert max(writer.waits) < LONGEST_SECONDS
