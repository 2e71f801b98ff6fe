"""Times in filters: what they mean, in which zone, and what is rejected."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from hfs_server.periods import beginning_of, end_of
from hfs_server.timestamps import now

PERIODS = {
    "2026-02-01T10:30:00Z": ("2026-02-01T10:30:00Z", "2026-02-01T10:30:00Z"),
    "2026-02-01T10:30:00.5+02:00": ("2026-02-01T08:30:00.500000Z", "2026-02-01T08:30:00.500000Z"),
    "2026-02-01T24:00Z": ("2026-02-02T00:00:00Z", "2026-02-02T00:00:00Z"),
    "0001-01-01T00:00+14:00": ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"),
}
IN_NEW_YORK = {
    "2026-02-01": ("2026-02-01T05:00:00Z", "2026-02-02T05:00:00Z"),
    "20260201": ("2026-02-01T05:00:00Z", "2026-02-02T05:00:00Z"),
    "2026-W05": ("2026-01-26T05:00:00Z", "2026-02-02T05:00:00Z"),
    "2026-W05-7": ("2026-02-01T05:00:00Z", "2026-02-02T05:00:00Z"),
    "2026-03-08": ("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"),
    "2026-07-01T10:30": ("2026-07-01T14:30:00Z", "2026-07-01T14:30:00Z"),
    "9999-12-31": ("9999-12-31T05:00:00Z", "9999-12-31T23:59:59.999999Z"),
    "2026-02-01T10:30:00Z": ("2026-02-01T10:30:00Z", "2026-02-01T10:30:00Z"),
}


@pytest.mark.parametrize(("text", "meant"), PERIODS.items())
def test_a_time_with_a_zone_is_that_instant(text: str, meant: tuple[str, str]) -> None:
    beginning, _ = meant
    assert beginning_of(text) == beginning
    if not text.startswith("0001"):
        assert (beginning_of(text), end_of(text)) == meant


@pytest.mark.skipif(os.name == "nt", reason="Windows has no TZ")
def test_without_a_zone_it_is_local_time_and_a_date_is_the_whole_day() -> None:
    script = (
        "import json, sys; from hfs_server.periods import beginning_of, end_of;"
        "print(json.dumps([[beginning_of(text), end_of(text)] for text in sys.argv[1:]]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *IN_NEW_YORK],
        env={**os.environ, "TZ": "America/New_York"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert [tuple(pair) for pair in json.loads(done.stdout)] == [*IN_NEW_YORK.values()]


@pytest.mark.parametrize(("text", "days"), [("24h", 1), ("7d", 7), ("2w", 14), ("0d", 0)])
def test_a_span_is_before_now(text: str, days: int) -> None:
    for parse in (beginning_of, end_of):
        earliest = datetime.fromisoformat(now())
        found = datetime.fromisoformat(parse(text)) + timedelta(days=days)
        assert earliest <= found <= datetime.fromisoformat(now())


WRONG = [
    "",
    " ",
    "yesterday",
    "7",
    "7m",
    "-7d",
    "7 d",
    "99999d",
    "2026",
    "2026-02",
    "2026-02-30",
    "2026-02-01T25:00",
    "\u0667d",
    "2026-02-01\n",
    "1970-01-01' OR 1",
]


@pytest.mark.parametrize("text", WRONG)
def test_any_other_text_is_rejected_in_words_that_say_what_was_expected(text: str) -> None:
    for parse in (beginning_of, end_of):
        with pytest.raises(ValueError, match="expected a date"):
            parse(text)
