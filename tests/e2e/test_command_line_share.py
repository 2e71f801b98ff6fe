"""``hfs-server share`` and ``roles``: a store in a file has one user."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hfs_server.store.address import Address
from testing.command_line import Run, failed_in_one_line, write


@pytest.mark.parametrize(
    "words", ["share 1", "share 1 --private", "share", "import a.json --visibility team"]
)
def test_a_store_in_a_file_is_yours_alone(run: Run, tmp_path: Path, words: str) -> None:
    write(tmp_path / "a.json", "a", {"role": "user", "content": "x"})
    assert run("import", "a.json").code == 0
    done = run(*words.split())
    failed_in_one_line(done)
    assert "is a file, which is yours alone" in done.stderr
    assert run("import", "a.json", "--visibility", "private").code == 0


def test_something_must_be_named_that_is_to_be_private(run: Run) -> None:
    done = run("share", "--private")
    assert done.code == 2
    assert "argument --private: expected the ids of sessions, too" in done.stderr


def test_without_an_id_share_lists_what_is_shared(
    run: Run, database: Address, tmp_path: Path
) -> None:
    store = ("--database", database.connection_string)
    assert run("share", *store).stderr == (
        "hfs-server: Nothing is shared. To share a session: hfs-server share ID\n"
    )
    for name in ("alpha", "beta", "gamma"):
        write(tmp_path / f"{name}.json", name, {"role": "user", "content": name})
        assert run("import", f"{name}.json", *store).code == 0
    assert run("share", "3", "1", *store).code == 0
    assert run("share", *store).stdout.decode().splitlines() == [
        "ID  OWNER       NAME",
        " 3  hfs_member  gamma",
        " 1  hfs_member  alpha",
    ]
    assert run("share", "3", "--private", *store).code == 0
    assert json.loads(run("share", "--json", *store).stdout) == [
        {"sessionId": 1, "owner": "hfs_member", "name": "alpha"}
    ]


def test_roles_prints_sql_and_needs_no_store(run: Run) -> None:
    done = run("roles", HFS_DATABASE="relative/and/missing.db")
    script = done.stdout.decode()
    assert (done.code, done.stderr) == (0, "")
    assert script.startswith("-- The roles of a store that a team shares")
    for role in ("hfs_owner", "hfs_writer", "hfs_reader"):
        assert f"'{role}'" in script
    assert "CREATE TABLE hfs.sessions" in script
    assert "-- the schema --" not in script
