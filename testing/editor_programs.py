"""Real editors that run a script with a configuration of ``examples/editors``."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

EDITORS = Path(__file__).parents[1] / "examples" / "editors"


def said_by(
    program: str,
    words: list[str],
    folder: Path,
    environment: dict[str, str],
    seconds: int = 240,
) -> list[str]:
    """What the editor's script found; the editor runs in the folder, to its end."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"NOT TESTED IN A REAL EDITOR: {program} is not installed")
    done = subprocess.run(
        [path, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=seconds
    )
    file = folder / "said.json"
    assert file.exists(), done.stdout + done.stderr
    said: list[str] = json.loads(file.read_text("utf-8"))
    return said
