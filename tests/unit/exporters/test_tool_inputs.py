"""What tools were called with reads as what it is: commands, diffs, plans, members."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hfs_server.exporters.diffs import diff
from hfs_server.exporters.tool_inputs import read_input

PATCH = "*** Begin Patch\n*** Update File: a.py\n@@\n-a\n+b\n*** End Patch"

COMMANDS = {
    "a command": ({"command": "npm test\n"}, "npm test"),
    "with a reason": ({"command": "npm test", "description": "Run it", "timeout": 9}, "npm test"),
    "through a shell": ({"command": ["bash", "-lc", "ls | head"]}, "ls | head"),
    "words": ({"command": ["git", "log", "a b"]}, "git log 'a b'"),
    "of Codex": ({"cmd": "ls", "yield_time_ms": 100, "tty": False}, "ls"),
    "of Windows": ({"command": ["powershell.exe", "-Command", "dir"]}, "dir"),
    "as JSON text": ('{"command": "ls"}', "ls"),
}

EDITS = {
    "Edit": {"file_path": "a.py", "old_string": "a", "new_string": "b", "replace_all": False},
    "str_replace": {"command": "str_replace", "path": "a.py", "old_str": "a", "new_str": "b"},
    "of camels": {"filePath": "a.py", "oldString": "a", "newString": "b"},
    "MultiEdit": {"file_path": "a.py", "edits": [{"old_string": "a", "new_string": "b"}]},
    "of files": {"replacements": [{"filePath": "a.py", "oldString": "a", "newString": "b"}]},
}

WRITES = {
    "Write": {"file_path": "a.py", "content": "a\nb\n"},
    "create_file": {"filePath": "a.py", "content": "a\nb"},
    "create": {"command": "create", "path": "a.py", "file_text": "a\r\nb"},
    "edit_file": {"target_file": "a.py", "instructions": "Add b", "code_edit": "a\nb"},
    "NotebookEdit": {"notebook_path": "a.py", "new_source": "a\nb"},
}

PATCHES: dict[str, Any] = {
    "a text": PATCH,
    "a member": {"input": PATCH, "explanation": "Change it"},
    "words": {"command": ["apply_patch", PATCH]},
    "of a shell": {"command": f"apply_patch <<'EOF'\n{PATCH}\nEOF"},
    "unified": {"diff": "--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+b"},
    "of a file": {"path": "a.py", "diff": "<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE"},
}


@pytest.mark.parametrize(("shape", "command"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_reads_as_it_would_be_typed(shape: Any, command: str) -> None:
    found = read_input(shape)
    assert [(block.text, block.language) for block in found.blocks] == [(command, "sh")]
    assert found.facts == ()


@pytest.mark.parametrize("shape", EDITS.values(), ids=EDITS)
def test_an_edit_reads_as_a_diff(shape: Any) -> None:
    found = read_input(shape)
    (block,) = found.blocks
    assert block.language == "diff"
    assert block.text.endswith("-a\n+b")
    assert "a.py" in found.subject + block.text


@pytest.mark.parametrize("shape", WRITES.values(), ids=WRITES)
def test_a_file_that_is_written_reads_as_added_lines(shape: Any) -> None:
    found = read_input(shape)
    assert [(block.text, block.language) for block in found.blocks] == [("+a\n+b", "diff")]
    assert found.subject == "a.py"


@pytest.mark.parametrize("shape", PATCHES.values(), ids=PATCHES)
def test_a_patch_names_its_file(shape: Any) -> None:
    found = read_input(shape)
    assert [block.language for block in found.blocks] == ["diff"]
    assert found.subject == "a.py"


CLINE_BLOCK = "------- SEARCH\na\nold\n=======\na\nnew\n+++++++ REPLACE\n"
ROO_BLOCK = "<<<<<<< SEARCH\n:start_line:5\n-------\nb\n=======\nc\n>>>>>>> REPLACE"


@pytest.mark.parametrize(
    ("blocks", "shown"),
    [
        (CLINE_BLOCK, " a\n-old\n+new"),
        (ROO_BLOCK, "-b\n+c"),
        (f"{CLINE_BLOCK}\n{ROO_BLOCK}", "@@\n a\n-old\n+new\n@@\n-b\n+c"),
        ("------- SEARCH\n=======\nnew\n+++++++ REPLACE", "+new"),
        ("<<<<<<< SEARCH\na\n=======\nb", "<<<<<<< SEARCH\na\n=======\nb"),
        (f"{ROO_BLOCK}\nmore", f"{ROO_BLOCK}\nmore"),
    ],
)
def test_blocks_that_search_and_replace_read_as_a_diff(blocks: str, shown: str) -> None:
    (block,) = read_input({"path": "a.py", "diff": blocks}).blocks
    assert (block.text, block.language) == (shown, "diff")


def test_a_patch_of_many_files_names_the_first() -> None:
    patch = "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** Update File: c\n"
    assert read_input(patch).subject == "a and 2 more"


def test_edits_of_several_files_name_each() -> None:
    edits = [{"filePath": name, "oldString": "a", "newString": "b"} for name in ("x.py", "y.py")]
    (block,) = read_input({"replacements": edits}).blocks
    assert block.text == "@@ x.py\n-a\n+b\n@@ y.py\n-a\n+b"


def test_a_plan_reads_as_a_list_with_marks() -> None:
    plan = [{"step": "one", "status": "completed"}, {"step": "two", "status": "pending"}]
    found = read_input({"plan": plan, "explanation": "why"})
    assert found.subject == "1 of 2 done"
    assert [block.text for block in found.blocks] == ["[x] one\n[ ] two"]


def test_other_members_are_facts_texts_and_json() -> None:
    found = read_input({"url": "x.org", "prompt": "two\nlines", "deep": {"a": [1]}, "n": 5})
    assert found.subject == "x.org"
    assert found.facts == (("n", "5"),)
    assert [(block.label, block.language) for block in found.blocks] == [
        ("prompt", ""),
        ("", "json"),
    ]
    assert json.loads(found.blocks[1].text) == {"deep": {"a": [1]}}


def test_a_file_that_is_only_read_is_no_edit_and_no_command() -> None:
    assert read_input({"command": "view", "path": "/x"}).blocks == ()
    assert read_input({"file_path": "/x", "limit": 5}).facts == (("limit", "5"),)


def test_json_is_not_made_longer_than_its_bound() -> None:
    deep: Any = 5
    for _ in range(90):
        deep = [deep, deep] if isinstance(deep, int) else [deep]
    found = read_input({"deep": [deep] * 1_000})
    assert len(found.blocks[0].text) < 50_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["command", "edits", "path", "old_str", "new_str", "todos", "status",
                             "content", "patch", "x y", "prompt", "diff", "search", "replace"]),
            inner, max_size=4)
    ),
    max_leaves=8,
)  # fmt: skip


@given(JSON)
def test_any_input_can_be_read(value: Any) -> None:
    found = read_input(value)
    assert "\n" not in found.subject
    assert all("\n" not in fact for _, fact in found.facts)


def test_what_cannot_be_json_raises_nothing() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    assert len(read_input({"deep": deep}).blocks[0].text) < 50_000
    assert read_input({"deep": object()}).blocks[0].text == "(not readable)"


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "", ""),
        ("a\n", "a\n", " a"),
        ("a\nb\nc", "a\nB\nc", " a\n-b\n+B\n c"),
        ("1\n2\n3\n4\n5\nx", "1\n2\n3\n4\n5\ny", " 3\n 4\n 5\n-x\n+y"),
        ("a\nb", "", "-a\n-b"),
        ("x\nk\ny", "X\nk\nY", "-x\n+X\n k\n-y\n+Y"),
        ("a\r\nb", "a\nb", " a\n b"),
    ],
    ids=ascii,
)
def test_a_diff_shows_what_changed_and_a_little_around_it(old: str, new: str, shown: str) -> None:
    assert diff(old, new) == shown


@given(st.lists(st.sampled_from("abcdefg{}"), max_size=30), st.lists(st.sampled_from("abcdefg{}")))
def test_a_diff_has_all_changed_lines_in_order(old: list[str], new: list[str]) -> None:
    lines = diff("\n".join(["#", *old, "#"]), "\n".join(["#", *new, "#"])).split("\n")
    for mark, whole in (("-", old), ("+", new)):
        side = [line[1:] for line in lines if line[0] in (" ", mark)]
        # Of what is the same at both ends only three lines are shown.
        assert "".join(side) in "".join(["#", *whole, "#"])


def test_a_diff_of_long_texts_is_as_quick_as_they_are_long() -> None:
    """Each line is matched, and none takes part in a search over the others."""
    old = "".join(f"{number % 50_000}\n" for number in range(100_000))
    new = "".join(f"{number * 7 % 50_000}\n{number}\n" for number in range(100_000))
    assert diff(old, new).count("\n-") > 50_000
    words = "\n".join(f"word {number}" for number in range(100_000))
    assert diff(f"a\n{words}\nb", f"c\n{words}\nd").count("\n") == 100_003
