"""Text of any program is made fit for its place, and no text is too odd for that."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.text import (
    decode,
    one_line,
    path_in_sentence,
    path_text,
    printable,
    replace_surrogates,
    require_unicode,
    show_controls,
    show_nul,
    title_of,
)

ANY_TEXT = st.text(st.characters() | st.sampled_from("\ud83d\ude00\0\x1b\r\n\u2028\u202e\u200d"))


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\ude00\ud83d"], ids=ascii)
def test_a_lone_surrogate_is_rejected_or_replaced(text: str) -> None:
    with pytest.raises(ValueError, match="lone surrogate"):
        require_unicode(text)
    assert "\ufffd" in replace_surrogates(text)


def test_a_pair_of_surrogates_becomes_its_character() -> None:
    assert replace_surrogates("\ud83d\ude00 \ud83d") == "\U0001f600 \ufffd"


@given(ANY_TEXT)
def test_any_text_can_be_shown(text: str) -> None:
    for shown in (replace_surrogates(text), show_controls(text), one_line(text)):
        assert require_unicode(shown) == shown
    assert printable(text).isprintable() or any(c >= "\u200c" for c in printable(text))
    assert one_line(text) == one_line(one_line(text))
    assert len(one_line(text).splitlines()) <= 1
    assert not set(show_controls(text)) & {"\0", "\x1b", "\r", "\u2028"}


def test_control_characters_become_pictures() -> None:
    assert show_controls("a\0\x1b\x7f\tb\r\nc\u2028d") == "a\u2400\u241b\u2421\tb\nc\nd"
    assert show_nul("a\0\x1b") == "a\u2400\x1b"


def test_bytes_that_are_not_utf8_are_shown_as_escapes() -> None:
    assert decode("ü".encode() + b"\xff") == "ü\\xff"


def test_a_path_in_a_sentence_is_on_one_line_and_not_long() -> None:
    assert path_in_sentence(Path("/a\nb\x1b[2J")) == "/a\ufffdb\ufffd[2J"
    long = path_in_sentence(Path("/" + "d/" * 400 + "end.json"))
    assert len(long) == 301
    assert long.startswith("/d/")
    assert long.endswith("d/end.json")


@pytest.mark.parametrize("name", ["\udcff", "a\ud800b", "ü"], ids=ascii)
def test_a_path_is_valid_unicode_whatever_its_bytes(name: str) -> None:
    require_unicode(path_text(Path(name)))


COUPLE = "\U0001f468\u200d\U0001f469"
TITLES = {
    "short": ("Fix it", "Fix it"),
    "of several lines": (" Fix\n  it ", "Fix it"),
    "of 80 characters": ("x" * 80, "x" * 80),
    "of 81 characters": ("x" * 81, "x" * 79 + "\u2026"),
    "very long": ("x " * 5000, "x " * 39 + "x\u2026"),
    "long with blanks": ("Fix it" + " " * 1000, "Fix it"),
    "empty": ("", ""),
    "of couples": (COUPLE * 40, COUPLE * 26 + "\u2026"),
}


@pytest.mark.parametrize(("text", "title"), TITLES.values(), ids=TITLES)
def test_a_title_shows_that_it_is_cut(text: str, title: str) -> None:
    assert title_of(text) == title
