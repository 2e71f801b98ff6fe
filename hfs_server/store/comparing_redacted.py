"""How a session that is staged differs from a stored one whose secrets were replaced.

The rule not to break: a message that only the store has is never given up. Which messages these
are does not follow from what they say, since other rules replace other parts of it.
"""

from __future__ import annotations

from collections import Counter

from hfs_server.store.comparing import Comparison, Message, Outline, Parts, compare, place_of
from hfs_server.store.rows import SessionRow, is_marked_redacted


def compare_with(row: SessionRow, stored: Parts, staged: Parts) -> Comparison:
    """Compares what is staged with a stored session, redacted or not."""
    found = compare(stored, staged)
    if found.relation in ("same", "grown") or not is_marked_redacted(row.hfs_extra):
        return found
    kept = Counter(map(_place, stored.messages()))
    new = Counter(map(_place, staged.messages()))
    checkpoints = [sum(1 for _ in parts.checkpoints()) for parts in (stored, staged)]
    if kept <= new and checkpoints[0] <= checkpoints[1]:
        return Comparison("grown", is_ordered=False, checkpoints_differ=True)
    return found


def _place(message: Message | Outline) -> int:
    return place_of(message) if isinstance(message, Message) else message.key
