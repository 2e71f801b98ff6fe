"""What a store has of each session, so that it can be compared with another one's."""

from __future__ import annotations

import json
from typing import Any

from hfs_server.filters import EVERYTHING
from hfs_server.store import Store

Held = dict[str, list[list[str]]]
"""The messages of the sessions of each identity."""

FACTS: list[dict[str, Any]] = [
    {},
    {"tags": ["a"], "summary": "One."},
    {"tags": ["b", "c"], "x_more": {"deep": [1, None]}},
    {"summary": "Other.", "x_more": 5},
]
"""Metadata of schema 1.1.0, and keys that no schema has."""


async def held_messages(store: Store) -> Held:
    """The messages of the sessions of each identity."""
    held: Held = {}
    for mark in await store.session_marks(EVERYTHING):
        async with store.snapshot(mark.id) as snapshot:
            said = [
                json.dumps(one, sort_keys=True)
                async for batch in snapshot.messages()
                for one in batch.messages
            ]
        held.setdefault(mark.identity, []).append(said)
    return {identity: sorted(map(list, set(map(tuple, found)))) for identity, found in held.items()}


async def held_facts(store: Store) -> dict[str, list[str]]:
    """All of the sessions of each identity but their messages and their names, which are each
    machine's own.
    """
    found: dict[str, list[str]] = {}
    for mark in await store.session_marks(EVERYTHING):
        async with store.snapshot(mark.id) as snapshot:
            header = snapshot.header
            checkpoints = [
                one async for batch in snapshot.checkpoints() for one in batch.checkpoints
            ]
            facts = {
                "created_at": header.created_at,
                "metadata": [header.facts, header.unknown_metadata, header.unknown_members],
                "usage": snapshot.usage,
                "checkpoints": checkpoints,
            }
        found.setdefault(mark.identity, []).append(json.dumps(facts, sort_keys=True, default=dict))
    return {identity: sorted(set(each)) for identity, each in found.items()}
