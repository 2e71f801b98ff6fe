"""``hfs/exportAll`` with secrets replaced."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from testing.client import Client, Refused
from testing.command_line import hfs
from testing.documents import message
from testing.exports import MANIFEST, add, counts, export_all, files

SECRET = "ghp_" + "x7Kq2Lm9Pz4Rt6Vw8Yb1Nc3Df5Gh0JkZs2Qa"
PERSON = "someone@example.org"


@pytest.mark.parametrize("form", ["json", "markdown", "html"])
def test_no_file_has_a_secret(server: Client, tmp_path: Path, form: str) -> None:
    add(server, "First", message(f"my key is {SECRET}, I am {PERSON}"))
    add(server, f"Key {SECRET}", message("another one"))
    facts = {"schema_version": "1.1.0", "session_id": f"tool:{SECRET}"}
    add(server, "Third", message("one more"), metadata=facts)
    folder = tmp_path / "out"
    assert counts(export_all(server, folder, format=form, redact=True)) == (3, 0, 0)
    written = b"".join(files(folder).values())
    assert SECRET.encode() not in written
    assert PERSON.encode() in written
    assert b"[REDACTED:github-token-1]" in written
    assert counts(export_all(server, folder, format=form, redact=True)) == (0, 3, 0)


def test_an_export_with_other_redaction_is_another_one(server: Client, tmp_path: Path) -> None:
    add(server, "First", message(PERSON))
    folder = tmp_path / "out"
    export_all(server, folder, redact=True)
    for options in ({}, {"redact": True, "redactAlso": ["mail"]}):
        with pytest.raises(Refused) as refused:
            export_all(server, folder, **options)
        assert refused.value.data["kind"] == "destinationExists"
    manifest = json.loads((folder / MANIFEST).read_bytes())
    assert manifest["export"] == {"format": "json", "redact": True}


def test_more_can_be_redacted_on_request(server: Client, tmp_path: Path) -> None:
    add(server, "First", message(PERSON))
    folder = tmp_path / "out"
    export_all(server, folder, redact=True, redactAlso=["mail"])
    assert PERSON.encode() not in b"".join(files(folder).values())
    with pytest.raises(Refused) as refused:
        export_all(server, tmp_path / "other", redactAlso=["mail"])
    assert refused.value.code == -32602


def test_a_redacted_export_is_verified_and_says_so_when_it_is_imported(
    server: Client, home: Path, store_path: Path, tmp_path: Path
) -> None:
    add(server, "First", message(f"my key is {SECRET}"))
    folder = tmp_path / "out"
    store = ("--database", store_path)
    done = hfs(home, *store, "export", "--all", "--redact", "-o", folder)
    assert done.returncode == 0, done.stderr
    done = hfs(home, *store, "verify", folder)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert SECRET not in done.stdout + done.stderr
    done = hfs(home, "--database", tmp_path / "other.db", "import", folder)
    assert done.returncode == 0, done.stderr
    assert "redacted" in done.stderr
