"""What a file begins with, read as leniently as importers read it."""

import pytest

from hfs_server.importers.chatgpt import ChatGpt
from hfs_server.importers.head_records import records_in
from hfs_server.importers.source_file import HEAD_BYTES
from tests.unit.importers.files import file_with

ODD_VALUES = {
    "a lone surrogate": rb'"x\ud800y"',
    "half a pair at the end": rb'"x\ud83d"',
    "a control character": b'"a\x01b"',
    "a line end": b'"a\nb"',
    "no UTF-8": b'"a\xffb"',
    "no number": b"NaN",
    "an infinite number": b"-Infinity",
    "a number of 400 digits": b"1" + b"0" * 400,
    "a number beyond all": b"1e999",
    "an unknown escape": rb'"a\x"',
    "an escaped backslash": rb'"\\ud800 \\\ud800 \\"',
}
NODES = b'{"a": {"message": null, "parent": null, "children": []}}'


@pytest.mark.parametrize("kind", ODD_VALUES)
@pytest.mark.parametrize("before", [b"", b'{"title": "x", "mapping": {}}, '])
def test_a_session_with_an_odd_value_is_recognized(kind: str, before: bytes) -> None:
    session = b'{"title": ' + ODD_VALUES[kind] + b', "mapping": ' + NODES + b"}"
    assert ChatGpt().recognizes(file_with(b"[" + before + session + b"]"))
    assert ChatGpt().recognizes(file_with(session))


@pytest.mark.parametrize("kind", ODD_VALUES)
def test_what_is_odd_in_one_record_leaves_the_others_as_they_are(kind: str) -> None:
    session = b'{"title": ' + ODD_VALUES[kind] + b', "id": 1}'
    _, second = records_in(b"[" + session + rb', {"title": "\ud83d\ude42", "id": 12}]')
    assert second["id"] == 12


def test_a_beginning_that_is_cut_anywhere_has_its_first_keys() -> None:
    session = rb'{"title": "x\ud800", "mapping": ' + NODES + b', "text": "' + b"y" * 99
    for end in range(len(session) - 99, len(session)):
        assert set(records_in(b"[" + session[:end])[0]) >= {"title", "mapping"}


def test_an_odd_line_is_still_a_line() -> None:
    head = b'{"type": "a\xff\x01"}\n{"type": "b"}\n'
    assert [record["type"] for record in records_in(head)] == ["a\ufffd\x01", "b"]


def test_what_is_no_json_has_no_records() -> None:
    for head in (b"", b"\\ud800", b"NaN", b"\x01" * HEAD_BYTES, b"# A title\n\ntext"):
        assert records_in(head) == []
