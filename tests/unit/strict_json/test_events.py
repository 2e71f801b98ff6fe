"""Which JSON is accepted, which is rejected, and where an error is reported."""

import io
import json
import os
import random
import string
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.strict_json import events as json_events
from hfs_server.strict_json.errors import JsonError
from hfs_server.strict_json.events import MAX_DEPTH
from hfs_server.strict_json.values import parse_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda values: (
        st.lists(values) | st.dictionaries(st.text(st.characters(codec="utf-8")), values)
    ),
    max_leaves=30,
)

REJECTED = {
    "nothing": ("", "empty"),
    "only blanks": ("  \n ", "unexpected end of the text"),
    "truncated": ('{"a": [1,', "unexpected end of the text"),
    "more after the end": ('{"a": 1} 2', "text after the end"),
    "NaN": ('{"a": NaN}', "invalid JSON"),
    "infinity": ("[-Infinity]", "invalid JSON"),
    "a number too large": ('{"a": 1e400}', "too large"),
    "an integer past 64 bits": ("[9223372036854775808]", "64 bits"),
    "an integer past 64 bits, alone": ("-9223372036854775809", "64 bits"),
    "an integer of very many digits": ("[" + "9" * 10_000 + "]", "64 bits"),
    "an exponent of very many digits": ("[1e" + "9" * 30 + "]", "too large"),
    "a form feed": ("[\f1]", "control character"),
    "a vertical tab": ("\v[1]", "control character"),
    "a comment": ("[1, // no\n2]", "comment"),
    "a trailing comma": ("[1,]", "invalid JSON"),
    "single quotes": ("{'a': 1}", "invalid JSON"),
    "a raw control character": ('["a\x01b"]', "control character"),
    "a lone high surrogate": (r'["\ud83d"]', "surrogate"),
    "a lone low surrogate": (r'["\ude00"]', "surrogate"),
    "surrogates in the wrong order": (r'["\ude00\ud83d"]', "surrogate"),
    "two high surrogates": (r'["\ud83d\ud83d\ude00"]', "surrogate"),
    "the same key twice": ('{"a": 1, "a": 2}', "duplicate key"),
    "nested too deep": ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), "nested deeper"),
}


@pytest.mark.parametrize(("text", "reason"), REJECTED.values(), ids=REJECTED.keys())
def test_anything_but_strict_json_is_rejected_with_a_reason(text, reason):
    with pytest.raises(JsonError, match=reason):
        parse_json(text)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\xbf\xbf\xbf"])
def test_bytes_that_are_not_utf8_are_rejected(data):
    events = json_events.JsonEvents(io.BytesIO(b'["' + data + b'"]'))
    first = events.next()
    with pytest.raises(JsonError, match="UTF-8"):
        events.value(first, ())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_named_as_such(encoding):
    with pytest.raises(JsonError, match="UTF-16"):
        json_events.JsonEvents(io.BytesIO('{"a": 1}'.encode(encoding))).next()


def test_a_byte_order_mark_is_skipped():
    assert parse_json("\ufeff[1]") == [1]


@given(JSON_VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_any_json_value_is_read_as_the_standard_library_reads_it(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    assert parse_json(text) == json.loads(text)


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 6, 7, 11, 12, 13, 64])
def test_escapes_survive_wherever_the_text_is_cut(piece, monkeypatch):
    monkeypatch.setattr(json_events, "PIECE_BYTES", piece)
    chance = random.Random(piece)
    words = ["😀", "\\", "\\u", "d83d", '"', "é", "\n", *string.ascii_letters]
    value = ["".join(chance.choices(words, k=chance.randint(0, 9))) for _ in range(300)]
    assert parse_json(json.dumps(value)) == value
    lone = json.dumps(value)[:-1] + r', "\ud83d"]'
    with pytest.raises(JsonError, match="surrogate"):
        parse_json(lone)


def test_a_long_string_takes_about_as_long_as_its_text_in_short_ones():
    # Literal backslashes are what the parser is slowest with; what it read again for each
    # piece that follows would take a hundred times as long.
    line = r"x\\ny "
    times = []
    for strings in ([line * 2_000_000], [line * 100] * 20_000):
        text = io.BytesIO(("[" + ",".join(f'"{s}"' for s in strings) + "]").encode())
        began = time.process_time()
        events = json_events.JsonEvents(text)
        events.skip(events.next())
        times.append(time.process_time() - began)
    assert times[0] < 20 * times[1]


def test_no_environment_has_another_parser_read():
    script = (
        "from hfs_server.strict_json.values import parse_json; parse_json('[99999999999999999999]')"
    )
    environment = {**os.environ, "IJSON_BACKEND": "python"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True)
    assert done.returncode == 1
    assert b"64 bits" in done.stderr


def test_ten_million_brackets_are_rejected_and_not_collected():
    with pytest.raises(JsonError, match="nested deeper"):
        parse_json("[" * 10_000_000)
