"""Sessions of tools as browsers show them: no text of theirs opens, closes or leaves a fold."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings

from hfs_server.exporters import ExportOptions, SessionOverview
from hfs_server.exporters.markdown.writer import MarkdownWriter
from hfs_server.session import JsonObject, SessionHeader
from tests.unit.exporters.markdown.folds import check_folds, folds_in
from tests.unit.exporters.markdown.foreign_messages import FOREIGN, PAIRS
from tests.unit.exporters.markdown.messages import HOSTILE, LINKING, ORDINARY, SWALLOWED
from tests.unit.exporters.markdown.test_dom import ALL_VIEWERS, ANY_FOREIGN, SAID, SIMPLE_VIEWERS

TARGET = "hfs:/sessions/13.md"

FOLDING = {
    "a closing tag": "</details>",
    "a closing tag after a blank line": "a\n\n</details>\n\n### 9. User\n\nI agree.",
    "a closing tag in a list": "- a\n\n  </details>\n\n- b",
    "a closing tag in a quote": "> </details>",
    "a closing tag in code": "```\na\n</details>\n```\n</details>",
    "a closing tag in indented code": "    </details>\n\n\t</details>",
    "a closing tag below a list": "1. a\n   - b\n\n</details>\n<details>",
    "a closing tag in a comment": "<!-- </details> -->",
    "a closing tag in a formula": "$$\n</details>\n$$",
    "a closing tag in capitals": "</DETAILS >\n</dEtAiLs\n>",
    "a closing tag in a table": "| a |\n|---|\n| </details> |",
    "a closing tag with an entity": "&lt;/details&gt; &#60;/details&#62; \\</details>",
    "a closing tag in other lines": "</details>\r</details>\u2028</details>\x85</details>",
    "a summary": "</summary></details><summary>x</summary>",
    "an open fold": "<details open><summary>x</summary>\n\ny",
    "an attribute": "\"><img src=x onerror=alert(1)> ' onload=",
    "an unclosed fence and a closing tag": "```\n</details>",
    "a longer fence and a closing tag": "`````\n```\n</details>\n```",
    "tildes and a closing tag": "~~~~\n</details>\n~~~",
    "an unclosed comment": "<!--\n\n",
    "a list that goes on": "- a\n\n  b\n-",
    "a definition that goes on": "a\n: b\n\n    c",
    "a note that goes on": "[^a]: b\n\n    c",
    "a result of another call": "<details>\n<summary>9. Result - 1 line</summary>\n\n</details>",
    "a long result": "</details>\n" * 30,
    "a patch": "*** Begin Patch\n*** Update File: </details>\n```\n</details>\n*** End Patch",
    "a diff": "--- a\n+++ b/</details>\n@@ x\n-</details>\n+```",
    "arguments": '{"command": "</details>\\n```\\n</details>", "</summary>": "<b>"}',
}

PLACES = (
    *("name", "role", "content", "thinking", "model", "agent", "synthetic", "tool", "call_id"),
    *("command", "reason", "old", "new", "path", "patch", "key", "value", "prompt", "list"),
    *("input", "step", "result", "late", "attachment", "type", "fact", "subagent"),
)  # fmt: skip


def session_with(text: str, *places: str) -> tuple[SessionOverview, list[JsonObject]]:
    """A session that has the text in these places, or in all; it ends in a calm message."""
    put = {place: text if place in places or not places else "calm" for place in PLACES}
    inputs = [
        {"command": put["command"], "description": put["reason"]},
        {"file_path": put["path"], "old_string": put["old"], "new_string": put["new"]},
        {"patch": f"*** Begin Patch\n{put['patch']}", "explanation": put["reason"]},
        {put["key"]: put["value"], "prompt": f"Read:\n\n{put['prompt']}", "list": [put["list"]]},
        put["input"],
        {"todos": [{"content": put["step"], "status": put["step"]}]},
    ]
    calls = [{"id": f"{n}", "name": put["tool"], "input": given} for n, given in enumerate(inputs)]
    calls.append({"id": put["call_id"], "name": "calm", "input": {}})
    attachment = {"name": put["attachment"], "media_type": put["type"], "size": 5, "data": text}
    of_tool = {"role": "tool", "created_at": None}
    messages = [
        {"role": put["role"], "content": put["content"], "created_at": None, "model": "calm"},
        {"role": "assistant", "content": "calm", "created_at": None, "thinking": put["thinking"],
         "model": put["model"], "agent": put["agent"], "attachments": [attachment],
         "tool_calls": calls},
        {**of_tool, "content": put["result"], "tool_call_id": "0", "attachments": [attachment]},
        {**of_tool, "content": put["result"], "tool_call_id": "3", "is_error": True},
        {"role": put["role"], "content": put["synthetic"], "created_at": None, "synthetic": True},
        {**of_tool, "content": put["late"], "tool_call_id": "2", "tool_name": put["tool"]},
        {"role": "assistant", "content": SAID, "created_at": None, "model": "calm"},
    ]  # fmt: skip
    return overview_with(put, len(messages)), messages


def overview_with(put: dict[str, str], count: int) -> SessionOverview:
    fact = put["fact"]
    facts = {
        "source": {"tool": fact, "tool_version": fact, "session_id": fact},
        "working_directory": fact, "git": {"branch": fact, "commit": fact}, "models": [fact, fact],
        "parent_session_id": fact, "summary": fact, "tags": [fact],
    }  # fmt: skip
    header = SessionHeader(put["name"], None, None, facts=facts)
    subagents = {"1": (put["subagent"], TARGET), "2": (put["subagent"], put["subagent"])}
    return SessionOverview(header, count, [], None, subagents=subagents)


def exported(
    overview: SessionOverview, messages: list[JsonObject], options: ExportOptions | None = None
) -> str:
    writer = MarkdownWriter(overview, "2026-02-01T10:30:00Z", options or ExportOptions())
    return (writer.head() + writer.messages(messages) + writer.tail()).decode()


def check(text: str, *places: str, viewers: Any = MappingProxyType(ALL_VIEWERS)) -> None:
    found = check_folds(exported(*session_with(text, *places)), viewers, target=TARGET)
    assert [tag for tag, _, _ in found] == ["h1", "h2", *["h3"] * 4]
    (_, _, facts), (_, _, begin), (_, _, first), (_, _, second), (_, _, late), (*_, last) = found
    numbers = [title.partition(" ")[0] for tag, title, _ in found if tag == "h3"]
    assert numbers == ["1.", "2.", "6.", "7."]
    thinks = bool(text.strip()) or bool({*places} - {"thinking"})
    assert [len(folds_in(parts)) for parts in (facts, begin, first)] == [0, 0, 0]
    summaries = folds_in(second)
    assert len(summaries) == thinks + 7 + 1
    assert not thinks or summaries[0] == "Thinking"
    assert summaries[-1].startswith("5. ")
    assert folds_in(late) == []
    assert [(part.tag, part.text().strip()) for part in last] == [("p", SAID)]


@pytest.mark.parametrize(
    "text",
    [*FOLDING.values(), *HOSTILE.values(), *FOREIGN.values()],
    ids=[*FOLDING, *HOSTILE, *FOREIGN],
)
def test_no_text_leaves_its_fold_in_any_viewer(text: str) -> None:
    check(text)


@pytest.mark.parametrize("texts", [LINKING, SWALLOWED, ORDINARY], ids=["links", "marks", "prose"])
def test_no_address_and_no_prose_leaves_its_fold(texts: dict[str, str]) -> None:
    for text in texts.values():
        check(text, viewers=SIMPLE_VIEWERS)


@pytest.mark.parametrize("place", PLACES)
def test_no_text_leaves_its_place_alone(place: str) -> None:
    for text in FOLDING.values():
        check(text, place, viewers=SIMPLE_VIEWERS)


@pytest.mark.parametrize("texts", [*PAIRS, *((end, begin) for begin, end in PAIRS)], ids=ascii)
def test_what_one_part_begins_no_other_ends(texts: tuple[str, str]) -> None:
    begin, end = texts
    overview, messages = session_with("calm")
    messages[1] |= {"thinking": begin, "content": end}
    messages[2] |= {"content": begin}
    messages[4] |= {"content": end}
    assert len(check_folds(exported(overview, messages), ALL_VIEWERS, target=TARGET)) == 6


@settings(max_examples=25, derandomize=True, deadline=None)
@given(ANY_FOREIGN)
def test_any_text_stays_in_its_fold(text: str) -> None:
    check(text)


@pytest.mark.parametrize("options", [ExportOptions(False, "brief"), ExportOptions(True, "none")])
def test_no_text_leaves_its_place_if_parts_are_left_out(options: ExportOptions) -> None:
    for text in FOLDING.values():
        markdown = exported(*session_with(text), options)
        found = check_folds(markdown, SIMPLE_VIEWERS, target=TARGET)
        assert [tag for tag, _, _ in found][:3] == ["h1", "h2", "h3"]
        (*_, (_, title, last)) = found
        assert title.startswith("7. Assistant")
        assert [(part.tag, part.text().strip()) for part in last] == [("p", SAID)]
