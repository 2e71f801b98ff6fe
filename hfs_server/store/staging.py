"""A session that is read to its end, before anything of it is committed to the store.

Its rows are in memory, or in a temporary file if it is large. Nobody is locked out by that.
"""

from __future__ import annotations

import marshal
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

from hfs_server.errors import StoreUnusable
from hfs_server.session import Batch, JsonObject
from hfs_server.store.comparing import Message, Outline, Parts, checkpoint_outline
from hfs_server.store.rows import checkpoint_row, object_in
from hfs_server.store.staged_rows import MessageRow, StagedRows
from hfs_server.temporary import no_room
from hfs_server.timestamps import now

_MEMORY_BYTES = 16 << 20
"""How much is held in memory before the file is used."""
_MESSAGE, _CHECKPOINT = 0, 1

Row = tuple[Any, ...]


class _Rows(NamedTuple):
    """Rows of one kind: in memory, or where they are in the file."""

    kind: int
    length: int
    data: bytes
    start: int = 0
    size: int = 0


class StagedSession(StagedRows):
    """The parts of one session. It must be closed."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[_Rows] = []
        self.size = 0
        """How many bytes are in memory."""
        self._file: IO[bytes] | None = None
        self._original: tuple[int, int, int, Counter[str]] = (0, 0, 0, Counter())
        """What is known of the part that the original has."""
        self._begun = ""
        self._times: dict[int, str] = {}
        self._untimed: set[int] = set()

    def close(self) -> None:
        """Removes the rows."""
        self._rows.clear()
        if self._file is not None:
            self._file.close()

    def stage(self, batches: Iterator[Batch], until: float) -> bool:
        """Stages batches up to a time of ``time.monotonic()``; False after the last one."""
        for batch in batches:
            messages = [*batch.messages]
            rows = self.message_rows(messages)
            self._note(messages, rows)
            self._write(_MESSAGE, rows)
            self._write(_CHECKPOINT, [*map(self._checkpoint, batch.checkpoints)])
            if time.monotonic() >= until:
                return True
        return False

    def end(self, created_at: str | None) -> None:
        """Gives parts without a time one that sorts correctly: that of the part before them."""
        self._begun = self.begun(created_at or now())
        if not self._untimed:
            return
        last = self._begun
        for number, row in enumerate(self.messages(), start=1):
            last = row[2]
            if number in self._untimed:
                self._times[number] = last
        self._times |= dict.fromkeys(self._untimed - self._times.keys(), last)

    def end_of_original(self) -> None:
        """Says that what is added from now on is not in the original."""
        counts = self.message_count, self.checkpoint_count
        self._original = (len(self._rows), *counts, Counter(self.usage))

    def remove_added(self) -> None:
        """Removes what was added since then."""
        count, self.message_count, self.checkpoint_count, usage = self._original
        del self._rows[count:]
        self.usage = Counter(usage)

    def add_stored(self, messages: Sequence[Row], checkpoints: Sequence[Row]) -> None:
        """Adds rows that the store has."""
        for *_, extra in messages:
            self.add_usage(object_in(extra).get("usage"))
        self.message_count += len(messages)
        self.checkpoint_count += len(checkpoints)
        self._write(_MESSAGE, messages)
        self._write(_CHECKPOINT, checkpoints)

    def parts(self) -> Parts:
        """Messages and checkpoints, for a comparison."""
        return Parts(self._messages, self._checkpoint_outlines)

    def messages(self, start: int = 0) -> Iterator[Row]:
        """Role, content, time and extra keys of the messages after so many."""
        return chain.from_iterable(self.message_lists(start))

    def message_lists(self, start: int = 0, end: int | None = None) -> Iterator[list[Row]]:
        """The same up to ``end``, in lists of bounded size."""
        first, begun = 0, self._begun
        for part in self._rows_of(_MESSAGE):
            if start < first + part.length and (end is None or first < end):
                rows = self._read(part)[max(0, start - first) : end and max(0, end - first)]
                if first < self.leading_untimed:
                    rows = [(*said, at or begun, extra) for *said, at, extra in rows]
                yield rows
            first += part.length

    def checkpoints(self) -> Iterator[Row]:
        """Index, trigger, state, time and extra keys of the checkpoints."""
        for part in self._rows_of(_CHECKPOINT):
            for index, trigger, state, created_at, extra in self._read(part):
                begun = created_at or self._times.get(max(1, index), self._begun)
                yield index, trigger, state, begun, extra

    def _write(self, kind: int, rows: Sequence[Row]) -> None:
        if not rows:
            return
        data = marshal.dumps([*rows])
        if self.size < _MEMORY_BYTES:
            self.size += len(data)
            self._rows.append(_Rows(kind, len(rows), data))
            return
        try:
            self._rows.append(_Rows(kind, len(rows), b"", self._append(data), len(data)))
        except OSError as error:
            raise StoreUnusable(no_room(error)) from None

    def _append(self, data: bytes) -> int:
        """Writes to the end of the file, and returns where that was."""
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115 - It is closed above.
        start = self._file.seek(0, os.SEEK_END)
        self._file.write(data)
        return start

    def _note(self, messages: Sequence[JsonObject], rows: Sequence[MessageRow]) -> None:
        """Notes what an engine needs besides the rows."""

    def _checkpoint(self, checkpoint: JsonObject) -> Row:
        row = checkpoint_row(checkpoint)
        index, _, _, created_at, _ = row
        self.checkpoint_count += 1
        if created_at is None:
            self._untimed.add(max(1, index))
        return row

    def _messages(self) -> Iterator[Message]:
        for number, row in enumerate(self.messages(), start=1):
            yield Message(number, *row)

    def _checkpoint_outlines(self) -> Iterator[Outline]:
        for number, (index, trigger, *rest) in enumerate(self.checkpoints(), start=1):
            yield checkpoint_outline((number, f"{trigger} {index}", *rest))

    def _rows_of(self, kind: int) -> Iterator[_Rows]:
        return (part for part in self._rows if part.kind == kind)

    def _read(self, part: _Rows) -> list[Row]:
        """Rows. Another reader may move the position in the file meanwhile."""
        data = part.data
        if self._file is not None and not data:
            self._file.seek(part.start)
            data = self._file.read(part.size)
        rows: list[Row] = marshal.loads(data)  # noqa: S302 - We wrote it.
        return rows
