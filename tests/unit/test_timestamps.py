"""Times of documents and of the store: read by their meaning, or not at all."""

from datetime import datetime, timedelta, timezone

import pytest

from hfs_server.export import import_from_json
from hfs_server.exporters.formatting import utc_time
from hfs_server.importers.hfs_json.models import Message
from hfs_server.timestamps import iso_from_store, iso_from_text

NEARLY_OURS = {
    "2026-02-01 10:30:00.250184": "2026-02-01T10:30:00.250184Z",
    "2026-02-01 10:30:00.000000": "2026-02-01T10:30:00Z",
    "2026-02-01T10:30:00.250184": "2026-02-01T10:30:00.250184Z",
    "2026-02-01 10:30:00.25018Z": "2026-02-01T10:30:00.250180Z",
    "2026-02-01 10:30:00.25018z": "2026-02-01T10:30:00.250180Z",
    "2026-02-01 10:30:00.250+01": "2026-02-01T09:30:00.250000Z",
    "2026-02-01 10:30:00.9+0100": "2026-02-01T09:30:00.900000Z",
    "2026-02-01 10:30:00,250184": "2026-02-01T10:30:00.250184Z",
    "2026-W05-7 10:30:00.250184": "2026-02-01T10:30:00.250184Z",
    "2026-02-30 10:30:00.250184": None,
    "2026-02-01 10:30:00.25018x": None,
    "2026-02-01x10:30:00.250184": None,
    "2026-02-01 10:30:00.25018\uff12": None,
    "2026-02-01 10:30:00.25018\u00b2": None,
    "2026-02-\uff111 10:30:00.250184": None,
    "2026-02-01 24:00:00.000000": "2026-02-02T00:00:00Z",
    "2026-02-01 24:00:00.250184": None,
    "2026-02-01 10:30:60.250184": None,
    "2026-02-01 10:30:+0.250184": None,
    "0000-02-01 10:30:00.250184": None,
}


IN_MILLISECONDS = {
    "2026-02-01T10:30:00.250Z": "2026-02-01T10:30:00.250000Z",
    "2026-02-01T10:30:00.001Z": "2026-02-01T10:30:00.001000Z",
    "2026-02-01T10:30:00.000Z": "2026-02-01T10:30:00Z",
    "2026-02-01T24:00:00.000Z": "2026-02-02T00:00:00Z",
    "2026-W05-7T10:30:00.250Z": "2026-02-01T10:30:00.250000Z",
    "2026-02-30T10:30:00.250Z": None,
    "2026-02-01T24:00:00.250Z": None,
    "2026-02-01T10:30:60.250Z": None,
    "2026-02-01T10-30-00.250Z": None,
    "2026-02-01T10:30:00.25\uff12Z": None,
    "2026-02-\uff111T10:30:00.250Z": None,
    "    -02-01T10:30:00.250Z": None,
}


@pytest.mark.parametrize(("written", "meant"), IN_MILLISECONDS.items())
def test_a_time_in_milliseconds_has_its_meaning(written: str, meant: str | None) -> None:
    if meant is not None:
        assert iso_from_text(written) == meant
    else:
        with pytest.raises(ValueError):
            iso_from_text(written)


@pytest.mark.parametrize(("stored", "meant"), NEARLY_OURS.items())
def test_a_time_of_the_store_has_its_meaning(stored: str, meant: str | None) -> None:
    found = iso_from_store(stored)
    assert found == meant
    assert found is None or iso_from_text(found) == found


@pytest.mark.parametrize("tail", [".25018Z", ".9+9999", ".999+99", ".9+99.9", ".9-99,9"])
def test_no_time_is_made_that_cannot_be_read_again(tail: str) -> None:
    found = iso_from_store(f"2026-02-01 10:30:00{tail}")
    assert found is None or iso_from_text(found) == found


def test_odd_separators_are_no_reason_to_pass_a_time_on() -> None:
    found = iso_from_store("2026-02-01 10,30-00.250184")
    assert found is None or iso_from_text(found) == found


DATES = ["2026-02-01", "20260201", "2026-W05-7", "2026W057"]
CLOCKS = ["10:30:00.5", "103000.5", "10:30:00,500", "10:30:00.5000000", "103000,5"]
WHOLE_CLOCKS = {"10:30:00": 0, "103000": 0, "10:30": 0, "1030": 0, "10": -30}
ZONES = {
    "": 0,
    "Z": 0,
    "z": 0,
    "+00:00": 0,
    "-00:00": 0,
    "-0000": 0,
    "+00": 0,
    "+01": 60,
    "+0130": 90,
    "+01:30": 90,
    "-23:59": -1439,
    "+23:59": 1439,
    "+01:30:30": 90.5,
    "-013030": -90.5,
}
ACCEPTED = {
    **{
        f"{day}{separator}{clock}{zone}": datetime(2026, 2, 1, 10, 30, 0, 500_000)
        - timedelta(minutes=minutes)
        for day in DATES
        for separator in "Tt "
        for clock in CLOCKS
        for zone, minutes in ZONES.items()
    },
    **{
        f"2026-02-01T{clock}{zone}": datetime(2026, 2, 1, 10, 30)
        + timedelta(minutes=late - minutes)
        for clock, late in WHOLE_CLOCKS.items()
        for zone, minutes in ZONES.items()
    },
    **dict.fromkeys(DATES, datetime(2026, 2, 1)),
    "2026-W05": datetime(2026, 1, 26),
    "2026W05T10": datetime(2026, 1, 26, 10),
    "2020-W53-7": datetime(2021, 1, 3),
    "0001-01-01": datetime(1, 1, 1),
    "9999-12-31T23:59:59.999999Z": datetime.max,
    "2024-02-29T00:00:00Z": datetime(2024, 2, 29),
    "2026-02-01T10:30:00.1234569Z": datetime(2026, 2, 1, 10, 30, 0, 123_456),
    "2026-02-01T24:00:00Z": datetime(2026, 2, 2),
    "2026-02-01T24:00": datetime(2026, 2, 2),
    "2026-02-28t24z": datetime(2026, 3, 1),
    "20241231T240000,000+01:00": datetime(2024, 12, 31, 23),
    "2026-02-01T00:00:24Z": datetime(2026, 2, 1, 0, 0, 24),
    "0024-02-24T00:24:24+00:24": datetime(24, 2, 24, 0, 0, 24),
}
"""What is read, and the time in UTC that it means."""

USUAL = "2026-02-01T10:30:00"
REJECTED = [
    "",
    " ",
    "T",
    "now",
    "yesterday",
    "1700000000",
    "1700000000.5",
    "2026",
    "2026-02",
    "202602",
    "2026-032",
    "2026032",
    "26-02-01",
    "+2026-02-01",
    "-2026-02-01",
    "12026-02-01",
    "0000-01-01",
    "2026-0201",
    "202602-01",
    "2026-00-01",
    "2026-13-01",
    "2026-02-00",
    "2026-02-29",
    "2100-02-29",
    "2026-2-1",
    "2026/02/01",
    "2026.02.01",
    "2026-W5",
    "2026-W00",
    "2026-W54",
    "2025-W53-1",
    "2026-W05-0",
    "2026-W05-8",
    "2026-W057",
    "2026W05-7",
    "2026-w05-7",
    "2026-w05-7z",
    "2026-02-01Z",
    "2026-02-01+01:00",
    "2026-02-01T",
    "2026-02-01T1",
    "2026-02-01T10:3",
    "2026-02-01T10:30:0",
    "2026-02-01T10:3000",
    "2026-02-01T1030:00",
    "2026-02-01T103",
    "2026-02-01T10303",
    "2020-01-01T12345678",
    "2026-02-01T10.5",
    "2026-02-01T10:30.5",
    "2026-02-01T10:60:00",
    "2026-02-01T25:00:00",
    "2026-02-01T24:00:01",
    "2026-02-01T24:01",
    "2026-02-01T24:00:00.0001",
    "9999-12-31T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "2016-12-31T23:59:61Z",
    "2026-02-01T-1:30:00",
    "2026-02-01_10:30:00",
    "2026-02-01  10:30:00",
    "2026-02-01T 10:30:00",
    "2026-02-01TT10:30:00",
    "2026-02-01\t10:30:00",
    "2026-02-01\u00a010:30:00",
    "2026-02-01+10:30:00",
    "10:30:00",
    "T10:30:00Z",
    "0001-01-01T00:00:00+00:01",
    "9999-12-31T23:59:59-00:01",
    "\uff12026-02-01T10:30:00Z",
    "\u0662\u0660\u0662\u0666-02-01T10:30:00Z",
    "2026-02-01T10:30:0\u0968Z",
    "2026\u201302\u201301T10:30:00Z",
    *(
        USUAL + tail
        for tail in (
            "x",
            "x+00:00",
            "x.5Z",
            ".",
            ".Z",
            ".+00:00",
            ",",
            ",Z",
            "..5",
            ".,5",
            ".5.5",
            ".5,5",
            ".-5",
            ".+5",
            ".5x",
            ".5xZ",
            ".5 ",
            ". 5",
            ".\u0665",
            ".1e3",
            ":00",
            "+",
            "-",
            "+1",
            "+001",
            "+00000",
            "+01:",
            "+:30",
            "+01:3",
            "+1:30",
            "+01:60",
            "+0160",
            "+24",
            "+24:00",
            "-24:00",
            "+2400",
            "+99:99",
            "+01:30:60",
            "+01:3030",
            "+0130:30",
            "+01:30:30.5",
            "+01:30:30.000001",
            "+01.5",
            "++01:00",
            "+-01:00",
            "+01:00+01:00",
            "+01:00Z",
            "Z+00:00",
            "ZZ",
            "zz",
            "Zz",
            " Z",
            "Z ",
            " +01:00",
            "+01 00",
            " UTC",
            "UTC",
            "GMT",
            "A",
            "\u22120100",
            "[Europe/Berlin]",
            "+01:00[Europe/Paris]",
            "\0",
            "Z\0",
            "\0Z",
            "Z\n",
            "\nZ",
            "\r",
            "Z\x85",
            "Z\u2028",
            "\u200bZ",
            "\ufeff",
            "\u017f",
            "/P1D",
        )
    ),
    *(f"{before}{USUAL}Z" for before in (" ", "\n", "\ufeff", "\0", "+", "@", "'")),
]


def test_every_time_that_the_protocol_lists_is_read() -> None:
    expected = {written: meant.isoformat() + "Z" for written, meant in ACCEPTED.items()}
    assert {written: iso_from_text(written) for written in ACCEPTED} == expected
    assert {written: iso_from_store(written) for written in ACCEPTED} == expected
    assert {written: utc_time(written) for written in ACCEPTED} == ACCEPTED


@pytest.mark.parametrize("written", REJECTED)
def test_what_is_not_a_time_is_never_read_as_one(written: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        iso_from_text(written)
    assert iso_from_store(written) is None
    with pytest.raises(ValueError, match="expected a time in ISO 8601"):
        Message(role="", content="", created_at=written)
    if written == written.strip():
        assert utc_time(written) is None


def test_a_document_with_what_is_not_a_time_is_rejected_at_its_place() -> None:
    content = '{"messages": [{"role": "user", "content": "c", "created_at": "%s"}]}'
    assert import_from_json(content % "2026-02-01T10:00:00+00:00").messages
    with pytest.raises(ValueError, match=r"messages\[0\]\.created_at"):
        import_from_json(content % "2026-02-01T10:00:00x+00:00")


@pytest.mark.parametrize("hours", [14, -14])
def test_a_datetime_outside_of_the_years_in_utc_is_rejected_as_any_other(hours: int) -> None:
    end, zone = (datetime.min if hours > 0 else datetime.max), timezone(timedelta(hours=hours))
    with pytest.raises(ValueError, match="expected a time"):
        Message(role="", content="", created_at=end.replace(tzinfo=zone))
