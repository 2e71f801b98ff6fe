"""Who is let in, and over which connection: passwords, TLS, and what the server is."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pytest

from hfs_server.errors import HfsError, StoreBusy, StoreUnusable
from hfs_server.store.address import Address
from testing.postgresql import USER, Server
from testing.proxy import free_port
from tests.unit.store.postgresql.works import fails
from tests.unit.store.sqlite.sessions import message, names, save, use

SECRET = "s3cr3t-word"
RULES = f"""
local all all trust
host all {USER} 127.0.0.1/32 trust
host all ada 127.0.0.1/32 scram-sha-256
"""


class Secured(NamedTuple):
    """A server on a port of this machine that asks for passwords and has a certificate."""

    server: Server
    port: int
    certificates: Path

    def address(self, user: str, options: str = "", name: str = "postgres") -> Address:
        """The address for a user on ``localhost``."""
        return Address(f"postgresql://{user}@localhost:{self.port}/{name}?{options}")


@pytest.fixture(scope="module")
def secured(postgresql: Server) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        pytest.skip("NO TLS TESTED: there is no openssl here")
    with TemporaryDirectory(prefix="hfs-tls-") as folder:
        server = postgresql.another()
        try:
            certificates = Path(folder)
            for name in ("server", "other"):
                _write_certificate(certificates / f"{name}.crt", certificates / f"{name}.key")
            port = free_port()
            files = [server.put(certificates / name) for name in ("server.crt", "server.key")]
            rules = certificates / "rules"
            rules.write_text(RULES, "utf-8")
            with server.connected() as connection:
                connection.execute(f"CREATE ROLE ada LOGIN PASSWORD '{SECRET}'".encode())
                connection.execute(b"GRANT CREATE ON DATABASE postgres TO ada")
            server.stop()
            server.start(
                listen_addresses="127.0.0.1",
                port=str(port),
                hba_file=server.put(rules),
                ssl="on",
                ssl_cert_file=files[0],
                ssl_key_file=files[1],
            )
            yield Secured(server, port, certificates)
        finally:
            server.remove()


def _write_certificate(certificate: Path, key: Path) -> None:
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    done = subprocess.run(
        [*command, "-keyout", key, "-out", certificate], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr


LOGINS: dict[str, tuple[str, str, str, str | None]] = {
    "right password": (f"ada:{SECRET}", "postgres", "", None),
    "wrong password": (f"ada:not-{SECRET}", "postgres", "", "the password is wrong"),
    "no password": ("ada", "postgres", "", "the password is wrong"),
    "unknown database": (f"ada:{SECRET}", "nowhere", "", "does not have this database"),
    "not let in": (f"bob:{SECRET}", "postgres", "", "does not let in this user from here"),
    "verified": (USER, "postgres", "sslmode=verify-full&sslrootcert={server}", None),
    "other certificate": (
        *(USER, "postgres", "sslmode=verify-full&sslrootcert={other}"),
        "no secure connection",
    ),
    "no certificate": (
        *(USER, "postgres", "sslmode=verify-full&sslrootcert=/nowhere/root.crt"),
        "no secure connection",
    ),
    "other name": (
        *(USER, "postgres", "sslmode=verify-full&sslrootcert={server}&host=127.0.0.1"),
        "no secure connection",
    ),
    "standby": (USER, "postgres", "target_session_attrs=standby", "target_session_attrs"),
    "odd attributes": (USER, "postgres", "target_session_attrs=odd", "not valid"),
}


@pytest.mark.parametrize(("user", "name", "options", "words"), LOGINS.values(), ids=LOGINS)
def test_who_is_not_let_in_reads_why_and_no_secret(
    secured: Secured,
    monkeypatch: pytest.MonkeyPatch,
    user: str,
    name: str,
    options: str,
    words: str | None,
) -> None:
    monkeypatch.setenv("PGPASSFILE", "/nowhere/pgpass")
    paths = {each: secured.certificates / f"{each}.crt" for each in ("server", "other")}
    address = secured.address(user, options.format(**paths), name)
    if words is None:
        use(address, names)
        return
    with pytest.raises(HfsError, match=words) as raised:
        use(address, names)
    assert SECRET not in raised.value.message
    assert raised.value.__cause__ is None


def test_a_server_without_tls_is_rejected_where_it_is_required(secured: Secured) -> None:
    secured.server.stop()
    secured.server.start(listen_addresses="127.0.0.1", port=str(secured.port), ssl="off")
    try:
        for mode in ("require", "verify-ca", "verify-full"):
            address = secured.address(USER, f"sslmode={mode}")
            with pytest.raises(StoreUnusable, match="no secure connection"):
                use(address, names)
        use(secured.address(USER, "sslmode=prefer"), names)
    finally:
        secured.server.stop()
        secured.server.start(listen_addresses="127.0.0.1", port=str(secured.port))


def test_a_server_without_a_connection_left_is_busy_until_there_is_one(postgresql: Server) -> None:
    server = postgresql.another()
    try:
        with server.connected() as connection:
            connection.execute("CREATE ROLE ada LOGIN")
            connection.execute("GRANT CREATE ON DATABASE postgres TO ada")
        server.stop()
        server.start(max_connections="4", superuser_reserved_connections="1")
        address = server.address("postgres", "ada")
        with server.connected(address), server.connected(address), server.connected(address):
            use(address, lambda store: fails(names(store), "no connection left", (StoreBusy,)))
            use(
                address,
                lambda store: fails(save(store, [message()]), "no connection left", (StoreBusy,)),
            )
        use(address, lambda store: save(store, [message()]))
    finally:
        server.remove()
