"""A snippet shows why a text was found."""

from __future__ import annotations

import pytest

from hfs_server.search.matching import Matcher
from hfs_server.search.query import parsed
from hfs_server.search.snippets import CHARACTERS, lines_around, snippet
from hfs_server.search.words import parts, prepared

WORDS = "lorem ipsum dolor sit amet " * 200


def shown(query: str, *texts: str) -> tuple[str, list[str]]:
    """The snippet, and the parts of it that are highlighted."""
    found = snippet(texts, Matcher(parsed(query)))
    units = found.text.encode("utf-16-le")
    return found.text, [
        units[2 * start : 2 * end].decode("utf-16-le") for start, end in found.highlights
    ]


def test_the_place_with_the_most_terms_is_shown() -> None:
    text, words = shown("zebra lion", f"zebra {WORDS} a zebra and a LION {WORDS}")
    assert words == ["zebra", "LION"]
    assert text[0] == text[-1] == "…"
    assert len(text) <= CHARACTERS + 2


def test_the_text_with_the_most_terms_is_shown() -> None:
    assert shown("zebra lion", "a zebra", "zebra, lion", "lion") == (
        "zebra, lion",
        ["zebra", "lion"],
    )


def test_a_snippet_is_one_line_without_control_characters() -> None:
    text, words = shown("zebra", "a\x1b[31m\n\tzebra\u202e\r\n\x00here")
    assert text.isprintable()
    assert words == ["zebra"]


def test_words_are_not_cut() -> None:
    text, _ = shown("zebra", f"{WORDS}zebra {WORDS}")
    assert set(text.strip("…").split()) <= {"lorem", "ipsum", "dolor", "sit", "amet", "zebra"}


@pytest.mark.parametrize(
    ("query", "text", "words"),
    [
        ("login", "fixLoginBug", ["Login"]),
        ("fix_login", "fixLogin fix-login", ["fixLogin", "fix-login"]),
        ("log*", "blog logging", ["log"]),
        ("cafe", "CAFÉ cafe\u0301", ["CAFÉ", "cafe\u0301"]),
        ("本語", "日本語", ["本語"]),
        ("🚀", "🎉🚀", ["🚀"]),
        ("in", "within in", ["in"]),
    ],
)
def test_highlights_are_what_the_index_finds(query: str, text: str, words: list[str]) -> None:
    assert shown(query, text)[1] == words


def test_lines_around_a_hit() -> None:
    matcher = Matcher(parsed("zebra"))
    text = "1\n2\na zebra b\n4\n5"
    assert lines_around([text], matcher, 0) == ["a zebra b"]
    assert lines_around([text], matcher, 1) == ["2", "a zebra b", "4"]
    assert lines_around([text], matcher, 9) == text.split("\n")


def test_identifiers_have_parts() -> None:
    assert parts("fixLoginBug, HTTPServer; parseJSON2Html") == (
        "fix Login Bug HTTP Server parse JSON 2 Html"
    )
    assert parts("No Humps here_or_there") == ""


def test_characters_of_scripts_without_blanks_are_words() -> None:
    assert prepared("ab日本").split() == ["ab", "日", "本"]
    assert prepared("go🚀").split() == ["go", "emoji1f680"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("größer → x", "größer → x"),
        ("a日b", "a 日 b"),
        ("日本日", " 日  本  日 "),
        ("a🚀\ud800b", "a emoji1f680 \ud800b"),
        ("一二三四五六七八九", " 一  二  三  四  五  六  七  八  九 "),
    ],
)
def test_characters_that_are_words_stand_alone_however_many_there_are(
    text: str, expected: str
) -> None:
    assert prepared(text) == expected
