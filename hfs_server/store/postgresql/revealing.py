"""Whether an import would show others of a team what a redaction has hidden from them.

The rule not to break: text that was redacted in a session that others see is never replaced by
text with fewer markers. Only its owner decides that, by hiding the session first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hfs_server.store.incoming import IncomingSession
from hfs_server.store.postgresql.connections import Raw
from hfs_server.store.postgresql.existing import StoredSession
from hfs_server.store.postgresql.snapshot import CHECKPOINTS, MESSAGES, rows_of
from hfs_server.store.postgresql.staging import StagedSession
from hfs_server.store.rows import is_marked_redacted

_MARKER = re.compile(r"\[REDACTED:([^\]:\s]+)")
_ROWS_TOGETHER = 1_000


def with_revealing(
    raw: Raw, sessions: Sequence[StoredSession], incoming: IncomingSession[StagedSession]
) -> list[StoredSession]:
    """The sessions, each with whether the imported one would reveal what it hides."""
    return [each._replace(reveals=_reveals(raw, each, incoming)) for each in sessions]


def _reveals(raw: Raw, stored: StoredSession, incoming: IncomingSession[StagedSession]) -> bool:
    if not stored.is_shared or not is_marked_redacted(stored.row.hfs_extra):
        return False
    row, staged = incoming.row(), incoming.staged
    if not is_marked_redacted(row.hfs_extra):
        return True
    hidden, kept = _markers([stored.row]), _markers([row])
    if stored.digest != staged.digest:
        for sql in (MESSAGES, CHECKPOINTS):
            hidden |= _markers(rows_of(raw, sql, stored.id, _ROWS_TOGETHER))
        kept |= _markers(staged.messages()) | _markers(staged.checkpoints())
    return not hidden <= kept


def _markers(rows: Iterable[Sequence[object]]) -> set[str]:
    """The names of the secrets that markers stand for."""
    texts = (each for row in rows for each in row if isinstance(each, str))
    return {name for each in texts for name in _MARKER.findall(each)}
