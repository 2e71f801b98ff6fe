"""What SqliteStore adds to its modules: noticing changes, without loading what is not needed."""

import subprocess
import sys

import pytest

from tests.unit.store.sqlite.sessions import execute, message, save, use


def test_every_change_is_noticed_whichever_program_makes_it(path):
    async def work(store):
        marks = [await store.change_mark(), await store.change_mark()]
        await save(store)
        marks.append(await store.change_mark())
        execute(path, "DELETE FROM sessions")
        marks.append(await store.change_mark())
        return marks

    first, same, after_ours, after_another = use(path, work)
    assert first == same
    assert len({first, after_ours, after_another}) == 3


@pytest.mark.parametrize("query", [None, "n"])
def test_the_first_page_is_read_without_loading_an_event_loop(path, query):
    use(path, lambda store: save(store, [message()]))
    script = (
        "import sys; from pathlib import Path; from hfs_server.store import open_store;"
        f"page = open_store(Path(sys.argv[1])).list_now(50, {query!r});"
        "assert page is not None and len(page.sessions) == 1;"
        "assert not {'asyncio', 'aiosqlite', 'pydantic', 'ijson'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, path], check=True)
