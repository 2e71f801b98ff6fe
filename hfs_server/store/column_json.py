"""The value of JSON in a column, which any program may have written.

The rule not to break: only what an export document can hold is returned, however fast it is read.
"""

from __future__ import annotations

import json
import math
from typing import Any

from pydantic_core import SchemaValidator, core_schema, from_json, to_json


def value_in(text: object) -> Any:
    """The value; None if it is not text or JSON, or has a number or text that no document holds."""
    if not isinstance(text, str):
        return None
    # The reader of pydantic takes a third of the time, but knows no bounds of numbers, and fails
    # where values are nested deeper than a document's (benchmark row 36).
    if not _may_hold_large_number(text):
        try:
            return from_json(text, allow_inf_nan=False)
        except (ValueError, TypeError):
            pass
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:
            # Raises for a lone surrogate.
            to_json(value)
        return value
    except (ValueError, RecursionError):
        return None


# The patterns of re would take longer than the reading.
_may_hold_large_number = SchemaValidator(
    core_schema.str_schema(pattern=r"[0-9]{19}|[0-9.][eE]\+?[0-9]{3,}(?:[,}\]\s]|\z)")
).isinstance_python


def _whole(text: str) -> int:
    if abs(number := int(text)) >= 2**63:
        raise ValueError("more than 64 bits")
    return number


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError("not finite")
    return number


_DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_finite, parse_constant=_finite)
