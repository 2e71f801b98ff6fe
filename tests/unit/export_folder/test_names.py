"""Names of files in a folder of exports: safe on every system, and the same on every machine."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.export_folder.names import (
    MANIFEST,
    file_name,
    state_name,
    stem_in,
    stem_of,
    stem_of_state,
    version_name,
)

PORTS = [f"{port}{number}" for port in ("com", "lpt") for number in range(10)]
DEVICES = {"con", "prn", "aux", "nul", *PORTS}


@given(st.text())
def test_every_identity_has_a_safe_name(identity: str) -> None:
    name = file_name(identity, ".json")
    assert name == name.lower()
    assert name.isascii()
    assert len(name) <= 75
    assert name.partition(".")[0] not in DEVICES
    assert not name.startswith((".", "-"))
    assert stem_in(name) == stem_of(identity)
    assert stem_in(version_name(identity, ".md", "0" * 64)) == stem_of(identity)
    assert stem_of_state(state_name(identity)) == stem_of(identity)
    assert stem_in(state_name(identity)) is None
    assert stem_of_state(name) is None


@given(st.text(), st.text())
def test_other_identities_have_other_names(one: str, other: str) -> None:
    assert (one == other) == (stem_of(one) == stem_of(other))


def test_names_of_identities_that_differ_in_case_or_form_alone_differ_in_any_case() -> None:
    names = {stem_of(each) for each in ("codex:A", "codex:a", "codex:\u00e9", "codex:e\u0301")}
    assert len(names) == 4


@pytest.mark.parametrize(
    ("identity", "beginning"),
    [
        ("claude-code:1", "claude-code_"),
        ("con:1", "con_"),
        ("", "session_"),
        ("../../x:1", "x_"),
        ("Ünï code:1", "n-code_"),
        ("x" * 99, "x" * 24 + "_"),
    ],
)
def test_a_name_begins_with_the_tool(identity: str, beginning: str) -> None:
    assert stem_of(identity).startswith(beginning)


def test_a_name_never_changes() -> None:
    assert file_name("hfs:1", ".json") == "hfs_0434c08e76ab429e2360535050a88c01.json"


@pytest.mark.parametrize(
    "name",
    [MANIFEST, "../" + "a" * 9, f"a_{'0' * 31}.json", f"a_{'0' * 32}.json/", f"A_{'0' * 32}.json"],
)
def test_other_names_belong_to_no_session(name: str) -> None:
    assert stem_in(name) is None
