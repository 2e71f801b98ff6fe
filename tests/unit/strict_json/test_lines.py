"""Errors in JSON are located by path and by line."""

import io
import json

import pytest

from hfs_server.strict_json.errors import JsonError, json_path_text
from hfs_server.strict_json.lines import lines_of
from hfs_server.strict_json.values import parse_json


def test_an_error_has_its_path_and_its_line():
    assert located('{"a": 1,\n "b": [0,\n {"c": 1,\n "c": 2}]}') == ("b[1].c", 4)
    assert located('{"a": 1,\n\n "b": tru}') == ("", 3)
    assert located('[\n"fine",\n"\\ud83d"\n]') == ("", 3)
    assert located("[\n1,\n2") == ("", 3)


def located(text: str) -> tuple[str, int]:
    with pytest.raises(JsonError) as caught:
        parse_json(text)
    (line,) = lines_of(io.BytesIO(text.encode()), [caught.value])
    return json_path_text(caught.value.path), line


def test_the_lines_of_several_errors_are_found_in_one_reading():
    text = '{"list": [\n{"a": 1},\n{"a": [[2],\n3]}\n]}'
    errors = [JsonError("", ("list", 0, "a")), JsonError("", ("list", 1, "a", 1))]
    assert lines_of(io.BytesIO(text.encode()), errors) == [2, 4]


def test_a_long_key_is_truncated_in_an_error():
    key = "k" * 1_000_000
    with pytest.raises(JsonError) as caught:
        parse_json(json.dumps({"a": {key: 1}})[:-2] + f', "{key}": 2' + "}}")
    assert json_path_text(caught.value.path) == f"a.{'k' * 60}…"
