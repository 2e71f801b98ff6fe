"""What a caller of the library gives to be exported, checked and made plain JSON.

An error names the place, as ``messages[3].role``, and quotes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from hfs_server.checkpoint_state import state_from_text
from hfs_server.errors import InvalidDocument
from hfs_server.importers.hfs_json.models import Checkpoint, Message
from hfs_server.session import JsonObject
from hfs_server.strict_json.events import Path, path_text
from hfs_server.validation import reason


def checked_name(name: object) -> str:
    """The session's name. Raises TypeError for anything but text."""
    if not isinstance(name, str):
        raise TypeError("session_name: expected text.")
    return name


def require_well_formed(name: str, **lists: Sequence[JsonObject]) -> None:
    """Raises InvalidDocument for text that JSON cannot hold; Markdown shows it as replaced."""
    _require_well_formed(name, "session_name")
    for member, parts in lists.items():
        for index, part in enumerate(parts):
            for key, value in part.items():
                if isinstance(value, str):
                    _require_well_formed(value, member, index, key)


def checked_parts(
    member: str, parts: object, model: type[Message] | type[Checkpoint]
) -> list[JsonObject]:
    """The messages or checkpoints as they stand in a file.

    Raises TypeError where they are no list, InvalidDocument for one of another shape.
    """
    if not isinstance(parts, Iterable) or isinstance(parts, str | bytes | Mapping):
        raise TypeError(f"{member}: expected a list of objects.")
    return [_checked((member, index), part, model) for index, part in enumerate(parts)]


def plain(value: Any, *path: str | int) -> Any:
    """``value`` as JSON has it, or its text where JSON cannot hold it."""
    try:
        return state_from_text(json.dumps(to_jsonable_python(value)))
    except (ValueError, TypeError, RecursionError):
        raise _invalid(path, "it cannot be written as JSON") from None


def _checked(path: Path, part: object, model: type[Message] | type[Checkpoint]) -> JsonObject:
    try:
        checked = model.model_validate(dict(part) if isinstance(part, Mapping) else part)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False)[0]
        raise _invalid((*path, *problem["loc"]), reason(problem)) from None
    return {
        key: value if isinstance(value, str) else plain(value, *path, key)
        for key, value in checked.as_object().items()
    }


def _require_well_formed(text: str, *path: str | int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _invalid(path, "expected text without half of a surrogate pair") from None


def _invalid(path: Path, why: str) -> InvalidDocument:
    place = path_text(path)
    return InvalidDocument(f"The session cannot be exported: {place}: {why}.", path=place)
