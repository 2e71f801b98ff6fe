"""Server processes for the tests, and the stores that they are given."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hfs_server.store.address import Address, StorePlace
from testing import documents, stores
from testing.client import Client, Start, finish_all
from testing.command_line import Outcome, Run, run_command
from testing.exports import fill
from testing.keeping import Keeping
from testing.programs import PLAIN, environment_for
from testing.spare_servers import Spares
from testing.stores import location
from testing.terminal import Terminal

if TYPE_CHECKING:
    from testing.postgresql import Server

ENGINES = ("sqlite", "postgresql")


IN_A_FILE = {"store_path", "large_store", "real_store", "terminal"}
"""What tests ask for that need the file of a store."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Has the tests of modules with the mark ``both_engines`` run on both, where they can."""
    names = metafunc.fixturenames
    if "engine" in names and metafunc.definition.get_closest_marker("both_engines"):
        engines = ENGINES[:1] if IN_A_FILE.intersection(names) else ENGINES
        metafunc.parametrize("engine", engines, indirect=True)


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """What keeps the store: ``sqlite``, or ``postgresql`` too in modules that are so marked."""
    return getattr(request, "param", ENGINES[0])


@pytest.fixture
def place(request: pytest.FixtureRequest, engine: str) -> StorePlace:
    """The path or the address of a store, where nothing is yet."""
    name = "store_path" if engine == ENGINES[0] else "database"
    found: StorePlace = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home folder in which no server has any business."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def spares(home: Path) -> Iterator[Spares]:
    """Servers that are ready."""
    spares = Spares(home)
    yield spares
    spares.close()
    # What is remembered of exports of a store on a server has to be on this machine.
    written = [path for path in home.rglob("*") if not _is_of_server(path)]
    assert written == [], "a server wrote to the home folder without need"


def _is_of_server(path: Path) -> bool:
    return (path.is_dir() and path.name == ".hfs") or path.name.startswith("postgresql-")


@pytest.fixture
def opened_stores() -> Iterator[set[StorePlace]]:
    """The stores that servers were given; when all servers are gone, each is whole and free."""
    places: set[StorePlace] = set()
    yield places
    for place in places:
        if isinstance(place, Path) and stores.is_sqlite(place):
            stores.check_whole_and_free(place)


@pytest.fixture
def launch(spares: Spares, home: Path, opened_stores: set[StorePlace]) -> Iterator[Start]:
    """Starts servers without initializing them; afterwards each is ended and checked."""
    clients: list[Client] = []

    def launch(*options: str, **how: Any) -> Client:
        client = Client(home, *options, **how) if options or how else spares.take()
        clients.append(client)
        return client

    yield launch
    finish_all(clients)


@pytest.fixture
def exports(tmp_path: Path) -> Path:
    """Where exports go that are given no destination."""
    return tmp_path / "exports"


@pytest.fixture
def start(launch: Start, exports: Path, opened_stores: set[StorePlace]) -> Start:
    """Starts initialized servers on a store."""

    def start(place: StorePlace, program: Sequence[str] = PLAIN, **options: Any) -> Client:
        opened_stores.add(place)
        client = launch() if program == PLAIN else launch(program=program)
        chosen = {"databasePath": location(place), "exportDirectory": str(exports), **options}
        client.initialize(**chosen)
        return client

    return start


@pytest.fixture(scope="session")
def lasting_server(spares: Spares, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One server that serves many tests."""
    folder = tmp_path_factory.mktemp("lasting")
    client = spares.take()
    client.initialize(
        databasePath=str(folder / "sessions.db"), exportDirectory=str(folder / "exports")
    )
    client.request("hfs/import", {"content": documents.text(documents.document("Lasting"))})
    yield client
    client.finish()


@pytest.fixture
def shared(lasting_server: Client) -> Iterator[Client]:
    """The server that lives through many tests; after each it must be as well as before."""
    assert lasting_server.process.poll() is None, "an earlier test has ended the shared server"
    yield lasting_server
    lasting_server.request("hfs/listSessions")
    lasting_server.check()


@pytest.fixture(scope="session")
def recycled_server(
    spares: Spares, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, Path]]:
    """A server that lives through many tests, and its store, which is emptied after each."""
    folder = tmp_path_factory.mktemp("recycled")
    client = spares.take()
    path = folder / "sessions.db"
    client.initialize(databasePath=str(path), exportDirectory=str(folder / "exports"))
    client.request("hfs/listSessions")
    client.check()
    yield client, path
    client.finish()
    stores.check_whole_and_free(path)


@pytest.fixture(scope="session")
def recycled_on_postgresql(
    spares: Spares, postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, Address]]:
    """The same on a database."""
    address = postgresql.new_database()
    client = spares.take()
    folder = tmp_path_factory.mktemp("recycled")
    client.initialize(databasePath=location(address), exportDirectory=str(folder / "exports"))
    client.request("hfs/import", {"content": documents.text(documents.document())})
    client.check()
    yield client, address
    client.finish()
    postgresql.drop(address)


@pytest.fixture
def emptied(request: pytest.FixtureRequest, engine: str) -> Iterator[Client]:
    """A server on an empty store, for tests that look at no files of its own."""
    name = "recycled_server" if engine == ENGINES[0] else "recycled_on_postgresql"
    client, place = request.getfixturevalue(name)
    assert client.process.poll() is None, "an earlier test has ended the recycled server"
    _empty(place)
    client.forget()
    yield client
    client.request("hfs/listSessions")
    client.check()


def _empty(place: StorePlace) -> None:
    tables = ("messages", "checkpoints", "sessions")
    if isinstance(place, Path):
        with stores.opened(place) as connection:
            for table in tables:
                connection.execute(f"DELETE FROM {table}")
        return
    import psycopg

    with psycopg.connect(place.connection_string) as connected:
        for table in (*tables, "originals", "deletion_states", "imported_files"):
            connected.execute(f"DELETE FROM hfs.{table}".encode())


@pytest.fixture
def store_path(tmp_path: Path) -> Path:
    """Where a store can be, and where nothing is yet."""
    return tmp_path / "store" / "sessions.db"


@pytest.fixture
def server(start: Start, place: StorePlace) -> Client:
    """An initialized server on a new store."""
    return start(place)


@pytest.fixture
def keeping(
    tmp_path: Path, place: StorePlace, launch: Start, opened_stores: set[StorePlace]
) -> Keeping:
    """A home folder whose tools have no sessions yet, and a new store."""
    opened_stores.add(place)
    return Keeping(tmp_path / "user", place, launch)


@pytest.fixture
def terminal(store_path: Path) -> Iterator[Terminal]:
    """The terminal program, which has just made the store and has it open."""
    with Terminal(store_path) as terminal:
        yield terminal


@pytest.fixture
def real_store(real_data: Path, tmp_path: Path) -> Path:
    """A copy of the terminal program's own store."""
    return stores.copy(real_data / "hfs-tui" / "sessions.db", tmp_path / "real" / "sessions.db")


@pytest.fixture(scope="session")
def large_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document of some 36 MB, which is committed in three slices."""
    path = tmp_path_factory.mktemp("large") / "large.json"
    documents.write_large(path)
    return path


@pytest.fixture(scope="session")
def large_template(
    spares: Spares, large_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A store whose session 1 is large; it is copied, never opened again."""
    path = tmp_path_factory.mktemp("large-store") / "sessions.db"
    with Terminal(path):
        pass
    client = spares.take()
    client.initialize(databasePath=str(path))
    (session,) = client.request("hfs/import", {"uri": large_file.as_uri()})["sessions"]
    client.finish()
    with stores.opened(path) as connection:
        connection.execute("UPDATE messages SET session_id = 1")
        connection.execute("UPDATE sessions SET id = 1 WHERE id = ?", (session["id"],))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def long_locked(
    spares: Spares, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, int, float]]:
    """A server whose import waits for a store that is locked, the request's id, and since when."""
    path = tmp_path_factory.mktemp("locked") / "sessions.db"
    with Terminal(path):
        client = spares.take()
        client.initialize(databasePath=str(path))
        client.request("hfs/listSessions")
        with stores.opened(path) as connection:
            connection.execute("BEGIN IMMEDIATE")
            content = documents.text(documents.document())
            begun = time.monotonic()
            request = client.send("hfs/import", {"content": content})
            yield client, request, begun
            connection.execute("ROLLBACK")
        assert client.request("hfs/import", {"content": content})["sessions"]
        client.finish()


@pytest.fixture(scope="session", autouse=True)
def _lock_early(request: pytest.FixtureRequest) -> None:
    """Has the longest wait pass beside the other tests."""
    if any("long_locked" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("long_locked")


@pytest.fixture
def large_store(large_template: Path, tmp_path: Path) -> Path:
    """A copy of a store whose session 1 is large."""
    return stores.copy(large_template, tmp_path / "store" / "sessions.db")


@pytest.fixture
def arguments(place: StorePlace) -> list[str]:
    """What every command begins with; the store's folder must be there for it."""
    if isinstance(place, Path):
        place.parent.mkdir(mode=0o700, exist_ok=True)
    return [sys.executable, "-m", "hfs_server", "--database", location(place)]


@pytest.fixture
def environment(tmp_path: Path, exports: Path) -> dict[str, str]:
    return environment_for(
        tmp_path / "home", {"HFS_EXPORT_DIR": str(exports), "PYTHONIOENCODING": "utf-8"}
    )


@pytest.fixture
def run(
    arguments: list[str],
    environment: dict[str, str],
    tmp_path: Path,
    place: StorePlace,
    opened_stores: set[StorePlace],
) -> Run:
    """Runs a command on the store; it must print no session content on stderr."""
    opened_stores.add(place)
    (tmp_path / "home").mkdir()

    def run(*words: str, **changes: str) -> Outcome:
        return run_command([*arguments, *words], {**environment, **changes}, tmp_path)

    return run


@pytest.fixture
def filled(server: Client, tmp_path: Path) -> Client:
    """A server whose store has sessions of all tools."""
    fill(server, tmp_path / "logs")
    return server
