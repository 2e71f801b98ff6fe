"""Blocks of code: made, and kept from being drawn or run by a viewer.

The rule not to break: the cheap test is true for every fence that ``calm_fence`` would change.
"""

from __future__ import annotations

import re

from hfs_server.exporters.markdown.extensions import ACTIVE_BRACE

_FENCE_LINE = re.compile(r"(.*?(?:`{3,}|~{3,}))(.*)", re.DOTALL)
_INFO = re.compile(r"(?:```|~~~)[`~]*([^\n]*)")
# Languages in which a viewer draws or runs, and what lets a drawing load or do something.
_DRAWN = (
    r"(?:mermaid|plantuml|puml|dot|graphviz|d2|kroki|vega|vega-lite|geojson|topojson|echarts|"
    r"chart|markmap|wavedrom|svgbob|nomnoml|excalidraw|dataview|dataviewjs)(?![\w+-])"
)
# Two patterns, since one that begins with a choice is searched ten times as slowly.
_ODD_FENCE, _ODD_TILDES = (re.compile(rf"{mark}[`~]*[ \t]*[^\S\n \t]") for mark in ("```", "~~~"))
_DRAWN_INFO = re.compile(rf"[ \t]*{_DRAWN}", re.IGNORECASE)
# A line with a bar may be the head of a table, which comes before all else.
_NO_PLAIN_INFO = re.compile(rf"[^`|{{\n]*[`|{{]|[ \t]*{_DRAWN}", re.IGNORECASE)
_ACTS = re.compile(
    r"//|\\\\|[<{!]\s*%|%%\s*\{|<[a-z/!?]|img|image|icon|url|href|click|include|import|init|config|dv\.",
    re.IGNORECASE,
)


def fence(text: str) -> str:
    """The text as a code block whose fence is longer than any run within."""
    if "```" not in text:
        return f"```\n{text}\n```"
    lengths = {mark: _longest_run(text, mark) for mark in "`~"}
    mark = min("`~", key=lengths.__getitem__)
    line = mark * max(3, lengths[mark] + 1)
    return f"{line}\n{text}\n{line}"


def safe_fence(block: str, marks: str, *, is_closed: bool) -> str | None:
    """The fenced block, closed and not active; None if viewers could disagree about it."""
    line, _, code = block.partition("\n")
    info = line[len(marks) :]
    if "|" in info or (info and not info.isascii()) or has_odd_fences(block):
        return None
    calm = calm_fence(line, info.strip(), code)
    if not calm.startswith(marks) or "`" in calm[len(marks) :]:
        return None
    # A fence that is opened and not closed ends with the message.
    return f"{calm}{block[len(line) :]}" + ("" if is_closed else f"\n{marks}")


def may_hold_active_fences(text: str) -> bool:
    """Whether any fence in the text is active, or has an end that viewers disagree about."""
    infos = _INFO.findall(text)
    return any(map(is_active_info, infos)) or has_odd_fences(text)


def is_active_info(info: str) -> bool:
    """Whether the info of a fence has attributes, or a language that is drawn."""
    return "{" in info or _DRAWN_INFO.match(info) is not None


def is_plain_info(code: str) -> bool:
    """Whether the first line, which is the info of a fence, says no more than a language."""
    return _NO_PLAIN_INFO.match(code) is None


def has_odd_fences(text: str) -> bool:
    """Whether viewers disagree where a fence ends, since some take any white space for blanks."""
    if text.isascii() and not (
        "\x1c" in text or "\x1d" in text or "\x1e" in text or "\x1f" in text
    ):
        return False
    return bool(_ODD_FENCE.search(text) or ("~" in text and _ODD_TILDES.search(text)))


def calm_fence(line: str, info: str, code: str) -> str:
    """The first line of a fence, such that its code is shown, and neither drawn nor run."""
    if _DRAWN_INFO.match(info) and _ACTS.search(code):
        return _FENCE_LINE.sub(r"\1text", line, count=1)
    if "{" in info and (info.lstrip().startswith("{") or ACTIVE_BRACE.search(info)):
        return line.replace("{", "(").replace("}", ")")
    return line


def _longest_run(text: str, mark: str) -> int:
    return max(map(len, re.findall(f"{mark}+", text)), default=0)
