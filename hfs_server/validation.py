"""Problems that pydantic finds, in words for people.

The rule not to break: no value is quoted, and no Python type is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hfs_server.text import INVALID_UNICODE

MISSING = "missing"
_UNKNOWN = "expected another value"
_OBJECT = "expected an object"
_WHOLE_NUMBER = "expected a whole number"
_REASONS = {
    "missing": MISSING,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "string_type": "expected text",
    "string_unicode": INVALID_UNICODE,
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": "expected a number",
    "finite_number": "expected a number",
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "too_short": "empty",
    "too_long": "expected a list of at most {max_length}",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "literal_error": "expected {expected}",
    "invalid_key": "expected text as the name of a member",
}


def reason(problem: Mapping[str, Any]) -> str:
    """The reason of one problem of a ValidationError, without its place."""
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(context["error"])
    return _REASONS.get(problem["type"], _UNKNOWN).format_map(context)


def joined_reason(problems: Sequence[Mapping[str, Any]]) -> str:
    """Why a value has none of its possible types: "expected a whole number or text"."""
    reasons = list(dict.fromkeys(map(reason, problems)))
    if all(words.startswith("expected ") for words in reasons):
        return "expected " + " or ".join(words.removeprefix("expected ") for words in reasons)
    return reasons[0]


def described(place: str, reason: str) -> str:
    """A problem and its place: "role is missing", "role: expected text"."""
    return f"{place} is {MISSING}" if reason == MISSING else f"{place}: {reason}"
