"""JSON texts that are read whole, such as states of checkpoints."""

import pytest

from hfs_server.strict_json.errors import JsonError
from hfs_server.strict_json.events import MAX_DEPTH
from hfs_server.strict_json.values import parse_json, state_from_text


def nested(levels):
    return "[" * levels + "]" * levels


def test_a_value_may_be_nested_as_deep_as_a_document_allows():
    assert parse_json(nested(MAX_DEPTH - 3), depth=3)
    with pytest.raises(JsonError, match="nested deeper"):
        parse_json(nested(MAX_DEPTH - 2), depth=3)


@pytest.mark.parametrize("text", ["", "{", "NaN", '"\ud800"', nested(99), "[1] 2"], ids=ascii)
def test_a_state_that_is_not_json_stays_the_text(text):
    assert state_from_text(text) == text


def test_a_state_that_is_json_becomes_its_value():
    assert state_from_text('{"a": [1]}') == {"a": [1]}
    assert state_from_text(None) is None
    assert state_from_text({"a": 1}) == {"a": 1}
