"""A report as Markdown: it shows the trace of a run, and nothing in it can break out."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.exporters import run_trace
from hfs_server.exporters.markdown.report import sections_text

GOLDEN = Path(__file__).parent / "golden"
SNAPSHOT: dict[str, Any] = json.loads((GOLDEN / "full.json").read_text("utf-8"))["run_snapshot"]

ODD_VALUES = [
    None, True, -1, 0, 10**400, 1e308, math.nan, math.inf, "", "12000", "x" * 5_000, "\ud800\0",
    "# <b>|\n### x", [], {}, [None], ["a", 1, None, {}], {"a": 1}, [[["deep"]]],
    "9999-12-31T23:59:59-23:00",
]  # fmt: skip
HOSTILE_TEXTS = [
    "a | b", "x\n\n### 2. User\n", "<img src=x onerror=y>", "![i](http://x/y.png)",
    "[a](command:x)", "`", "```", "$$", "<!--", "\\", "\\|", "&lt;b&gt;", "***", "__x__", "~~~",
    "\u202eevil", "\u2028# x", "\ud800", "\0", "<command:x>", "[a]: http://x", "|---|",
    "end\n```\n# x", "section x: y; click z",
]  # fmt: skip

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(HOSTILE_TEXTS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


def test_the_sections_stand_in_order() -> None:
    headings = [line for line in trace_text(SNAPSHOT).split("\n") if line.startswith("## ")]
    assert headings == ["## Agent activity", "## Negotiation", "## Token usage", "## Timeline"]


def test_a_triad_names_its_preset_and_what_blocks_its_agents() -> None:
    trace = trace_text(SNAPSHOT)
    assert "### layout (hierarchical)\n" in trace
    assert "| worker_a | layout_worker_a | blocked |  | waiting |\n" in trace


def test_a_contest_names_its_winner_and_its_resolution() -> None:
    snapshot = copy.deepcopy(SNAPSHOT)
    contest = snapshot["negotiation"]["sections"][0]["contest_history"][0]
    contest |= {"winner": "layout", "resolution": "vote"}
    assert "| header | 1 | layout, visual | layout | vote |\n" in trace_text(snapshot)


def test_usage_without_agents_is_summed_from_its_phases() -> None:
    trace = trace_text(SNAPSHOT)
    assert "| layout_orchestrator | 1,200 | 300 | 1,500 |\n" in trace
    assert "| **Total** | **1,200** | **300** | **1,500** |\n" in trace


def test_a_phase_without_a_start_stands_in_the_table_only() -> None:
    section = timeline_text({"phases": [{"phase_name": "a"}]})
    assert "| a |" in section
    assert "mermaid" not in section


def test_a_phase_without_an_end_lasts_until_the_run_ends() -> None:
    section = timeline_text(SNAPSHOT["timeline"])
    assert (
        "    2 execution :active, p2, 2026-02-01T10:00:10.000, 2026-02-01T10:00:30.000\n" in section
    )


def test_a_phase_of_a_run_without_an_end_lasts_one_second() -> None:
    phase = {"phase_name": "a", "started_at": "2026-02-01T10:00:00+01:00"}
    assert "    1 a :active, p1, 2026-02-01T09:00:00.000, 1s\n" in timeline_text(
        {"phases": [phase]}
    )


def test_a_name_cannot_end_its_task_in_the_diagram() -> None:
    phase = {"phase_name": "x:y;\n```\nclick %%z#", "started_at": "2026-02-01T10:00:00"}
    assert "    1 x y click z :active, p1," in timeline_text({"phases": [phase]})


@pytest.mark.parametrize("snapshot", [None, {}, [], "x", 1, {"agent_tree": None}, {"usage": []}])
def test_nothing_to_show_shows_nothing(snapshot: Any) -> None:
    assert trace_text(snapshot) == ""


@pytest.mark.parametrize("value", ODD_VALUES, ids=lambda value: ascii(value)[:30])
def test_any_value_at_any_path_is_accepted(
    headings_of: Callable[[str], list[tuple[int, str]]], value: Any
) -> None:
    expected = outline(SNAPSHOT)
    for path in paths(SNAPSHOT):
        snapshot = copy.deepcopy(SNAPSHOT)
        put(snapshot, path, value)
        headings = headings_of(trace_text(snapshot))
        assert {title for level, title in headings if level == 2} <= expected


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=ascii)
def test_a_hostile_text_everywhere_changes_no_structure(
    headings_of: Callable[[str], list[tuple[int, str]]], text: str
) -> None:
    snapshot = copy.deepcopy(SNAPSHOT)
    for path in paths(SNAPSHOT):
        if isinstance(at(SNAPSHOT, path), str):
            put(snapshot, path, text)
    levels = [level for level, _ in headings_of(trace_text(snapshot))]
    assert levels == [level for level, _ in headings_of(trace_text(SNAPSHOT))]
    cells = {line.replace("\\|", "").count("|") for line in trace_text(snapshot).split("\n")}
    assert cells <= {0, 3, 4, 5, 6, 7}


@given(st.data())
def test_any_snapshot_is_shown_as_far_as_it_can_be(
    headings_of: Callable[[str], list[tuple[int, str]]], data: st.DataObject
) -> None:
    snapshot = copy.deepcopy(SNAPSHOT)
    for path in data.draw(st.lists(st.sampled_from(list(paths(SNAPSHOT))), max_size=5)):
        put(snapshot, path, data.draw(JSON_VALUES))
    headings = headings_of(trace_text(snapshot))
    assert {title for level, title in headings if level == 2} <= outline(SNAPSHOT)


def trace_text(snapshot: Any) -> str:
    return sections_text(run_trace.trace_sections(snapshot))


def timeline_text(timeline: Any) -> str:
    return trace_text({"timeline": timeline})


def outline(snapshot: Any) -> set[str]:
    lines = trace_text(snapshot).split("\n")
    return {line.removeprefix("## ") for line in lines if line.startswith("## ")}


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a snapshot, outermost first."""
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, member in members:
        yield (*path, key)
        if isinstance(member, dict | list):
            yield from paths(member, (*path, key))


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def put(snapshot: Any, path: tuple[Any, ...], value: Any) -> None:
    try:
        at(snapshot, path[:-1])[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        # An earlier change removed the path.
        return
