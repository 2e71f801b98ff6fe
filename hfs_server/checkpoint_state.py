"""The state of a checkpoint, which files and the store may hold as JSON text."""

from __future__ import annotations

from hfs_server.strict_json.events import JsonError, parse_json

_STATE_DEPTH = 3
"""How deep a checkpoint's state lies in a document."""


def state_from_text(text: object) -> object:
    """The state that a JSON text holds; the text itself where it is not such JSON as a file can
    hold, so that nothing is lost.
    """
    if not isinstance(text, str):
        return text
    try:
        return parse_json(text, _STATE_DEPTH)
    except JsonError:
        return text
