"""Files and images of other tools' messages as attachments of a message.

The rule not to break: every attachment is made here, since one that lacks a name, a media type,
a size or a digest fits no export document, and takes the others of its message with it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from pathlib import PurePosixPath

from hfs_server.importers.media_types import UNKNOWN, media_type_of
from hfs_server.importers.values import count_of, text_of
from hfs_server.session import JsonObject
from hfs_server.text import encode

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=-]+)*;base64,", re.IGNORECASE)
_TYPE_OF_DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?", re.IGNORECASE)
_URI = re.compile(r"[a-z][a-z0-9+.-]+:", re.IGNORECASE)
_AFTER_PATH = re.compile(r"[?#]")
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
    kind = _kind(media_type, text_of(name)) or UNKNOWN
    made = _of_content(text_of(name) or kind.partition("/")[0], kind, content)
    return {**made, "data": encoded}


def with_text(
    text: object, media_type: object = "", name: object = "", uri: object = ""
) -> JsonObject | None:
    """An attachment whose content is text; None if that is empty."""
    content, place = text_of(text), text_of(uri)
    if not content:
        return None
    called = text_of(name) or _last_of(place) or "text"
    kind = _kind(media_type, called, place) or "text/plain"
    made = {**_of_content(called, kind, encode(content)), "text": content}
    return {**made, "uri": place} if place else made


def linked(
    uri: object, media_type: object = "", name: object = "", size: object = None
) -> JsonObject | None:
    """An attachment that lies elsewhere, from its URI or its path; None if there is none.

    Without its bytes there is no digest of them, and their number is what the tool says, or 0.
    """
    place = text_of(uri)
    if not place:
        return None
    called = text_of(name) or _last_of(place) or "file"
    if found := _TYPE_OF_DATA.match(place):
        media_type = text_of(media_type) or found.group(1)
    kind = _kind(media_type, called, place) or UNKNOWN
    known = count_of(size) or 0
    return {"name": called, "media_type": kind, "size": known, "sha256": "", "uri": place}


def described(media_type: object, size: object, sha256: object) -> JsonObject:
    """An attachment of which only this is known."""
    kind, digest = text_of(media_type), text_of(sha256)
    return {
        "name": kind.partition("/")[0] or "file",
        "media_type": kind or UNKNOWN,
        "size": count_of(size) or 0,
        "sha256": digest if _SHA256.fullmatch(digest) else "",
    }


def from_url(url: object, name: object = "") -> JsonObject | None:
    """An attachment from a ``data:`` URL or another one; None if it is no URL."""
    text = text_of(url)
    if found := _DATA_URL.match(text):
        made = embedded(text[found.end() :], found.group(1) or "text/plain", name)
        return made or (linked(text, "", name) if found.end() < len(text) else None)
    return linked(text, "", name) if _URI.match(text) else None


def _of_content(name: str, media_type: str, content: bytes) -> JsonObject:
    return {
        "name": name,
        "media_type": media_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _kind(media_type: object, *names: str) -> str | None:
    """The media type that a tool says, if it is one, else by the names."""
    given = text_of(media_type)
    return given if "/" in given else media_type_of(*names, _AFTER_PATH.split(names[-1])[0])


def _last_of(place: str) -> str:
    """The name at the end of a URI or a path; none of what is no place but the data itself."""
    if _TYPE_OF_DATA.match(place):
        return ""
    return PurePosixPath(place.replace("\\", "/")).name[:_NAME_IN_SENTENCE]
