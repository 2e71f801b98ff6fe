"""What is no Markdown by its shape: data, diffs, logs, code and output of terminals.

The rule not to break: a wrong answer costs looks and never safety, since a code block is
always safe and Markdown is still proved. So these tests may guess, and look at the first
lines only.
"""

from __future__ import annotations

import re

_MOST_LOOKED_AT = 1_200
_LONG_WORD = 300
_LEAST_LINES = 3
_SHARE_OF_CODE = 0.5
_SHARE_BELOW_PROSE = 0.75

_JSON = re.compile(r"""\s*(?:\{\s*(?:"[^"\n]*"\s*:|\})|\[\s*(?:[\[{"\d\-]|\]\Z))""")
_BEGIN = re.compile(
    r"diff --git |--- \S.*\n\+\+\+ |@@ -\d|Index: |\*\*\* (?:Begin|Update|Add) "
    r"|[ \t]*\d+[\u2192\u2502\t]|Chunk ID: |Traceback \(most|#!/|<\?xml|<!doctype html|<html"
    r"|total \d+\n[-dl][rwx-]{9}",
    re.IGNORECASE,
)
_ESCAPE_SEQUENCE = "\u241b["
_CODE_LINE = re.compile(
    r"^(?:"
    r"[ \t]*[\])}]"
    r"|[ \t]*[\"'][^\"'\n]*[\"'][ \t]*[:,]"
    r"|[ \t]*</?[A-Za-z!?]"
    r"|(?![^\n]*```)[ \t]*\d+(?:[\u2192:|\u2502\t]|-[^\d])"
    r"|(?:[+-](?![ +-])|@@ )"
    r"|\W?\d{4}-\d\d-\d\d[T ]|\[?\d\d:\d\d:\d\d|\W?(?:DEBUG|INFO|WARN|ERROR|TRACE|FATAL)\b"
    r"|[\w./@-]*[./][\w./@-]*:\d+[:(-]"
    r"|[ \t]*(?:at [^\n]*[:(]|File \"|//|/\*|\*/|\#include|[$>] \S)"
    r"|[ \t]*(?:import|from|def|class|return|const|let|var|function|export|if|elif|for|while|"
    r"public|private|fn|pub|use|package|func|type|raise|try|except|async|await|case)\b[^\n]*[\](){}:=;\"]"
    r"|[-dl][rwx-]{9}"
    r"|\t+\S"
    r"|[\w.\[\]$]+[ \t]*(?:[+|:-]?=)[ \t]*\S"
    r"|\S{80})",
    re.MULTILINE,
)
_CODE_END = re.compile(r"[;{}(\[>][ \t]*\n|[)\]],\n|[)\"'\]]:\n")
_MARKDOWN_LINE = re.compile(
    r"^(?:#{1,6} |[ \t]*[-*+] |[ \t]*\d+[.)] |> |\||\*\*|```)", re.MULTILINE
)


def is_no_markdown(text: str) -> bool:
    """Whether the text is shown better as a code block than as Markdown."""
    if _BEGIN.match(text) or _ESCAPE_SEQUENCE in text:
        return True
    if _JSON.match(text) and text.rstrip()[-1] in "}],":
        return True
    looked_at = text[:_MOST_LOOKED_AT]
    if "\n```" in looked_at:
        return False
    if len(text) > _LONG_WORD and looked_at.count(" ") * _LONG_WORD < len(looked_at):
        return True
    if "\n" not in text:
        return False
    starts = len(_CODE_LINE.findall(looked_at))
    ends = len(_CODE_END.findall(f"{looked_at}\n"))
    if starts + ends < _LEAST_LINES:
        return False
    lines = 1 + looked_at.count("\n") - looked_at.count("\n\n")
    marks = len(_MARKDOWN_LINE.findall(looked_at))
    if _CODE_LINE.match(text) or _CODE_END.search(text, 0, text.index("\n") + 1):
        return starts + ends // 2 - marks >= lines * _SHARE_OF_CODE
    # What begins with prose may hold some code, which is then a part of its own.
    return starts - marks >= lines * _SHARE_BELOW_PROSE
