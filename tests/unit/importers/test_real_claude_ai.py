"""Real files of Claude.ai, held against what must be found in them."""

from __future__ import annotations

from tests.unit.importers.truth import differences


def test_every_number_is_found_in_every_real_file() -> None:
    assert differences("claude-ai") == []
