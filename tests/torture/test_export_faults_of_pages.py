"""HTML and redacted exports that meet faults: whole or not there, and never with a secret."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from testing.command_line import hfs
from testing.documents import document, message, text
from testing.faults import (
    CALLS,
    KILL,
    Outcomes,
    calls_made,
    injecting,
    injection_points,
    require_strace,
    terminal_store,
)
from testing.programs import PLAIN
from testing.store_checks import left_behind

KEY = "gh" + "p_" + "abcdefghijklmnopqrstuvwxyz0123456789"
FORMS = {
    "html": ["--format", "html", "--redact"],
    "archive": ["--format", "markdown", "--with-archive", "--redact"],
}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: UTC|Z)?")


@pytest.fixture(scope="module")
def strace() -> str:
    """strace, where it may inject faults."""
    return require_strace()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store whose session 2 has a key in each message."""
    folder = tmp_path_factory.mktemp("to-share")
    terminal_store(folder / "sessions.db")
    said = [message(f"{number} {KEY} " + "lorem ipsum " * 2_000) for number in range(40)]
    file = folder / "keys.json"
    file.write_text(text(document("Keys", *said)), encoding="utf-8")
    done = hfs(folder, "--database", folder / "sessions.db", "import", file)
    assert done.returncode == 0, done.stderr
    return folder / "sessions.db"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("calls", "fault"), [(CALLS, KILL), ("write", "error=EIO"), ("write", "error=ENOSPC")]
)
def test_a_shared_export_is_whole_or_not_there_and_has_no_secret(
    store: Path, home: Path, exports: Path, strace: str, form: str, calls: str, fault: str
) -> None:
    destination = exports / "shared"
    command = ["--database", store, "export", "2", *FORMS[form], "-o", destination]
    made = calls_made(strace, home, *command, program=PLAIN)
    whole = destination.read_text(encoding="utf-8")
    check_form(home, exports, form, whole)
    outcomes = Outcomes(fault, calls)
    for call, k in injection_points(made, calls):
        destination.unlink(missing_ok=True)
        done = hfs(home, *command, before=injecting(strace, call, fault, k))
        was_done = outcomes.was_done(done)
        assert destination.exists() or not was_done, f"{call} {k}: said to be done, but not there"
        if destination.exists():
            found = destination.read_text(encoding="utf-8")
            assert shown(found) == shown(whole), f"{call} {k}"
        for name in left_behind(exports):
            assert KEY not in (exports / name).read_text(encoding="utf-8", errors="replace")
            (exports / name).unlink()
        assert KEY not in done.stderr
    outcomes.judge()


def shown(content: str) -> str:
    """The text above the archive, without the time of the export."""
    return _TIME.sub("", content.partition("<!-- hfs-server archive")[0])


def check_form(home: Path, exports: Path, form: str, content: str) -> None:
    """All messages are in it without the key, also in the archive."""
    assert KEY not in content
    assert "github-token-1" in content
    assert content.endswith("</html>\n" if form == "html" else "-->\n")
    if form == "archive":
        file = exports / "shared.md"
        file.write_text(content, encoding="utf-8")
        copy = home / "copy.db"
        assert hfs(home, "--database", copy, "import", file).returncode == 0
        done = hfs(home, "--database", copy, "export", "1", "--format", "json", "-o", "-")
        assert KEY not in done.stdout
        assert len(json.loads(done.stdout)["messages"]) == 40
        file.unlink()
