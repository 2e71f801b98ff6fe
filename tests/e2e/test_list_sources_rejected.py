"""``hfs/listSources`` of params that are rejected, and of a machine without any other tool."""

from __future__ import annotations

from typing import Any

import pytest

from testing.client import Client


@pytest.mark.parametrize(
    "params", [{"tools": ["unknown"]}, {"tools": "codex"}, {"tools": [5]}, [5]], ids=repr
)
def test_params_of_another_shape_are_rejected(shared: Client, params: Any) -> None:
    assert shared.refusal("hfs/listSources", params).code == -32602


@pytest.mark.parametrize("params", [None, {}, [], {"tools": None}, {"tools": []}], ids=repr)
def test_a_machine_without_other_tools_has_no_sources(shared: Client, params: Any) -> None:
    assert shared.request("hfs/listSources", params) == {"sources": []}
