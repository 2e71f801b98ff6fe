"""The reason why a text is not strict JSON, and the place."""

from __future__ import annotations

JsonPath = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""

_LONGEST_KEY = 60


class JsonError(ValueError):
    """The text is not JSON; the reason quotes nothing of it.

    ``path`` leads to the value if it is known. ``occurrence`` is 2 for the second of two equal
    keys.
    """

    def __init__(self, reason: str, path: JsonPath = (), occurrence: int = 1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path = path
        self.occurrence = occurrence


def json_path_text(path: JsonPath) -> str:
    """``("messages", 3, "role")`` as ``messages[3].role``; long keys are truncated."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{_short(part)}" for part in path)
    return text.removeprefix(".")


def _short(key: str) -> str:
    return key if len(key) <= _LONGEST_KEY else key[:_LONGEST_KEY] + "…"
