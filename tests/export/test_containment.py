"""No message leaves its place, and ordinary ones stay as their authors meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hfs_server.exporters.markdown.sanitize import clean, contain, encoded, fence
from tests.export.messages import FRAGMENTS, HOSTILE, LONG_PIECES, ORDINARY

Headings = list[tuple[int, str]]
HeadingsOf = Callable[[str], Headings]

MESSAGES = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


@given(st.lists(MESSAGES, min_size=1, max_size=3))
@example(["#\r\n```\n\xa0\r#\n```\n\r#"])
@example(["`a`\n    ```\n    <b>\n\n    <i>\n    ```\n\n   ```\n   <b>\n   ```\n<1"])
@example(["````\n```\n"])
@example(["a `\n$$ ` $$\n<img src=x> `"])
def test_any_messages_stay_between_their_headings(
    headings_of: HeadingsOf, messages: list[str]
) -> None:
    assert headings_of(conversation(*messages)) == titles(len(messages))


@given(st.text(max_size=200), st.text(alphabet="`~#<>[]()!-=$:\\ \n\tab1.", max_size=60))
def test_any_text_stays_between_its_headings(headings_of: HeadingsOf, one: str, other: str) -> None:
    assert headings_of(conversation(one, other)) == titles(2)


@pytest.mark.parametrize("message", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_message_stays_between_its_headings(
    headings_of: HeadingsOf, message: str
) -> None:
    assert headings_of(conversation(message, message, "[1] [x] [User] [z]")) == titles(3)


@pytest.mark.parametrize("message", ORDINARY.values(), ids=ORDINARY)
def test_an_ordinary_message_renders_as_its_author_meant(
    headings_of: HeadingsOf, message: str
) -> None:
    assert structure(contain(message)) == structure(message, levels_down=3)
    assert headings_of(conversation(message)) == titles(1)


@pytest.mark.parametrize("message", ORDINARY.values(), ids=ORDINARY)
def test_a_message_without_headings_comes_through_as_it_is(message: str) -> None:
    if "heading_open" not in str(structure(message)):
        assert contain(message) == message


def test_an_unclosed_fence_does_not_swallow_the_next_message(headings_of: HeadingsOf) -> None:
    export = conversation("```py\nprint(1)", "# next")
    assert contain("```py\nprint(1)") == "```py\nprint(1)\n```"
    assert headings_of(export) == titles(2)


def test_headings_go_three_levels_down_and_no_further_than_six() -> None:
    assert contain("# a\n## b\n### c\n#### d") == "#### a\n##### b\n###### c\n###### d"
    assert contain("two\nlines\n---\ntext") == "##### two lines\ntext"


def test_html_shows_as_it_was_written() -> None:
    shown = MarkdownIt("commonmark", {"html": True}).render(contain("<b>x</b> <!-- y -->"))
    assert shown == "<p>&lt;b&gt;x&lt;/b&gt; &lt;!-- y --&gt;</p>\n"


def test_an_image_becomes_a_link() -> None:
    assert contain("![alt](https://x.y/z.png)") == "\\![alt](https://x.y/z.png)"


def test_an_unsafe_link_becomes_text_that_shows_its_target() -> None:
    message = "[run](command:x) [docs](https://x.y)"
    assert contain(message) == "[run\\](command:x) [docs](https://x.y)"


def test_a_host_without_a_scheme_of_the_web_is_not_for_viewers_to_link() -> None:
    assert contain("//host.com/x, ftp://host.com") == "\\//host.com/x, ftp:\\//host.com"
    assert contain("https://x.y/z // no host") == "https://x.y/z // no host"


def test_references_keep_working_within_their_message() -> None:
    message = "See [the docs][1] and [Two].\n\n[1]: https://one.example\n[two]: /two.md"
    assert contain(message) == (
        "See [the docs](<https://one.example>) and [Two](</two.md>).\n\n"
        "\\[1]: https://one.example  \n\\[two]: /two.md"
    )


def test_a_balanced_formula_stays_and_an_unbalanced_one_is_escaped() -> None:
    assert contain("so\n$$\na\n$$\nthen") == "so\n\n$$\na\n$$\n\nthen"
    assert contain("$$\na\n- b\n$$") == "```math\na\n- b\n```"
    assert contain("$$\na") == "\\$\\$\na"


def test_a_fence_is_longer_than_any_run_within() -> None:
    assert fence("a") == "```\na\n```"
    assert fence("````\n~~~") == "~~~~\n````\n~~~\n~~~~"
    assert fence("`" * 9 + "~~~") == "~~~~\n" + "`" * 9 + "~~~\n~~~~"


def test_a_cleaned_text_has_newlines_only_and_can_be_encoded() -> None:
    assert clean("a\r\nb\rc\u2028d\0\x1b\x7f\ud800") == "a\nb\nc\nd\u2400\u241b\u2421\ufffd"
    assert clean("\ud83d\ude42") == "🙂"


def test_white_space_alone_is_nothing() -> None:
    assert contain(" \n\t\r\n") == ""


@pytest.mark.parametrize("piece", LONG_PIECES, ids=ascii)
@pytest.mark.parametrize("length", [20_000, 60_000, 1_000_000])
def test_a_long_message_takes_less_than_a_second(piece: str, length: int) -> None:
    message = piece * (length // len(piece))
    began = time.process_time()
    contain(message)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("piece", ["> ", "- ", "[", "*", "`", "- > "])
def test_ten_thousand_levels_stay_between_their_headings(
    headings_of: HeadingsOf, piece: str
) -> None:
    message = piece * 10_000 + "# Title <b>\n```"
    assert headings_of(conversation(message, "x")) == titles(2)


def conversation(*messages: str) -> str:
    return "".join(
        f"\n### {number}. User\n\n{encoded(contain(message)).decode()}\n"
        for number, message in enumerate(messages, start=1)
    )


def titles(count: int) -> Headings:
    return [(3, f"{number}. User") for number in range(1, count + 1)]


def structure(markdown: str, levels_down: int = 0) -> list[tuple[object, ...]]:
    """What a viewer shows, each heading so many levels lower."""
    tokens = MarkdownIt("js-default", {"html": True}).parse(markdown)
    return list(shown(tokens, levels_down))


def shown(tokens: list[Token], levels_down: int) -> Iterator[tuple[object, ...]]:
    for token in tokens:
        tag = token.tag
        if token.type.startswith("heading"):
            tag = f"h{min(6, int(tag[1]) + levels_down)}"
        content = "" if token.type == "inline" else token.content
        yield token.type, tag, content, token.info, tuple(token.attrs.items())
        yield from shown(token.children or [], levels_down)
