"""The tokens and the cost of a session: the sum of what its messages used, and its facts.

The rule not to break: a message may have anything as its usage; what is no number is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from hfs_server.exporters.formatting import number

_TOKENS = (
    ("input_tokens", "in"),
    ("output_tokens", "out"),
    ("cache_read_tokens", "read from cache"),
    ("cache_write_tokens", "written to cache"),
    ("reasoning_tokens", "for reasoning"),
)
_COST = "cost_usd"
_KINDS = (*(kind for kind, _ in _TOKENS), _COST)
_LEAST_IN_CENTS = 0.1


def total_usage(usages: Iterable[Any]) -> dict[str, float]:
    """The sums of the usages of messages; a kind that none of them has is missing."""
    total: dict[str, float] = {}
    for usage in usages:
        if not isinstance(usage, Mapping):
            continue
        for kind in _KINDS:
            value = number(usage.get(kind))
            if value is not None and value >= 0:
                total[kind] = total.get(kind, 0) + value
    return total


def tokens_text(usage: Mapping[str, Any]) -> str:
    """The tokens by kind, "1,500 in, 300 out"; "" if unknown."""
    counts = [(number(usage.get(kind)), words) for kind, words in _TOKENS]
    return ", ".join(f"{count:,.0f} {words}" for count, words in counts if count)


def cost_text(usage: Mapping[str, Any]) -> str:
    """The cost, "1.25 USD"; "" if unknown."""
    cost = number(usage.get(_COST))
    if not cost:
        return ""
    return f"{cost:,.2f} USD" if cost >= _LEAST_IN_CENTS else f"{cost:.4f} USD"
