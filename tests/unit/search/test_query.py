"""What a text means as a query."""

from __future__ import annotations

import pytest

from hfs_server.search.query import MOST_WORDS, parsed

TERMS = [
    ("fix login", ["fix", "login"]),
    ('"fix login" now', ['"fix login"', "now"]),
    ('"not closed', ['"not closed"']),
    ("log* -out --force", ["log*", "-out", "--force"]),
    ("tool: x", ["tool:", "x"]),
    ("since:soon", ["since soon"]),
    ("-tool:codex", ["-tool codex"]),
    ("a AND b", ["a", "AND", "b"]),
    ("word word", ["word"]),
    ("-> = ()", []),
]


@pytest.mark.parametrize(("text", "expected"), TERMS)
def test_words_phrases_and_operators(text: str, expected: list[str]) -> None:
    found = [
        ("-" if term.is_excluded else "") + (f'"{term.text}"' if term.is_phrase else term.text)
        for term in parsed(text).terms
    ]
    assert found == expected


def test_filters_are_taken_out_of_the_words() -> None:
    query = parsed('tool:Codex Role:User model:opus tag:a tag:"b c" project:"my web" login')
    assert [term.text for term in query.terms] == ["login"]
    assert query.filters.tools == ("codex",)
    assert (query.filters.models, query.filters.tags) == (("opus",), ("a", "b c"))
    assert (query.roles, query.project) == (("user",), "my web")
    assert parsed("project:/home/ada").filters.project == "/home/ada"


def test_a_query_of_filters_is_empty_and_one_of_signs_is_not() -> None:
    assert parsed("tool:codex").is_empty
    assert parsed(" ").is_empty
    assert not parsed("->").is_empty


def test_only_the_first_words_of_many_count() -> None:
    query = parsed(" ".join(f"w{number}" for number in range(500)))
    assert sum(len(term.words) for term in query.terms) == MOST_WORDS
    (phrase,) = parsed('"' + "日本" * 500 + '"').terms
    assert len(phrase.words) == MOST_WORDS
