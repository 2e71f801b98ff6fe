"""Sessions of tools as Markdown: thinking, tool calls with their results, attachments, facts.

``REWRITE_GOLDEN=1`` in the environment rewrites the golden files.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from hfs_server.export import export_to_markdown
from hfs_server.exporters import TOOL_CALLS, ExportOptions, SessionOverview
from hfs_server.exporters.excerpts import MOST_CHARACTERS, MOST_LINES
from hfs_server.exporters.markdown.folding import code
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.exporters.shown_messages import SHOWN_KEYS
from hfs_server.session import JsonObject, SessionHeader
from tests.unit.exporters.markdown.tool_sessions import TOOL_SESSIONS, call, result, said

GOLDEN = Path(__file__).parent / "golden"
NOW = "2026-02-01T10:30:00Z"
ODD_VALUES = [
    *(None, 5, True, "x", [], [5], [[]], {}, {"a": {}}, 1e400),
    *([{"id": []}], [{"name": 5, "input": []}]),
]
PLAIN = {"role": "user", "content": "Hi", "created_at": None}


@pytest.mark.parametrize("tool_calls", TOOL_CALLS)
@pytest.mark.parametrize("name", TOOL_SESSIONS)
def test_a_session_of_a_tool_reads_as_it_did_before(name: str, tool_calls: str) -> None:
    export = written(*TOOL_SESSIONS[name](), ExportOptions(tool_calls == "full", tool_calls))
    golden = GOLDEN / f"{name}_{tool_calls}.md"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(export, encoding="utf-8", newline="\n")
    assert export == golden.read_bytes().decode("utf-8")


@pytest.mark.parametrize("tool_calls", TOOL_CALLS)
@pytest.mark.parametrize("name", TOOL_SESSIONS)
def test_batches_make_no_difference(name: str, tool_calls: str) -> None:
    overview, messages = TOOL_SESSIONS[name]()
    options = ExportOptions(tool_calls=tool_calls)
    assert written(overview, messages, options, size=1) == written(overview, messages, options)


def test_what_a_session_of_a_tool_adds_is_ascii() -> None:
    for session in TOOL_SESSIONS.values():
        overview, messages = session()
        ascii_only = [m for m in messages if "\u2192" not in m["content"]]
        assert written(overview, ascii_only).isascii()


@pytest.mark.parametrize(
    "keys",
    [
        {"usage": {"input_tokens": 3}, "source_id": "m1"},
        {"unknown": {"thinking": "x"}, "mood": "good"},
    ],
    ids=str,
)
def test_a_message_without_anything_to_show_is_written_as_ever(keys: JsonObject) -> None:
    assert exported({**PLAIN, **keys}) == exported(PLAIN)


def test_no_data_of_an_attachment_is_written() -> None:
    attachments = [{"name": f"{n}.png", "size": 1, "data": "iVBORw0"} for n in range(50)]
    export = exported({**PLAIN, "attachments": attachments})
    assert "iVBORw0" not in export
    assert "- **Attachment:** 19.png (1 byte)\n- **Attachments:** 30 more\n" in export


@pytest.mark.parametrize(
    ("size", "digest", "words"),
    [(0, "", "(text/csv)"), (7, "", "(text/csv, 7 bytes)"), (0, "e3b0", "(text/csv, 0 bytes)")],
)
def test_a_size_that_is_not_known_is_not_shown(size: int, digest: str, words: str) -> None:
    file = {"name": "a.csv", "media_type": "text/csv", "size": size, "sha256": digest}
    export = exported({**PLAIN, "attachments": [{**file, "uri": "file:///a.csv"}]})
    assert f"- **Attachment:** a.csv {words}\n" in export


def test_a_result_stands_with_its_call_in_any_order() -> None:
    calls = [call(name[0], name, {}) for name in ("one", "two", "three")]
    export = exported(asks(calls), result("t", "of two", 1), result("o", "of one", 2), PLAIN)
    parts = ["<strong>one<", "*3. Result:* of one", "<strong>two<", "*2. Result:* of two"]
    places = [export.index(part) for part in (*parts, "### 4. User")]
    assert places == sorted(places)
    assert export.count("### ") == 2


def test_a_result_that_follows_later_has_its_own_heading() -> None:
    calls = [call("a", "one", {}), call("b", "two", {})]
    late = exported(asks(calls), result("b", "of two", 1), PLAIN, result("a", "of one", 2))
    assert late.endswith(
        "### 4. Tool (one) - 2026-02-01 10:00:02 UTC\n\n*Result - 1 line*\n\n```\nof one\n```\n"
    )
    twice = exported(asks(calls), *[result("b", f"of two: {n}", 1) for n in range(2)])
    assert "*2. Result:* of two: 0" in twice
    assert "### 3. Tool (two) - 2026-02-01 10:00:01 UTC" in twice


def test_calls_too_many_to_be_searched_are_written_without_their_results() -> None:
    calls = [call(f"{n}", f"tool{n}", {}) for n in range(101)]
    export = exported(asks(calls), result("0", "done", 1))
    assert export.index("tool100") < export.index("### 2. Tool (tool0)")


def test_results_that_wait_are_written_before_they_are_too_many() -> None:
    calls = [call(f"{n}", "x", {}) for n in range(50)]
    writer = MarkdownWriter(SessionOverview(SessionHeader("n", None, None), 9, [], None), NOW)
    writer.messages([asks(calls)])
    results = [result(f"{n}", "word " * 20_000, 1) for n in range(49, 0, -1)]
    first = next(n for n, each in enumerate(results) if writer.messages([each]))
    assert first == 10


def test_calls_without_results_are_written_before_what_follows() -> None:
    calls = [call("a", "one", {"x": 1}), call("b", "two", {})]
    for following in (PLAIN, said("user", "Hi", 1, synthetic=True), said("x", "Hi", 1, agent="y")):
        export = exported(asks(calls), following)
        assert export.index("<strong>two<") < export.index("Hi")
    assert "<strong>two<" in exported(asks(calls))


def test_calls_of_messages_that_say_nothing_stand_together() -> None:
    messages = [asks([call(f"{n}", f"tool{n}", {})]) for n in range(3)]
    export = exported(*messages, result("1", "done", 5))
    assert export.count("### ") == 1
    assert export.index("tool0") < export.index("tool1") < export.index("*4. Result:* done")


def test_calls_that_nothing_answers_do_not_gather_without_bound() -> None:
    writer = MarkdownWriter(SessionOverview(SessionHeader("n", None, None), 9, [], None), NOW)
    sizes = [len(writer.messages([asks([call("a", "x", {})])])) for _ in range(1_000)]
    assert max(map(len, "".join("-x"[size > 0] for size in sizes).split("x"))) < 200


@pytest.mark.parametrize("key", sorted({*SHOWN_KEYS, "usage"}))
@pytest.mark.parametrize("value", ODD_VALUES, ids=str)
def test_a_part_of_another_shape_raises_nothing(key: str, value: Any) -> None:
    for role in ("user", "tool", "assistant"):
        message = {"role": role, "content": "the text", "created_at": None, key: value}
        export = exported(asks([call("x", "one", {})]), message, PLAIN)
        assert "the text" in export


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, [{}], {"tool": {}}, {"branch": 5}, True])
def test_facts_of_another_shape_raise_nothing(value: Any) -> None:
    names = ("source", "working_directory", "git", "models", "parent_session_id", "tags", "summary")
    header = SessionHeader("n", None, None, facts=dict.fromkeys(names, value))
    usage = {"input_tokens": value, "cost_usd": value}
    overview = SessionOverview(header, 1, [], None, usage=usage)
    assert "### 1. User" in written(overview, [PLAIN])


@pytest.mark.parametrize(
    "target",
    [
        *("javascript:alert(1)", "//host/x.md", "command:x", "file:///x", "\\\\host\\x"),
        "hfs:/sessions/1.md)[x](command:y)",
    ],
)
def test_a_subagent_is_linked_only_to_a_session_or_a_file(target: str) -> None:
    header = SessionHeader("n", None, None)
    overview = SessionOverview(header, 1, [], None, subagents={"a": ("the name", target)})
    export = written(overview, [asks([call("a", "Task", {})])])
    assert "- **Subagent:** the name\n" in export or "%5D%28command%3Ay" in export
    assert f"]({target})" not in export


def test_nothing_is_left_of_what_is_not_to_be_shown() -> None:
    messages = [
        said("assistant", "", 1, thinking="THOUGHT"),
        said("user", "ADDED", 2, synthetic=True),
        asks([call("a", "CALLED", {"x": "GIVEN"})]),
        result("a", "RETURNED", 3),
        said("assistant", "Done.", 4, thinking="THOUGHT"),
    ]
    export = exported(*messages, options=ExportOptions(False, "none"))
    assert [word for word in export.split() if word.isupper() and len(word) > 3] == []
    assert export.endswith(
        "## Conversation\n\n### 5. Assistant - 2026-02-01 10:00:04 UTC\n\nDone.\n"
    )


def test_a_message_that_holds_nothing_says_so() -> None:
    assert exported(said("assistant", "", 1, model="m")).endswith("UTC\n\n*(empty)*\n")


def test_the_library_sums_the_usage_of_the_messages() -> None:
    messages = [{**PLAIN, "usage": {"input_tokens": 700, "cost_usd": 0.5}}] * 2
    export = export_to_markdown("n", [*messages, PLAIN])
    assert "- **Tokens:** 1,400 in\n- **Cost:** 1.00 USD\n" in export


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_long_code_is_cut_and_says_by_how_much(end: str) -> None:
    lines = [f"{number}" for number in range(MOST_LINES + 312)]
    shown = code(end.join(lines) + end)
    assert shown.endswith(f"\n{MOST_LINES - 1}\n```\n\n*... 312 more lines*")
    assert code(end.join(lines[:MOST_LINES]) + end).endswith(f"\n{MOST_LINES - 1}\n```")
    assert code(end.join(lines[: MOST_LINES + 1])).endswith("*... 1 more line*")
    assert code("x" * (MOST_CHARACTERS + 7)).endswith("x\n```\n\n*... 7 more characters*")
    wide = code(end.join(["x" * 150] * 190))
    assert wide.endswith(" more lines*")
    assert len(wide) < MOST_CHARACTERS + 100


def asks(calls: list[JsonObject]) -> JsonObject:
    return {"role": "assistant", "content": "", "created_at": None, "tool_calls": calls}


def exported(*messages: JsonObject, options: ExportOptions | None = None) -> str:
    header = SessionHeader("n", None, None)
    return written(SessionOverview(header, len(messages), [], None), [*messages], options)


def written(
    overview: SessionOverview,
    messages: list[JsonObject],
    options: ExportOptions | None = None,
    size: int = 100,
) -> str:
    writer = MarkdownWriter(overview, NOW, options or ExportOptions())
    batches = (messages[first : first + size] for first in range(0, len(messages), size))
    return b"".join([writer.head(), *map(writer.messages, batches), writer.tail()]).decode()
