"""What a trial of an import would have saved, so that its result is that of the import.

The rule not to break: nothing is written to the store, and nothing is kept but outlines.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Sequence
from itertools import islice
from tempfile import TemporaryFile

from hfs_server.store.comparing import Outline, Parts, compare, outline_of
from hfs_server.store.postgresql.existing import StoredSession
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.rows import SessionRow

_OUTLINES_TOGETHER = 10_000


class Trial:
    """The sessions that would have been created, updated or restored. It must be closed."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - It is closed below.
        self._tried: dict[str, list[tuple[StoredSession, Parts]]] = {}
        self._updated: set[int] = set()
        self._last = 0
        self.restored: set[int] = set()
        """The ids of deleted sessions that would have been restored."""
        self.returned: set[int] = set()
        """Those of them that were not reported yet."""

    def close(self) -> None:
        """Removes the file."""
        self._file.close()

    def restore(self, ids: Sequence[int]) -> None:
        """Notes that deleted sessions would be restored, the first one on request."""
        if ids[0] not in self.restored:
            self.returned |= set(ids) - self.restored
            self.restored |= set(ids)

    def with_tried(
        self, found: Sequence[StoredSession], identity: str, staged: StagedSession
    ) -> list[StoredSession]:
        """The sessions of an identity as they would be after what was tried before."""
        tried = [
            stored._replace(comparison=compare(parts, staged.parts()))
            for stored, parts in self._tried.get(identity, ())
        ]
        return [each for each in found if each.id not in self._updated] + tried

    def note(
        self, identity: str, row: SessionRow, staged: StagedSession, replaced: StoredSession | None
    ) -> None:
        """Notes that the staged session would be created, or would replace another one."""
        tried = self._tried.setdefault(identity, [])
        if replaced is not None:
            tried[:] = [each for each in tried if each[0].id != replaced.id]
            self._updated.add(replaced.id)
        self._last -= 1
        parts = staged.parts()
        messages = self._keep(map(outline_of, parts.messages()))
        checkpoints = self._keep(parts.checkpoints())
        kept = Parts(lambda: self._read(messages), lambda: self._read(checkpoints))
        counts = staged.message_count, staged.checkpoint_count
        tried.append((StoredSession(self._last, *counts, row, b""), kept))

    def _keep(self, outlines: Iterator[Outline]) -> list[tuple[int, int]]:
        """Writes outlines to the file; returns the place and the size of each part."""
        places = []
        while part := [tuple(each) for each in islice(outlines, _OUTLINES_TOGETHER)]:
            data = marshal.dumps(part)
            places.append((self._file.seek(0, 2), len(data)))
            self._file.write(data)
        return places

    def _read(self, places: Sequence[tuple[int, int]]) -> Iterator[Outline]:
        for place, size in places:
            self._file.seek(place)
            data = self._file.read(size)
            yield from map(Outline._make, marshal.loads(data))  # noqa: S302 - We wrote it.
