"""Plain text on one line as Markdown that shows it literally."""

from __future__ import annotations

import re

# An underscore within a word is harmless, and names of agents are full of them.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|~$^{]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])|#\Z|\A(?:[#>+=:%!?./]|-(?!\d))"
    r"|/(?=/)|=(?==)|\+(?=\+)|%(?=%)|:(?=:|[A-Za-z][\w+\-]*:)|(?<=www)\."
)
# No escape guards a brace at the end of a heading in all viewers.
_LAST_BRACE = re.compile(r"\}\Z")


def escaped(text: str) -> str:
    """``text``, which has no newline, with its markup escaped."""
    return _LAST_BRACE.sub("&#125;", _MARKUP.sub(r"\\\g<0>", text))
