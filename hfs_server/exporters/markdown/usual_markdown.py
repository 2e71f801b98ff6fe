"""Markdown as most messages have it, found by one pattern: paragraphs, lists, links and code.

The rule not to break: the pattern lists what may pass, and ``plain_markdown`` would leave all of
that as it is, unless it counts marks in words and in code as emphasis; tests check that with pairs
of all odd characters. What it does not list only takes more time there. It is one of pydantic's,
whose engine reads each character once (benchmark row 4).
"""

from __future__ import annotations

from pydantic_core import SchemaValidator, core_schema

from hfs_server.exporters.markdown.plain_markdown import HEADING, demote

# While the pattern is at work, no other thread is.
_LONGEST = 200_000

_WORD = "[0-9A-Za-z]"
# Without control characters, the line ends of Unicode, and the picture of an escape.
_BEYOND_ASCII = r"[^\x00-\x7f\x{80}-\x{9f}\x{2028}\x{2029}\x{241b}]"
_VISIBLE = rf"[{_BEYOND_ASCII}--\s]"
_PLAIN = rf"""[0-9A-Za-z \x22'(),.;:?=+&|\-{_BEYOND_ASCII}]"""
# What acts only together with some other character than these.
_HARMLESS = (
    r"![ \x22')]|>[ =(0-9A-Za-z]|<[ =0-9]|%[ ),.;:]|[$@#][0-9A-Za-z]|/[0-9A-Za-z._ ]"
    rf"|https?://{_WORD}|{_WORD}(?:_+{_WORD}+)+"
)
_CODE = rf"`(?:{_PLAIN}|{_HARMLESS}|[*_])+`"
_WEB = rf"https?://{_WORD}(?:/?[0-9A-Za-z._?#=&+,;:\-])*/?"
_PATH = r"/?[0-9A-Za-z_.\-]+(?:/[0-9A-Za-z_.\-]+)*(?:/[0-9A-Za-z_.\-]+:[0-9]+)?"
_TARGET = rf"(?:[0-9A-Za-z _.,/\-]*|{_CODE})\]\((?:{_WEB}|{_PATH})\)"


def _strong(first: str) -> str:
    """Emphasis on words that begin with the pattern ``first``.

    All viewers end it where it ends here: if they did not, it could lie in itself too deep.
    """
    words = rf"{first}(?:(?:{_PLAIN}|{_HARMLESS}|{_CODE})*{_WORD})?"
    end, end_of_sentence = r"(?:[ .,;:)?\-]|(?m:$))", "(?: |(?m:$))"
    return (
        rf"\*\*{words}(?:\*\*{end}|[:.?]\*\*{end_of_sentence})|\*{words}\*{end}"
        rf"|\*\*{_CODE}:?\*\*{end_of_sentence}"
    )


_INLINE = rf"{_PLAIN}|{_HARMLESS}|{_CODE}|{_strong(_WORD)}|[ (]\[{_WORD}{_TARGET}| \* |[!%](?m:$)"

# Tasks and tables of contents begin with "x" and "to".
_LETTER = "(?:[A-SU-WYZa-su-wyz]|[Tt][A-NP-Za-np-z])"
_ITEM = r" {0,6}(?:[\-*+]|[0-9]{1,2}[.)]) (?:\[[ x]\] )?"
_BEGIN = (
    rf"(?:#{{1,6}} )?[A-WYZa-wyz|]|(?:{_ITEM}|> )(?:{_LETTER}|\[{_LETTER}{_TARGET})|[\-*+] [Tt]"
    rf"|(?:{_ITEM}|> |#{{1,6}} )?(?:[\x22'{_VISIBLE}]|{_CODE}|{_strong(_LETTER)})"
)
_LINE = rf"(?:{_BEGIN})(?:{_INLINE})*"

# None in which a viewer draws or runs.
_LANGUAGES = (
    "|bash|c|console|cpp|cs|csharp|css|diff|go|html|ini|java|javascript|js|json|jsonc|jsx|kotlin|lua"
    "|markdown|md|php|powershell|py|python|rb|rs|ruby|rust|scss|sh|shell|sql|swift|text|toml|ts|tsx"
    "|txt|typescript|vue|xml|yaml|yml|zsh"
)
_IN_CODE = rf"(?:`{{0,2}}[\t -_a-~{_VISIBLE}])*`{{0,2}}"
_FENCE = rf"```(?:{_LANGUAGES})\n(?:{_IN_CODE}\n)*```"

_is_usual = SchemaValidator(
    core_schema.str_schema(pattern=rf"\A(?:(?:{_LINE}|{_FENCE})?(?:\n|\z))+\z")
).isinstance_python


def demoted_if_usual(text: str) -> str | None:
    """The text with its headings three levels down; None if it may hold anything unusual."""
    if len(text) > _LONGEST or not _is_usual(text):
        return None
    if "#" not in text or not (text[0] == "#" or "\n#" in text):
        return text
    # A fence opens and closes wherever it stands, so every second part is code.
    parts = f"\n{text}\n".split("```")
    parts[::2] = [HEADING.sub(demote, part) for part in parts[::2]]
    return "```".join(parts)[1:-1]
