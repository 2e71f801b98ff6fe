"""Sessions that are read to their end before anything is committed, in memory or in a file."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.importers.hfs_json import batches
from hfs_server.store import staging
from hfs_server.store.address import StorePlace
from hfs_server.store.staged_rows import StagedRows
from tests.unit.store.sqlite.sessions import message, read, save, use

TIMES = (None, "2026-02-01T10:30:00.250184Z", "2026-02-01T10:30:01Z")
STATE = {"trigger": "t", "message_index": 2, "created_at": None, "state": {"a": [1, "🙂"]}}


@pytest.mark.parametrize("in_memory", [0, 600])
def test_a_session_that_does_not_fit_into_memory_is_saved_as_any_other(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    monkeypatch.setattr(staging, "_MEMORY_BYTES", in_memory)
    monkeypatch.setattr(batches, "_MOST_PARTS", 3)
    messages = [message(f"{number} 🙂", TIMES[min(number // 4, 2)]) for number in range(20)]
    checkpoints = [STATE, {**STATE, "message_index": 19}]
    session_id = use(place, lambda store: save(store, messages, checkpoints))
    _, found, states = use(place, lambda store: read(store, session_id))
    assert (found, states) == (messages, checkpoints)


def test_a_folder_for_temporary_files_that_cannot_be_written_is_named(
    place: StorePlace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(staging, "_MEMORY_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(StoreUnusable, match="The folder for temporary files cannot be written"):
        use(place, lambda store: save(store, [message()]))
    monkeypatch.undo()
    assert use(place, lambda store: save(store, [message()])) == 1


@pytest.mark.parametrize(
    "times",
    [
        TIMES,
        TIMES[1:],
        TIMES[1:2],
        TIMES[2:],
        ("2026-02-01T10:30:00.5Z", *TIMES),
        (*TIMES[1:], None),
    ],
    ids=str,
)
def test_rows_are_the_same_whether_they_are_made_together_or_one_by_one(
    times: tuple[str | None, ...],
) -> None:
    messages = [message(f"{number}", time) for number, time in enumerate(times)]
    together, single = StagedRows(), StagedRows()
    rows = [row for each in messages for row in single.message_rows([each])]
    assert together.message_rows(messages) == rows == [*map(StagedRows()._message_row, messages)]
    assert vars(together) == vars(single)
    assert together.message_rows([]) == []
