"""Names that users give to sessions."""

from __future__ import annotations

LONGEST_NAME = 255
"""In characters: what the terminal program's column declares."""


def require_visible(name: str) -> str:
    """``name``, which is not blank. Raises ValueError."""
    if not name.strip():
        raise ValueError("expected a name that is not blank")
    return name
