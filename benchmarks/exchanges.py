"""Row 33: a store that has not changed, pushed into a database again, and pulled from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import material
from benchmarks.client import serving
from benchmarks.figures import Figure, Scale, seconds
from benchmarks.pings import PARAMS, PING
from benchmarks.team_store import team_server
from hfs_server.store.address import Address
from testing.postgresql import Server

_SESSIONS = 10_000
_MOST_SECONDS = 2.0


def unchanged(scale: Scale, scratch: Path) -> list[Figure]:
    """Both directions; neither writes anything."""
    sessions = min(_SESSIONS, scale.sessions)
    other = material.sessions_store(sessions)
    pulled = scratch / "pulled.db"
    with team_server() as server:
        address = server.new_database()
        place, there = address.connection_string, partial(_written, server, address)
        push = _imports(scratch, place, other.as_uri(), scale.runs, there)
        pull = _imports(scratch, str(pulled), place, scale.runs, there)
    words = f"unchanged {sessions:,} sessions"
    return [_figure(f"push of {words}", push), _figure(f"pull of {words}", pull)]


def _imports(
    scratch: Path, store: str, source: str, runs: int, written: Callable[[], object]
) -> list[float]:
    """How long each import but the first took."""
    took = []
    with serving(scratch, store) as client:
        client.request(PING, PARAMS)
        client.request("hfs/import", {"uri": source})
        for _ in range(runs):
            before = written()
            took.append(client.measured("hfs/import", {"uri": source}).cost.seconds)
            assert written() == before, "an import of what is there wrote to the database"
    return took


def _written(server: Server, address: Address) -> list[tuple[int, int]]:
    """The newest transaction and the number of rows of what an import writes to.

    The server's own work in the background has transactions, too.
    """
    with server.connected(address) as connection:
        return connection.execute(_WRITTEN).fetchall()


def _figure(what: str, took: list[float]) -> Figure:
    return Figure(
        33,
        f"PostgreSQL: {what}",
        "-",
        seconds(median(took)),
        "-",
        f"{seconds(min(took))}-{seconds(max(took))}",
        f"≤ {_MOST_SECONDS:.0f} s",
        median(took) <= _MOST_SECONDS,
    )


_WRITTEN = b"""
    SELECT max(xmin::text::bigint), count(*) FROM hfs.sessions
    UNION ALL SELECT max(xmin::text::bigint), count(*) FROM hfs.imported_files
    UNION ALL SELECT max(xmin::text::bigint), count(*) FROM hfs.deletion_states
"""
