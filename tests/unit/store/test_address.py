"""Addresses of stores, and that nothing shows their passwords."""

from __future__ import annotations

import pytest

from hfs_server.cli.commands import main
from hfs_server.settings import resolve
from hfs_server.store.address import Address, is_address

SECRET = "s3cr3t"
SHOWN = {
    "postgresql://": "postgresql://",
    "postgresql://host/name": "postgresql://host/name",
    "postgres://me@host:5433/name": "postgres://me@host:5433/name",
    "postgresql://me:s3cr3t@host/name": "postgresql://me@host/name",
    "postgresql://me:s3cr3t@one:5432,two:5433/name": "postgresql://me@one:5432,two:5433/name",
    "postgresql://me:s3cr3t@[::1]:5432/name": "postgresql://me@[::1]:5432/name",
    "postgresql://me:s3cr3t@[::1]/name": "postgresql://me@[::1]/name",
    "postgresql://me:a@b/s3cr3t@host/name": "postgresql://me@host/name",
    "postgresql://me:a?s3cr3t#x@host/name": "postgresql://me@host/name",
    "postgresql://host/name?password=s3cr3t&sslmode=require": "postgresql://host/name",
    "postgresql://host/name?user=me&pass%77ord=s3cr3t": "postgresql://host/name",
    "postgresql://host?sslpassword=s3cr3t": "postgresql://host",
    "postgresql://me:s3cr3t": "postgresql://me",
    "postgresql:///name?host=/run/postgresql": "postgresql:///name",
}


@pytest.mark.parametrize(("text", "shown"), SHOWN.items())
def test_an_address_is_shown_without_what_may_be_secret(text: str, shown: str) -> None:
    address = Address(text)
    assert str(address) == shown
    assert repr(address) == f"Address({shown!r})"
    assert address.connection_string == text
    assert address.has_password == (SECRET in text and text != "postgresql://me:s3cr3t")


@pytest.mark.parametrize("text", ["postgresql://a b", "postgresql://a\n", "postgresql://\x00"])
def test_an_address_with_blanks_or_control_characters_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="without blanks and control characters") as raised:
        Address(text)
    assert text not in str(raised.value)


def test_only_the_schemes_of_libpq_are_addresses() -> None:
    assert is_address("PostgreSQL://host")
    for text in ("/a/postgresql://", "host=a", "user=ada.json", "C:\\a=b", "", None, 5):
        assert not is_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "postgresql:bob:s3cr3t@host/name",
        "postgresql:/bob:s3cr3t@host/name",
        "Postgres:bob:s3cr3t@host",
        " postgresql://bob:s3cr3t@host",
        "'postgresql://bob:s3cr3t@host'",
        "jdbc:postgresql://host/name?password=s3cr3t",
        "postgresql+psycopg://bob:s3cr3t@host/name",
        "mysql://bob:s3cr3t@host/name",
        "host=db password=s3cr3t",
        "user = bob\npassword = s3cr3t",
        "password=s3cr3t",
        "dbname=hfs password=s3cr3t",
    ],
)
def test_what_is_nearly_an_address_is_no_path_and_is_not_quoted(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert is_address(text)
    for settings in (resolve({"databasePath": text}, {}), resolve(None, {"HFS_DATABASE": text})):
        assert settings.database_problem is not None
        assert "begins with postgresql://" in settings.database_problem
        assert SECRET not in repr(settings)
    for arguments in (["list", "--database", text], ["import", text]):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 2
        shown = capsys.readouterr()
        assert "begins with postgresql://" in shown.err
        assert SECRET not in shown.out + shown.err


def test_every_way_to_set_the_store_takes_an_address() -> None:
    text = "postgresql://me:s3cr3t@host/name"
    for settings in (
        resolve({"databasePath": text}, {}),
        resolve(None, {}, database=text),
        resolve(None, {"HFS_DATABASE": text}),
    ):
        assert settings.database == Address(text)
        assert settings.problems == ()
        assert SECRET not in repr(settings)
        settings.require_folder()


def test_an_address_that_cannot_be_used_is_reported_without_its_text() -> None:
    settings = resolve({"databasePath": "postgresql://me:s3cr3t @host"}, {})
    assert settings.database_problem is not None
    assert settings.database_problem.startswith("databasePath: expected an address")
    assert SECRET not in repr(settings)
