"""Where the values of a JSON text stand, and where it stops being JSON."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.lsp.positions import Positions
from hfs_server.strict_json.errors import JsonError
from hfs_server.strict_json.events import JsonEvents
from hfs_server.strict_json.outline import BARE_LIST, Outline
from hfs_server.strict_json.syntax import first_error

TEXT = (
    '{"a": 1, "messages": [5, {"role":"u","content":"x\\"}]","t":[1,{"z":null}]}, "s",'
    ' {"role":3}, 7], "a": "\u00e9", "b":[[1],[2]], "c" : null}'
)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (("a",), "1"),
        (("messages", 1, "t", 1, "z"), "null"),
        (("messages", 3, "role"), "3"),
        (("messages", 4), "7"),
        (("b", 1, 0), "2"),
        (("c",), "null"),
        (("messages", 1, "nothing"), '{"role":"u","content":"x\\"}]","t":[1,{"z":null}]}'),
    ],
)
def test_a_path_leads_to_its_value(path, shown):
    assert TEXT[slice(*Outline(TEXT).value(path))] == shown


def test_the_second_of_two_equal_keys_is_found_at_any_depth():
    for text, path in ((TEXT, ("a",)), ('[{"x": 1, "x": 2}]', (0, "x"))):
        place = Outline(text).place(JsonError("", path, occurrence=2))
        assert text[slice(*place)] == f'"{path[-1]}"'
        assert place.start > text.index(f'"{path[-1]}"')


def test_items_that_are_no_objects_count():
    assert len(Outline('[1, [], 2, 3, {}, "x", {}]').items[BARE_LIST]) == 7


@given(
    st.recursive(
        st.none() | st.integers(-9, 9) | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
        max_leaves=20,
    )
)
def test_an_outline_finds_every_value_of_a_document(value):
    for indent in (None, 1):
        text = json.dumps(value, indent=indent)
        outline = Outline(text)
        items = (
            value.items()
            if isinstance(value, dict)
            else enumerate(value)
            if isinstance(value, list)
            else ()
        )
        for key, part in items:
            assert json.loads(text[slice(*outline.value((key,)))]) == part


PIECES = st.sampled_from(
    [
        *'{}[]:,"\\ \n\t',
        "0",
        "1.5",
        "-",
        "e9",
        "true",
        "null",
        '"a"',
        "\\u",
        "d800",
        "\\n",
        "/",
        "\x01",
    ]
)


@given(st.lists(PIECES).map("".join))
def test_a_text_has_an_error_exactly_if_it_is_rejected(text):
    check_that_both_agree(text)
    Outline(text)


@given(st.lists(st.integers(0, 9), max_size=3), st.lists(PIECES, max_size=3).map("".join))
def test_a_document_that_was_damaged_has_an_error_exactly_if_it_is_rejected(cuts, piece):
    text = json.dumps({"a": [1, {"b": "\u00e9\ud83d\ude00"}], "c": -1.5e3, "d": [True, None]})
    for cut in cuts:
        place = cut * len(text) // 10
        text = text[:place] + piece + text[place + 1 :]
    reason = rejection(text)
    if reason != "duplicate key":
        assert (first_error(text) is None) == (reason is None)
    Outline(text)


def check_that_both_agree(text: str) -> None:
    """Fails if only one of them finds an error.

    The parser does not see a string that begins after the end of the value and does not end.
    """
    found = first_error(text)
    if found is not None and text[found:].startswith('"') and rejection(text[:found]) is None:
        return
    assert (found is None) == (rejection(text) is None)


def rejection(text: str) -> str | None:
    events = JsonEvents(io.BytesIO(text.encode()))
    try:
        events.value(events.next(), ())
        events.end()
    except StopIteration:
        return "empty"
    except JsonError as error:
        return error.reason
    return None


@given(st.lists(st.text(st.sampled_from("a\u00e9\u4e16\U0001f600"), max_size=20), min_size=1))
def test_positions_count_code_units_of_utf_16(lines):
    text = "\n".join(lines)
    positions = Positions(lines)
    for offset in range(len(text) + 1):
        before = text[:offset].split("\n")
        expected = {
            "line": len(before) - 1,
            "character": len(before[-1].encode("utf-16-le")) // 2,
        }
        assert positions.position(offset) == expected
        assert positions.offset(expected["line"], expected["character"]) == offset


def test_positions_in_a_long_line_are_those_of_a_short_one():
    line = "\U0001f600\u00e9" * 20_000
    positions = Positions([line, "x"])
    for offset in (0, 1, 2, 4_095, 4_096, 4_097, 39_999, 40_000):
        units = len(line[:offset].encode("utf-16-le")) // 2
        assert positions.position(offset) == {"line": 0, "character": units}
        assert positions.offset(0, units) == offset
    assert positions.position(40_001) == {"line": 1, "character": 0}
