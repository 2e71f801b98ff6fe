"""The sdist and the wheel hold what the documents say, and README.md works on a package index."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLACEHOLDER = "https://repository.example/hfs-server"


def build(project: Path, target: str, folder: Path) -> Path:
    """Builds an sdist or a wheel as pip does, but with the build backend that is installed."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", folder],
        cwd=project,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def sdist(tmp_path_factory) -> Path:
    """The sdist, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    built = build(ROOT, "sdist", folder)
    with tarfile.open(built) as archive:
        archive.extractall(folder, filter="data")
    built.unlink()
    (unpacked,) = folder.iterdir()
    return unpacked


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """The wheel that is built from the sdist."""
    with zipfile.ZipFile(build(sdist, "wheel", tmp_path_factory.mktemp("wheel"))) as archive:
        yield archive


@pytest.fixture(scope="module")
def metadata(wheel) -> email.message.Message:
    (name,) = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    return email.message_from_bytes(wheel.read(name))


def files(folder: Path, *under: str) -> set[str]:
    """The files in some parts of a project, without what Python and Node leave behind."""
    return {
        path.relative_to(folder).as_posix()
        for part in under
        for path in (folder / part).rglob("*")
        if path.is_file() and not {"__pycache__", "node_modules"} & {*path.parts}
    }


def test_the_sdist_holds_tests_examples_and_documents(sdist):
    parts = (
        "hfs_server",
        "tests",
        "testing",
        "examples",
        "benchmarks",
        "schemas",
        "docs",
        "clients/vscode/src",
    )
    assert files(sdist, *parts) == files(ROOT, *parts)
    for name in ("Makefile", "constraints.txt", "requirements-dev.txt", "LICENSE"):
        assert (sdist / name).is_file()
    assert {path.name for path in sdist.glob("*.md")} == {path.name for path in ROOT.glob("*.md")}


def test_the_sdist_holds_nothing_that_was_only_made_here(sdist):
    made = {"node_modules", ".venv", "dist", ".cache", "__pycache__", ".hypothesis"}
    assert not [path for path in sdist.rglob("*") if made & {*path.relative_to(sdist).parts}]


def test_the_wheel_holds_the_package_the_schemas_and_the_files_for_editors(wheel):
    expected = {
        *files(ROOT, "hfs_server"),
        *(f"hfs_server/{name}" for name in files(ROOT, "schemas")),
    }
    assert {name for name in wheel.namelist() if ".dist-info/" not in name} == expected


def test_every_link_and_picture_of_the_readme_is_absolute_on_a_package_index(metadata):
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    text = metadata.get_payload(decode=True).decode()
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    assert all(re.match(r"https://|#", target) for target in targets)
    pictures = re.findall(r"!\[[^\]]*\]\(([^)\s]+)\)", text)
    assert pictures
    for target in targets:
        kind = "raw" if target in pictures else "blob"
        _, ours, path = target.partition(f"{PLACEHOLDER}/{kind}/main/")
        assert PLACEHOLDER not in target or ours
        assert (ROOT / path.partition("#")[0]).exists(), target


def test_a_release_has_no_placeholder():
    newest = re.search(
        r"^## \[([^\]]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert newest
    assert newest[1] == "Unreleased" or PLACEHOLDER not in project
