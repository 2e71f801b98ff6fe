"""Attachments: what is guessed of a file that is only named, and what is kept of broken data."""

from __future__ import annotations

import pytest

from hfs_server.importers.attachments import from_url, linked, with_text
from tests.unit.importers import attached
from tests.unit.importers.attached import beside


@pytest.mark.parametrize(
    ("uri", "given", "media_type"),
    [
        ("C:\\work\\A.PY", "", "text/x-python"),
        ("https://e.org/a.png?w=1#x", "", "image/png"),
        ("f-1", "", "application/octet-stream"),
        ("a.pdf", "pdf", "application/pdf"),
        ("a.pdf", "text/plain", "text/plain"),
    ],
)
def test_a_media_type_that_is_not_known_is_guessed(uri: str, given: str, media_type: str) -> None:
    found = linked(uri, given)
    assert found is not None
    assert (found["media_type"], found["size"], found["sha256"]) == (media_type, 0, "")


def test_broken_data_is_kept_as_a_place_with_its_type() -> None:
    url = "data:image/png;base64,a"
    assert from_url(url) == beside("file", "image/png", url)
    assert from_url("data:image/png;base64,") is None


def test_a_text_has_the_digest_of_its_utf_8() -> None:
    assert with_text("\u00e9") == attached.with_text("text", "text/plain", "\u00e9")
    assert with_text("") is None
