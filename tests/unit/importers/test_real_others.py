"""Real files of all tools: the importers of smaller ones claim their own and no others."""

from __future__ import annotations

import pytest

from hfs_server.importers import IMPORTERS
from tests.unit.importers.tool_databases import file_at
from tests.unit.importers.truth import foreign_files

TOOLS = (
    "pi", "droid", "qwen", "kimi", "aider", "specstory", "amp", "llm", "cline", "roo-code",
)  # fmt: skip
"""Tools whose real files lie in a folder of the same name, if there are any."""


@pytest.mark.parametrize("tool", TOOLS)
def test_an_importer_claims_only_its_own(tool: str) -> None:
    (importer,) = (each for each in IMPORTERS if each.tool == tool)
    files = foreign_files()
    recognized = {path for path in files if importer.recognizes(file_at(path))}
    assert recognized == {path for path in files if path.parent.name == tool}
