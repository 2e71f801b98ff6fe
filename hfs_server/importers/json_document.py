"""A JSON document of one session, which is read whole.

The rule not to break: lone surrogates and numbers that are not finite never cost the document.
"""

from __future__ import annotations

import json

from pydantic_core import from_json

from hfs_server.errors import InvalidDocument
from hfs_server.importers.foreign import Draft
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import cleaned


def read_document(file: SourceFile, draft: Draft) -> object:
    """The value in the file. Raises InvalidDocument if it is not JSON."""
    with file.open() as opened:
        content = opened.read()
    if file.on_read is not None:
        file.on_read(len(content))
    try:
        return from_json(content, allow_inf_nan=False)
    except ValueError:
        return _lenient(content, draft)


def _lenient(content: bytes, draft: Draft) -> object:
    try:
        return cleaned(json.loads(content.decode(errors="replace")), draft)
    except json.JSONDecodeError as error:
        raise InvalidDocument(
            f"Line {error.lineno} is not valid JSON; the file may be incomplete."
        ) from None
    except (ValueError, RecursionError):
        raise InvalidDocument("The file holds JSON that is nested too deep to be read.") from None
