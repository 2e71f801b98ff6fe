"""JSON of other tools, read leniently: what one strict parser rejects is no reason to lose it.

The rule not to break: what is returned has no lone surrogate and no number that is not finite.
"""

from __future__ import annotations

import json

from pydantic_core import from_json

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import CountsReplacements, cleaned, repr_of
from hfs_server.strict_json.errors import JsonError
from hfs_server.strict_json.events import JsonEvents

_PIECE_BYTES = 1 << 20
_DEEPEST = 1 << 20


def json_value(text: bytes | str, counts: CountsReplacements) -> object:
    """The value of a JSON text; None if it is not JSON."""
    try:
        # All strings in the cache would make it half as fast (benchmark row 14).
        return from_json(text, allow_inf_nan=False, cache_strings="keys")
    except ValueError:
        pass
    try:
        return cleaned(json.loads(text if isinstance(text, str) else _decoded(text)), counts)
    except (ValueError, RecursionError):
        return None


def read_document(file: SourceFile, draft: Draft) -> object:
    """The value of a JSON document, of which the end may be missing. Raises InvalidDocument."""
    text = _content(file)
    if (value := json_value(text, draft)) is not None:
        return value
    try:
        value = from_json(text, allow_inf_nan=False, allow_partial="trailing-strings")
    except ValueError:
        raise InvalidDocument("The file is damaged: it is not valid JSON.") from None
    draft.warnings.append("The file ends too early; what it holds was imported.")
    return value


def read_deep_document(file: SourceFile, draft: Draft) -> object:
    """As ``read_document``, also of a document with thousands of levels, if it is strict JSON."""
    try:
        return read_document(file, draft)
    except InvalidDocument:
        with file.open() as content:
            events = JsonEvents(content)
            try:
                return events.value(events.next(), (), _DEEPEST)
            except (JsonError, StopIteration):
                pass
        raise


def json_text(value: object) -> str:
    """A value as text: text as it is, None as the empty text, anything else as JSON."""
    if isinstance(value, str):
        return value
    try:
        return "" if value is None else json.dumps(value, ensure_ascii=False)
    except (ValueError, TypeError, RecursionError):
        return repr_of(value)


def _content(file: SourceFile) -> bytes:
    pieces = []
    done = 0
    with file.open() as content:
        while piece := content.read(_PIECE_BYTES):
            pieces.append(piece)
            done += len(piece)
            if file.on_read is not None:
                file.on_read(done)
    return b"".join(pieces)


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")
