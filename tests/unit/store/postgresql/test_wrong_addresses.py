"""Addresses that lead to no store, and what is said of them."""

from __future__ import annotations

import psycopg
import pytest

from hfs_server.errors import StoreUnusable
from hfs_server.store.address import Address
from hfs_server.store.postgresql.database_errors import connection_error, unreachable
from testing.postgresql import Server
from tests.unit.store.sqlite.sessions import names, use

SECRET = "s3cr3t"
CUT = (
    "postgresql://bob:a/s3cr3t@host/name",
    "postgresql://bob:1/s3cr3t@host/name",
    "postgresql://bob:a?s3cr3t@host/name",
    "postgresql://bob:a#s3cr3t@host/name",
    "postgresql://bob:a@s3cr3t@host/name",
    "postgresql://bob:a@b/s3cr3t@host/name",
    "postgresql://bob:100%s3cr3t@host/name",
    "postgresql://bob:s3cr3t",
)
WHOLE = (
    "postgresql://",
    "postgresql:///name?host=/run/postgresql&user=a@b",
    "postgresql://me:a%2Fb%25@host:5432/name?user=a@b",
    "postgresql://me@one:5432,two:5433/name",
    "postgresql://me:s3cr3t@[::1]:5432/name",
    "postgresql://[::1]?user=a@b",
)


@pytest.mark.parametrize("text", [*CUT, *WHOLE])
def test_an_address_whose_password_must_be_encoded_is_reported_with_that(text: str) -> None:
    for error in (
        connection_error(psycopg.OperationalError("password authentication failed"), Address(text)),
        connection_error(psycopg.OperationalError('database "x" does not exist'), Address(text)),
        unreachable(Address(text)),
    ):
        assert ("percent-encoded" in error.message) == (text in CUT)
        assert SECRET not in error.message


def test_a_service_that_is_not_defined_is_reported_as_that(postgresql: Server) -> None:
    del postgresql  # Its library is needed.
    with pytest.raises(StoreUnusable, match="service is not defined"):
        use(Address("postgresql:///hfs?service=nosuch"), names)
