"""The records of a session that name their parents: which were seen, and where it forks.

The rule not to break: a record costs some 70 bytes, since a session may have a million of them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter, defaultdict


class RecordChain:
    """Records in the order of their file, where nearly each one follows the one before it."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._ids = array("q")
        self._prompts = array("q")
        # The records that do not follow the one before them, each with the id of its parent.
        self._starts = array("q")
        self._parents = array("q")

    def add(self, record_id: str, parent_id: object) -> bool:
        """Adds a record; False if there is one with this id."""
        key = hash(record_id)
        if key in self._seen:
            return False
        self._seen.add(key)
        parent = hash(parent_id) if isinstance(parent_id, str) else 0
        if not self._ids or self._ids[-1] != parent:
            self._starts.append(len(self._ids))
            self._parents.append(parent)
        self._ids.append(key)
        return True

    def note(self, other_id: str) -> bool:
        """Notes the id of something that is no record; False if it was seen."""
        key = hash(other_id)
        is_new = key not in self._seen
        self._seen.add(key)
        return is_new

    def __contains__(self, record_id: str) -> bool:
        return hash(record_id) in self._seen

    def mark_prompt(self) -> None:
        """Notes that the last record is a prompt that a person typed."""
        self._prompts.append(len(self._ids) - 1)

    def forks(self) -> int:
        """How many records have at least two children with prompts in their branches."""
        starts, places = self._starts, self._places()
        last = {bisect_right(starts, prompt) - 1: prompt for prompt in self._prompts}
        branches: dict[int, Counter[int]] = defaultdict(Counter)
        forks = 0
        for run in reversed(range(len(starts))):
            mine = branches.pop(run, Counter())
            end = max(last.get(run, -1), max(mine, default=-1))
            forks += sum(count + (end > place) > 1 for place, count in mine.items())
            parent = places.get(self._parents[run], -1)
            # A record before its parent is taken for a first one, so that cycles end.
            if end >= 0 and 0 <= parent < starts[run]:
                branches[bisect_right(starts, parent) - 1][parent] += 1
        return forks

    def _places(self) -> dict[int, int]:
        parents = set(self._parents)
        return {key: place for place, key in enumerate(self._ids) if key in parents}
