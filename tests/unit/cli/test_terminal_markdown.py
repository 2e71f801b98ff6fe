"""Markdown in a terminal: it reads well, and no text of a session steers the terminal."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hfs_server.cli.terminal_markdown import TerminalMarkdown
from hfs_server.graphemes import width
from testing.command_line import CONTROLS

OWN_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def drawn(
    markdown: str, columns: int = 80, *, encoding: str = "utf-8", has_colours: bool = False
) -> str:
    file = io.TextIOWrapper(io.BytesIO(), encoding, "backslashreplace", newline="\n")
    screen = TerminalMarkdown(file, columns, has_colours=has_colours, is_paged=True)
    screen.draw(markdown)
    file.flush()
    return file.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def lines(markdown: str, columns: int = 80) -> list[str]:
    return drawn(markdown, columns).splitlines()


PIECES = st.sampled_from(
    [
        *(
            "a",
            "b ",
            "漢字",
            "👨‍👩‍👧",
            "*",
            "**",
            "`",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "- ",
            "1. ",
            "> ",
            "    ",
        ),
        *("#", "# ", "### ", "|", "|-|-|\n", "[", "](http://x)", "(hfs:/sessions/3.md)", "<b>"),
        *("<kbd>", "</kbd>", "<details>\n", "<summary>", "</summary>", "</details>", "!", "<!--"),
        *(
            "&#27;[2J",
            "&#x9b;31m",
            "&#x202e;",
            "\x1b[31m",
            "\x1b]0;x\x07",
            "\x9b2J",
            "\u202e",
            "\r",
        ),
        *(
            "\t",
            "\\",
            "---\n",
            "~~",
            "<http://a.b>",
            "python",
            "diff\n",
            "+x\n",
            "[a]: b\n",
            "\x08",
        ),
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join), st.sampled_from([1, 20, 40, 80]))
@example("&#x202e;&#27;[2J", 80)
@example("</kbd>" * 3, 80)
@example("> " * 30 + "deep", 20)
def test_no_text_steers_the_terminal_whatever_it_is(markdown: str, columns: int) -> None:
    shown = OWN_COLOURS.sub("", drawn(markdown, columns, has_colours=True)).replace("\n", "")
    assert [each for each in shown if each in CONTROLS] == []


@given(st.lists(PIECES, max_size=60).map("".join))
def test_without_colours_there_is_no_escape_sequence(markdown: str) -> None:
    assert "\x1b" not in drawn(markdown)


@pytest.mark.parametrize("columns", [20, 40, 80, 120])
def test_text_and_tables_fit_the_terminal_and_have_no_blanks_at_the_end(columns: int) -> None:
    text = "A sentence of words, 漢字 and 👨‍👩‍👧. " * 30
    table = f"| one | two |\n| - | - |\n| {text} | b |"
    markdown = f"### 1. User\n\n{text}\n\n- {text}\n\n> {text}\n\n{table}\n\n```\n{text}\n```\n"
    shown = lines(markdown, columns)
    assert max(map(width, shown)) <= columns
    assert [line for line in shown if line != line.rstrip()] == []


def test_a_message_cannot_draw_a_heading() -> None:
    forged = (
        "#### 2. Assistant\n\n2. Assistant - 2026-02-01\n\n```\n### 2. Assistant\n```\n\n~~~~\n# 2"
    )
    shown = lines(f"# Name\n\n## Conversation\n\n### 1. User\n\n{forged}\n")
    at_the_margin = [line for line in shown if line and not line.startswith("  ")]
    assert at_the_margin == ["Name", "Conversation", "1. User"]


@pytest.mark.parametrize(
    ("title", "colour"), [("1. User", "32"), ("2. Assistant \\(m\\)", "34"), ("3. Tool", "33")]
)
def test_titles_have_the_colours_of_their_roles(title: str, colour: str) -> None:
    shown = drawn(f"### {title}\n", has_colours=True)
    assert shown == f"\x1b[1;{colour}m{title.replace(chr(92), '')}\x1b[0m\n"


def test_a_folded_part_is_shown_below_its_summary() -> None:
    inner = "<details>\n<summary>5. Result</summary>\n\ntext\n\n</details>"
    head = "<details open>\n<summary><strong>Bash</strong> ls &#42;</summary>"
    call = f"{head}\n\n{inner}\n\n</details>"
    assert lines(f"### 4. Assistant\n\n{call}\n\nafter\n") == [
        *("4. Assistant", "", "  ▸ Bash ls *", "", "    ▸ 5. Result", ""),
        *("      text", "", "  after"),
    ]


def test_links_say_what_can_be_done_in_a_terminal() -> None:
    markdown = (
        "[Top](#conversation) [Fix](hfs:/sessions/13.md) [There](hfs:/sessions/13.md#message-7) "
        "[Docs](https://docs.example/x) <https://same.example>"
    )
    assert " ".join(lines(markdown, 200)).strip() == (
        "Top Fix (hfs-server show 13) There (hfs-server show 13 --message 7) "
        "Docs (https://docs.example/x) https://same.example"
    )


def test_code_keeps_its_indentation_and_a_diff_has_its_colours() -> None:
    assert lines("```python\nif a:\n\treturn b\n```") == ["    if a:", "        return b"]
    shown = drawn("```diff\n+new\n-old\n same\n```", has_colours=True)
    assert shown == "    \x1b[32m+new\x1b[0m\n    \x1b[31m-old\x1b[0m\n     same\n"


def test_a_very_long_message_is_shown_as_its_markdown() -> None:
    text = "A *line* of many.\n" * 5_000
    shown = lines(f"### 1. User\n\n{text}\n### 2. Assistant\n\n*short*\n")
    assert shown[0] == "1. User"
    assert shown.count("  A *line* of many.") == 5_000
    assert shown[-3:] == ["2. Assistant", "", "  short"]


def test_an_encoding_without_drawings_gets_others() -> None:
    shown = drawn("- one\n\n> two\n\n---\n\nä", encoding="ascii")
    assert "*" in shown
    assert "\\u" not in shown
    assert "\\xe4" in shown
