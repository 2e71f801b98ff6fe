"""Files and images of other tools' messages as attachments of a message."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import PurePosixPath

from hfs_server.importers.values import count_of, text_of
from hfs_server.session import JsonObject

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*;base64,", re.IGNORECASE)
_URI = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME_IN_SENTENCE = 200


def embedded(data: object, media_type: object, name: object = "") -> JsonObject | None:
    """An attachment from base64; None if it is none, or empty."""
    encoded = text_of(data)
    try:
        content = base64.b64decode(encoded)
    except (binascii.Error, ValueError):
        return None
    if not content:
        return None
    kind = text_of(media_type) or "application/octet-stream"
    return {
        "name": text_of(name) or kind.partition("/")[0],
        "media_type": kind,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "data": encoded,
    }


def linked(uri: object, media_type: object = "", name: object = "") -> JsonObject | None:
    """An attachment that lies elsewhere, from its URI or its path; None if there is none."""
    place = text_of(uri)
    if not place:
        return None
    last = PurePosixPath(place.replace("\\", "/")).name[:_NAME_IN_SENTENCE]
    found = {"name": text_of(name) or last or "file", "media_type": text_of(media_type)}
    return {**{key: value for key, value in found.items() if value}, "uri": place}


def described(media_type: object, size: object, sha256: object) -> JsonObject:
    """An attachment of which only this is known."""
    kind = text_of(media_type)
    found: JsonObject = {"name": kind.partition("/")[0] or "file"}
    if kind:
        found["media_type"] = kind
    if (count := count_of(size)) is not None:
        found["size"] = count
    if _SHA256.fullmatch(text_of(sha256)):
        found["sha256"] = sha256
    return found


def from_url(url: object, name: object = "") -> JsonObject | None:
    """An attachment from a ``data:`` URL or another one; None if it is no URL."""
    text = text_of(url)
    if found := _DATA_URL.match(text):
        return embedded(text[found.end() :], found.group(1) or "text/plain", name)
    return linked(text, "", name) if _URI.match(text) else None
