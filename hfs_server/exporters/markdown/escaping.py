"""Plain text on one line as Markdown that shows it literally."""

from __future__ import annotations

import re

# An underscore within a word is harmless, and names of agents are full of them.
_MARKUP = re.compile(
    r"[\\`*\[\]<>|~$]|&(?=[#\w])|(?<![^\W_])_|_(?![^\W_])|#\Z|\A(?:[#>+=]|-(?!\d))"
    r"|/(?=/)"
)


def escaped(text: str) -> str:
    """``text``, which has no newline, with its markup escaped."""
    return _MARKUP.sub(r"\\\g<0>", text)
