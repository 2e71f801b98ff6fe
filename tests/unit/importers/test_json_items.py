"""The objects of a JSON array are read one at a time, and a damaged one costs only itself."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from hfs_server.errors import HfsError, InvalidDocument
from hfs_server.importers import json_items
from hfs_server.importers.json_items import Item, read_items
from hfs_server.importers.source_file import SourceFile
from tests.unit.importers.files import file_with

LAYOUTS: dict[str, Callable[[list[Any]], str]] = {
    "compact": lambda items: json.dumps(items, separators=(",", ":")),
    "one line": json.dumps,
    "indented": lambda items: json.dumps(items, indent=2),
    "unicode": lambda items: json.dumps(items, ensure_ascii=False),
    "an object per line": lambda items: "\n".join(map(json.dumps, items)),
}


def item(number: int) -> dict[str, Any]:
    """An item with what is easily taken for the end of one, or the beginning."""
    text = f'}},{{"title": "{number}", "id": 5}}, {{ "quoted \\" 😀 \\\\'
    nested = [{"title": "x", "id": "y"}, {"title": text, "id": 1}, [], {}, {"a": [{"b": None}]}]
    return {"title": text, "id": number, "body": {"nested": nested}, "at": 1.5, "is": True}


ITEMS = [item(number) for number in range(12)]


def read(content: str | bytes) -> list[Item]:
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return list(read_items(file_with(raw), lambda value: "body" in value))


def ids(content: str | bytes) -> list[Any]:
    return [found.value["id"] for found in read(content)]


@pytest.fixture(params=[1, 7, 64, 5_000, 1 << 21])
def piece(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much is read of a file in one go."""
    monkeypatch.setattr(json_items, "_PIECE_BYTES", request.param)
    return int(request.param)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_all_items_are_read_in_any_layout_and_in_pieces_of_any_size(
    layout: str, piece: int
) -> None:
    found = read(LAYOUTS[layout](ITEMS))
    assert [one.value for one in found] == ITEMS
    assert not any(one.skipped or one.replaced_characters for one in found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_items_that_begin_with_different_keys_are_read(layout: str) -> None:
    turned = [dict(reversed(one.items())) if n % 3 else one for n, one in enumerate(ITEMS)]
    assert [one.value for one in read(LAYOUTS[layout](turned))] == turned


def test_a_document_is_its_only_item() -> None:
    assert ids(json.dumps(ITEMS[3], indent=1) + "\n") == [3]


DAMAGES = {
    "a lost quotation mark": ('"id": 5', 'id": 5'),
    "an added quotation mark": ('"id": 5', '"id"": 5'),
    "a lost brace": ('{"nested"', '"nested"'),
    "an added brace": ('{"nested"', '{{"nested"'),
    "another bracket": ("[]", "[}"),
    "a lost colon": ('"is": ', '"is" '),
    "a lost comma": (', "at"', ' "at"'),
    "a number of 5,000 digits": ('"at": 1.5', '"at": ' + "1" * 5_000),
    "5,000 levels": ('"at": 1.5', '"at": ' + "[" * 5_000 + "]" * 5_000),
    "an end that is missing": (', "at": 1.5, "is": true}', ""),
    "another value": (None, "null"),
}


@pytest.mark.parametrize("where", [0, 5, 11])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_item_costs_only_itself(damage: str, where: int, piece: int) -> None:
    old, new = DAMAGES[damage]
    if old and '"id": 5' in old:
        old, new = f'"id": {where}', new.replace("5", str(where))
    texts = [json.dumps(one) for one in ITEMS]
    texts[where] = new if old is None else texts[where].replace(old, new)
    assert texts[where] != json.dumps(ITEMS[where])
    found = read("[" + ", ".join(texts) + "]")
    assert [one.value for one in found] == ITEMS[:where] + ITEMS[where + 1 :]
    assert sum(one.skipped for one in found) == 1
    assert [sentence for one in found for sentence in one.warnings] == [
        "1 session next to this one in the file is damaged and was skipped."
    ]


@pytest.mark.parametrize("layout", ["compact", "indented"])
def test_a_file_that_is_cut_loses_only_its_last_item(layout: str) -> None:
    text = LAYOUTS[layout](ITEMS)
    for end in range(len(text) // 12, len(text), 37):
        try:
            found = ids(text[:end])
        except InvalidDocument:
            found = []
        assert found == list(range(len(found)))
        assert len(found) >= text[:end].count('"is"') - 1


def test_a_flipped_byte_costs_one_item() -> None:
    content = json.dumps(ITEMS).encode()
    chance = random.Random(3)
    for _ in range(400):
        damaged = bytearray(content)
        damaged[chance.randrange(1, len(content) - 1)] ^= 1 << chance.randrange(7)
        whole = [one.value for one in read(bytes(damaged)) if one.value in ITEMS]
        # Two, if it is one of the few bytes between two items.
        assert len(whole) >= len(ITEMS) - 2


def test_what_json_has_no_place_for_is_replaced_and_counted() -> None:
    lone, pair = '"\\ud83d!" , "b": "\\udc00\\ud83d"', '"\\ud83d\\ude00"'
    escaped = '"\\\\ud83d"'
    text = f'[{{"body": {lone}}}, {{"body": {pair}, "c": {escaped}}}, {{"body": [NaN, -Infinity]}}]'
    found = read(text)
    assert [one.value for one in found] == [
        {"body": "\ufffd!", "b": "\ufffd\ufffd"},
        {"body": "😀", "c": "\\ud83d"},
        {"body": [None, None]},
    ]
    assert [one.replaced_characters for one in found] == [3, 0, 0]


def test_bytes_that_are_not_utf8_cost_only_themselves() -> None:
    text = json.dumps(ITEMS, ensure_ascii=False).encode()
    damaged = text.replace("😀".encode(), b"\xf0\x9f", 1)
    found = read(damaged)
    assert len(found) == len(ITEMS)
    assert "\ufffd" in found[0].value["title"]


@pytest.mark.parametrize("content", ["[]", "[ ]\n"])
def test_an_empty_list_has_no_items(content: str) -> None:
    assert read(content) == []


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "The file is empty."),
        ("\n", "The file is empty."),
        ("nonsense", "no session in it can be read"),
        ("[1, 2, {}]", "no session in it can be read"),
        ('[{"body"', "no session in it can be read"),
        ("[" * 100_000, "The file holds no session"),
        ("[" + '{"a":[' * 50_000, "no session in it can be read"),
        ("[" + '0,{"a":[' * 5_000, "no session in it can be read"),
    ],
)
def test_a_file_in_which_nothing_can_be_read_is_rejected(content: str, sentence: str) -> None:
    if "holds no session" in sentence:
        assert read(content) == []
        return
    with pytest.raises(HfsError, match=sentence):
        read(content)


def test_no_text_is_searched_twice_where_no_item_looks_like_another() -> None:
    count = 20_000
    text = ",".join(f'{{"k{n}": {n}, "l{n}": 0, "body": 0}}' for n in range(count))
    assert len(read(f"[{text}]")) == count


def test_the_file_is_read_while_its_items_are_used() -> None:
    whole = io.BytesIO(json.dumps([{**one, "fill": "x" * 300_000} for one in ITEMS * 5]).encode())
    seen: list[int] = []
    file = SourceFile(lambda: whole, "", on_read=seen.append)
    items = read_items(file, lambda value: "body" in value)
    next(items)
    assert whole.tell() < 4 * json_items._PIECE_BYTES
    assert seen[-1] == whole.tell()
    items.close()
