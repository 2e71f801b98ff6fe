"""Edits of lines that need no parser.

The rule not to break: what was edited leaves here only if it passes the tests of
``plain_markdown``, which takes escapes and the links that were put in for what they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from hfs_server.exporters.markdown.extensions import RISKY_CODE, has_risky_mark, shifting_marks
from hfs_server.exporters.markdown.fences import may_hold_active_fences
from hfs_server.exporters.markdown.inline import neutralise_spans
from hfs_server.exporters.markdown.links import LOOSE_HOST
from hfs_server.exporters.markdown.plain_markdown import (
    ADDRESS_BEFORE_CODE,
    FENCE_MARK,
    HEADING,
    PLAIN_AUTOLINK,
    RISKY_LINK,
    RISKY_TARGET,
    TAG,
    apart,
    demote,
    has_address,
    has_risky_block,
    is_risky,
    set_fences_aside,
)

_UNDERLINED = re.compile(r"\n\n([^\W\d_][^\n|#\\\x02]*)\n(?:(==+)|--+)[ \t]*(?=\n)")
_RISKY_TARGET = re.compile(rf"\]{RISKY_TARGET}")
# What a bare address would swallow, and backslashes and hosts, take more than a replacement.
_ADDRESS_BEFORE_HOST = re.compile(r"(?:://|[wW]{3}\.)[^ \t\n]*//")
_ADDRESS_BEFORE_MARK = re.compile(r"(?:://|[wW]{3}\.)[^ \t\n$<!\[\]]*[$<!\[\]]")
_MAYBE_INDENTED_CODE = re.compile(
    r"\n[ \t]*\n(?: {4}| {0,3}\t)|\n[ \t>*+\-0-9.)]*[-+*>.)](?: {5}| {0,4}\t)"
)
_ESCAPE = re.compile(r"\\[\s\S]")


def edited_if_certain(text: str, references: Mapping[str, str]) -> str | None:
    """The text with what could act in its lines escaped; None if that needs a parser.

    What was edited passes the same tests as a text that needs no edit.
    """
    if "```" not in text:
        return _edited_lines(text, references)
    if may_hold_active_fences(text):
        return None
    lines, fences = set_fences_aside(f"\n{text}\n")
    edited = _edited_lines(lines[1:-1], references)
    return edited and _put_back(f"\n{edited}\n", FENCE_MARK, fences)[1:-1]


def _edited_lines(text: str, references: Mapping[str, str]) -> str | None:
    if ("`" in text and "``" in text) or ("\\" in text and "\\`" in text):
        return None
    if ("~" in text and "~~~" in text) or ("$" in text and "$$" in text):
        return None
    if _MAYBE_INDENTED_CODE.search(f"\n\n{text}"):
        return None
    text = _UNDERLINED.sub(_join, f"\n\n{text}\n")[2:-1]
    bare, codes = apart(text)
    addressed = has_address(bare)
    if "`" in bare or (addressed and ADDRESS_BEFORE_CODE.search(bare)):
        return None
    within = "\n".join(codes)
    hides = RISKY_CODE.search(within) is not None or has_risky_mark(within.replace("`", ""))
    shifting = "^~" if "//" in bare and LOOSE_HOST.search(bare) else ""
    if hides:
        shifting += "$" * ("$" in bare) + shifting_marks(text, within)
    # A bare address would swallow what guards a host right after it.
    swallows_host = addressed and _ADDRESS_BEFORE_HOST.search(bare)
    if "\\" in shifting or ("|" in text and "$" in text) or swallows_host:
        return None
    swallows = addressed and _ADDRESS_BEFORE_MARK.search(bare)
    if not (references or shifting.strip("$") or swallows or "\\" in bare or has_risky_mark(bare)):
        bare = _escaped(bare, escapes_dollars="$" in shifting)
        edited = _put_back(bare, "\x01", codes)
    else:
        breaks_links = RISKY_LINK.search(bare) is not None
        edited = neutralise_spans(
            text, references=references, breaks_links=breaks_links, shifting=shifting
        )
        bare, _ = apart(edited)
    if (hides and "\\(" in edited) or not _is_plain_when_edited(edited, bare, references):
        return None
    return HEADING.sub(demote, f"\n{edited}")[1:] if "#" in edited else edited


def _join(underlined: re.Match[str]) -> str:
    return f"\n\n{'#' if underlined[2] else '##'} {underlined[1].rstrip()}"


def _escaped(bare: str, *, escapes_dollars: bool) -> str:
    """What ``neutralise_spans`` makes of text without code and backslashes, at the speed of C."""
    if "<" in bare:
        bare = TAG.sub("\\<", bare)
    if "](" in bare:
        bare = _RISKY_TARGET.sub("]\\(", bare)
    if escapes_dollars:
        bare = bare.replace("$", "\\$")
    return bare.replace("![", "\\![")


def _put_back(text: str, mark: str, pieces: list[str]) -> str:
    """The text with each piece where its mark stands."""
    first, *others = text.split(mark)
    return first + "".join(piece + other for piece, other in zip(pieces, others, strict=True))


def _is_plain_when_edited(edited: str, bare: str, references: Mapping[str, str]) -> bool:
    if has_risky_block(f"\n{edited}\n"):
        return False
    for href in set(references.values()):
        bare = bare.replace(f"](<{href}>)", "")
    if "://" in bare or "@" in bare:
        bare = PLAIN_AUTOLINK.sub("", bare)
    bare = _ESCAPE.sub("\x02", bare)
    return "`" not in bare and not is_risky(bare)
