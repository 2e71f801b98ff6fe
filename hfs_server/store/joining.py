"""Facts of one session on several machines, joined so that they become the same on all of them.

The rule not to break: the result is the same in any order, and however often, facts are
joined.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hfs_server.session import JsonObject


def joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> JsonObject:
    """The keys of both; of two values of a key, the greater one."""
    both = {**other, **one}
    for key in one.keys() & other.keys():
        both[key] = greater(one[key], other[key])
    return both


def greater(one: Any, other: Any) -> Any:
    """The value that is longer as JSON; of two that are equally long, the one that sorts last."""
    return max(one, other, key=_order)


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same in JSON, where 1 is neither 1.0 nor true."""
    return _order(one) == _order(other)


def _order(value: Any) -> tuple[int, str]:
    text = json.dumps(value, sort_keys=True)
    return len(text), text
