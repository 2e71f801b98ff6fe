"""What pydantic finds wrong with a value, in words for a person.

The rule not to break: no value is quoted, and no name of a Python type is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

MISSING = "it is missing"
_UNKNOWN = "expected another value"
_OBJECT = "expected an object"
_WHOLE_NUMBER = "expected a whole number"
_WORDS = {
    "missing": MISSING,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dict_type": _OBJECT,
    "string_type": "expected text",
    "string_unicode": "expected text without half of a surrogate pair",
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "bool_type": "expected true or false",
    "list_type": "expected a list",
    "too_short": "it is empty",
    "too_long": "expected at most {max_length} of them",
    "greater_than": "expected more than {gt}",
    "greater_than_equal": "expected at least {ge}",
    "less_than": "expected less than {lt}",
    "less_than_equal": "expected at most {le}",
    "literal_error": "expected {expected}",
    "invalid_key": "expected text as the name of a member",
}


def reason(problem: Mapping[str, Any]) -> str:
    """One of the problems of a ValidationError, without the place."""
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        return str(context["error"])
    return _WORDS.get(problem["type"], _UNKNOWN).format_map(context)


def joined_reason(problems: Sequence[Mapping[str, Any]]) -> str:
    """Why none of the types fits that a value may have: "expected a whole number or text"."""
    reasons = list(dict.fromkeys(map(reason, problems)))
    if all(words.startswith("expected ") for words in reasons):
        return "expected " + " or ".join(words.removeprefix("expected ") for words in reasons)
    return reasons[0]
