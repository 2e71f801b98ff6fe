"""JSON in a column: what a document can hold is read as it is, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.store.column_json import value_in

READ = (
    "9223372036854775807",
    "-9223372036854775807",
    "1e308",
    "-1.7976931348623157e308",
    "1E+22",
    "5e-324",
    "1e-400",
    '"123456789012345678901234567890"',
    '["5e4000", "e4000,", {"1e999": 0}]',
    '{"a": 1, "b": 2, "a": 3}',
    r'"\ud83d\ude42 \u0000"',
    " [1 , 2]\n",
    "[" * 300 + "]" * 300,
)
IGNORED = (
    "",
    "[1] 2",
    "9223372036854775808",
    "-9223372036854775808",
    "[1, 18446744073709551616]",
    "1e309",
    '{"a": -1E+400}',
    "[1e999\n]",
    "99999999999999999e292",
    "1" + "0" * 400 + ".5",
    "NaN",
    "[-Infinity]",
    r'"\ud800"',
    r'{"\udc00": 1}',
    '"a\nb"',
    "{'a': 1}",
    "[" * 100_000 + "]" * 100_000,
)

numbers = (
    st.integers()
    | st.integers(2**63 - 3, 2**63 + 3)
    | st.floats(allow_nan=False)
    | st.floats(1e300, allow_infinity=True)
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


def is_of_a_document(value: Any) -> bool:
    if isinstance(value, float):
        return abs(value) != float("inf")
    if isinstance(value, int):
        return abs(value) < 2**63
    parts = [*value, *value.values()] if isinstance(value, dict) else value
    return not isinstance(parts, list) or all(map(is_of_a_document, parts))


@pytest.mark.parametrize("text", READ)
def test_what_a_document_can_hold_is_read(text: str) -> None:
    assert repr(value_in(text)) == repr(json.loads(text))


@pytest.mark.parametrize("text", IGNORED)
def test_what_no_document_can_hold_is_ignored(text: str) -> None:
    assert value_in(text) is None


@pytest.mark.parametrize("stored", [None, 5, b"{}"])
def test_what_is_no_text_is_ignored(stored: object) -> None:
    assert value_in(stored) is None


@given(values, st.booleans())
def test_any_value_is_read_or_ignored_as_a_whole(value: Any, is_ascii: bool) -> None:
    found = value_in(json.dumps(value, ensure_ascii=is_ascii))
    assert repr(found) == repr(value if is_of_a_document(value) else None)
