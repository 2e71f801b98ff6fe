"""What is no Markdown by its shape: data, diffs, logs, code and output of terminals.

The rule not to break: a wrong answer costs looks and never safety, since a code block is
always safe and Markdown is still proved. So these tests may guess, and look at the first
lines only.
"""

from __future__ import annotations

import re

_MOST_LOOKED_AT = 1_200
_LONG_WORD = 300
_FIRST_WORDS = 60
_LEAST_BLANKS = _MOST_LOOKED_AT // _LONG_WORD
_MOST_LINES = 8
_FIRST_LINES = 4
_LEAST_LINES = 3
_SHARE_OF_CODE = 0.5
_SHARE_BELOW_PROSE = 0.75

_JSON = re.compile(r"""\s*(?:\{\s*(?:"[^"\n]*"\s*:|\})|\[\s*(?:[\[{"\d\-]|\]\Z))""")
_BEGIN = re.compile(
    r"diff --git |--- \S.*\n\+\+\+ |@@ -\d|Index: |\*\*\* (?:Begin|Update|Add) "
    r"|[ \t]*\d+[\u2192\u2502\t]|Chunk ID: |Traceback \(most|#!/|<(?i:\?xml|!doctype html|html)"
    r"|total \d+\n[-dl][rwx-]{9}"
)
_FIRST_LETTERS = "CITdt"
"""The letters with which it may find something."""

_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u9fff\uff00-\uffef"
"""Letters of Thai, Lao, Burmese, Khmer, Japanese, Chinese: no blanks between their words."""
_UNSPACED_LETTERS = re.compile(f"[{_UNSPACED}]+")
_ESCAPE = "\u241b"
_CODE_LINE = re.compile(
    r"[+-](?![ +-])|@@ |\t+\S|"
    rf"[^\s{_UNSPACED}]{{80}}"
    r"|[ \t]*\d+(?![^\n]*```)(?:[\u2192:|\u2502\t]|-[^\d])"
    r"|\W?\d{4}-\d\d-\d\d[T ]|\[?\d\d:\d\d:\d\d|\W?(?:DEBUG|INFO|WARN|ERROR|TRACE|FATAL)\b"
    r"|[-dl][rwx-]{9}"
    r"|[\w.\[\]$]+[ \t]*(?:[+|:-]?=)[ \t]*\S"
    r"|[\w./@-]*[./][\w./@-]*:\d+[:(-]"
    r"|[ \t]*(?:[\])}]|</?[A-Za-z!?]|//|/\*|\*/|\#include|[$>] \S|at [^\n]*[:(]|File \""
    r"|[\"'][^\"'\n]*[\"'][ \t]*[:,]"
    r"|(?:import|from|def|class|return|const|let|var|function|export|if|elif|for|while|"
    r"public|private|fn|pub|use|package|func|type|raise|try|except|async|await|case)\b"
    r"[^\n]*[\](){}:=;\"])"
)
_CODE_ENDS = (*";{}([>", "),", "],", "):", '":', "':", "]:")
_MARKDOWN_LINE = re.compile(r"#{1,6} |[ \t]*(?:[-*+]|\d+[.)]) |> |\||\*\*|```")


def is_data(text: str) -> bool:
    """Whether the text begins as no Markdown does."""
    if _ESCAPE in text and f"{_ESCAPE}[" in text:
        return True
    if (not text[0].isalpha() or text[0] in _FIRST_LETTERS) and _begins_as_data(text):
        return True
    # Nearly all texts have enough blanks at their begin, and to count them all takes longer.
    if len(text) <= _LONG_WORD or text.count(" ", 0, _FIRST_WORDS) >= _LEAST_BLANKS:
        return False
    begin = text[:_MOST_LOOKED_AT]
    if begin.count(" ") * _LONG_WORD >= len(begin):
        return False
    return 2 * len(_UNSPACED_LETTERS.sub("", begin)) > len(begin)


def _begins_as_data(text: str) -> bool:
    if _BEGIN.match(text):
        return True
    return _JSON.match(text) is not None and text.rstrip()[-1] in "}],"


def is_code(text: str) -> bool:
    """Whether the lines of the text are code, or a log, rather than Markdown."""
    begin = text[:_MOST_LOOKED_AT]
    if "\n" not in begin or "\n```" in begin:
        return False
    lines = [line for line in begin.split("\n") if line]
    lines = lines[:: 1 + len(lines) // _MOST_LINES]
    starts = [_CODE_LINE.match(line) is not None for line in lines[:_FIRST_LINES]]
    ends = [line.rstrip(" \t").endswith(_CODE_ENDS) for line in lines]
    # Nearly all that is no code shows it immediately.
    if not any(starts) and not any(ends[:_FIRST_LINES]):
        return False
    starts += [_CODE_LINE.match(line) is not None for line in lines[_FIRST_LINES:]]
    if sum(starts) + sum(ends) < _LEAST_LINES:
        return False
    marks = sum(_MARKDOWN_LINE.match(line) is not None for line in lines)
    if starts[0] or ends[0]:
        return sum(starts) + sum(ends) // 2 - marks >= len(lines) * _SHARE_OF_CODE
    # What begins with prose may hold some code, which is then a part of its own.
    return sum(starts) - marks >= len(lines) * _SHARE_BELOW_PROSE
