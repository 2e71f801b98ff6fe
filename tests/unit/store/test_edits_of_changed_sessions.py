"""Edits of files by sessions that go on, change, are deleted and come back, in any store."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from hfs_server.edits import KINDS
from hfs_server.edits.paths import asked_file
from hfs_server.export_session import export_to_text
from hfs_server.exporters import exporter_named
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from hfs_server.store.shapes import ImportRules
from testing.documents import document, message, text
from testing.edited_sessions import LINE, session, write
from tests.unit.store.sqlite.sessions import use

FILE = asked_file(Path("/app/a.py"))
OTHER = "discount = total / 10"
FACTS = {"schema_version": "1.1.0", "working_directory": "/app"}


async def add(store: Store, content: str) -> None:
    await import_file(store, file_of(content))


async def found(store: Store) -> list[Any]:
    """All that is found of the file, without ids."""
    await store.update_index(no_progress)
    edits = await store.edits_of_file(FILE, [LINE], KINDS, 50)
    wrote = await store.writers_of_lines(FILE, [LINE, OTHER], 50)
    assert edits.is_complete
    assert wrote.is_complete
    return [
        [(each.session.name, *each[1:]) for each in some] for some in (edits.edits, *wrote.lines)
    ]


def test_nothing_is_found_in_a_store_that_does_not_exist(place: StorePlace) -> None:
    assert use(place, found) == [[], [], []]


def test_edits_of_deleted_sessions_are_found_again_when_they_come_back(place: StorePlace) -> None:
    async def work(store: Store) -> None:
        await add(store, session("one", "/app", write("a.py", LINE)))
        before = await found(store)
        assert [len(each) for each in before] == [1, 1, 0]
        await store.delete(1)
        assert await found(store) == [[], [], []]
        await store.restore(1)
        assert await found(store) == before

    use(place, work)


def test_a_prompt_and_a_path_of_any_characters_are_shown(place: StorePlace) -> None:
    prompt = "\U0010ffff0\0" * 1_000
    path = "/app/\U0010ffff0/a.py"

    async def work(store: Store) -> list[Any]:
        calls = [{"id": "1", "name": "Write", "input": {"file_path": path, "content": LINE}}]
        said = [message(prompt), message("", "assistant", tool_calls=calls)]
        await add(store, json.dumps(document("odd", *said, metadata=FACTS)))
        await store.update_index(no_progress)
        return list((await store.writers_of_lines(asked_file(Path(path)), [LINE], 1)).lines[0])

    (edit,) = use(place, work)
    assert edit.prompt.startswith("\U0010ffff0")
    assert "\0" not in edit.prompt


def call(number: int, path: str, line: str) -> dict[str, Any]:
    given = {"file_path": path, "content": line}
    calls = [{"id": f"call-{number}", "name": "Write", "input": given}]
    return message("", "assistant", tool_calls=calls)


def failed(number: int) -> dict[str, Any]:
    return message("no", "tool", tool_call_id=f"call-{number}", is_error=True)


def some_messages(chosen: random.Random, count: int) -> list[dict[str, Any]]:
    made = []
    for _ in range(count):
        number = chosen.randrange(4)
        path = chosen.choice(["a.py", "/app/a.py", "b.py"])
        made.append(
            chosen.choice(
                [
                    message(f"Prompt {number}"),
                    call(number, path, chosen.choice([LINE, OTHER, f"{LINE}\n{OTHER}"])),
                    failed(number),
                ]
            )
        )
    return made


@pytest.mark.parametrize("seed", range(12))
def test_a_session_that_went_on_has_the_edits_of_one_that_was_read_at_once(
    place: StorePlace, tmp_path: Path, seed: int
) -> None:
    """Messages are added, or replaced by longer ones, such as the results of calls that failed."""
    chosen = random.Random(seed)
    said = some_messages(chosen, 6)
    exported: list[str] = []

    async def work(store: Store) -> list[Any]:
        for _ in range(4):
            await add(store, text(document("one", *said, metadata=FACTS)))
            await found(store)
            # An index on SQLite notices other messages by the original, which a document lacks.
            if chosen.random() < 0.5 and not isinstance(place, Path):
                which = chosen.randrange(1, len(said))
                said[which] = {**said[which], "content": f"{said[which]['content']} and more"}
                said[which]["is_error"] = chosen.random() < 0.5
            said.extend(some_messages(chosen, chosen.randrange(3)))
        ids = await store.session_ids()
        exporter = exporter_named("json")
        exported.extend([await export_to_text(store, each, exporter) for each in ids])
        return await found(store)

    async def at_once(store: Store) -> list[Any]:
        for each in exported:
            await import_file(store, file_of(each), ImportRules("copy"))
        return await found(store)

    assert use(place, work) == use(tmp_path / "other.db", at_once)
    assert exported
