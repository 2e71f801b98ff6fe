"""Times in words, as people say them."""

from datetime import UTC, datetime, timedelta

import pytest

from hfs_server.cli.output import ago
from hfs_server.timestamps import to_iso


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59.9, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (2 * 3600, "2 hours ago"),
        (86_400, "1 day ago"),
        (7 * 86_400 - 1, "6 days ago"),
        (7 * 86_400, "2026-02-01"),
        (-1, "2026-02-08"),
    ],
)
def test_a_time_is_shown_as_people_say_it(seconds: float, words: str) -> None:
    now = datetime(2026, 2, 8, 12, tzinfo=UTC)
    assert ago(to_iso(now - timedelta(seconds=seconds)), now) == words
