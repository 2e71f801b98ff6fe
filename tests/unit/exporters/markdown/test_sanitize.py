"""No message leaves its place, and ordinary ones stay as their authors meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hfs_server.exporters.markdown.sanitize import fence, sanitize
from hfs_server.text import encode
from tests.unit.exporters.markdown.messages import FRAGMENTS, HOSTILE, LONG_PIECES, ORDINARY

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
    assert structure(sanitize(message)) == structure(message, levels_down=3)
    assert headings_of(conversation(message)) == titles(1)


@pytest.mark.parametrize("message", ORDINARY.values(), ids=ORDINARY)
def test_a_message_without_headings_comes_through_as_it_is(message: str) -> None:
    if "heading_open" not in str(structure(message)):
        assert sanitize(message) == message


def test_an_unclosed_fence_does_not_swallow_the_next_message(headings_of: HeadingsOf) -> None:
    export = conversation("```py\nprint(1)", "# next")
    assert sanitize("```py\nprint(1)") == "```py\nprint(1)\n```"
    assert headings_of(export) == titles(2)


def test_headings_go_three_levels_down_and_no_further_than_six() -> None:
    assert sanitize("# a\n## b\n### c\n#### d") == "#### a\n##### b\n###### c\n###### d"
    assert sanitize("two\nlines\n---\ntext") == "##### two lines\ntext"


def test_html_shows_as_it_was_written() -> None:
    shown = MarkdownIt("commonmark", {"html": True}).render(sanitize("<b>x</b> <!-- y -->"))
    assert shown == "<p>&lt;b&gt;x&lt;/b&gt; &lt;!-- y --&gt;</p>\n"


def test_an_image_becomes_a_link() -> None:
    assert sanitize("![alt](https://x.y/z.png)") == "\\![alt](https://x.y/z.png)"


def test_an_unsafe_link_becomes_text_that_shows_its_target() -> None:
    message = "[run](command:x) [docs](https://x.y)"
    assert sanitize(message) == "[run]\\(command:x) [docs](https://x.y)"


def test_a_host_without_a_scheme_of_the_web_is_not_for_viewers_to_link() -> None:
    assert sanitize("//host.com/x, ftp://host.com") == "\\//host.com/x, ftp:\\//host.com"
    assert sanitize("https://x.y/z // no host") == "https://x.y/z // no host"


def test_references_keep_working_within_their_message() -> None:
    message = "See [the docs][1] and [Two].\n\n[1]: https://one.example\n[two]: /two.md"
    assert sanitize(message) == (
        "See [the docs](<https://one.example>) and [Two](</two.md>).\n\n"
        "[1]\\: https://one.example  \n[two]\\: /two.md"
    )


def test_a_balanced_formula_stays_and_an_unbalanced_one_is_escaped() -> None:
    assert sanitize("so\n$$\na\n$$\nthen") == "so\n\n$$\na\n$$\n\nthen"
    assert sanitize("$$\na\n- b\n$$") == "```math\na\n- b\n```"
    assert sanitize("$$\na") == "\\$\\$\na"


def test_a_fence_is_longer_than_any_run_within() -> None:
    assert fence("a") == "```\na\n```"
    assert fence("````\n~~~") == "~~~~\n````\n~~~\n~~~~"
    assert fence("`" * 9 + "~~~") == "~~~~\n" + "`" * 9 + "~~~\n~~~~"


def test_a_sanitized_text_has_newlines_only_and_can_be_encode() -> None:
    text = encode(sanitize("a\r\nb\rc\u2028d\0\x1b\x7f\ud800")).decode()
    assert text == "a\nb\nc\nd\u2400\u241b\u2421\ufffd"
    assert encode(sanitize("\ud83d\ude42")).decode() == "🙂"


def test_white_space_alone_is_nothing() -> None:
    assert sanitize(" \n\t\r\n") == ""


@pytest.mark.parametrize("piece", LONG_PIECES, ids=ascii)
@pytest.mark.parametrize("length", [2_400, 15_000, 250_000])
def test_the_work_on_a_message_grows_no_faster_than_its_length(piece: str, length: int) -> None:
    # An odd number leaves open what opens and closes by turns.
    short, long = (piece * (size // len(piece) | 1) for size in (length, 4 * length))
    # Four times the length may take ten times as long; the square would take sixteen times.
    assert least_time(long) < 10 * max(least_time(short), 0.002)


def least_time(message: str) -> float:
    """The processor time that the message takes at best, in seconds."""
    times = []
    for _ in range(3):
        began = time.process_time()
        sanitize(message)
        times.append(time.process_time() - began)
    return min(times)


@pytest.mark.parametrize("piece", ["_a", "`` ` ", "- a\n", "<"])
def test_dense_messages_of_all_lengths_take_one_way(piece: str) -> None:
    shown = [sanitize(piece * (length // len(piece))) for length in (10_008, 19_992, 40_000)]
    assert all(text.startswith(("```", "~~~")) for text in shown)


@pytest.mark.parametrize("level", [7, 12, 50, 60, 120])
@pytest.mark.parametrize("mark", ["- ", "1. ", "> ", "> - ", "* > 1. "])
def test_what_lies_too_deep_becomes_code_and_all_that_follows_is_shown(
    headings_of: HeadingsOf, mark: str, level: int
) -> None:
    widths = [" " * len(mark) * depth + mark for depth in range(level)]
    by_lines = "".join(f"{marks.replace('> ', '  ')}level\n" for marks in widths)
    for deep in (mark * level + "level", by_lines):
        export = conversation(f"*before*\n\n{deep}\n\nthe *end*", "next")
        assert headings_of(export) == titles(2)
        for preset in ("commonmark", "js-default"):
            shown = MarkdownIt(preset).render(export)
            assert shown.count("level") == deep.count("level")
            assert "the <em>end</em>" in shown


@pytest.mark.parametrize("level", range(1, 7))
def test_lists_of_six_levels_stay_lists(level: int) -> None:
    for width, mark in ((2, "-"), (4, "-"), (3, "1.")):
        text = "\n".join(f"{' ' * width * depth}{mark} level" for depth in range(level))
        assert sanitize(text) == text


def test_only_the_block_that_lies_too_deep_becomes_code() -> None:
    deep = "> " * 13 + "x"
    assert sanitize(f"# a\n\n{deep}\n\n- *b*") == f"#### a\n\n```\n{deep}\n```\n\n\n- *b*"


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("- $$a^2$$\n- b", "- ```math\n  a^2\n  ```\n- b"),
        ("1. So:\n\n   $$\n   a\n\n   b\n   $$\n\n2. c",
         "1. So:\n\n   ```math\n   a\n\n   b\n   ```\n\n2. c"),
        ("> $$\n> x\n> $$\n> y", "> ```math\n> x\n> ```\n> y"),
        ("> - $$ x\n>   y $$", "> - ```math\n>   x\n>   y\n>   ```"),
        ("$$ a\nb $$", "```math\na\nb\n```"),
        ("- $$x$$ holds", "- $x$ holds"),
        ("> so $$x$$ holds", "> so $$x$$ holds"),
        ("- $$\n- a", "- \\$\\$\n- a"),
        ("> $$\n> x\n\n$$", "> \\$\\$\n> x\n\n\\$\\$"),
    ],
)  # fmt: skip
def test_a_formula_in_a_list_or_a_quote_stays_a_formula(
    headings_of: HeadingsOf, message: str, shown: str
) -> None:
    assert sanitize(message) == shown
    assert headings_of(conversation(message, "x")) == titles(2)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("A claim[^1].\n\n[^1]: Rome, p. 5", "A claim[^1].\n\n[^1]\\: Rome, p. 5"),
        ("Term\n: text", "Term\n\\: text"),
        ("*[HTML]: text", "\\*[HTML]: text"),
        ("## a {#b}", "##### a \\{#b&#125;"),
        ("::: note", "\\::: note"),
        ("[[1]](https://x.y)", "[\\[1]](https://x.y)"),
        ("---\na: b", "***\na: b"),
        ('```mermaid\nA@{ img: "https://x" }\n```', '```text\nA@{ img: "https://x" }\n```'),
        ("```mermaid\nA --> B\n```", "```mermaid\nA --> B\n```"),
        ("$$\n\\sum_{i=1}^{n} x\n$$", "$$\n\\sum_{i=1}^{n} x\n$$"),
        ("> [!NOTE]\n> text", "> [!NOTE]\n> text"),
    ],
)
def test_what_only_some_viewers_know_shows_as_it_was_written(message: str, shown: str) -> None:
    assert sanitize(message) == shown


@pytest.mark.parametrize("piece", ["> ", "- ", "[", "*", "`", "- > "])
def test_ten_thousand_levels_stay_between_their_headings(
    headings_of: HeadingsOf, piece: str
) -> None:
    message = piece * 10_000 + "# Title <b>\n```"
    assert headings_of(conversation(message, "x")) == titles(2)


def conversation(*messages: str) -> str:
    return "".join(
        f"\n### {number}. User\n\n{encode(sanitize(message)).decode()}\n"
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
