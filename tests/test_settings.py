"""Options win over the environment, the environment over the defaults; what is bad is named."""

from pathlib import Path

import pytest

from hfs_server.settings import resolve


def test_options_win_over_the_environment_and_it_over_the_defaults(tmp_path):
    environment = {"HFS_DATABASE": str(tmp_path / "e.db"), "HFS_EXPORT_DIR": str(tmp_path / "e")}
    options = {"databasePath": str(tmp_path / "o.db"), "logLevel": "debug"}
    settings = resolve(options, environment)
    assert settings.database_path == tmp_path / "o.db"
    assert settings.export_directory == tmp_path / "e"
    assert settings.log_level == "DEBUG"
    assert settings.problems == ()
    home = Path.home() / ".hfs"
    assert resolve(None, {}).database_path == home / "sessions.db"
    assert resolve(None, {"HFS_EXPORT_DIR": ""}).export_directory == home / "exports"


def test_a_path_may_begin_with_the_home_folder():
    assert resolve({"databasePath": "~/x.db"}, {}).database_path == Path.home() / "x.db"


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"databasePath": 5}, "databasePath"),
        ({"databasePath": ""}, "databasePath"),
        ({"exportDirectory": "a\0b"}, "exportDirectory"),
        ({"databasePath": "\ud800.db"}, "databasePath"),
        ({"logLevel": "loud"}, "logLevel"),
        ({"logLevel": ["x"]}, "logLevel"),
        ("text", "initializationOptions"),
    ],
)
def test_a_bad_setting_is_told_by_its_name_and_its_default_used(options, named):
    settings = resolve(options, {})
    assert settings.problems[0].startswith(f"{named}: expected")
    assert settings == resolve(None, {}).__class__(
        settings.database_path, settings.export_directory, "WARNING", settings.problems
    )
    assert settings.database_path == resolve(None, {}).database_path
