"""A session as a page: its parts and their order, and what a reader finds in it.

``REWRITE_GOLDEN=1`` in the environment rewrites the golden files.
"""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hfs_server.exporters import TOOL_CALLS, ExportOptions, SessionOverview
from hfs_server.exporters.html.images import LARGEST_IMAGE, MOST_OF_IMAGES
from hfs_server.exporters.shown_messages import SHOWN_KEYS
from hfs_server.session import JsonObject, SessionHeader
from tests.unit.exporters.html.pages import check_page, entries, page, read
from tests.unit.exporters.markdown.test_tool_sessions import ODD_VALUES, asks
from tests.unit.exporters.markdown.tool_sessions import TOOL_SESSIONS, call, result, said

GOLDEN = Path(__file__).parent / "golden"
MARKDOWN_GOLDEN = Path(__file__).parents[1] / "markdown" / "golden"
PLAIN = {"role": "user", "content": "Hi", "created_at": None}
PNG = b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(20)).decode()
MAGIC = {
    "image/png": PNG,
    "image/jpeg": b64encode(b"\xff\xd8\xff\xe0" + bytes(30)).decode(),
    "image/gif": b64encode(b"GIF89a" + bytes(30)).decode(),
    "image/webp": b64encode(b"RIFF\1\2\3\4WEBPVP8 " + bytes(30)).decode(),
}


def run() -> tuple[SessionOverview, list[JsonObject]]:
    session = json.loads((MARKDOWN_GOLDEN / "full.json").read_text("utf-8"))
    header = SessionHeader(session["name"], None, None)
    messages = session["messages"]
    snapshot = session["run_snapshot"]
    return SessionOverview(header, len(messages), session["checkpoints"], snapshot), messages


SESSIONS = {"run": run, **TOOL_SESSIONS}


@pytest.mark.parametrize(
    ("name", "tool_calls"),
    [("run", "full"), *((name, shown) for name in TOOL_SESSIONS for shown in TOOL_CALLS)],
)
def test_a_session_reads_as_it_did_before(name: str, tool_calls: str) -> None:
    html = page(*SESSIONS[name](), ExportOptions(tool_calls == "full", tool_calls))
    check_page(html)
    # The style and the script are not repeated in each file, and have hashes that change.
    html = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", html, flags=re.DOTALL)
    html = re.sub(r"sha256-[\w+/=]+|(?<=hfs-server )[\w.]+(?=\">)", "-", html)
    golden = GOLDEN / f"{name}_{tool_calls}.html"
    if os.environ.get("REWRITE_GOLDEN"):
        golden.write_text(html, encoding="utf-8", newline="\n")
    assert html == golden.read_bytes().decode("utf-8")


@pytest.mark.parametrize("tool_calls", TOOL_CALLS)
@pytest.mark.parametrize("name", SESSIONS)
def test_batches_make_no_difference(name: str, tool_calls: str) -> None:
    options = ExportOptions(tool_calls=tool_calls)
    assert page(*SESSIONS[name](), options, size=1) == page(*SESSIONS[name](), options)


def test_the_policy_allows_only_the_style_and_the_script_of_the_page() -> None:
    html = exported(PLAIN)
    policy = re.search(r'Security-Policy" content="(.*?)"', html)
    assert policy
    hashes = [
        b64encode(sha256(text.encode()).digest()).decode()
        for _, text in re.findall(r"<(style|script)>(.*?)</\1>", html, re.DOTALL)
    ]
    assert policy[1] == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style
    assert not re.search(r"url\(|@import|expression", style[1])


def test_the_page_is_complete_without_the_script() -> None:
    html = exported(*[said("user", f"text {n}", n, thinking="why") for n in range(3)])
    assert "<noscript" not in html
    hidden = [each for each in read(html).all() if "hidden" in each.attributes]
    assert [each.id() for each in hidden] == ["toolbar"]


def test_every_message_has_the_number_that_the_markdown_gives_it() -> None:
    overview, messages = TOOL_SESSIONS["claude_code"]()
    html = page(overview, messages)
    assert set(re.findall(r'id="message-(\d+)"', html)) == {
        str(number) for number in range(1, len(messages) + 1)
    }


def test_every_link_within_a_page_leads_somewhere() -> None:
    for session in SESSIONS.values():
        for tool_calls in TOOL_CALLS:
            root = read(page(*session(), ExportOptions(True, tool_calls)))
            ids = {each.id() for each in root.all()}
            targets = [each.attributes.get("href") or "" for each in root.all() if each.tag == "a"]
            within = [target[1:] for target in targets if target.startswith("#")]
            assert within
            assert [target for target in within if target not in ids] == []


def test_times_are_read_by_programs_too() -> None:
    html = exported({**PLAIN, "created_at": "2026-02-01T10:00:00.123456Z"})
    shown = '<time datetime="2026-02-01T10:00:00Z">2026-02-01 10:00:00 UTC</time>'
    assert shown in html
    assert '<dd><time datetime="2026-02-01T10:30:00Z">2026-02-01 10:30:00 UTC</time></dd>' in html
    assert "<time" not in exported({**PLAIN, "created_at": "yesterday"}).partition("<article")[2]


def test_the_outline_lists_what_a_person_asked() -> None:
    html = exported(
        PLAIN,
        said("assistant", "No", 1),
        said("user", "\n\nSecond *prompt* <b>\nand more", 2),
        said("user", "added", 3, synthetic=True),
    )
    items = re.findall(r'<li><a href="#(message-\d+)">(.*?)</a>', html)
    assert items == [("message-1", "Hi"), ("message-3", "Second *prompt* &lt;b&gt;")]


def test_the_outline_of_many_prompts_stays_short() -> None:
    html = exported(*[{**PLAIN, "content": f"Prompt {n}"} for n in range(5_000)])
    numbers = [int(number) for number in re.findall(r'<li><a href="#message-(\d+)">', html)]
    assert 500 <= len(numbers) <= 1_000
    assert numbers == [*range(1, 5_001, 8)]
    assert "One in 8 prompts." in html


def test_a_timeline_has_a_title_a_description_and_a_bar_for_each_phase_and_agent() -> None:
    root = read(page(*run()))
    svg = root.first("svg")
    assert (svg.first("title").text(), svg.attributes["role"]) == ("Timeline of the run", "img")
    assert "deliberation: from 2026-02-01 10:00:00 UTC, 10 s" in svg.first("desc").text()
    kinds = [each.attributes["class"] for each in svg.all() if each.tag == "rect"]
    assert kinds == ["phase", "phase running", "agent"]


@pytest.mark.parametrize("media_type", MAGIC)
def test_an_image_is_in_the_page(media_type: str) -> None:
    html = attached(media_type=media_type, data=MAGIC[media_type])
    assert f'<img src="data:{media_type};base64,{MAGIC[media_type]}" alt="a.x ' in html


@pytest.mark.parametrize(
    ("media_type", "data"),
    [
        ("image/svg+xml", b64encode(b"<svg onload=alert(1)>").decode()),
        ("text/html", b64encode(b"<script>alert(1)</script>").decode()),
        ("IMAGE/PNG", PNG),
        ("image/png;x", PNG),
        ("image/png", MAGIC["image/gif"]),
        ("image/png", f'{PNG}" onerror="alert(1)'),
        ("image/png", f"{PNG}\n"),
        ("image/png", f" {PNG}"),
        ("image/png", ""),
        ("image/png", "=" * 40),
        ("image/png", PNG[:9]),
        ("image/png", PNG + "A" * LARGEST_IMAGE),
        ("image/png", None),
        ("image/png", [PNG]),
        (["image/png"], PNG),
        (None, PNG),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_what_is_no_image_for_a_page_is_a_line(media_type: Any, data: Any) -> None:
    html = attached(media_type=media_type, data=data)
    assert "<img" not in html
    assert "<span>a.x" in html


def test_the_images_of_a_page_are_bounded() -> None:
    data = PNG + "A" * (LARGEST_IMAGE - len(PNG))
    messages = [with_image("image/png", data) for _ in range(MOST_OF_IMAGES // LARGEST_IMAGE + 5)]
    assert exported(*messages).count("<img") == MOST_OF_IMAGES // LARGEST_IMAGE


@pytest.mark.parametrize("key", sorted({*SHOWN_KEYS, "usage"}))
@pytest.mark.parametrize("value", ODD_VALUES, ids=str)
def test_a_part_of_another_shape_raises_nothing(key: str, value: Any) -> None:
    for role in ("user", "tool", "assistant"):
        message = {"role": role, "content": "the text", "created_at": None, key: value}
        html = exported(asks([call("x", "one", {})]), message, PLAIN)
        check_page(html)
        assert "the text" in html


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("Review_(2).html", "Review_%282%29.html"),
        ("hfs:/sessions/13.md", None),
        *(("javascript:x.html", None), ("//host/x.html", None), ("../x.html", None)),
        *(("x.exe", None), ("command:x", None), ("\\\\host\\x.html", None)),
        ('x" onclick="alert(1).html', "x%22%20onclick%3D%22alert%281%29.html"),
    ],
)
def test_a_subagent_is_linked_to_a_file_beside_the_page(target: str, href: str | None) -> None:
    header = SessionHeader("n", None, None)
    overview = SessionOverview(header, 1, [], None, subagents={"a": ("the name", target)})
    html = page(overview, [asks([call("a", "Task", {})])])
    assert check_page(html)
    assert (f'<a href="{href}" rel="noopener noreferrer">the name</a>' in html) == bool(href)
    assert ('<span class="muted">(session 13)</span>' in html) == target.startswith("hfs:")


def test_nothing_is_left_of_what_is_not_to_be_shown() -> None:
    messages = [
        said("assistant", "", 1, thinking="THOUGHT"),
        said("user", "ADDED", 2, synthetic=True),
        asks([call("a", "CALLED", {"x": "GIVEN"})]),
        result("a", "RETURNED", 3),
        said("assistant", "Done.", 4, thinking="THOUGHT"),
    ]
    html = exported(*messages, options=ExportOptions(False, "none"))
    main = html[html.index("<main>") : html.index("</main>")]
    assert re.findall(r"\b(?!UTC)[A-Z]{4,}\b", main) == []
    assert entries(check_page(html)) == [("h2", "conversation"), ("article", "message-5")]


def test_an_empty_session_and_an_empty_message_say_so() -> None:
    assert entries(check_page(exported())) == []
    assert '<p class="muted">(empty)</p>' in exported({**PLAIN, "content": " \n"})
    header = SessionHeader("", None, None)
    assert '<h1 dir="auto">Untitled session</h1>' in page(SessionOverview(header, 0, [], None), [])


def attached(**keys: Any) -> str:
    html = exported(with_image(**keys))
    check_page(html)
    return html


def with_image(media_type: Any, data: Any) -> JsonObject:
    image = {"name": "a.x", "media_type": media_type, "size": 5, "data": data}
    return {**PLAIN, "attachments": [image]}


def exported(*messages: JsonObject, options: ExportOptions | None = None) -> str:
    header = SessionHeader("n", None, None)
    overview = SessionOverview(header, len(messages), [], None)
    return page(overview, [*messages], options or ExportOptions())
