"""Statistics as they are sent, and messages of every kind that they count."""

from __future__ import annotations

from typing import Any

from hfs_server.filters import EVERYTHING, Filters
from hfs_server.lsp.statistics_protocol import statistics_result
from hfs_server.session import no_progress
from hfs_server.store import Store
from tests.unit.store.sqlite.sessions import message

NO_USAGE = dict.fromkeys(
    (
        "inputTokens",
        "outputTokens",
        "cacheReadTokens",
        "cacheWriteTokens",
        "reasoningTokens",
        "costUsd",
    )
)


async def counted(store: Store, filters: Filters = EVERYTHING) -> dict[str, Any]:
    """The statistics as they are sent."""
    found = await store.statistics(filters, no_progress)
    return statistics_result(found).model_dump(by_alias=True)


def by(result: dict[str, Any], what: str, value: str = "messages") -> dict[Any, Any]:
    """One number of each item."""
    key = what.removeprefix("by").lower()
    return {item[key]: item[value] for item in result[what]}


CALL = {"id": "c", "name": "Read", "input": {"tool_calls": [1, 2, 3]}}
MESSAGES = [
    message("typed"),
    message("reply", role="assistant", model="opus", tool_calls=[CALL, CALL]),
    message("result", role="tool", tool_call_id="c"),
    message("reply", role="assistant", usage={"input_tokens": 5, "cost_usd": 0.5}),
    message("put in", synthetic=True),
    message("of another program", role="narrator"),
]
