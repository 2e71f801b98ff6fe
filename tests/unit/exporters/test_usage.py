"""Tokens and costs of messages, summed and in words."""

from __future__ import annotations

from hfs_server.exporters.usage import cost_text, tokens_text, total_usage


def test_usages_are_summed_by_kind() -> None:
    usages = [
        {"input_tokens": 1_000, "cost_usd": 0.25},
        {"input_tokens": 500, "output_tokens": 20, "cache_read_tokens": 0},
        None,
        "much",
        {"input_tokens": "1", "output_tokens": -5, "cost_usd": float("nan"), "more": 7},
    ]
    total = total_usage(usages)
    assert total == {
        "input_tokens": 1_500, "output_tokens": 20, "cache_read_tokens": 0, "cost_usd": 0.25,
    }  # fmt: skip
    assert tokens_text(total) == "1,500 in, 20 out"
    assert cost_text(total) == "0.25 USD"


def test_an_unknown_usage_is_not_shown() -> None:
    assert total_usage([]) == {}
    assert (tokens_text({}), cost_text({})) == ("", "")


def test_a_small_cost_has_more_places() -> None:
    assert cost_text({"cost_usd": 0.00421}) == "0.0042 USD"
