"""Who may import whom: only downwards. CONTRIBUTING.md shows the same table."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import hfs_server

PACKAGE = Path(hfs_server.__file__).parent
CONTRIBUTING = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text("utf-8")

FLOORS = [
    {"__main__"},
    {"cli"},
    {"lsp"},
    {"keeping", "export_all"},
    {
        "check_session",
        "import_session",
        "list_sources",
        "reimport",
        "sessions_of_file",
        "find_secrets",
        "sharing",
    },
    {"file_import"},
    {"store_import"},
    {"import_work", "other_store", "session_states"},
    {
        "transfers",
        "back_up_store",
        "editor_files",
        "export_session",
        "import_sources",
        "import_report",
        "import_failures",
        "exported_files",
        "settings",
        "export",
        "sources",
    },
    {"export_folder", "share_settings"},
    {"transforms"},
    {"importers", "exporters", "store", "files"},
    {"search"},
    {"session_facts", "streams", "temporary", "validation", "periods", "statistics", "edits"},
    {
        "strict_json",
        "session",
        "identity",
        "errors",
        "internal_error",
        "cancellation",
        "threads",
        "timestamps",
        "text",
        "filters",
        "folders",
        "names",
        "resume",
    },
    {"graphemes"},
]
"""From the top floor down; a package or module may import those of lower floors."""

ONLY_IN = {
    "pygls": "lsp",
    "lsprotocol": "lsp",
    "sqlite3": "store/sqlite",
    "aiosqlite": "store/sqlite",
    "argparse": "cli",
    "tqdm": "cli",
    "rich": "cli",
    "shtab": "cli",
    "ijson": "strict_json",
    "psycopg": "store/postgresql",
    "watchfiles": "keeping",
    "markdown_it": "exporters/markdown",
    "re2": "transforms",
    "nh3": "exporters/html",
    "pyromark": "exporters/html",
}
"""Libraries that only one package may import."""

ALSO_IN = {"sqlite3": {"importers/databases"}}
"""Modules of other packages that may, too."""


def _modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


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
    floors = [number for number, rooms in enumerate(FLOORS) if room in rooms]
    assert floors, f"{room} has no floor: add it to FLOORS and to CONTRIBUTING.md"
    return floors[0]


def test_every_module_imports_only_from_lower_floors() -> None:
    wrong = []
    for path in _modules():
        room = _name(path).split("/")[0]
        for module in _imports(path):
            if not module.startswith("hfs_server.") or module == "hfs_server.__version__":
                continue
            used = module.split(".")[1]
            if used != room and _floor_of(used) <= _floor_of(room):
                wrong.append(f"{_name(path)} imports {module}")
    assert wrong == []


def test_no_modules_of_a_package_import_each_other_in_a_circle() -> None:
    uses = {
        _name(path).removesuffix("/__init__"): {
            module.removeprefix("hfs_server.").replace(".", "/") for module in _imports(path)
        }
        for path in _modules()
    }

    def check(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " imports ".join((*trail, module))
        for used in uses.get(module, set()) & uses.keys():
            # Registries load their entries by name, or when a function is called.
            if (module, used) not in LAZY:
                check(used, (*trail, module))

    for module in uses:
        check(module, ())


LAZY = {
    ("store", "store/sqlite/store"),
    ("store", "store/postgresql/store"),
    ("store", "store/postgresql/health"),
    ("lsp/server", "lsp/handlers"),
}
"""Imports within a function."""


@pytest.mark.parametrize(("library", "package"), ONLY_IN.items())
def test_a_library_is_imported_in_one_package_only(library: str, package: str) -> None:
    users = {
        _name(path)
        for path in _modules()
        if any(module.split(".")[0] == library for module in _imports(path))
    }
    assert users
    others = {name for name in users if not name.startswith(f"{package}/")}
    assert others == ALSO_IN.get(library, set())


def test_only_the_command_line_prints() -> None:
    printing = {
        _name(path)
        for path in _modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    }
    assert {name for name in printing if not name.startswith("cli/")} <= {"__main__"}


def test_the_picture_in_contributing_is_this_table() -> None:
    picture = CONTRIBUTING.partition("## Who may import whom")[2].partition("```text\n")[2]
    lines = picture.partition("```")[0].splitlines()
    assert [set(re.findall(r"\w+", line)) for line in lines] == FLOORS


def test_the_domain_runs_without_pygls_and_the_library_without_sqlite() -> None:
    script = (
        "import sys; import hfs_server.export; assert 'sqlite3' not in sys.modules;"
        "import hfs_server.export_session; assert not {'pygls', 'lsprotocol'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_list_in_the_shell_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    script = (
        "import sys; from hfs_server.cli.commands import main;"
        "main(['list', '--database', sys.argv[1]]);"
        "assert not {'asyncio', 'pydantic', 'pygls', 'ijson', 'markdown_it', 'tqdm'} "
        "& set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, tmp_path / "store.db"], check=True)
