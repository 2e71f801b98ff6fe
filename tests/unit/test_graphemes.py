"""Names in units that a reader sees as one character: measured, cut, rid of what joins nothing."""

import json

import pytest

from hfs_server.cli.output import one_line as listed
from hfs_server.exporters.formatting import brief
from hfs_server.files.filenames import safe_name
from hfs_server.graphemes import beginning, clipped, graphemes, width
from hfs_server.text import printable

PERSIAN = "می\u200cروم"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
KEYCAP = "1\ufe0f\u20e3"
ASTRONAUT = "👩🏽\u200d🚀"
CONJUNCT = "क्\u200dष"
HEART = "❤\ufe0f\u200d🔥"
HEAD_SHAKE = "🙂\u200d↔\ufe0f"

UNITS = {
    "": [],
    "a\u0301b": ["a\u0301", "b"],
    PERSIAN: ["م", "ی\u200c", "ر", "و", "م"],
    f"{FAMILY}{FAMILY}": [FAMILY, FAMILY],
    f"{ENGLAND}🇩🇪🇫🇷": [ENGLAND, "🇩🇪", "🇫🇷"],
    "🇩🇪🇫": ["🇩🇪", "🇫"],
    f"{KEYCAP}#\ufe0f\u20e3": [KEYCAP, "#\ufe0f\u20e3"],
    f"{ASTRONAUT}{HEART}{HEAD_SHAKE}": [ASTRONAUT, HEART, HEAD_SHAKE],
    "क्षि": ["क्षि"],
    "\u1112\u1161\u11ab글": ["\u1112\u1161\u11ab", "글"],
    "\r\n\n": ["\r\n", "\n"],
    "\u200da": ["\u200d", "a"],
}

KEPT = [PERSIAN, FAMILY, ENGLAND, KEYCAP, ASTRONAUT, CONJUNCT, HEART, HEAD_SHAKE, "🇩🇪", "☺\ufe0e"]

STRAYS = {
    "a\u200d b": "a b",
    " \u200d\u200cab\u200d": " ab",
    "a\u200d\u200c\u200db": "a\u200db",
    "a-\u200db": "a-b",
    "a \ufe0fb": "a b",
    "hid\U000e0041\U000e0042den": "hidden",
    "🏴\U000e0067x": "🏴x",
    f"👍{ENGLAND[1:]}": "👍",
    "\u200d": "",
}

WIDTHS = {
    "plain": 5,
    PERSIAN: 5,
    "日本語": 6,
    "한국어": 6,
    FAMILY: 2,
    ENGLAND: 2,
    "🇩🇪🇫🇷": 4,
    KEYCAP: 2,
    "☺": 1,
    "☺\ufe0f": 2,
    "e\u0301": 1,
    "": 0,
}


@pytest.mark.parametrize(("text", "units"), UNITS.items(), ids=ascii)
def test_a_text_is_divided_as_a_reader_sees_it(text, units):
    assert list(graphemes(text)) == units


@pytest.mark.parametrize(("text", "columns"), WIDTHS.items(), ids=ascii)
def test_the_width_is_that_in_a_terminal(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize("unit", [*KEPT[1:], "日", "e\u0301", "x"], ids=ascii)
def test_no_unit_is_cut_in_two(unit):
    text = unit * 40
    for longest in range(1, 30):
        short = clipped(text, longest)
        assert width(short) <= longest
        assert short.removesuffix("…") == unit * (len(short.removesuffix("…")) // len(unit))
        whole = unit * (longest // len(unit)) or unit[:longest]
        assert beginning(text, longest) == whole


def test_a_text_that_fits_is_not_clipped():
    assert clipped("日本", 4) == "日本"
    assert clipped("日本", 3) == "日…"
    assert clipped("abc def", 5) == "abc…"
    assert clipped("abcdef", 5, "...") == "ab..."


@pytest.mark.parametrize("name", [*KEPT, f"{PERSIAN} {FAMILY}"], ids=ascii)
def test_joiners_between_letters_and_emoji_are_kept_wherever_a_name_is_shown(name):
    assert safe_name(f"{name} x") == f"{name} x".replace(" ", "_")
    assert printable(name) == listed(name) == brief(name) == name


@pytest.mark.parametrize(("name", "shown"), STRAYS.items(), ids=ascii)
def test_what_joins_nothing_is_dropped_wherever_a_name_is_shown(name, shown):
    assert safe_name(f"x{name}") == safe_name(f"x{shown}")
    assert listed(f"{name}\0x") == listed(f"{shown}\0x")
    assert brief(f"x{name}") == brief(f"x{shown}")


@pytest.mark.parametrize("unit", KEPT[1:], ids=ascii)
def test_a_long_name_is_cut_between_two_units(unit):
    for name in (safe_name(unit * 90), brief(unit * 300, longest=60).removesuffix("...")):
        assert name == unit * (len(name) // len(unit))
        assert len(name) <= 60


def test_a_unit_that_is_too_long_itself_is_cut():
    assert safe_name("x" + "\u0301" * 90) == "x" + "\u0301" * 59


def test_names_with_joiners_of_the_reports_are_kept(real_data):
    file = real_data / "faults" / "11-joiners-in-names.json"
    name = json.loads(file.read_text("utf-8"))["metadata"]["session_name"]
    assert listed(name) == name
    assert safe_name(name) == name.replace(" ", "_")
