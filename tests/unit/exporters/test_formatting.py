"""Values of a session in the form that people read."""

from __future__ import annotations

from typing import Any

import pytest

from hfs_server.exporters.formatting import brief, byte_size, count, duration, names, point_in_time


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0, "0 ms"),
        (250, "250 ms"),
        (1_500, "1.5 s"),
        (30_000.0, "30 s"),
        (59_999, "1 min"),
        (125_000, "2 min 5 s"),
        (3_780_000, "1 h 3 min"),
        (187_200_000, "2 d 4 h"),
        (-1, ""),
        (float("nan"), ""),
        (10**400, ""),
        ("soon", "soon"),
        (None, ""),
        (True, ""),
    ],
)
def test_a_duration_is_in_units_people_read(milliseconds: Any, shown: str) -> None:
    assert duration(milliseconds) == shown


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (12_345, "12.3 kB"),
        (4_500_000, "4.5 MB"),
        (-1, ""),
        ("5", ""),
        (None, ""),
    ],
)
def test_a_size_is_in_units_people_read(size: Any, shown: str) -> None:
    assert byte_size(size) == shown


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("2026-02-01T10:30:00Z", "2026-02-01 10:30:00 UTC"),
        ("2026-02-01T10:30:00.250184Z", "2026-02-01 10:30:00 UTC"),
        ("2026-02-01T12:30:00+02:00", "2026-02-01 10:30:00 UTC"),
        ("2026-02-01T10:30:00", "2026-02-01 10:30:00 UTC"),
        ("yesterday | today", "yesterday | today"),
        ("0001-01-01T00:00:00+23:00", "0001-01-01T00:00:00+23:00"),
        (None, ""),
        (12, "12"),
    ],
)
def test_a_time_is_in_utc(time: Any, shown: str) -> None:
    assert point_in_time(time) == shown


def test_numbers_have_their_thousands_set_apart() -> None:
    assert [count(value) for value in (0, 1_500, 0.5, "12", None, [])] == [
        "0",
        "1,500",
        "0.5",
        "12",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\r\n\tb", "a b"),
        (" a\0\x1b[2J ", "a\u2400\u241b[2J"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud83d", "\ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("# <b>|", "# <b>|"),
        ("x" * 300, "x" * 197 + "..."),
        (True, "yes"),
        (1_500, "1,500"),
        (None, ""),
        ([], ""),
    ],
    ids=ascii,
)
def test_any_value_is_shown_on_one_line_and_not_escaped(value: Any, shown: str) -> None:
    assert brief(value) == shown


def test_a_long_list_of_names_is_truncated() -> None:
    assert names(["a", None, "b"]) == "a, b"
    assert names("a") == "a"
    assert names(["n"] * 1_020).endswith(", n, 1,000 more")
