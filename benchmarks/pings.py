"""Whether the server answers at once while it works: a small request every 20 ms.

A ping is ``hfs/listSessions`` with a limit of 1, which goes all the way to the store. It
counts from the moment at which it was due, so that a late one does not excuse the next.
"""

from __future__ import annotations

import time

from benchmarks.client import Client, Message, result_of

EVERY_SECONDS = 0.02
PING = "hfs/listSessions"
PARAMS = {"limit": 1}
_PATIENCE = 60.0


def pings_while_idle(client: Client, seconds: float) -> list[float]:
    """The seconds that each ping took while nothing else was asked."""
    return _pings(client, None, time.perf_counter() + seconds)


def pings_during(client: Client, method: str, params: Message) -> list[float]:
    """The seconds that each ping took while this request was at work."""
    client.request(PING, PARAMS)
    return _pings(client, client.begin(method, params), None)


def _pings(client: Client, work: int | None, end: float | None) -> list[float]:
    due = time.perf_counter()
    pending: dict[int, float] = {}
    took: list[float] = []
    is_working = True
    while is_working or pending:
        if is_working and time.perf_counter() >= due:
            pending[client.begin(PING, PARAMS)] = due
            due += EVERY_SECONDS
            is_working = end is None or due < end
        message = client.receive(max(0.0, due - time.perf_counter()) if is_working else _PATIENCE)
        if message is None or "id" not in message:
            continue
        result_of(message)
        if message["id"] == work:
            is_working = False
        else:
            took.append(time.perf_counter() - pending.pop(message["id"]))
    return took
