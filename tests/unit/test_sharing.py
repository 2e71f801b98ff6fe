"""Which sessions leave this machine for a second store: those of named projects, and no others."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from hfs_server.exporters import REDACT_ALSO
from hfs_server.import_report import ImportReport
from hfs_server.settings import resolve
from hfs_server.share_settings import Sharing, sharing_of
from hfs_server.sharing import may_leave, share
from hfs_server.store import open_store
from hfs_server.store.address import Address
from hfs_server.store.shapes import SessionEntry
from testing.command_line import POSIX
from testing.postgresql import Server
from testing.tool_logs import claude_code, id_of, subagent
from tests.unit.pairs_of_stores import add, exports, use

ADDRESS = "postgresql://ada@db.example/hfs"
SECRET = "AKIAIOSFODNN7" + "EXAMPLQ"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, in which what is remembered of stores on a server is."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(folder))
    return folder


def entry(
    number: int, directory: str | None, parent: int | None = None, identity: int | None = None
) -> SessionEntry:
    """A session with a working directory, started by another one or not."""
    above = None if parent is None else f"s-{parent}"
    own = f"s-{number if identity is None else identity}"
    return SessionEntry(
        number, own, "mark", f"No {number}", 1, 0, "codex", above, directory, None, False
    )


def leaving(projects: Sequence[str], *entries: SessionEntry) -> list[int]:
    """The ids of those that may leave."""
    return sorted(may_leave(projects, entries))


@POSIX
@pytest.mark.parametrize(
    ("directory", "leaves"),
    [
        ("/p/web", True),
        ("/p/web/", True),
        ("/p/web/src/deep", True),
        ("/p/./web//src/..", True),
        ("/p/web/../web2", False),
        ("/p/web2", False),
        ("/p/we", False),
        ("/p", False),
        ("/", False),
        ("/p/web/../../etc", False),
        ("/p/web/../../p/web", True),
        ("/P/web", False),
        ("/p/Web", False),
        ("p/web", False),
        ("web", False),
        (".", False),
        ("", False),
        ("~/web", False),
        ("C:\\p\\web", False),
        ("\\\\host\\p\\web", False),
        ("file:///p/web", False),
        ("/p/web\0/../../etc", False),
        ("/p/web\n", False),
        ("/p/web ", False),
        ("/other\n/p/web", False),
        (None, False),
    ],
)
def test_only_folders_of_the_projects_leave(directory: str | None, leaves: bool) -> None:
    assert leaving(["/p/web"], entry(1, directory)) == ([1] if leaves else [])


@POSIX
def test_a_link_must_lead_into_a_project_from_within_one(tmp_path: Path) -> None:
    project, secret = tmp_path / "project", tmp_path / "secret"
    for folder in (project / "src", secret / "src"):
        folder.mkdir(parents=True)
    (project / "out").symlink_to(secret)
    (project / "in").symlink_to(project / "src")
    (tmp_path / "into").symlink_to(project)
    (project / "loop").symlink_to(project / "loop")
    directories = {
        project / "src": True,
        project / "in": True,
        project / "out": False,
        project / "out" / "src": False,
        project / "out" / ".." / "secret": False,
        project / "out" / ".." / "project" / "src": True,
        project / "loop" / "src": True,
        tmp_path / "into" / "src": False,
        secret / ".." / "project": True,
        secret: False,
        project / "was removed": True,
    }
    for directory, leaves in directories.items():
        found = leaving([str(project)], entry(1, str(directory)))
        assert (found == [1]) is leaves, directory
    # A project may be named by a link, and its sessions by where that leads.
    into = str(tmp_path / "into")
    assert leaving([into], entry(1, str(project / "src")), entry(2, into)) == [1, 2]
    assert leaving([into], entry(1, str(project / "out"))) == []


@POSIX
def test_a_session_that_another_one_started_leaves_only_with_all_above_it() -> None:
    mine, other = "/p/web", "/p/other"
    sessions = [
        entry(1, mine),
        entry(2, mine, parent=1),
        entry(3, None, parent=1),
        entry(4, other, parent=1),
        entry(5, mine, parent=4),
        entry(6, None, parent=5),
        entry(7, mine, parent=99),
        entry(8, None, parent=99),
        entry(9, other),
        entry(10, mine, parent=9),
        entry(11, None),
        entry(12, mine, parent=11),
        entry(13, mine, parent=14),
        entry(14, mine, parent=13),
        entry(15, mine, parent=15),
        entry(16, None, parent=3),
    ]
    assert leaving([mine], *sessions) == [1, 2, 3, 16]


@POSIX
def test_a_second_session_of_the_same_identity_counts_as_well() -> None:
    sessions = [entry(1, "/p/web"), entry(2, "/p/other", identity=1), entry(3, None, parent=1)]
    assert leaving(["/p/web"], *sessions) == [1]


@POSIX
def test_a_long_chain_of_sessions_is_no_problem() -> None:
    chain = [entry(n, "/p/web", parent=n - 1 if n else None) for n in range(1500)]
    assert len(leaving(["/p/web"], *chain)) == 1500


def variables(**changes: str) -> dict[str, str]:
    folder = os.path.abspath("web")
    return {"HFS_SHARE": ADDRESS, "HFS_SHARE_PROJECTS": folder, **changes}


def test_nothing_is_shared_unless_the_environment_says_so() -> None:
    assert sharing_of({}) == (None, None)
    assert sharing_of({"HFS_SHARE_PROJECTS": os.path.abspath("web")}) == (None, None)
    options = dict.fromkeys(("share", "HFS_SHARE", "hfsShare"), ADDRESS)
    assert resolve({**options, "shareProjects": ["/"]}, {}).sharing is None


def test_secrets_are_redacted_unless_that_is_turned_off() -> None:
    def redaction(text: str) -> tuple[bool, tuple[str, ...]]:
        found, _ = sharing_of(variables(HFS_SHARE_REDACT=text))
        assert found is not None
        return found.redact, found.redact_also

    for text in ("", "on", "yes", " ON ", "no thanks", "offf", "off,on", "off mail"):
        assert redaction(text) == (True, ()), text
    for text in ("off", "no", "0", "False"):
        assert redaction(text) == (False, ()), text
    assert redaction(",".join(REDACT_ALSO)) == (True, tuple(REDACT_ALSO))


@pytest.mark.parametrize(
    "changes",
    [
        {"HFS_SHARE": "/home/ada/sessions.db"},
        {"HFS_SHARE": "https://db.example/hfs"},
        {"HFS_SHARE": "postgresql://ada:s3cr3t@db.example/h fs"},
        {"HFS_SHARE_PROJECTS": ""},
        {"HFS_SHARE_PROJECTS": "web"},
        {"HFS_SHARE_PROJECTS": f"..{os.pathsep}."},
        {"HFS_SHARE_PROJECTS": os.path.abspath(os.sep)},
        {"HFS_SHARE_PROJECTS": os.path.join(os.path.abspath("web"), *[os.pardir] * 50)},
    ],
)
def test_what_is_wrong_shares_nothing_and_is_said(changes: dict[str, str]) -> None:
    settings = resolve({}, variables(**changes))
    assert settings.sharing is None
    assert settings.share_problem in settings.problems
    assert "s3cr3t" not in repr(settings)


def test_a_store_is_not_shared_with_itself() -> None:
    settings = resolve({"databasePath": ADDRESS}, variables())
    assert settings.sharing is None
    assert "the store itself" in str(settings.share_problem)


def test_a_folder_that_is_not_absolute_is_ignored_beside_others() -> None:
    folder = os.path.abspath("web")
    found, problem = sharing_of(variables(HFS_SHARE_PROJECTS=f"{folder}{os.pathsep}web"))
    assert found is not None
    assert found.projects == (folder,)
    assert "absolute folders" in str(problem)


class Machine:
    """A store in a file, and a database with which it is shared."""

    def __init__(self, path: Path, address: Address) -> None:
        self.path = path
        self.address = address

    def share(self, *projects: str, tools: Sequence[str] = ("claude-code",), redact: bool = True):
        """Shares once."""

        async def run() -> ImportReport:
            mine, shared = open_store(self.path), open_store(self.address)
            try:
                return await share(mine, shared, Sharing(self.address, projects, redact), tools)
            finally:
                await mine.close()
                await shared.close()

        return asyncio.run(run())

    def shared(self) -> str:
        """All that is in the database, as its own tools see it."""
        found = exports(self.address)
        return "".join(part.decode() for parts in found.values() for part in parts)


@pytest.fixture
def machine(tmp_path: Path, database: Address) -> Machine:
    (tmp_path / "store").mkdir()
    return Machine(tmp_path / "store" / "sessions.db", database)


def in_folder(log: bytes, folder: str) -> bytes:
    """A log of Claude Code that was written in another folder."""
    return log.replace(json.dumps("/home/ada/web").encode(), json.dumps(folder).encode())


@POSIX
def test_the_sessions_of_projects_are_shared_as_they_grow(machine: Machine) -> None:
    add(machine.path, claude_code(1, 1), in_folder(claude_code(2, 1, "SECOND"), "/home/ada/no"))
    report = machine.share("/home/ada/web")
    assert [each.status for each in report.sessions] == ["created"]
    assert "SECOND" not in machine.shared()
    assert [each.status for each in machine.share("/home/ada/web").sessions] == ["unchanged"]
    add(machine.path, claude_code(1, 2))
    assert [each.status for each in machine.share("/home/ada/web").sessions] == ["updated"]
    assert list(exports(machine.address)) == [f"claude-code:{id_of(1)}"]


@POSIX
def test_tools_that_are_not_kept_and_documents_without_a_folder_stay(machine: Machine) -> None:
    made = {"messages": [{"role": "user", "content": "MINE"}]}
    add(machine.path, claude_code(1), json.dumps(made))
    assert machine.share("/home/ada", tools=["codex"]).sessions == []
    assert len(machine.share("/home/ada", tools=["claude-code", "hfs"]).sessions) == 1
    assert "MINE" not in machine.shared()


@POSIX
def test_secrets_and_files_stay_at_home(machine: Machine, postgresql: Server) -> None:
    add(machine.path, claude_code(1, 1, f"key {SECRET}"), claude_code(2, 1, f"key {SECRET}"))
    machine.share("/home/ada/web")
    with postgresql.connected(machine.address) as connection:
        for table in ("sessions", "messages", "checkpoints", "words", "originals", "chunks"):
            rows = connection.execute(f"SELECT t::text FROM hfs.{table} AS t".encode()).fetchall()
            assert SECRET.lower() not in str(rows).lower(), table
            assert rows == [] or table not in ("originals", "chunks")
    assert '"redacted": true' in machine.shared()


@POSIX
def test_without_redaction_the_files_stay_too(machine: Machine) -> None:
    add(machine.path, claude_code(1, 1, f"key {SECRET}"))
    machine.share("/home/ada/web", redact=False)
    assert SECRET in machine.shared()
    assert "parentUuid" not in machine.shared()


@POSIX
def test_a_subagent_leaves_with_its_parent_and_not_without_it(machine: Machine) -> None:
    parent, child = claude_code(1), subagent(1, "helper")
    add(machine.path, parent)
    add(machine.path, in_folder(child, "/home/ada/web/sub"))
    assert len(exports(machine.path)) == 2
    machine.share("/home/ada/web/sub")
    assert exports(machine.address) == {}
    machine.share("/home/ada/web")
    assert exports(machine.address).keys() == exports(machine.path).keys()


@POSIX
def test_a_session_that_was_deleted_from_either_store_is_not_shared_again(
    machine: Machine,
) -> None:
    add(machine.path, claude_code(1), claude_code(2))
    machine.share("/home/ada/web")

    async def delete_first(store):
        await store.delete((await store.list()).sessions[0].id)

    use(machine.address, delete_first)
    assert sorted(each.status for each in machine.share("/home/ada/web").sessions) == [
        "skipped",
        "unchanged",
    ]
    use(machine.path, delete_first)
    machine.share("/home/ada/web")
    assert len(exports(machine.address)) == 1
