"""A session's name becomes a file name for any system."""

import re

import pytest

from hfs_server.files.filenames import generated_name, safe_name

NAMES = {
    "plain": "plain",
    "": "session",
    " - 2026-02-01": "2026-02-01",
    "-rf ; $(id) `x`!": "rf_id_x",
    "#1 plan [v2]": "1_plan_v2",
    "../../etc/passwd": "etc_passwd",
    'a<b>:"c|d?*e\\f': "a_b_c_d_e_f",
    "line\nbreak\ttab": "line_break_tab",
    "..hidden..": "hidden",
    "bidi \u202eexe\x00\x1b": "bidi_exe",
    "Größe 你好": "Größe_你好",
    "x" * 90: "x" * 60,
    "🙂" * 90: "🙂" * 50,
    "e\u0301": "\u00e9",
    "CON": "CON",
    "nul.txt.old": "nul_txt.old",
    " .Com1. .": "Com1",
    "lpt\u00b9.x": "lpt\u00b9_x",
    "console.log": "console.log",
}


@pytest.mark.parametrize(("name", "safe"), NAMES.items())
def test_a_session_name_becomes_a_file_name_for_any_system(name, safe):
    assert safe_name(name) == safe


def test_a_generated_name_has_the_session_s_name_the_time_and_the_suffix():
    assert re.fullmatch(r"A_name_\d{8}_\d{6}\.md", generated_name("A name", ".md"))
