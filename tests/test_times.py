"""Times of the store that are nearly as we write them: read by their meaning, or not at all."""

import pytest

from hfs_server.times import iso_from_store, iso_from_text

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
}


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
