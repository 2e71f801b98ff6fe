"""A session as Markdown: its parts and their order, and that no text leaves its place.

``REWRITE_GOLDEN=1`` in the environment rewrites the golden files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.exporters import SessionOverview
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.session import JsonObject, SessionHeader

Headings = list[tuple[int, str]]
HeadingsOf = Callable[[str], Headings]

GOLDEN = Path(__file__).parent / "golden"
NOW = "2026-02-01T10:30:00Z"

HOSTILE_LINES = {
    "empty": "",
    "white space": " \n\t",
    "newlines": "Fix\nlogin\r\nbug\n\n### 1. User",
    "heading": "# Title #",
    "trailing marks": "C#",
    "rule": "---",
    "fence": "```",
    "tag": "<img src=x onerror=y>",
    "comment": "<!--",
    "image": "![i](http://x/y.png)",
    "command": "[run](command:x)",
    "autolink": "<command:x>",
    "reference": "[1]",
    "definition": "[1]: http://x",
    "table": "a | b\n|---|---|",
    "formula": "$$ x",
    "emphasis": "**a_ b_ __c__ ~~d~~",
    "entity": "&lt;b&gt; &#10; &NewLine;# x",
    "backslash": "\\",
    "code": "` <b> `",
    "nul": "a\0b",
    "escape sequence": "\x1b[2J",
    "surrogate": "\ud83d",
    "line separator": "a\u2028# b\u2029c",
    "next line": "a\x85# b",
    "right to left": "\u202egnp.exe",
    "list": "- [ ] 1. > x",
    "long": "x" * 100_000,
    "long and blank": " " * 100_000 + "x",
}


@pytest.mark.parametrize("name", ["full", "plain"])
def test_a_session_reads_as_it_did_before(name: str) -> None:
    session = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    export = written(
        session["messages"],
        name=session["name"],
        checkpoints=session["checkpoints"],
        run_snapshot=session["run_snapshot"],
    )
    golden = GOLDEN / f"{name}.md"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(export, encoding="utf-8", newline="\n")
    assert export == golden.read_bytes().decode("utf-8")


def test_the_facts_are_in_units_people_read() -> None:
    header = SessionHeader("Fix login", "2026-02-01T10:00:00.250184Z", None)
    trace = {"usage": {"total_tokens": 1500}, "timeline": {"total_duration_ms": 125_000}}
    head = MarkdownWriter(SessionOverview(header, 1_500, [], trace), NOW).head().decode()
    assert head.startswith(
        "# Fix login\n\n"
        "- **Exported:** 2026-02-01 10:30:00 UTC\n"
        "- **Created:** 2026-02-01 10:00:00 UTC\n"
        "- **Messages:** 1,500\n"
        "- **Tokens:** 1,500\n"
        "- **Duration:** 2 min 5 s\n"
    )


def test_a_message_has_its_number_its_role_and_its_time() -> None:
    export = written([message("Hi", created_at="2026-02-01T10:00:00.123456Z"), message("Ho")])
    assert "\n### 1. User - 2026-02-01 10:00:00 UTC\n\nHi\n\n### 2. User\n\nHo\n" in export


def test_what_the_export_itself_writes_is_ascii() -> None:
    session = json.loads((GOLDEN / "full.json").read_text("utf-8"))
    messages = [message("", role="r" * 100), *session["messages"], message("# x\n<b>\n```")]
    export = written(
        messages,
        name="n" * 1_000,
        checkpoints=[*session["checkpoints"], checkpoint(1, trigger="t" * 1_000)],
        run_snapshot=session["run_snapshot"],
    )
    assert all(text.isascii() for text in (json.dumps(session, ensure_ascii=False), export))


def test_an_empty_message_says_so() -> None:
    assert written([message(" \n")]).endswith("### 1. User\n\n*(empty)*\n")


def test_a_session_without_messages_has_no_conversation() -> None:
    assert written([]) == (
        "# Session\n\n- **Exported:** 2026-02-01 10:30:00 UTC\n- **Messages:** 0\n"
    )


def test_batches_make_no_difference() -> None:
    messages = [message(f"{number}\n# x") for number in range(7)]
    checkpoints = [checkpoint(index) for index in (0, 3, 3, 7, 9)]
    assert written(messages, size=1, checkpoints=checkpoints) == written(
        messages, size=7, checkpoints=checkpoints
    )


@pytest.mark.parametrize(
    ("index", "before", "after"),
    [(-1, None, "1"), (0, None, "1"), (1, "1", "2"), (2, "2", "3"), (3, "3", None), (9, "3", None)],
)
def test_a_mark_stands_where_its_checkpoint_lies(
    index: int, before: str | None, after: str | None
) -> None:
    export = written([message(f"text {n}") for n in "123"], checkpoints=[checkpoint(index)])
    above, below = export.split("\n> **Checkpoint** run.ended - 2026-02-01 10:00:09 UTC\n")
    assert above.endswith(f"text {before}\n" if before else "## Conversation\n")
    assert below.startswith(f"\n### {after}." if after else "")


def test_messages_precede_the_trace_and_links_lead_to_both() -> None:
    usage = {"usage": {"by_phase": [], "by_agent": [{"agent_id": "a", "total_tokens": 3}]}}
    export = written([message("x")], checkpoints=[checkpoint(1)], run_snapshot=usage)
    titles = [line[3:] for line in export.splitlines() if line.startswith("## ")]
    assert titles == ["Conversation", "Token usage", "Checkpoints"]
    assert (
        "- **Sections:** [Conversation](#conversation), [Token usage](#token-usage), "
        "[Checkpoints](#checkpoints)\n\n## Conversation\n"
    ) in export


def test_a_trace_or_messages_alone_have_no_links() -> None:
    assert "](#" not in written([], checkpoints=[checkpoint(0)])
    assert "](#" not in written([message("x")])


def test_checkpoints_stand_in_a_table() -> None:
    export = written([message("x")], checkpoints=[checkpoint(0), checkpoint(1, created_at=None)])
    assert "| 1 | the beginning | run.ended | 2026-02-01 10:00:09 UTC |\n" in export
    assert "| 2 | message 1 | run.ended |  |\n" in export


@pytest.mark.parametrize("text", HOSTILE_LINES.values(), ids=HOSTILE_LINES)
def test_a_hostile_name_role_time_and_trigger_stay_on_their_lines(
    headings_of: HeadingsOf, text: str
) -> None:
    export = written(
        [message("x", role=text, created_at=text), message("y", role=text)],
        name=text,
        checkpoints=[checkpoint(1, trigger=text, created_at=text)],
    )
    headings = headings_of(export)
    assert [level for level, _ in headings] == [1, 2, 3, 3, 2]
    assert [title[:2] for level, title in headings if level == 3] == ["1.", "2."]
    assert max(map(len, export.split("\n"))) < 1_000


@given(
    st.lists(st.tuples(st.text(), st.text(max_size=80)), max_size=4),
    st.text(),
    st.lists(st.tuples(st.integers(-1, 6), st.text()), max_size=3),
)
def test_any_session_has_exactly_its_own_headings(
    headings_of: HeadingsOf,
    messages: list[tuple[str, str]],
    name: str,
    checkpoints: list[tuple[int, str]],
) -> None:
    export = written(
        [message(content, role=role) for role, content in messages],
        name=name,
        checkpoints=[checkpoint(index, trigger=trigger) for index, trigger in checkpoints],
    )
    headings = headings_of(export)
    assert headings[0][0] == 1
    assert [(level, title.partition(".")[0]) for level, title in headings[1:]] == [
        *[(2, "Conversation")] * bool(messages),
        *[(3, str(number)) for number in range(1, len(messages) + 1)],
        *[(2, "Checkpoints")] * bool(checkpoints),
    ]
    assert export.endswith("\n")
    assert not export.endswith("\n\n")


def test_a_message_cannot_link_into_another(headings_of: HeadingsOf) -> None:
    export = written([message("[User]: https://evil.example"), message("[User]")])
    assert headings_of(export)[-2:] == [(3, "1. User"), (3, "2. User")]


def message(content: str, role: str = "user", created_at: str | None = None) -> JsonObject:
    return {"role": role, "content": content, "created_at": created_at}


def checkpoint(
    index: int, trigger: str = "run.ended", created_at: str | None = "2026-02-01T10:00:09Z"
) -> JsonObject:
    return {"trigger": trigger, "message_index": index, "created_at": created_at}


def written(
    messages: list[JsonObject],
    name: str = "Session",
    checkpoints: Iterable[JsonObject] = (),
    run_snapshot: Any = None,
    size: int = 2,
) -> str:
    header = SessionHeader(name, None, None)
    writer = MarkdownWriter(
        SessionOverview(header, len(messages), list(checkpoints), run_snapshot), NOW
    )
    batches = (messages[first : first + size] for first in range(0, len(messages), size))
    return b"".join([writer.head(), *map(writer.messages, batches), writer.tail()]).decode()
