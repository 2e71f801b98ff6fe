"""Options win over --database, it over the environment, that over the defaults."""

import os
from pathlib import Path

import pytest

from hfs_server.errors import DestinationNotWritable, StoreUnusable
from hfs_server.settings import resolve


def test_options_win_over_the_environment_and_it_over_the_defaults(tmp_path):
    environment = {"HFS_DATABASE": str(tmp_path / "e.db"), "HFS_EXPORT_DIR": str(tmp_path / "e")}
    options = {"databasePath": str(tmp_path / "o.db"), "logLevel": "debug"}
    settings = resolve(options, environment)
    assert settings.database == tmp_path / "o.db"
    assert settings.export_directory == tmp_path / "e"
    assert settings.log_level == "DEBUG"
    assert settings.problems == ()
    line = str(tmp_path / "line.db")
    assert resolve(options, environment, database=line) == settings
    assert resolve(None, environment, database=line).database == tmp_path / "line.db"
    assert resolve(None, environment).database == tmp_path / "e.db"
    home = Path.home() / ".hfs"
    assert resolve(None, {}).database == home / "sessions.db"
    assert resolve(None, {"HFS_EXPORT_DIR": ""}).export_directory == home / "exports"


def test_a_path_may_begin_with_the_home_folder():
    assert resolve({"databasePath": "~/x.db"}, {}).database == Path.home() / "x.db"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"logLevel": "loud"}, "logLevel"),
        ({"logLevel": ["x"]}, "logLevel"),
        ({"annotate": "yes"}, "annotate"),
        ({"annotate": 1}, "annotate"),
        ("text", "initializationOptions"),
    ],
)
def test_an_invalid_setting_is_named_and_its_default_used(options, named):
    settings = resolve(options, {})
    assert settings.problems[0].startswith(f"{named}: expected")
    assert settings == resolve(None, {})._replace(problems=settings.problems)


@pytest.mark.parametrize(
    ("options", "variable", "kept"),
    [
        ({}, "", ()),
        ({}, "codex", ("codex",)),
        ({}, " codex, claude-code\topencode,,", ("codex", "claude-code", "opencode")),
        ({}, "all", ("all",)),
        ({"keep": ["codex"]}, "all", ("codex",)),
        ({"keep": []}, "all", ()),
        ({"keep": None}, "codex", ("codex",)),
    ],
)
def test_the_tools_to_keep_are_those_of_the_option_or_of_the_variable(options, variable, kept):
    settings = resolve(options, {"HFS_KEEP": variable})
    assert (settings.keep, settings.problems) == (kept, ())


@pytest.mark.parametrize(
    ("given", "kept"), [("codex", ()), (True, ()), ({}, ()), ([1, "codex", None], ("codex",))]
)
def test_what_is_not_a_list_of_tools_is_named_and_the_tools_in_it_are_kept(given, kept):
    settings = resolve({"keep": given}, {"HFS_KEEP": "all"})
    assert settings.keep == kept
    (problem,) = settings.problems
    assert problem.startswith("keep: expected a list of tools")


UNUSABLE = [
    5,
    ["x"],
    {"path": "x"},
    True,
    "",
    " ",
    "\t\n",
    " sessions.db",
    "sessions.db\n",
    "a\0b",
    "a\nb.db",
    "a\x1bb",
    "\ud800.db",
    "file:///tmp/sessions.db",
    "file:sessions.db",
    "FILE://localhost/tmp/sessions.db",
    "vscode-remote://ssh/sessions.db",
    "sqlite:////tmp/sessions.db",
    "${workspaceFolder}/sessions.db",
    "/home/${env:USER}/sessions.db",
    "~/${userHome",
    "$(HOME)/sessions.db",
    "$HOME/sessions.db",
    "$HOME",
    "/home/$USER/sessions.db",
    "$env:USERPROFILE\\sessions.db",
    "%APPDATA%\\sessions.db",
    "/home/%USER%/sessions.db",
    "~nobody-of-this-name/sessions.db",
    ":memory:",
]


@pytest.mark.parametrize("value", UNUSABLE, ids=ascii)
@pytest.mark.parametrize("option", ["databasePath", "exportDirectory"])
def test_a_path_that_cannot_be_used_is_refused_and_no_other_taken(option, value):
    settings = resolve({option: value}, {})
    (problem,) = settings.problems
    assert problem.startswith(f"{option}: expected ")
    assert problem.isprintable()
    paths = {"databasePath": settings.database, "exportDirectory": settings.export_directory}
    assert paths[option] == Path(os.devnull)
    check_refused(settings, option, problem)


@pytest.mark.parametrize("value", ["x.db", "a/b.db", "./x", '"/tmp/x.db"', "untitled:x", "<p>/s"])
@pytest.mark.parametrize("option", ["databasePath", "exportDirectory"])
def test_an_option_does_not_depend_on_the_current_folder(option, value):
    settings = resolve({option: value}, {})
    (problem,) = settings.problems
    assert problem.startswith(f"{option}: expected an absolute path")
    check_refused(settings, option, problem)


@pytest.mark.parametrize("value", [each for each in UNUSABLE if each and isinstance(each, str)])
def test_a_variable_of_the_environment_is_refused_in_the_same_way(value):
    settings = resolve(None, {"HFS_DATABASE": value})
    (problem,) = settings.problems
    assert problem.startswith("HFS_DATABASE: expected ")
    check_refused(settings, "databasePath", problem)


def check_refused(settings, option, problem):
    if option == "databasePath":
        with pytest.raises(StoreUnusable) as caught:
            settings.require_store()
        settings.require_export_directory()
    else:
        with pytest.raises(DestinationNotWritable) as caught:
            settings.require_export_directory()
        settings.require_store()
    assert caught.value.message == problem


def test_an_option_that_cannot_be_used_does_not_give_way_to_the_environment(tmp_path):
    settings = resolve({"databasePath": ""}, {"HFS_DATABASE": str(tmp_path / "e.db")})
    assert settings.database == Path(os.devnull)
    assert len(settings.problems) == 1


def test_a_store_is_a_file_and_exports_go_to_a_folder(tmp_path):
    folder = f"{tmp_path}{os.sep}"
    assert "not of a folder" in resolve({"databasePath": folder}, {}).problems[0]
    assert resolve({"exportDirectory": folder}, {}).export_directory == tmp_path


@pytest.mark.parametrize(
    "name",
    ["100%.db", "a%20b%20c.db", "a $5 bill.db", "money$.db", "{x}.db", "a:b.db", "x~y.db", "ü b"],
)
def test_an_odd_name_is_a_name(tmp_path, name):
    assert resolve({"databasePath": str(tmp_path / name)}, {}).database == tmp_path / name


@pytest.mark.skipif(os.name == "nt", reason="they are paths there")
@pytest.mark.parametrize("path", ["C:\\sessions.db", "c:/sessions.db", "\\\\server\\share\\x.db"])
def test_a_path_of_windows_is_refused_elsewhere(path):
    assert "not a Windows path" in resolve({"databasePath": path}, {}).problems[0]


def test_only_the_default_folder_need_not_be_there(tmp_path, monkeypatch):
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path))
    resolve(None, {}).require_folder()
    resolve({"databasePath": "~/.hfs/other.db"}, {}).require_folder()
    resolve({"databasePath": str(tmp_path / "x.db")}, {}).require_folder()
    with pytest.raises(StoreUnusable, match="does not exist"):
        resolve({"databasePath": str(tmp_path / "typo" / "x.db")}, {}).require_folder()
