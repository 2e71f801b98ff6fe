"""The tour of ``make run`` and the pictures of README.md show what the programs do today."""

from __future__ import annotations

import html
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SCREEN = (80, 40)


def words(svg: str) -> str:
    """The text of a picture without blanks, up to a prompt that differs between versions."""
    text = "".join(html.unescape(each) for each in re.findall(r"<text[^>]*>(.*?)</text>", svg))
    return re.sub(r"\s", "", text.partition("Type number")[0])


def test_the_tour_fits_a_screen_and_ends_with_what_to_try_next():
    finished = subprocess.run(
        [sys.executable, EXAMPLES / "tour.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    columns, rows = SCREEN
    lines = finished.stdout.splitlines()
    assert len(lines) <= rows
    assert max(map(len, lines)) <= columns
    assert "Try next" in finished.stdout
    assert not finished.stderr


@pytest.mark.parametrize("name", ["terminal", "neovim"])
def test_a_picture_shows_what_the_programs_show_now(name):
    if sys.platform == "win32":
        pytest.skip("NOT TESTED: the pictures are drawn on systems with pseudo-terminals")
    pictures = runpy.run_path(str(EXAMPLES / "pictures.py"))
    draw = pictures[name]
    if missing := pictures["missing"](draw):
        pytest.skip(f"NOT TESTED: the picture of {name} needs {', '.join(missing)}")
    shown = (EXAMPLES / "pictures" / f"{name}.svg").read_text("utf-8")
    assert words(draw()) == words(shown), "make pictures draws it again"
