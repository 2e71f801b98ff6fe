"""Plain text on one line as Markdown that shows it literally."""

from __future__ import annotations

import re

# An underscore within a word is harmless, and names of agents are full of them.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|~$^{]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])|#\Z|\A(?:[#>+=:%!?./]|-(?!\d))"
    r"|/(?=/)|=(?==)|\+(?=\+)|%(?=%)|:(?=:|[A-Za-z][\w+\-]*:)|(?<=www)\."
)


def escaped(text: str) -> str:
    """``text``, which has no newline, with its markup escaped."""
    shown = _MARKUP.sub(r"\\\g<0>", text)
    # No escape guards a brace at the end of a heading in all viewers.
    return f"{shown[:-1]}&#125;" if shown.endswith("}") else shown
