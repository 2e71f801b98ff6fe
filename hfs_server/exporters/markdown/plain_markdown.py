"""Markdown that needs no parser.

The rule not to break: text leaves here only when cheap tests prove that no Markdown
parser finds in it a heading of level 1-3, HTML, an image, a link definition, an unsafe
link or a block that stays open. ``sanitize_parsed`` would then leave it as it is, which
a property test checks.
"""

from __future__ import annotations

import re

from hfs_server.exporters.markdown.extensions import has_deep_marks, has_risky_mark, shifting_marks
from hfs_server.exporters.markdown.fences import (
    has_odd_fences,
    is_plain_info,
    may_hold_active_fences,
)
from hfs_server.exporters.markdown.foreign_blocks import PLAIN_ITEM, has_risky_line
from hfs_server.exporters.markdown.links import AUTOLINK, LOOSE_HOST

_MOST_NESTED_FENCES = 100
_CODE_INDENT = 4
_MARKS = " \t>*+-0123456789.)[]xX"

# All of these begin with one fixed character, which lets the search run at the speed of C.
HEADING = re.compile(r"\n(#{1,6})(?=[ \t\n]|\Z)")
_HEADING_WITH_BRACE = re.compile(r"\n[ \t>*+\-0-9.)\[\]xX]*#[^\n]*\}[ \t#]*\n")
_RISKY_LINE = re.compile(
    r"\n(?:[ \t>*+\-=0-9.)]*(?<=[-=])[ \t]*(?P<underline>\n)|[ \t>*+\-0-9.)\[\]xX]+#{1,6}[ \t\n])"
)
# Most lines begin with no mark, or as an item, a quote or a heading of plain text, which neither
# pattern of a risky line finds.
_MARKED_LINE = re.compile(
    r"\n(?=[ \t>*+\-=0-9.)\[\]xX:~!?%({\\$#])"
    rf"(?!{PLAIN_ITEM}|> [A-SU-WYZa-su-wyz]|#{{1,6}} )"
)
_NESTED_FENCE = re.compile(r"\n( +)```[^`|\n]*\n(?:(?:\1[^\n]*| *)\n)*?\1```[ ]*(?=\n)")
# A word stays behind: where the fence is no fence but the text of a paragraph, the line below
# it could be the underline of a heading.
FENCE_MARK = "\nx\x02"
_NOT_SAME_AS_TEXT = re.compile(r"[<`$!\]]")
_CODE_SPAN = re.compile(r"(`[^`\n]+`)")
_CODE_IN_CELL = re.compile(r"(`[^`\n|]+`)")
PLAIN_AUTOLINK = re.compile(rf"<(?:{AUTOLINK})")
_TAG_START = re.compile(r"<[A-Za-z/!?]")
RISKY_TARGET = r"\((?!https?://|mailto:|#|/?[\w.-]+(?:/[\w.-]+)*(?:/|/[\w.:-]+)?[)#]|/[\w.:-]+[)#])"
RISKY_LINK = re.compile(rf"\](?::|{RISKY_TARGET})")
TAG = re.compile(rf"<(?=[A-Za-z/!?])(?!{AUTOLINK})")
ADDRESS_BEFORE_CODE = re.compile(r"(?:://|[wW]{3}\.)[^ \t\n\x01]*\x01")


def demoted_if_harmless(text: str) -> str | None:
    """The text with its headings three levels down; None if it may hold anything unsafe."""
    whole = f"\n{text}\n"
    # To ask for one character takes a tenth of the time that asking for more does.
    if "`" in text and len(pieces := whole.split("```")) > 1:
        return _demoted_around_fences(text, whole, pieces)
    if not _is_harmless(whole):
        return None
    return HEADING.sub(demote, whole)[1:-1] if "#" in text and "\n#" in whole else text


def apart(text: str) -> tuple[str, list[str]]:
    """The text with a mark for each code span, and the spans."""
    pieces = _CODE_SPAN.split(text)
    # A bar cuts a span only in a table, which has bars outside of code as well.
    if "|" in text and any("|" in code for code in pieces[1::2]) and "|" in "".join(pieces[::2]):
        pieces = _CODE_IN_CELL.split(text)
    return "\x01".join(pieces[::2]), pieces[1::2]


def has_address(bare: str) -> bool:
    """Whether it may hold an address that a viewer links by itself, and all that follows it."""
    return "://" in bare or ("." in bare and "www." in bare.lower())


def ends_in_marks(text: str) -> bool:
    """Whether viewers could disagree about a fence right below the text.

    Some take a rule for the begin of metadata, and what stands below an empty item for its content.
    """
    last = text[text.rfind("\n") + 1 :].strip(" \t")
    return bool(last) and not last.strip(_MARKS)


def _demoted_around_fences(text: str, whole: str, pieces: list[str]) -> str | None:
    # A fence at column 0 opens and closes wherever it stands, so every second part is code.
    has_others = any(piece[-1:] != "\n" for piece in pieces[:-1])
    parts = whole.split("\n```") if has_others else [*(p[:-1] for p in pieces[:-1]), pieces[-1]]
    if has_odd_fences(text) or not _are_plain_fences(parts):
        return None
    prose = "\n\n".join(parts[::2])
    if not (_is_harmless_around_fences(parts) if has_others else _is_harmless(prose)):
        return None
    if "#" not in prose or "\n#" not in prose:
        return text
    parts[::2] = [HEADING.sub(demote, part) for part in parts[::2]]
    return "\n```".join(parts)[1:-1]


def _are_plain_fences(parts: list[str]) -> bool:
    if len(parts) % 2 == 0 or not all(map(is_plain_info, parts[1::2])):
        return False
    # The last part has no fence below it.
    return all(map(_is_below_fence, parts[2::2])) and not any(map(ends_in_marks, parts[:-1:2]))


def _is_below_fence(part: str) -> bool:
    return part[:1] == "\n" or not part.partition("\n")[0].strip(" \t")


def _is_harmless_around_fences(parts: list[str]) -> bool:
    """Whether no part is harmful, where more marks of fences stand within the parts."""
    if any("```" in code for code in parts[1::2]):
        return False
    # Each by itself: two half fences, a block of code between them, are no fence.
    return all(_is_harmless_with_fences(f"{part}\n") for part in parts[::2])


def _is_harmless_with_fences(prose: str) -> bool:
    if "```" in prose:
        if may_hold_active_fences(prose):
            return False
        prose, _ = set_fences_aside(prose)
        if "```" in prose:
            return False
    return _is_harmless(prose)


def _is_harmless(prose: str) -> bool:
    """Whether prose without fences of backticks is harmless."""
    if ("~" in prose and "~~~" in prose) or ("$" in prose and "$$" in prose):
        return False
    if is_risky(prose) and _has_risky_span(prose):
        return False
    return not has_risky_block(prose)


def has_risky_block(prose: str) -> bool:
    """Whether anything but what stands within the lines could be unsafe."""
    if _MARKED_LINE.search(prose) and (_has_risky_line(prose) or has_risky_line(prose)):
        return True
    if "}" in prose and _HEADING_WITH_BRACE.search(prose):
        return True
    return has_deep_marks(prose)


def set_fences_aside(prose: str) -> tuple[str, list[str]]:
    """The text with a mark for each fence in a list that is sure to be one, and the fences."""
    fences: list[str] = []
    # Unclosed fences would each be searched to the end, so their number is bounded.
    if prose.count("```") <= 2 * _MOST_NESTED_FENCES:
        prose = _NESTED_FENCE.sub(lambda found: _set_aside(found, fences), prose)
    return prose, fences


def _set_aside(found: re.Match[str], fences: list[str]) -> str:
    _, *between, _ = found[0].split("```")
    # Below text, and four columns in or more, it may be more of that text and no fence.
    start = found.start()
    is_fence = len(found[1]) < _CODE_INDENT or not start or found.string[start - 1] == "\n"
    if len(between) != 1 or not (is_fence or not _NOT_SAME_AS_TEXT.search(between[0])):
        return found[0]
    fences.append(found[0])
    return FENCE_MARK


def _has_risky_line(prose: str) -> bool:
    position = 0
    while found := _RISKY_LINE.search(prose, position):
        # Below a blank line it is a rule and no underline.
        is_rule = found["underline"] and (not found.start() or prose[found.start() - 1] == "\n")
        # With text right below it, some take it for the begin of metadata.
        if not is_rule or prose[found.end() : found.end() + 1] not in ("", "\n"):
            return True
        position = found.end() - 1
    return False


def _has_risky_span(prose: str) -> bool:
    """Whether what is risky in it stands outside of code."""
    # Code spans hide what they hold, provided that each ends on its line, is not cut
    # by a table cell, and no escape or formula shifts where the next one begins.
    if (tag := TAG.search(prose)) and not _is_after_odd_mark(prose, tag.start()):
        return True
    if "`" not in prose:
        return "<" not in prose or is_risky(PLAIN_AUTOLINK.sub("", prose))
    if "``" in prose or "\\`" in prose or "$" in prose:
        return True
    bare, codes = apart(prose)
    # Viewers that link bare addresses take a mark of code at their end with them.
    if "`" in bare or (has_address(bare) and ADDRESS_BEFORE_CODE.search(bare)):
        return True
    if "\\(" in prose or shifting_marks(prose, "\n".join(codes)):
        return True
    return is_risky(PLAIN_AUTOLINK.sub("", bare) if "<" in bare else bare)


def _is_after_odd_mark(prose: str, position: int) -> bool:
    """Whether a code span may be open there, since an odd number of its marks stand on the line."""
    return prose.count("`", prose.rfind("\n", 0, position) + 1, position) % 2 == 1


def is_risky(prose: str) -> bool:
    """Whether anything within the lines could be unsafe, be it in code or not."""
    if "<" in prose and _TAG_START.search(prose):
        return True
    if "/" in prose and LOOSE_HOST.search(prose):
        return True
    if has_risky_mark(prose):
        return True
    if "]" not in prose:
        return False
    return ("!" in prose and "![" in prose) or RISKY_LINK.search(prose) is not None


def demote(heading: re.Match[str]) -> str:
    """The marks of a heading that ``HEADING`` found, three levels down."""
    return "\n" + "#" * min(6, len(heading[1]) + 3)
