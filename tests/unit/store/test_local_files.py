"""Each database has local files of its own, whatever names it."""

import pytest

from hfs_server.store.address import Address
from hfs_server.store.local_files import local_path


def test_each_database_has_files_of_its_own_and_a_password_does_not_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    addresses = [
        "postgresql://ada@one/hfs",
        "postgresql://ada@two/hfs",
        "postgresql://ada@/hfs?host=/run/one",
        "postgresql://ada@/hfs?host=/run/two",
        "postgresql://ada@/hfs?host=/run/one&port=5433",
        "postgresql:///?service=team",
    ]
    paths = [local_path(Address(each)) for each in addresses]
    assert len(set(paths)) == len(paths)
    secret = local_path(Address("postgresql://ada:secret@one/hfs?password=secret"))
    assert secret == paths[0]
    monkeypatch.setenv("PGHOST", "/run/three")
    assert local_path(Address("postgresql:///hfs")) not in paths
