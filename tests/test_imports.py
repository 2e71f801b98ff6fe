"""Who may import whom: only downwards, so that the house has one direction."""

import ast
import subprocess
import sys
from pathlib import Path

import hfs_server

PACKAGE = Path(hfs_server.__file__).parent

FLOORS = [
    {"__main__"},
    {"cli"},
    {"life"},
    {"server"},
    {"handlers"},
    {"rpc"},
    {"arguments", "jsonrpc", "printing", "protocol", "settings", "stdio", "logs", "parent"},
    {"methods"},
    {"exchange"},
    {"documents", "files"},
    {"export", "store"},
    {"errors", "names", "session", "streams", "times", "turns", "waiting"},
]
"""From the top floor down; a room may use the rooms of lower floors, and its own."""


def _room(module: str) -> str:
    return module.split(".")[1]


def _imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "hfs_server":
            found |= {f"hfs_server.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def _floor_of(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_every_module_imports_only_from_lower_floors():
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts == ("__init__",):
            continue
        for module in _imports(path):
            if not module.startswith("hfs_server.") or module == "hfs_server.__version__":
                continue
            room, used = parts[0], _room(module)
            if used != room and _floor_of(used) <= _floor_of(room):
                wrong.append(f"{'/'.join(parts)} imports {module}")
    assert wrong == []


def test_the_domain_runs_without_pygls_and_the_library_without_sqlite():
    script = (
        "import sys; import hfs_server.export; assert 'sqlite3' not in sys.modules;"
        "import hfs_server.exchange; assert not {'pygls', 'lsprotocol'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_list_in_the_shell_loads_nothing_that_it_does_not_need(tmp_path):
    script = (
        "import sys; from hfs_server.cli import main; main(['list', '--database', sys.argv[1]]);"
        "assert not {'pydantic', 'pygls', 'ijson', 'markdown_it', 'tqdm'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "store.db"], check=True)
