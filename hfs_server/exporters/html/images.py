"""Attachments as HTML: images that a page can hold, and a line for everything else.

The rule not to break: an image is a ``data:`` URL of a type from a list, whose bytes begin as
that type does, and whose Base64 holds nothing else.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64
from typing import Any

from hfs_server.exporters.attachments import MOST_ATTACHMENTS, described
from hfs_server.exporters.html.escaping import escaped
from hfs_server.exporters.snapshot_values import records
from hfs_server.session import JsonObject

LARGEST_IMAGE = 2_800_000
"""The most characters of Base64 of an image; about 2 MB of data."""
MOST_OF_IMAGES = 28_000_000
"""The most characters of Base64 in one page."""

_BEGINNINGS = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/gif": re.compile(rb"GIF8[79]a"),
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
}
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_READ = 24


class Images:
    """The images of one page."""

    def __init__(self) -> None:
        self._left = MOST_OF_IMAGES

    def attachments(self, message: JsonObject) -> str:
        """The attachments of the message; "" if it has none."""
        found = records(message, "attachments")
        items = "".join(map(self._item, found[:MOST_ATTACHMENTS]))
        rest = len(found) - MOST_ATTACHMENTS
        more = f"<li>{rest:,} more attachments</li>\n" if rest > 0 else ""
        return f'<ul class="attachments">\n{items}{more}</ul>\n' if items else ""

    def _item(self, attachment: JsonObject) -> str:
        words = escaped(described(attachment))
        image = self._image(attachment.get("media_type"), attachment.get("data"), words)
        return f"<li>{image}<span>{words}</span></li>\n"

    def _image(self, media_type: Any, data: Any, words: str) -> str:
        beginning = _BEGINNINGS.get(media_type) if isinstance(media_type, str) else None
        if beginning is None or not isinstance(data, str):
            return ""
        if len(data) > min(LARGEST_IMAGE, self._left) or not _BASE64.fullmatch(data):
            return ""
        if not beginning.match(_first_bytes(data)):
            return ""
        self._left -= len(data)
        return f'<img src="data:{media_type};base64,{data}" alt="{words}" loading="lazy">'


def _first_bytes(data: str) -> bytes:
    try:
        return a2b_base64(data[:_READ])
    except Error:
        return b""
