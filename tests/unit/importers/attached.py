"""Attachments as importers must make them."""

from __future__ import annotations

from hashlib import sha256
from typing import Any


def beside(name: str, media_type: str, uri: str, size: int = 0) -> dict[str, Any]:
    """An attachment whose bytes are not in the tool's file."""
    return {"name": name, "media_type": media_type, "size": size, "sha256": "", "uri": uri}


def with_text(name: str, media_type: str, text: str, **keys: str) -> dict[str, Any]:
    """An attachment whose text is in the tool's file."""
    content = text.encode()
    made = {"name": name, "media_type": media_type, "size": len(content), "text": text}
    return {**made, "sha256": sha256(content).hexdigest(), **keys}
