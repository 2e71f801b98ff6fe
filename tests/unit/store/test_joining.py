"""Facts that machines join become the same on all of them, in any order."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hfs_server.store.joined_rows import joined_row
from hfs_server.store.joining import is_same, joined
from hfs_server.store.rows import SessionRow

Facts = dict[str, Any]

scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([1.0, -0.0, "", "é"])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=4,
)
facts = st.dictionaries(st.sampled_from("abc"), values)
sources = st.fixed_dictionaries(
    {"tool": st.just("codex")},
    optional={"tool_version": st.sampled_from(["1", "22"]), "location": st.sampled_from("abc")},
)
extras = st.fixed_dictionaries(
    {},
    optional={
        "facts": st.fixed_dictionaries(
            {},
            optional={
                "source": sources,
                "tags": st.sampled_from([["a"], ["b"], ["a", "b"]]),
                "parent_session_id": st.sampled_from("ab"),
                "working_directory": st.sampled_from(["/a", "/b"]),
            },
        ),
        "metadata": st.dictionaries(st.sampled_from(["x", "y"]), values)
        | st.just({"session_created_at": None}),
        "document": facts,
    },
)
times = st.sampled_from(["2026-02-01 10:00:00.000000", "2026-02-02 10:00:00.000000"])


@st.composite
def rows(draw: st.DrawFn) -> SessionRow:
    extra = draw(extras)
    known: Facts = extra.get("facts", {})
    snapshot = draw(st.none() | facts)
    return SessionRow(
        name=draw(st.sampled_from("xy")),
        created_at=draw(times),
        updated_at=draw(st.none() | times),
        hfs_run_snapshot=None if snapshot is None else json.dumps(snapshot),
        hfs_extra=json.dumps(extra) if extra else None,
        hfs_identity="i",
        hfs_parent=known.get("parent_session_id"),
        hfs_tool=known.get("source", {}).get("tool"),
        hfs_directory=known.get("working_directory"),
        hfs_usage=None,
        hfs_imported_name="x",
    )


def shared(row: SessionRow) -> list[Any]:
    """What of a row is the same on all machines."""
    extra = {key: value for key, value in json.loads(row.hfs_extra or "{}").items() if value}
    extra.get("facts", {}).get("source", {}).pop("location", None)
    is_known = "session_created_at" not in extra.get("metadata", {})
    values = row._replace(name="", hfs_run_snapshot="", hfs_extra="")
    if not is_known:
        values = values._replace(created_at="")
    return [values, extra, json.loads(row.hfs_run_snapshot or "0")]


@given(facts, facts, facts)
def test_the_order_of_joining_makes_no_difference(one: Facts, two: Facts, three: Facts) -> None:
    assert is_same(joined(one, two), joined(two, one))
    assert is_same(joined(joined(one, two), three), joined(one, joined(two, three)))
    assert is_same(joined(one, one), one)
    both = joined(one, two)
    assert is_same(joined(both, one), both)
    assert both.keys() == one.keys() | two.keys()


@given(rows(), rows(), rows())
def test_the_rows_of_a_session_become_the_same_on_each_machine(
    one: SessionRow, two: SessionRow, three: SessionRow
) -> None:
    assert is_same(shared(joined_row(one, two)), shared(joined_row(two, one)))
    left, right = joined_row(joined_row(one, two), three), joined_row(one, joined_row(two, three))
    assert is_same(shared(left), shared(right))
    assert joined_row(one, one) == one
    assert joined_row(left, one) == joined_row(left, three) == left
    assert left.name == one.name


def test_the_longer_of_two_values_counts_and_of_equally_long_ones_the_one_that_sorts_last() -> None:
    one = {"tags": ["a", "b"], "summary": "One.", "x": 1, "y": True}
    other = {"tags": ["z"], "summary": "Two.", "x": 1.0, "z": None}
    expected = {"tags": ["a", "b"], "summary": "Two.", "x": 1.0, "y": True, "z": None}
    assert is_same(joined(one, other), expected)
