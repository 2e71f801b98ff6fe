"""What the doctor says of roles, connections and passwords."""

from __future__ import annotations

from pathlib import Path

import pytest

from hfs_server.cli.access_checks import access_checks, password_checks
from hfs_server.store.address import Address
from hfs_server.store.results import StoreAccess
from testing.command_line import POSIX

SAFE = StoreAccess("ada", "hfs_owner", True, False, False, True, True)
SECRET = "s3cr3t"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "TLS, and the server is checked"),
        ({"is_verified": False}, "TLS, without checking who the server is"),
        ({"is_encrypted": False, "is_verified": False}, "not encrypted"),
        ({"is_local": True, "is_encrypted": False}, "on this machine"),
        ({"can_write": False}, "ada, which only reads; the tables belong to hfs_owner"),
        ({"sees_all": True}, "no policy holds for it"),
    ],
)
def test_roles_and_connections_are_described(changes: dict[str, bool], words: str) -> None:
    found = list(access_checks(SAFE._replace(**changes)))
    assert words in str(found)
    assert all(bool(advice) == (status != "ok") for _, _, status, advice in found)


@POSIX
def test_a_file_with_a_password_that_others_may_read_is_named_without_it(tmp_path: Path) -> None:
    settings = tmp_path / ".config" / "Code" / "User" / "settings.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'{{"hfs.databasePath": "postgresql://ada:{SECRET}@host/hfs"}}')
    (tmp_path / ".bashrc").write_text(f"export HFS_DATABASE=postgres://h/n?password={SECRET}\n")
    (tmp_path / ".zshrc").write_text("export HFS_DATABASE=postgresql://ada@host:5432/hfs\n")
    (tmp_path / ".profile").mkdir()
    for path in (settings, tmp_path / ".bashrc", tmp_path / ".zshrc"):
        path.chmod(0o644)
    found = list(password_checks(tmp_path, tmp_path / "sessions.db"))
    assert [line[1].partition(" ")[0] for line in found] == [
        str(tmp_path / ".bashrc"),
        str(settings),
    ]
    assert SECRET not in str(found)
    settings.chmod(0o600)
    assert len(list(password_checks(tmp_path, None))) == 1


def test_a_password_in_the_address_is_warned_of(tmp_path: Path) -> None:
    (line,) = password_checks(tmp_path, Address(f"postgresql://ada:{SECRET}@host/hfs"))
    assert line[2] == "warning"
    assert SECRET not in str(line)
    assert list(password_checks(tmp_path, Address("postgresql://ada@host/hfs"))) == []
