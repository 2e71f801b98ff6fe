"""A session that the user named keeps its name and its place."""

from __future__ import annotations

from testing.terminal import Terminal
from tests.unit.store.sqlite.deletions import everything
from tests.unit.store.sqlite.sessions import message, names, save, use


def test_only_the_name_changes(path):
    async def work(store):
        for number in range(3):
            await save(store, [message(f"{number}")], name=f"{number}")
        before = everything(path, 1)
        expected = [*await names(store)]
        renamed = await store.rename(1, "a\nname \U0001f9e9")
        assert (renamed.id, renamed.name) == (1, "a\nname \U0001f9e9")
        before["sessions"][0]["name"] = "a\nname \U0001f9e9".encode()
        assert everything(path, 1) == before
        assert await names(store) == ["a\nname \U0001f9e9" if n == "0" else n for n in expected]

    use(path, work)
    with Terminal(path) as terminal:
        assert terminal.names()[1] == "a\nname \U0001f9e9"
