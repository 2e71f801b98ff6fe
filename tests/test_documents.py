"""The documents say what the code does."""

import ast
import asyncio
import json
import re
import shlex
import sys
import tomllib
import types
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

import hfs_server
from hfs_server import errors, export_session, session_facts, settings, share_settings
from hfs_server.cli import man
from hfs_server.cli.arguments import parser
from hfs_server.export import import_from_json, migrate_export
from hfs_server.files import archives, filenames
from hfs_server.importers import TOOLS
from hfs_server.importers.hfs_json import models, schema
from hfs_server.lsp import jsonrpc, limits, methods, protocol, server, stdio, wire
from hfs_server.store import cursors, summaries
from hfs_server.store.sqlite import connections, migrations
from hfs_server.store.sqlite.database import Database
from hfs_server.strict_json import events as json_events

ROOT = Path(__file__).parent.parent
PROTOCOL = (ROOT / "protocol.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SHELL = (ROOT / "docs" / "shell.md").read_text("utf-8")
EDITORS = (ROOT / "docs" / "editors.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text("utf-8")
FORMATS = (ROOT / "docs" / "formats.md").read_text("utf-8")

EXECUTE_COMMAND = "workspace/executeCommand"
PARAMS = {
    **{method: params for method, (params, _) in protocol.METHODS.items()},
    EXECUTE_COMMAND: protocol.ExecuteCommandParams,
}


def models_below(base: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The models of the package that are derived from one, by their names."""
    found: dict[str, type[BaseModel]] = {}
    for model in base.__subclasses__():
        if model.__module__.startswith("hfs_server."):
            found |= {model.__name__: model, **models_below(model)}
    return found


WIRE = models_below(wire.Wire)
DOCUMENT = {
    model.__name__: model
    for model in (
        *(models.SessionExport, models.ExportMetadata, models.Message, models.Checkpoint),
        *(session_facts.Source, session_facts.Git, session_facts.ToolCall),
        *(session_facts.Usage, session_facts.Attachment),
    )
}
DOCUMENTED = {
    **{name: WIRE[name] for name in WIRE.keys() - {"ProgressParams"}},
    **DOCUMENT,
}


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level or a higher one."""
    level = heading.index(" ")
    _, _, rest = f"\n{text}".partition(f"\n{heading}\n")
    assert rest, f"there is no {heading}"
    return re.split(rf"\n#{{1,{level}}} ", rest)[0]


def code_blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def table_after(text: str) -> list[list[str]]:
    """The rows of the first table in the text, without its head."""
    found = re.search(r"(?:^\|.*\|\n)+", text, re.MULTILINE)
    assert found
    rows = [line[1:-1].split("|") for line in found[0].splitlines()]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def unquoted(cells: list[str]) -> list[str]:
    return [cell.strip("`") for cell in cells]


def first_column(heading: str) -> list[str]:
    return unquoted([row[0] for row in table_after(section(PROTOCOL, heading))])


def messages() -> list[dict[str, Any]]:
    """Every JSON-RPC message that the protocol document shows."""
    blocks = [json.loads(block) for block in code_blocks(PROTOCOL, "json")]
    return [block for block in blocks if "jsonrpc" in block]


def requests() -> dict[int, dict[str, Any]]:
    return {
        message["id"]: message for message in messages() if "id" in message and "method" in message
    }


def documented_members(model: str) -> dict[str, tuple[bool, bool]]:
    """The members in a model's table: whether one is optional, and whether it may be null."""
    _, found, rest = PROTOCOL.partition(f" `{model}`")
    assert found, f"{model} has no table"
    return {
        name.rstrip("?"): (name.endswith("?"), "or null" in kind)
        for name, kind, _ in (unquoted(row) for row in table_after(rest))
    }


def may_be_null(annotation: object) -> bool:
    if annotation in (Any, None, type(None)):
        return True
    is_union = get_origin(annotation) in (Union, types.UnionType)
    return is_union and any(may_be_null(part) for part in get_args(annotation))


def members(model: type[BaseModel]) -> dict[str, tuple[bool, bool]]:
    return {
        field.alias or name: (not field.is_required(), may_be_null(field.annotation))
        for name, field in model.model_fields.items()
    }


def error_kinds() -> dict[str, type[errors.HfsError]]:
    return {error.kind: error for error in errors.HfsError.__subclasses__()}


def data_that_is_raised() -> set[tuple[str, str]]:
    """Each error class with each member of ``data`` that some place in the code gives it."""
    names = {error.__name__ for error in errors.HfsError.__subclasses__()}
    calls = [
        node
        for path in Path(hfs_server.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return {
        (call.func.id, keyword.arg)
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in names
        for keyword in call.keywords
        if keyword.arg
    }


def test_every_method_has_a_heading_and_every_heading_is_a_method():
    headings = re.findall(r"^### `(.+)`$", section(PROTOCOL, "## Methods"), re.MULTILINE)
    assert headings == [*protocol.METHODS, EXECUTE_COMMAND]


def test_every_notification_in_an_example_has_a_heading():
    headings = re.findall(r"^### `(.+)`$", section(PROTOCOL, "## Notifications"), re.MULTILINE)
    shown = {message["method"] for message in messages() if "id" not in message}
    assert methods.DID_CHANGE_SESSIONS in headings
    assert shown == set(headings)


@pytest.mark.parametrize("method", PARAMS)
def test_every_method_says_what_goes_in_and_out_and_shows_it(method):
    text = section(PROTOCOL, f"### `{method}`")
    for part in ("Params `", "rrors", "rogress"):
        assert part in text
    shown = [json.loads(block) for block in code_blocks(text, "json")]
    assert [message.get("method") for message in shown] == [method, None]
    assert shown[0]["id"] == shown[1]["id"]


@pytest.mark.parametrize("model", sorted(DOCUMENTED))
def test_every_table_names_the_members_of_its_model(model):
    assert documented_members(model) == members(DOCUMENTED[model])


def test_every_request_in_an_example_fits_its_model():
    shown = {message["method"] for message in requests().values()}
    assert shown == {"initialize", *PARAMS}
    for message in requests().values():
        if message["method"] != "initialize":
            PARAMS[message["method"]].model_validate(message["params"])


def test_every_result_in_an_example_is_one_that_the_method_gives():
    for message in messages():
        if "result" not in message:
            continue
        request = requests()[message["id"]]
        method = request["method"]
        if method == EXECUTE_COMMAND:
            method = methods.COMMANDS[request["params"]["command"]]
        if method == "initialize":
            continue
        result = protocol.METHODS[method][1].model_validate(message["result"])
        assert result.model_dump(by_alias=True, mode="json") == message["result"]


def test_the_example_of_initialize_is_what_the_server_announces():
    answer = next(
        message for message in messages() if message.get("id") == 1 and "result" in message
    )
    capabilities = answer["result"]["capabilities"]
    assert capabilities["executeCommandProvider"]["commands"] == [*methods.ALL_COMMANDS]
    assert capabilities["experimental"] == {"hfs": methods.capabilities()}
    assert answer["result"]["serverInfo"]["version"] == hfs_server.__version__
    options = requests()[1]["params"]["initializationOptions"]
    assert options.keys() <= set(settings.KNOWN_OPTIONS)
    assert not settings.resolve(options, {}).problems


def test_the_cursor_in_an_example_leads_on_from_its_session():
    (result,) = [
        message["result"]
        for message in messages()
        if message.get("result", {}).keys() >= {"sessions", "nextCursor"}
    ]
    position = cursors.position_of(result["nextCursor"])
    assert position.id == result["sessions"][-1]["id"]
    assert position.time.replace(" ", "T") + "Z" == result["sessions"][-1]["updatedAt"]


def test_every_error_in_an_example_has_a_kind_and_data_that_exist():
    shown = [message["error"] for message in messages() if "error" in message]
    assert shown
    for error in shown:
        assert error["code"] == jsonrpc.REQUEST_FAILED
        kind = error["data"].pop("kind")
        raised = {
            name for owner, name in data_that_is_raised() if owner == error_kinds()[kind].__name__
        }
        assert error["data"].keys() <= raised


def test_the_commands_are_those_of_the_code():
    rows = re.findall(r"^\| `(hfs\.\S+)` \| `(\S+)` \|$", PROTOCOL, re.MULTILINE)
    assert dict(rows) == methods.COMMANDS
    text = section(PROTOCOL, f"### `{EXECUTE_COMMAND}`")
    table = text[text.index("| command | method |") :]
    assert unquoted([row[0] for row in table_after(table)]) == [*methods.ALL_COMMANDS]


def test_the_message_in_an_example_is_one_of_the_code():
    shown = [each["params"] for each in messages() if each.get("method") == "window/showMessage"]
    problems = settings.resolve({"logLevel": "loud"}, {}).problems
    assert shown == [{"type": 2, "message": problem} for problem in problems]


def test_every_error_kind_is_one_of_some_method():
    lines = re.findall(r"^Errors: .+$", PROTOCOL, re.MULTILINE)
    named = {kind for line in lines for kind in re.findall(r"`(\w+)`", line)}
    assert set(error_kinds()) <= named


def test_the_error_codes_are_those_of_the_code():
    codes = {
        value
        for name, value in vars(jsonrpc).items()
        if name.isupper() and isinstance(value, int) and value < 0
    }
    assert {int(code) for code in first_column("### Codes")} == codes


def test_the_error_kinds_are_those_of_the_code():
    kinds = first_column("### Kinds")
    assert sorted(kinds) == sorted(error_kinds())


def test_the_data_of_every_error_kind_is_what_the_code_gives():
    rows = table_after(section(PROTOCOL, "### Kinds"))
    # A member stands before a colon or an "and", or alone; what stands elsewhere is part of one.
    documented = {
        (error_kinds()[kind.strip("`")].__name__, name)
        for kind, _, data in rows
        for name in re.findall(r"`(\w+)`(?=:| and |$)", data)
    }
    assert documented == data_that_is_raised()


def test_the_limits_are_those_of_the_code():
    rows = table_after(section(PROTOCOL, "### Limits"))
    assert [limit for _, limit in rows] == [
        f"{stdio.MAX_HEADER_BYTES} bytes",
        f"{stdio.MAX_BODY_BYTES >> 20} MiB",
        f"{stdio.MAX_PENDING_BYTES >> 20} MiB",
        f"{export_session.LARGEST_TEXT:,} bytes",
        f"{limits.MAX_FILE_REQUESTS}",
        f"{json_events.MAX_DEPTH} levels",
        f"{connections.BUSY_SECONDS:.0f} seconds",
    ]
    assert f"at most {summaries.PREVIEW_CHARACTERS} characters" in PROTOCOL
    assert f"at most {filenames.NAME_CHARACTERS} characters" in PROTOCOL
    assert server.WATCH_SECONDS == 0.5
    assert limits.MAX_TEXT_REQUESTS == 1
    assert f"more than {sys.int_info.default_max_str_digits:,} digits" in PROTOCOL
    assert "at most twice a second" in PROTOCOL


@pytest.mark.parametrize("text", [PROTOCOL, README], ids=["protocol", "readme"])
def test_the_settings_are_those_of_the_code(text):
    rows = [unquoted(row) for row in table_after(section(text, "## Settings"))]
    assert [row[0] for row in rows] == [*settings.KNOWN_OPTIONS]
    default = settings.resolve({}, {})
    for (_, variable, shown, *_), path in zip(
        rows, (default.database, default.export_directory), strict=False
    ):
        assert Path(shown).expanduser() == path
        chosen = settings.resolve({}, {variable: "/elsewhere"})
        assert Path("/elsewhere").absolute() in (chosen.database, chosen.export_directory)
    assert set(re.findall(r"`(\w+)`", table_after(section(text, "## Settings"))[2][3])) >= set(
        settings.LOG_LEVELS
    )


def test_the_export_documents_in_the_examples_are_ones():
    examples = [
        block for block in code_blocks(PROTOCOL, "json") if json.loads(block).keys() & {"metadata"}
    ]
    documents = [json.loads(example) for example in examples]
    for example, document in zip(examples, documents, strict=True):
        models.SessionExport.model_validate(document)
        imported = import_from_json(example)
        assert [imported.messages, imported.checkpoints] == [
            document["messages"],
            document["checkpoints"],
        ]
        assert not imported.migrated
        assert migrate_export(document) == document
    plain, newest = [document["metadata"].keys() for document in documents]
    assert plain == models.PlainMetadata.model_fields.keys()
    assert newest | {"unknown"} == models.ExportMetadata.model_fields.keys()
    keys = {key for message in documents[1]["messages"] for key in message}
    assert keys | {"unknown"} == models.Message.model_fields.keys()


def test_what_is_added_to_the_store_is_written_down(tmp_path):
    async def make():
        database = Database(tmp_path / "sessions.db")
        async with database.reading() as connection:
            made = [*await connection.execute_fetchall("SELECT name, sql FROM sqlite_master")]
        await database.close()
        return made

    made = asyncio.run(make())
    columns = [re.findall(r"\b(hfs_\w+) TEXT", sql or "") for _, sql in made]
    added = {name for name, _ in made if name.startswith("hfs_")}.union(*columns)
    rows = table_after(section(PROTOCOL, "## The store"))
    assert {re.sub(r"^(column|index|table) `(\w+)`$", r"\2", row[0]) for row in rows} == added
    assert f"`PRAGMA user_version` is then {len(migrations.STEPS)}" in PROTOCOL


def test_the_json_schema_is_that_of_the_models():
    assert (ROOT / "schemas" / schema.FILE_NAME).read_text("utf-8") == schema.schema_text()


def test_the_formats_of_every_tool_are_documented():
    assert set(TOOLS) - {"hfs"} <= set(re.findall(r"`([\w-]+)`", FORMATS))


def test_the_limits_of_archives_are_those_of_the_code():
    sentences = [
        f"more than {archives._MOST_ENTRIES:,} files or {archives._MOST_BYTES >> 30} GiB",
        f"larger than {archives._SMALL_BYTES >> 20} MiB and compressed by a factor of more than "
        f"{archives._HIGHEST_RATIO}",
    ]
    for text in (PROTOCOL, (ROOT / "SECURITY.md").read_text("utf-8")):
        assert [sentence for sentence in sentences if sentence not in text] == []


@pytest.mark.parametrize("text", [README, SHELL], ids=["readme", "shell"])
def test_the_commands_in_the_documents_are_ones_that_the_program_takes(text):
    lines = [line for block in code_blocks(text, "sh") for line in block.splitlines()]
    commands = [shlex.split(re.split(" [|>] ", line)[0], comments=True) for line in lines]
    commands = [command for command in commands if command[:1] == ["hfs-server"]]
    assert {command[1] for command in commands} >= {"list", "export", "import", "delete"}
    for command in commands:
        parser().parse_args(command[1:])


def test_what_helix_sends_in_the_documents_fits_its_model():
    sent = re.findall(r"^:lsp-workspace-command (\S+) (\{.*\})$", EDITORS, re.MULTILINE)
    assert sent
    for command, argument in sent:
        PARAMS[methods.COMMANDS[command]].model_validate(json.loads(argument))


@pytest.mark.parametrize("name", ["neovim", "emacs"])
def test_the_plugins_of_editors_ask_for_every_method(name):
    folder = ROOT / "hfs_server" / "editors" / name
    text = "".join(path.read_text("utf-8") for path in folder.rglob("*") if path.is_file())
    asked = set(re.findall(r"\b(?:hfs|workspace)/\w+", text)) - {methods.DID_CHANGE_SESSIONS}
    assert asked == protocol.METHODS.keys()


@pytest.mark.parametrize("text", [README, CONTRIBUTING], ids=["readme", "contributing"])
def test_the_make_targets_that_are_named_exist(text):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:`|^|=1 )make ([a-z]+)", text, re.MULTILINE))
    assert named >= {"test"}
    assert named <= targets


def test_the_python_in_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (example,) = code_blocks(README, "python")
    exec(compile(example, "README.md", "exec"), {})
    assert [*tmp_path.iterdir()]


def anchors(path: Path) -> set[str]:
    """What a link may name in a document, as its headings give it."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    }


@pytest.mark.parametrize("name", sorted(path.name for path in ROOT.glob("*.md")))
def test_every_link_within_the_project_leads_somewhere(name):
    text = (ROOT / name).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert links
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / (path or name)).exists(), link
        assert not anchor or anchor in anchors(ROOT / (path or name)), link


def test_every_test_that_a_promise_names_exists():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests/)?[\w/]*test_\w+\.py|tests/[\w/]+/)`", text))
    assert named
    folders = (ROOT, ROOT / "tests" / "torture")
    assert not [name for name in named if not any((folder / name).exists() for folder in folders)]


def test_the_contents_of_the_promises_name_each_heading():
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    (contents,) = re.findall(r"^- \[Promises\]\(#promises\): (.+)$", text, re.MULTILINE)
    links = re.findall(r"\[(.+?)\]\(#(.+?)\)", contents)
    headings = re.findall(r"^### (.+)$", section(text, "## Promises"), re.MULTILINE)
    assert [name.lower() for name, _ in links] == [heading.lower() for heading in headings]


def test_every_variable_is_in_the_manual_page_and_the_readme():
    read = {"HFS_DATABASE", "HFS_EXPORT_DIR", "HFS_KEEP", *share_settings.VARIABLES}
    assert {name for name, _ in man._VARIABLES if name.startswith("HFS_")} == read
    table = section(README, "## Settings")
    assert set(re.findall(r"`(HFS_[A-Z_]+)`", table)) == read


def test_the_table_of_both_engines_names_every_method_and_tests_that_run_there():
    text = (ROOT / "docs" / "team.md").read_text("utf-8")
    rows = table_after(text.partition("## What is promised, and where it is tested")[2])
    assert {row[0].strip("`") for row in rows} >= protocol.METHODS.keys()
    for _, in_file, on_server, _ in rows:
        for name in re.findall(r"`([\w/]*test_\w+\.py)`", in_file + on_server):
            path = ROOT / (name if "/" in name else f"tests/torture/{name}")
            assert path.exists(), name
            runs_there = name in on_server or on_server.startswith("the same")
            if name.startswith("tests/e2e/") and runs_there:
                assert re.search("both_engines|postgresql", path.read_text("utf-8")), name


def test_every_dependency_has_its_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for_development = (ROOT / "requirements-dev.txt").read_text("utf-8").splitlines()
    needed = {re.split(r"[<>=]", line)[0] for line in project["dependencies"] + for_development}
    rows = table_after(section(CONTRIBUTING, "## Dependencies"))
    assert {row[0].strip("`") for row in rows} == needed
    assert all(row[-1] for row in rows)


def test_every_module_has_its_place_in_the_layout():
    package = Path(hfs_server.__file__).parent
    present = {path.relative_to(package).as_posix() for path in package.rglob("*.py")}
    helpers = (ROOT / "testing").glob("*.py")
    present |= {f"testing/{path.name}" for path in helpers if path.name != "__init__.py"}
    named = set(re.findall(r"^\| `([\w/]+\.py)` \|", CONTRIBUTING, re.MULTILINE))
    assert named == present


def test_the_newest_version_in_the_changelog_is_that_of_the_package():
    newest = re.search(r"^## \[([^\]]+)\]", CHANGELOG, re.MULTILINE)
    assert newest
    assert newest[1] in ("Unreleased", hfs_server.__version__)
