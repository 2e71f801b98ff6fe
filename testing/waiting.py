"""How long a test waits for a condition. No test sleeps where it can wait."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 120.0
"""After how long a test gives up what hangs; never a verdict on how fast something is."""

PROMPT_SECONDS = PATIENCE_SECONDS
"""The same for what should be prompt; ``test_promised_times`` alone measures how prompt it is."""


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns when the condition holds. Fails if it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.002)
