"""Arguments of the library's exports, validated and converted to plain JSON.

The rule not to break: an error names the place, as ``messages[3].role``, and quotes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from hfs_server.errors import InvalidDocument
from hfs_server.importers.hfs_json.messages import checked_facts, refitted_like
from hfs_server.importers.hfs_json.models import Checkpoint, PlainMessage
from hfs_server.session import MESSAGE_FACTS, JsonObject
from hfs_server.strict_json.errors import JsonPath, json_path_text
from hfs_server.strict_json.values import state_from_text
from hfs_server.text import require_unicode
from hfs_server.validation import described, reason


def checked_name(name: object) -> str:
    """The session's name. Raises TypeError for anything but text."""
    if not isinstance(name, str):
        raise TypeError("session_name: expected text.")
    return name


def require_valid_text(name: str, **lists: Sequence[JsonObject]) -> None:
    """Raises InvalidDocument for lone surrogates, which Markdown replaces and JSON cannot hold."""
    _require_unicode(name, "session_name")
    for member, parts in lists.items():
        for index, part in enumerate(parts):
            for key, value in part.items():
                if isinstance(value, str):
                    _require_unicode(value, member, index, key)


def checked_messages(parts: object) -> list[JsonObject]:
    """The messages as objects of an export document.

    None under a key that schema 1.1.0 added is written only in a document of 1.0.0, which allows
    anything there. Raises TypeError for anything but a list, and InvalidDocument for an invalid
    message.
    """
    listed = _listed("messages", parts)
    return [_message(("messages", index), part) for index, part in enumerate(listed)]


def checked_checkpoints(parts: object) -> list[JsonObject]:
    """The checkpoints as objects of an export document. Raises as ``checked_messages`` does."""
    listed = _listed("checkpoints", parts)
    return [_checked(("checkpoints", i), part, Checkpoint) for i, part in enumerate(listed)]


def _listed(member: str, parts: object) -> Iterable[object]:
    if not isinstance(parts, Iterable) or isinstance(parts, str | bytes | Mapping):
        raise TypeError(f"{member}: expected a list of objects.")
    return parts


def plain(value: Any, *path: str | int) -> Any:
    """``value`` as plain JSON, or as text if it is not valid JSON, such as NaN."""
    try:
        return state_from_text(json.dumps(to_jsonable_python(value)))
    except (ValueError, TypeError, RecursionError):
        raise _invalid(path, "it cannot be written as JSON") from None


def _message(path: JsonPath, part: object) -> JsonObject:
    before = _checked(path, part, PlainMessage)
    nulls = {name for name in MESSAGE_FACTS if name in before and before[name] is None}
    try:
        message = checked_facts({key: before[key] for key in before if key not in nulls})
    except ValidationError as error:
        raise _invalid_part(path, error) from None
    return refitted_like(message, before) if nulls else message


def _checked(
    path: JsonPath, part: object, model: type[PlainMessage] | type[Checkpoint]
) -> JsonObject:
    try:
        checked = model.model_validate(dict(part) if isinstance(part, Mapping) else part)
    except ValidationError as error:
        raise _invalid_part(path, error) from None
    return {
        key: value if isinstance(value, str) else plain(value, *path, key)
        for key, value in checked.as_object().items()
    }


def _invalid_part(path: JsonPath, error: ValidationError) -> InvalidDocument:
    problem = error.errors(include_url=False, include_input=False)[0]
    return _invalid((*path, *problem["loc"]), reason(problem))


def _require_unicode(text: str, *path: str | int) -> None:
    try:
        require_unicode(text)
    except ValueError as error:
        raise _invalid(path, str(error)) from None


def _invalid(path: JsonPath, why: str) -> InvalidDocument:
    place = json_path_text(path)
    return InvalidDocument(f"The session cannot be exported: {described(place, why)}.", path=place)
