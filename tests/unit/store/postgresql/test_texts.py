"""Any text comes back from a column, which cannot hold some of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.store.address import Address
from hfs_server.store.postgresql.texts import from_column, shown, to_column
from testing.postgresql import Server
from tests.unit.store.sqlite.sessions import message, save, use

ANY_TEXT = st.text(st.characters() | st.sampled_from("\0\ud800\udfff\U0010ffff01u")) | st.text(
    st.sampled_from(["\0", "\U0010ffff", "0", "1", "u", "d", "8", "\ud800"])
)
ODD = [
    "",
    "\0",
    "\U0010ffff",
    "\U0010ffff0",
    "\U0010ffff\0" * 3,
    "a\0b",
    "\udcff",
    "\U0010ffffud800",
]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_come_back(text: str) -> None:
    assert from_column(to_column(text)) == text


@given(ANY_TEXT)
def test_any_text_comes_back_and_can_be_held(text: str) -> None:
    column = to_column(text)
    assert "\0" not in column
    column.encode()
    assert from_column(column) == text
    assert "\0" not in shown(text)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\U0010ffff")))
def test_an_ordinary_text_is_stored_as_it_is(text: str) -> None:
    assert to_column(text) == from_column(text) == text


def test_long_texts_are_compressed_by_lz4_where_the_server_can(
    postgresql: Server, database: Address
) -> None:
    use(database, lambda store: save(store, [message("long " * 2_000)]))
    with postgresql.connected(database) as connection:
        can = connection.execute(_HAS_LZ4).fetchall()
        for (has_lz4,) in can:
            found = connection.execute("SELECT pg_column_compression(content) FROM hfs.messages")
            assert found.fetchall() == [("lz4" if has_lz4 else "pglz",)]
        assert bool(can) == (connection.info.server_version >= 140_000)


_HAS_LZ4 = "SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
