"""Sessions whose messages name their parents: which of them the user sees.

The rule not to break: cycles, missing parents and values of any type end a branch, and raise
nothing; without branches no message is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from hfs_server.importers.foreign import Draft
from hfs_server.session import JsonObject


def active_branch(
    items: list[JsonObject], ids: Sequence[str], parents: Sequence[str], leaf: str, draft: Draft
) -> list[JsonObject]:
    """The items from the first one to ``leaf``, or to the last one if there is no such leaf.

    ``ids`` and ``parents`` are those of the items, empty where unknown. All items are returned if
    none has two children; else the draft gets a warning.
    """
    known = [parent for parent in parents if parent]
    if len(set(known)) == len(known):
        return items
    by_id = {item_id: index for index, item_id in enumerate(ids) if item_id}
    index = by_id.get(leaf, len(items) - 1)
    path: dict[int, None] = {}
    while index not in path:
        path[index] = None
        index = by_id.get(parents[index], index)
    note_other_branches(len(items) - len(path), draft)
    return [items[index] for index in reversed(path)]


def note_other_branches(count: int, draft: Draft) -> None:
    """Warns that so many messages are left out."""
    if count:
        what = "1 message is" if count == 1 else f"{count:,} messages are"
        draft.warnings.append(f"{what} on other branches, and only in the original.")
