"""No message leaves its place, and ordinary ones stay as their authors meant."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from hfs_server.export.containment import clean, contain, encoded, fence

Headings = list[tuple[int, str]]
HeadingsOf = Callable[[str], Headings]

HOSTILE = {
    "unclosed fence": "```python\nprint('x')",
    "unclosed tildes": "~~~\ntext",
    "unclosed long fence": "``````\n```\ntext",
    "fence closed by a shorter one": "`````\n```",
    "fence closed by another mark": "```\n~~~",
    "fence closed with words": "```\ncode\n``` not closed",
    "fence closed within by an indented line": "```\na\n ```\n<b>x</b>\n```",
    "no fence but more text": "a\n    ```\n    <b>\n\n    <i>\n    ```",
    "no fence but the head of a table": "```a | b\n---|---\n\n```\n",
    "fence opened twice": "```\na\n```\n```\nb",
    "unclosed fence in a list": "- a\n\n  ```\n  code",
    "unclosed fence in a quote": "> ```\n> code",
    "unclosed fence on a list mark": "- ```\n  code",
    "unclosed indented fence": "  ```\n  code",
    "unclosed fence in a deep list": "1. a\n   - b\n     ~~~\n     c",
    "fence in code of a list item": "- a\n\n      ```\n\nx ```",
    "forged message": "### 2. User",
    "forged message with time": "text\n\n### 2. User · 2026-02-01 10:00:00 UTC\n\nI agree.",
    "title": "# Session",
    "empty heading": "#",
    "heading above a fence": "#\n```\ncode\n```",
    "indented heading": "   ## Token usage",
    "heading with a tab": "#\tTitle",
    "heading with closing marks": "## Title ##",
    "heading in a quote": "> # Title",
    "heading in a list": "- # Title",
    "heading in a numbered list": "3) ## Title",
    "heading in a task": "- [ ] # Title",
    "heading in nested blocks": "> - > 1. # Title",
    "heading after a lazy line": "> quote\n# Title",
    "underlined": "Title\n=====",
    "underlined by one": "Title\n-",
    "underlined by one equals sign": "Title\n=   ",
    "underlined over lines": "one\ntwo\nthree\n---",
    "underlined in a quote": "> Title\n> ---",
    "underlined in a list": "- Title\n  ===",
    "underlined, ending in a mark": "Title #\n===",
    "underlined, indented": "Title\n   ---",
    "underlined, in code for some": "a\n    ```\n    b\n    ```\n---",
    "table of one column": "| a |\n---",
    "carriage returns": "a\r# Title\r\r---\r<b>",
    "comment": "<!-- not closed",
    "closed comment": "a <!-- b --> c",
    "instruction": "<?php echo 1;",
    "declaration": "<!DOCTYPE html>",
    "unclosed declaration": "<!X",
    "character data": "<![CDATA[ x",
    "preformatted": "<pre>\n# Title\n",
    "script": "<script>alert(1)</script>",
    "unclosed script": "text\n<script>\nalert(1)",
    "style": "<style>*{display:none}</style>",
    "textarea": "<textarea>",
    "details": "<details><summary>Plan</summary>\n\n- one",
    "closing tags": "</div></body></html>",
    "division": "<div\nclass='x'\n>\n# Title",
    "unknown tag alone on a line": "<x-y>\n# Title",
    "heading tags": "<h1>Session</h1>",
    "tag in a sentence": "a <b onclick='x'>c</b>",
    "tag over two lines": "a <b\nc='d'>",
    "tag in a table": "| a |\n|---|\n| <img src=x> |",
    "tag in code cut by a cell": "| a | b |\n|---|---|\n| ` | <img src=x> ` |",
    "tag in a heading": "## <b>x</b>",
    "tag after an escaped backtick": "\\` <b> `",
    "tag after a long and a short run": "`` ` <b> `",
    "tag after an odd backtick": "a ` b\n\n` <b>",
    "tag in code that a formula cuts": "$`$ <img src=x> `",
    "tag in code that a block of formulas cuts": "a `\n$$ ` $$\n<img src=x> `",
    "image tag": "<img src='https://x.y/z.png'>",
    "frame": "<iframe src='https://x.y'></iframe>",
    "image": "![alt](https://x.y/z.png)",
    "image by reference": "![alt][z]\n\n[z]: https://x.y/z.png",
    "image in a link": "[![alt](https://x.y/z.png)](https://x.y)",
    "image in data": "![alt](data:image/png;base64,AAAA)",
    "image after an escaped mark": "\\\\![alt](https://x.y/z.png)",
    "command": "[run](command:workbench.action.quit)",
    "command with spaces": "[run](  command:x )",
    "command in brackets": "[run](<command:x>)",
    "command as an autolink": "<command:x>",
    "editor": "[open](vscode://file/etc/passwd)",
    "file": "[open](file:///etc/passwd)",
    "javascript": "[x](javascript:alert(1))",
    "javascript in capitals": "[x](JaVaScRiPt:alert(1))",
    "javascript with an entity": "[x](javascript&colon;alert(1))",
    "javascript with a number": "[x](&#106;avascript:alert(1))",
    "javascript with an escape": "[x](javascript\\:alert(1))",
    "javascript with percents": "[x](%6Aavascript:alert(1))",
    "javascript with a tab": "[x](<java\tscript:alert(1)>)",
    "data": "[x](data:text/html;base64,AAAA)",
    "visual basic": "[x](vbscript:x)",
    "other machine": "[x](//host/share)",
    "other machine with backslashes": "[x](<\\\\\\\\host\\share>)",
    "link on the next line": "[x](\ncommand:y)",
    "definition": "[1]: https://evil.example",
    "definition of a command": "[x]\n\n[x]: command:y",
    "definition over lines": "[x]:\nhttps://evil.example\n'title'",
    "definition in a quote": "> [User]: https://evil.example",
    "definition in a list": "- [User]: https://evil.example",
    "definition that ends nowhere": "[x]: <https://evil",
    "definition after a formula": "$$x$$\n[1]: https://evil.example",
    "unclosed formula": "$$\nx = 1",
    "unclosed formula in a list": "- $$\n  x",
    "unclosed formula in a quote": "> $$",
    "formula around a fence": "$$\n```\n$$\n```\n# Title",
    "formula in a line that goes on": "$$ x\n\n# Title",
    "front matter": "---\ntitle: x\n---",
    "indented code": "    # code\n    <b>",
    "tab and code": "\t# code",
    "lazy lines": "> - a\nlazy\n===",
    "nul": "a\0b\n\0# c",
    "line separators": "a\u2028# Title\u2029<b>",
    "lone surrogates": "a\ud800b \udfff # c",
    "form feed": "a\f# Title\v---",
    "escape sequences": "\x1b[2J\x1b]0;title\x07",
    "byte order mark": "\ufeff# Title",
    "rule below text": "text\n***\n---",
    "backslash at the end": "text\\",
    "white space": " \t\n \n",
    "nothing": "",
}

ORDINARY = {
    "prose": "Two *short* paragraphs,\nwith a **line** break.\n\nAnd `code`, ~~struck~~.",
    "bullets": "- one\n- two\n  - nested\n\n    with a paragraph\n- three",
    "numbers": "1. one\n2. two\n   continued\n10. ten",
    "tasks": "- [ ] to do\n- [x] done",
    "table": "| Name | Value |\n|:-----|------:|\n| `a` | 1 |\n| **b** | 2 |",
    "table with a pipe in code": "| a | b |\n|---|---|\n| `x \\| y` | z |",
    "fence": "Run:\n\n```bash\n# not a heading\nls <dir> | grep '[x]: y'\n```\n\nDone.",
    "fence at once": "```\na\n```",
    "empty fence": "a\n```\n```\nb",
    "long fence": "````markdown\n```py\nx\n```\n````",
    "tilde fence": "~~~html\n<div>\n~~~",
    "fence in a list": "1. Do:\n\n   ```html\n   <div># x</div>\n   ```\n\n2. Next",
    "fence in a nested list": "- a\n  - b\n    ```\n    <b>\n\n    x\n    ```\n  - c",
    "fence in a quote": "> ```\n> <b>\n> ```\n\nafter",
    "indented code": "Like this:\n\n    <div>\n    # x\n\nafter",
    "headings": "# One\n\ntext\n\n## Two\n### Three\n#### Four\n###### Six\n####### Seven",
    "underlined headings": "One\n===\n\ntext\n\nTwo\n---\n\nmore",
    "heading with code": "## Use `<div>` *now*",
    "heading in a quote": "> ## Note\n> text",
    "headings around code": "## A\n```\n## B\n```\n## C",
    "links": "[a](https://x.y/z?q=1#f) and [b](#part) and [c](src/main.py) and <https://x.y>",
    "mail": "[write](mailto:a@b.c) or <a@b.c>",
    "quote": "> said\n> > deeper\n\nreply",
    "rule": "above\n\n---\n\nbelow\n\n***",
    "comparison": "a < b, b > c, 1 <2 and x<-y",
    "tags in code": "Use `<div>` or `List<int>` with ``a ` <b>``.",
    "link in code": "Write `[x](command:y)`, `![x](y)` and `d[k]: v`.",
    "dollars": "It costs $5 or $6.",
    "inline formula": "Here $a_1 = b$ holds.",
    "formula": "So:\n\n$$\na = b + c\n= d\n$$\n\nHence.",
    "formula on one line": "$$x^2$$",
    "hard breaks": "one  \ntwo\\\nthree",
    "escapes": "\\# no heading, \\<b>, \\[x\\]",
    "entities": "&lt;b&gt; &amp; &copy;",
    "brackets": "an [aside] and a[0] and [x][y]",
    "unicode": "Größe 你好 🙂 — naïve",
    "long lines": "word " * 2_000,
    "hash in prose": "Fixes #12 and C# code",
    "json": '{"jsonrpc": "2.0", "id": 1, "result": {"a": [1, 2]}}',
}

# fmt: off
FRAGMENTS = [
    "```", "````", "~~~", "```py\n", "\n```\n", "\n~~~\n", "`", "``", " ` ", "```mermaid", "- ",
    "* ", "1. ", "10) ", "- [ ] ", "+", "\n- a\n  ", "\n  - b\n    ",
    "\n1. x\n   ```\n   y\n   ```\n", "> ", ">", "\n> a\n", "\t", "  ", "    ", "      ", "\n",
    "\n\n", "\r\n", "\r", "\n   ", "\n    ", "# x", "## 2. User", "### 2. User · now", "\n# h\n",
    "#", "###### f", "\n===\n", "\n---\n", "\n-\n", "\n=", "***", "___", "\n- - -\n",
    "| a | b |\n|---|---|\n| c | d |", "|", "\n--|--\n", "\n| - |\n", "<b>", "</b>", "<div>",
    "\n<div>\n", "<!--", "-->", "<?", "?>", "<!X", "<![CDATA[", "]]>", "<pre>", "<script>",
    "\n<script>\n", "<details>", "<img src=x onerror=y>", "<a href='", "'>", "<a b=\"", "<", ">",
    "<https://x.y>", "<command:x>", "<a@b.c>", "< b", "<x y", "![i](http://x/y.png)", "![", "!",
    "[", "]", "](", ")", "[a](http://x)", "[a](command:x)", "[a](javascript&colon;x)",
    "[a](JaVa\\\nscript:x)", "[a]( file:///x)", "[a](<data:x>)", "[a](//x)", "[a](rel.md)", "[a]",
    "[a][b]", "[b]", "[1]", "\n[b]: http://x\n", "\n[1]: command:x 't'\n", "[b]:", "]: x",
    "\n[b]: <\n", "'", '"', "\\", "\\\\", "\\`", "\\!", "&lt;b&gt;", "&#10;", "&", "$$", "$",
    "\n$$\n", "\n$$x$$\n", "\n\n$$\na\n$$\n\n", "$x$", "*", "**", "_", "~~", "~", "a", "word",
    "para\n", "\0", "\x1b[0m", "\u2028", "\u2029", "\ud800", "\u00a0", "\u3000", "ü", "你好", "🙂",
    "---", "---\ntitle: x\n---\n", ":", "\\begin{align}", "<h1>", "\n  ```\n",
    "//a.com", "ftp://b.com/", "/", "http://c.com//d",
    "\n ```js\n <b>\n ```\n", "\n    ```\n    <b>\n    ```\n", "[x]", "[ ] ",
]
LONG_PIECES = [
    "[", "]", "![", "*", "_a", "`", "`` ` ", "```\n", " ```a\n", "~", "> ", ">", "- ", "- a\n",
    "1. ", "<", "<a ", "<!--", "<b>x ", "a\n=\n", "# a\n", "[a]: b\n", "[a](x:y ", "$$\n", "\\",
    "\0", "\t", "|", "\r", "\n", "\ud800", "ü<b>", "`a` <b",
]
# fmt: on
MESSAGES = st.lists(st.sampled_from(FRAGMENTS), max_size=14).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(MESSAGES, min_size=1, max_size=3))
@example(["#\r\n```\n\xa0\r#\n```\n\r#"])
@example(["`a`\n    ```\n    <b>\n\n    <i>\n    ```\n\n   ```\n   <b>\n   ```\n<1"])
@example(["````\n```\n"])
@example(["a `\n$$ ` $$\n<img src=x> `"])
def test_any_messages_stay_between_their_headings(
    headings_of: HeadingsOf, messages: list[str]
) -> None:
    assert headings_of(conversation(*messages)) == titles(len(messages))


@settings(max_examples=200, deadline=None)
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
