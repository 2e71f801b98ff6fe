"""A reply in SpecStory's Markdown: its text, and elements with its thinking and its tools.

The rule not to break: Markdown does not say where a tool's input ends, so all before the first
block of code or heading of a result is its input, and the rest is its result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from hfs_server.importers.values import message, tool_call
from hfs_server.session import JsonObject

_THINKING = re.compile(r"<think>(?:\s{0,9}<details>\s{0,9}<summary>[^<\n]*</summary>)?")
_TOOL = re.compile(r'<tool-use\b[^>\n]{0,99}?data-tool-name="([^"\n]{0,199})"[^>\n]{0,99}>')
_SUMMARY = re.compile(r"\s*<details>\s*(?:<summary>([^\n]*)</summary>)?")
_DEFAULT_SUMMARY = re.compile(r"Tool use: \*\*[^*\n]*\*\*")
_OUTPUT = re.compile(r"^(?:```|~~~|\*\*(?:Result|Error|Output):\*\*)", re.MULTILINE)
_HEADING = re.compile(r"\*\*(Result|Error|Output):\*\*\s*")


def read_reply(text: str, time: str | None, key: str, **facts: Any) -> Iterator[JsonObject]:
    """The reply and the results of its tools, whose ids begin with ``key``."""
    text, thoughts = _without(text, _THINKING, "</think>")
    thinking = "\n\n".join(_body(inner) for _, inner in thoughts)
    text, tools = _without(text, _TOOL, "</tool-use>")
    calls, results = [], []
    for place, (tool, inner) in enumerate(tools):
        given, output = _parts(inner)
        call_id = f"tool-{key}-{place}"
        calls.append(tool_call(call_id, tool[1], {"text": given} if given else {}))
        if output:
            is_error = output.startswith("**Error:**")
            made = message(
                "tool", _plain(output), time, tool_call_id=call_id, tool_name=tool[1],
                is_error=is_error, synthetic=facts.get("synthetic"), agent=facts.get("agent"),
            )  # fmt: skip
            results.append(made)
    if text.strip() or thinking or calls:
        yield message("assistant", text.strip(), time, thinking=thinking, tool_calls=calls, **facts)
    yield from results


def _without(
    text: str, opening: re.Pattern[str], closing: str
) -> tuple[str, list[tuple[re.Match[str], str]]]:
    """The text without the elements, and for each how it begins and what is in it."""
    found: list[tuple[re.Match[str], str]] = []
    rest, position = [], 0
    while start := opening.search(text, position):
        end = text.find(closing, start.end())
        if end < 0:
            break
        rest.append(text[position : start.start()])
        found.append((start, text[start.end() : end]))
        position = end + len(closing)
    return "".join(rest) + text[position:], found


def _body(inner: str) -> str:
    return inner.strip().removesuffix("</details>").strip()


def _parts(inner: str) -> tuple[str, str]:
    """What a tool was given, and what it returned."""
    summary = _SUMMARY.match(inner)
    body = _body(inner[summary.end() :] if summary else inner)
    shown = (summary and summary[1]) or ""
    title = "" if _DEFAULT_SUMMARY.fullmatch(shown.strip()) else shown.strip()
    output = _OUTPUT.search(body)
    given = body[: output.start()] if output else body
    return "\n".join(filter(None, (title, given.strip()))), body[len(given) :].strip()


def _plain(output: str) -> str:
    """The output without its heading, and without a fence around all of it."""
    text = _HEADING.sub("", output, count=1) if _HEADING.match(output) else output
    first, _, rest = text.partition("\n")
    inner, _, last = rest.rpartition("\n")
    is_fenced = first[:3] in ("```", "~~~") and last.strip() == first[:3] and first[:3] not in inner
    return inner if is_fenced else text
