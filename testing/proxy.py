"""A network between the store and its server that can be lost, in one direction or in both."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from hfs_server.store.address import Address
from testing.postgresql import USER, Server

Loss = Literal["both", "to the server", "from the server", "unread", "half-open"]
LOSSES: tuple[Loss, ...] = ("both", "to the server", "from the server", "unread", "half-open")
"""What is swallowed; that nothing is even read; that the server is gone and nobody says so."""


def free_port() -> int:
    """A port of this machine that nothing uses."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Proxy:
    """A port of this machine behind which a server is."""

    def __init__(self, server: Server) -> None:
        self._server = str(server.folder / ".s.PGSQL.5432")
        self._loss: Loss | None = None
        self._left: int | None = None
        self._is_closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def address(self, database: Address) -> Address:
        """The address of a database behind the proxy."""
        name = database.connection_string.partition("@/")[2].partition("?")[0]
        return Address(f"postgresql://{USER}@127.0.0.1:{self.port}/{name}?sslmode=disable")

    def lose(self, loss: Loss = "both", after: int = 0) -> None:
        """Loses what is sent, once the server was sent so many bytes more."""
        self._left, self._loss = after, loss

    def heal(self) -> None:
        """Passes on what new connections send."""
        self._loss = None

    def close(self) -> None:
        """Ends all connections."""
        self._is_closed = True
        self._listener.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self._is_closed:
            if not select.select([self._listener], [], [], 0.05)[0]:
                continue
            with suppress(OSError):
                client, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        is_lost = False
        with client, server, suppress(OSError):
            server.connect(self._server)
            while not self._is_closed:
                is_lost = is_lost or self._is_lost()
                loss = self._loss if is_lost else None
                if is_lost and self._loss is None:
                    # What was lost does not come back; who waits for it has to notice.
                    loss = "both"
                if loss == "half-open":
                    server.shutdown(socket.SHUT_RDWR)
                watched = [] if loss in ("unread", "half-open") else [client, server]
                for source in select.select(watched, [], [], 0.02)[0]:
                    data = source.recv(1 << 16)
                    if not data:
                        return
                    self._pass_on(
                        data, source is client, server if source is client else client, loss
                    )

    def _pass_on(
        self, data: bytes, is_to_server: bool, destination: socket.socket, loss: Loss | None
    ) -> None:
        swallowed = ("both", "to the server" if is_to_server else "from the server")
        if loss in swallowed:
            return
        if is_to_server and self._left:
            self._left = max(0, self._left - len(data))
        destination.sendall(data)

    def _is_lost(self) -> bool:
        return self._loss is not None and not self._left


@contextmanager
def proxy(server: Server) -> Iterator[Proxy]:
    """A proxy that is closed in the end."""
    between = Proxy(server)
    try:
        yield between
    finally:
        between.close()
