"""``hfs-server editor``: what there is for an editor, printed or installed."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path

import pytest

from hfs_server.cli.editor_options import EDITORS, PLUGINS
from testing.command_line import Outcome, Run
from testing.editor_programs import EDITORS as FILES

POSIX = pytest.mark.skipif(os.name == "nt", reason="NOT TESTED: tried on POSIX only")


def printed(done: Outcome) -> str:
    return done.stdout.decode().replace("\r\n", "\n")


def home_of(tmp_path: Path) -> dict[str, str]:
    """A home folder with nothing in it."""
    home = tmp_path / "a home"
    home.mkdir(exist_ok=True)
    return {"HOME": str(home), "USERPROFILE": str(home), "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": ""}


def test_without_an_editor_it_lists_what_there_is(run: Run) -> None:
    done = run("editor")
    names = [line.split()[0] for line in done.stdout.decode().splitlines()]
    assert (done.code, names, done.stderr) == (0, [*EDITORS], "")
    assert {each.name for each in FILES.iterdir()} == {*EDITORS}


def test_a_plugin_is_named_by_its_folder(run: Run) -> None:
    for name in PLUGINS:
        done = run("editor", name, HFS_DATABASE=" ")
        assert (done.code, printed(done)) == (0, f"{FILES / name}\n")
        assert "--install" in done.stderr
        assert run("-q", "editor", name).stderr == ""


@pytest.mark.parametrize("name", [each for each in EDITORS if each not in PLUGINS])
def test_settings_are_printed_as_they_are_with_where_they_go(run: Run, name: str) -> None:
    done = run("editor", name)
    (file,) = (FILES / name).iterdir()
    assert (done.code, printed(done)) == (0, file.read_text("utf-8"))
    assert done.stderr.startswith("hfs-server: Add it ")
    if file.suffix == ".toml":
        assert tomllib.loads(done.stdout.decode())
    elif file.suffix != ".vim":
        assert json.loads(done.stdout)
    refused = run("editor", name, "--install")
    assert (refused.code, refused.stdout) == (2, b"")
    assert f"what hfs-server editor {name} prints" in refused.stderr


@POSIX
@pytest.mark.parametrize(
    ("name", "changes", "place"),
    [
        ("neovim", {}, ".local/share/nvim/site/pack/hfs/start/hfs"),
        ("neovim", {"NVIM_APPNAME": "my"}, ".local/share/my/site/pack/hfs/start/hfs"),
        ("neovim", {"XDG_DATA_HOME": "{}/data"}, "data/nvim/site/pack/hfs/start/hfs"),
        ("emacs", {}, ".emacs.d/hfs"),
        ("emacs", {"XDG_CONFIG_HOME": "{}/config"}, "config/emacs/hfs"),
    ],
)
def test_a_plugin_is_installed_where_the_editor_reads_it(
    run: Run, tmp_path: Path, name: str, changes: dict[str, str], place: str
) -> None:
    environment = home_of(tmp_path)
    home = environment["HOME"]
    environment |= {key: value.format(home) for key, value in changes.items()}
    if "XDG_CONFIG_HOME" in changes:
        (Path(home) / "config" / "emacs").mkdir(parents=True)
    done = run("editor", name, "--install", **environment)
    folder = Path(home) / place
    assert (done.code, done.stdout.decode().splitlines()[0].split(": ")[0]) == (
        0,
        f"Files in {folder}",
    )
    assert {each.name for each in folder.iterdir()} > {
        each.name for each in (FILES / name).iterdir()
    }
    again = run("editor", name, "--install", **environment)
    assert b"unchanged.\n" in again.stdout


def test_what_was_changed_is_overwritten_only_by_force(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    words = ("editor", "emacs", "--install", str(folder))
    done = run(*words)
    assert f"(add-to-list 'load-path \"{folder.as_posix()}\")\n(require 'hfs)\n" in (printed(done))
    (folder / "hfs.el").write_text("(mine)", encoding="utf-8")
    refused = run(*words)
    assert refused.code == 1
    assert "Nothing was written. Use --force" in refused.stderr
    assert (folder / "hfs.el").read_text("utf-8") == "(mine)"
    assert b"1 overwritten" in run(*words, "--force").stdout


def test_the_names_of_programs_and_another_order_are_understood(run: Run, tmp_path: Path) -> None:
    environment = home_of(tmp_path)
    assert run("editor", "nvim").stdout == run("editor", "neovim").stdout
    done = run("editor", "--install", "nvim", **environment)
    assert (done.code, b" new.\n" in done.stdout.replace(b"\r", b"")) == (0, True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--install"], "expected an editor"),
        (["neovim", "--force"], "expected --install, too"),
        (["neovm"], "did you mean neovim?"),
        (["neovim", "--install", ""], "expected some text"),
    ],
)
def test_wrong_usage_is_rejected(run: Run, words: list[str], expected: str) -> None:
    done = run("editor", *words)
    assert (done.code, done.stdout) == (2, b"")
    assert expected in done.stderr
