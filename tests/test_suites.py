"""The files of tests/e2e follow the headings of protocol.md, so that a test is easy to find."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
SUITE = ROOT / "tests" / "e2e"

SUBJECTS = {"command_line", "editors", "real_data"}
"""What e2e files are about beside the headings: the shell, real editors, real data."""

ELSEWHERE = {
    "window/workDoneProgress/cancel": "cancel_request",
    "window/showMessage": "settings",
    "Codes": "errors",
    "Kinds": "errors",
    "What is accepted beyond the schema": "import",
    "What is rejected": "export_document_rejected",
    "The Markdown export": "export",
    "The HTML export": "export",
    "Identity, and importing again": "import",
    "Several machines and one folder": "export_all",
}
"""Headings whose tests are in the file of another one, with that file."""

GROUPS = {"Transport and life", "Methods", "Notifications"}
"""Headings that only hold others."""


def headings() -> list[str]:
    text = (ROOT / "protocol.md").read_text("utf-8")
    found = re.findall(r"^(##|###) (.+)$", text, re.MULTILINE)
    names, parent = [], ""
    for level, heading in found:
        name = heading.strip("`")
        parent = name if level == "##" else parent
        is_part = level == "###" and parent == "The export document" and name not in ELSEWHERE
        names.append(f"{parent} {name}" if is_part else name)
    return [name for name in names if name not in GROUPS]


def file_of(heading: str) -> str:
    """The beginning of the names of a heading's files, without ``test_``."""
    name = ELSEWHERE.get(heading, heading).rpartition("/")[2]
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower().split()
    if words[0] == "the" and words != ["the", "end"]:
        words = words[1:]
    return "_".join(words)


def suite() -> set[str]:
    return {path.stem.removeprefix("test_") for path in SUITE.glob("test_*.py")}


def test_every_heading_of_the_protocol_has_a_file() -> None:
    files = suite()
    without = [
        heading
        for heading in headings()
        if not any(f"{name}_".startswith(f"{file_of(heading)}_") for name in files)
    ]
    assert without == []


def test_every_file_is_named_after_a_heading_or_a_subject() -> None:
    known = tuple(SUBJECTS | {file_of(heading) for heading in headings()})
    assert [name for name in suite() if not name.startswith(known)] == []


def test_no_helper_lies_among_the_tests() -> None:
    """Tables that one test file uses may."""
    helpers = {path.name for path in SUITE.glob("*.py")} - {"__init__.py", "conftest.py"}
    assert {name for name in helpers if not name.startswith("test_")} == {"hostile_messages.py"}
    importing = re.compile(r"^from tests\..*\b(test_\w+|conftest) import", re.MULTILINE)
    tests = [*SUITE.glob("*.py"), *(ROOT / "tests" / "torture").glob("*.py")]
    assert [path.name for path in tests if importing.search(path.read_text("utf-8"))] == []
