"""Edits of files in any store: which session did what to a file, and who put in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hfs_server.edits import KINDS
from hfs_server.edits.paths import AskedFile, asked_file
from hfs_server.import_session import import_file
from hfs_server.importers.source_file import file_of
from hfs_server.session import no_progress
from hfs_server.store import Store
from hfs_server.store.address import StorePlace
from testing.documents import document, text
from tests.unit.store.sqlite.sessions import use

LINE = "total = price * count"
OTHER = "discount = total / 10"


class Index:
    """A store whose index has all sessions that were added, when it is asked."""

    def __init__(self, place: StorePlace) -> None:
        self._place = place
        self.sessions: list[Session] = []

    def ask(self, work: Any) -> Any:
        async def asked(store: Store) -> Any:
            for session in self.sessions:
                await import_file(store, file_of(session.document))
            await store.update_index(no_progress)
            return await work(store)

        return use(self._place, asked)


class Session:
    """A session that calls tools, one message each, at one minute after the other."""

    def __init__(
        self, index: Index, number: int, directory: str, tool: str = "claude-code"
    ) -> None:
        index.sessions.append(self)
        self._number, self._messages = number, []
        self._facts = {"source": {"tool": tool, "session_id": f"{number}"}}
        if directory:
            self._facts["working_directory"] = directory

    @property
    def document(self) -> str:
        facts = {"schema_version": "1.1.0", **self._facts}
        return text(document(f"{self._number}", *self._messages, metadata=facts))

    def add(self, **message: Any) -> None:
        time = f"2026-02-{self._number:02}T10:{len(self._messages):02}:00Z"
        self._messages.append({**message, "created_at": time})

    def call(self, name: str, **given: Any) -> None:
        calls = [{"id": f"call-{len(self._messages)}", "name": name, "input": given}]
        self.add(role="assistant", content="", tool_calls=calls)

    def write(self, path: str, *lines: str) -> None:
        self.call("Write", file_path=path, content="\n".join(lines))

    def fail(self) -> None:
        """The result of the last call, which failed."""
        call = f"call-{len(self._messages) - 1}"
        self.add(role="tool", content="", tool_call_id=call, is_error=True)


@pytest.fixture
def index(place: StorePlace) -> Index:
    return Index(place)


def asked(path: str, root: str = "") -> AskedFile:
    """A file, which need not exist; the repository's folder is ``root``."""
    found = asked_file(Path(path))
    return found._replace(root=len(Path(root).parts) - 1 if root else None)


def writers(index: Index, file: AskedFile, lines: list[str], limit: int = 50) -> list[list[int]]:
    """The sessions that put in each of the lines."""
    found = index.ask(lambda store: store.writers_of_lines(file, lines, limit))
    assert found.is_complete
    return [[int(edit.session.name) for edit in edits] for edits in found.lines]


def who(index: Index, file: AskedFile, line: str) -> list[int]:
    return writers(index, file, [line])[0]


def what(index: Index, file: AskedFile, *lines: str) -> list[tuple[int, int, str]]:
    found = index.ask(lambda store: store.edits_of_file(file, lines, KINDS, 50))
    assert found.is_complete
    return [(int(each.session.name), each.message_index, each.kind) for each in found.edits]


def test_the_sessions_that_put_in_a_line_are_found_newest_first(index: Index) -> None:
    Session(index, 2, "/app").write("a.py", LINE)
    Session(index, 1, "/app").write("/app/a.py", f"\t{LINE.replace(' ', '')}  ")
    Session(index, 3, "/app").write("/app/a.py", OTHER)
    assert who(index, asked("/app/a.py"), LINE) == [2, 1]
    assert who(index, asked("/app/b.py"), LINE) == []


def test_a_line_that_an_edit_only_kept_is_not_one_that_it_put_in(
    index: Index,
) -> None:
    session = Session(index, 1, "/app")
    session.call("Edit", file_path="/app/a.py", old_string=f"x\n  {LINE}", new_string=f"{LINE}\ny")
    assert who(index, asked("/app/a.py"), LINE) == []


@pytest.mark.parametrize("line", ["", "}", "return", "  else:  ", "x = 1"])
def test_a_line_that_is_too_common_is_nobodys(index: Index, line: str) -> None:
    Session(index, 1, "/app").write("/app/a.py", line, LINE)
    assert who(index, asked("/app/a.py"), line) == []


def test_what_a_session_did_to_a_file_is_found_newest_first(index: Index) -> None:
    session = Session(index, 1, "/app")
    session.write("/app/a.py", LINE)
    session.write("/app/a.py", LINE, OTHER)
    session.call("Read", file_path="/app/a.py")
    session.call("delete_file", target_file="a.py")
    session.write("/app/b.py", LINE)
    found = what(index, asked("/app/a.py"))
    assert found == [(1, 4, "delete"), (1, 3, "read"), (1, 2, "edit"), (1, 1, "create")]


def test_a_file_that_was_read_before_it_is_written_is_edited(index: Index) -> None:
    session = Session(index, 1, "/app")
    session.call("Read", file_path="/app/a.py")
    session.write("/app/a.py", LINE)
    assert what(index, asked("/app/a.py"))[0] == (1, 2, "edit")


def test_a_call_that_failed_did_nothing(index: Index) -> None:
    session = Session(index, 1, "/app")
    session.call("Read", file_path="/app/a.py")
    session.fail()
    session.write("/app/a.py", LINE)
    session.write("/app/b.py", LINE)
    session.fail()
    assert what(index, asked("/app/a.py")) == [(1, 3, "create")]
    assert what(index, asked("/app/b.py")) == []
    assert who(index, asked("/app/b.py"), LINE) == []


def test_blocks_that_aider_did_not_apply_did_nothing(index: Index) -> None:
    session = Session(index, 1, "/app", "aider")
    block = "```\n<<<<<<< SEARCH\nx\n=======\n{line}\n>>>>>>> REPLACE\n```\n"
    text = f"a.py\n{block.format(line=LINE)}src/b.py\n{block.format(line=LINE)}"
    session.add(role="assistant", content=text)
    note = "The LLM did not conform to the edit format.\nApplied edit to src/b.py"
    session.add(role="system", content=note)
    assert who(index, asked("/app/a.py"), LINE) == []
    assert who(index, asked("/app/src/b.py"), LINE) == [1]


@pytest.mark.parametrize(
    ("directory", "path", "file", "root", "is_found"),
    [
        ("/app", "/app/a.py", "/app/a.py", "", True),
        ("/old/app", "/old/app/src/a.py", "/new/place/app/src/a.py", "", True),
        ("/old/app", "/old/app/a.py", "/new/place/app/a.py", "/new/place/app", True),
        ("", "/old/app/a.py", "/new/place/app/a.py", "/new/place/app", True),
        ("C:\\Users\\me\\App", "C:\\Users\\me\\App\\src\\A.py", "/home/me/app/src/a.py", "", True),
        ("/old/app/pkg/web", "/old/app/pkg/web/src/a.py", "/new/app/pkg/web/src/a.py",
         "/new/app", True),
        # The project has another name, so the line decides.
        ("/old/app", "/old/app/src/a.py", "/new/renamed/src/a.py", "/new/renamed", True),
        ("/old/app", "/old/app/a.py", "/new/renamed/a.py", "/new/renamed", True),
        ("", "a.py", "/new/renamed/a.py", "/new/renamed", True),
        ("", "src/a.py", "/new/place/src/a.py", "", True),
        # Another file of that name.
        ("/old/app", "/old/app/a.py", "/new/place/a.py", "", False),
        ("/old/app", "/old/app/lib/a.py", "/new/renamed/src/a.py", "/new/renamed", False),
        ("/old/app", "/old/app/lib/src/a.py", "/new/renamed/a.py", "/new/renamed", False),
    ],
)  # fmt: skip
def test_a_file_is_found_by_its_place_in_the_project(
    index: Index, directory: str, path: str, file: str, root: str, is_found: bool
) -> None:
    Session(index, 1, directory).write(path, LINE, OTHER)
    assert who(index, asked(file, root), LINE) == [1] * is_found
    found = what(index, asked(file, root), f"  {LINE}", OTHER, "something else")
    assert found == [(1, 1, "create")] * is_found


def test_a_file_of_a_project_of_another_name_must_have_most_of_the_lines(
    index: Index,
) -> None:
    Session(index, 1, "/old/app").write("/old/app/src/a.py", LINE, OTHER, "third line", "a fourth")
    file = asked("/new/other/src/a.py", "/new/other")
    assert what(index, file, LINE) == []
    assert what(index, file, LINE, OTHER) == [(1, 1, "create")]
    assert who(index, file, LINE) == [1]


def test_a_line_that_many_projects_have_at_the_same_place_is_nobodys_elsewhere(
    index: Index,
) -> None:
    for number in range(1, 6):
        Session(index, number, f"/p{number}").write(f"/p{number}/src/a.py", LINE)
    assert who(index, asked("/new/src/a.py", "/new"), LINE) == []
    assert who(index, asked("/p3/src/a.py", "/p3"), LINE) == [3]


def test_who_wrote_each_line_of_a_file(index: Index) -> None:
    Session(index, 1, "/app").write("/app/a.py", LINE, OTHER)
    Session(index, 2, "/app").write("/app/a.py", OTHER)
    lines = [LINE, "", OTHER, "by a person", LINE]
    found = writers(index, asked("/app/a.py"), lines, 1)
    assert found == [[1], [], [2], [], [1]]


def test_a_link_to_a_file_is_that_file(index: Index, tmp_path: Path) -> None:
    file = tmp_path / "a.py"
    file.write_text(LINE)
    link = tmp_path / "folder"
    link.symlink_to(tmp_path, target_is_directory=True)
    Session(index, 1, str(tmp_path)).write(str(file), LINE)
    assert who(index, asked_file(link / "a.py"), LINE) == [1]


def test_a_worktree_of_a_repository_has_its_root(tmp_path: Path) -> None:
    (tmp_path / "tree" / "src").mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere")
    found = asked_file(tmp_path / "tree" / "src" / "a.py")
    assert found.root is not None
    assert found.names[0][found.root :] == ("src", "a.py")
