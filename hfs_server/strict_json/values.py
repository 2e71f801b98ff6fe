"""A JSON text that is read whole."""

from __future__ import annotations

import io
from typing import Any

from hfs_server.strict_json.errors import JsonError
from hfs_server.strict_json.events import MAX_DEPTH, JsonEvents
from hfs_server.strict_json.source import LONE_SURROGATE

_STATE_DEPTH = 3
"""How deep the state of a checkpoint is nested in an export document."""


def parse_json(text: str, depth: int = 0) -> Any:
    """The value of a JSON text. Raises JsonError.

    ``depth`` is how deep the value will be nested in a document.
    """
    try:
        events = JsonEvents(io.BytesIO(text.encode()))
        value = events.value(events.next(), (), MAX_DEPTH - depth)
    except UnicodeEncodeError:
        raise JsonError(LONE_SURROGATE) from None
    except StopIteration:
        raise JsonError("the text is empty") from None
    events.end()
    return value


def state_from_text(text: object) -> object:
    """The state of a checkpoint from its JSON text, which documents and stores may hold.

    Anything that is not JSON, or that a document cannot hold, is returned as it is, so that
    nothing is lost.
    """
    if not isinstance(text, str):
        return text
    try:
        return parse_json(text, _STATE_DEPTH)
    except JsonError:
        return text
