"""Sessions in the folder of opencode, whose messages and parts are files of their own."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from hfs_server.importers.foreign import Draft
from hfs_server.importers.opencode import OpenCode
from hfs_server.importers.opencode.layouts import read_tree
from hfs_server.importers.source_file import SourceFile
from hfs_server.session import JsonObject
from hfs_server.sources import read_sessions
from tests.unit.importers.files import file_with
from tests.unit.importers.mutations import survive
from tests.unit.importers.test_opencode import (
    ANSWER,
    EXPECTED,
    MESSAGES,
    PROMPT,
    SESSION,
    document_of,
)
from tests.unit.importers.tool_databases import file_at


def tree(folder: Path, base: str = "", infos: str = "session/p", session: str = "") -> Path:
    """A folder of opencode; the path of its session's file."""
    files: dict[str, object] = {f"{infos}/ses_1.json": SESSION}
    for item in MESSAGES:
        message: JsonObject = item["info"]  # type: ignore[assignment]
        files[f"{base}message/ses_1/{message['id']}.json"] = message
        for number, own in enumerate(item["parts"]):
            files[f"{base}part/{session}{message['id']}/prt_{number}.json"] = own
    for name, content in files.items():
        path = folder / "storage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), "utf-8")
    return folder / "storage" / infos / "ses_1.json"


LAYOUTS = [("", "session/p", ""), ("session/", "session/info", "ses_1/")]


@pytest.mark.parametrize(("base", "infos", "session"), LAYOUTS)
def test_the_file_of_a_session_is_read_with_its_messages_and_parts(
    tmp_path: Path, base: str, infos: str, session: str
) -> None:
    (found,) = read_sessions(tree(tmp_path, base, infos, session))
    assert found["messages"] == EXPECTED
    assert found["metadata"]["session_name"] == "Fix it"


@pytest.mark.parametrize("path", [None, Path("/ses_1.json"), Path("/a/b/c/ses_1.json")])
def test_a_session_file_that_lies_elsewhere_says_where_its_messages_are(path: Path | None) -> None:
    content = json.dumps(SESSION).encode()
    file = SourceFile(lambda: io.BytesIO(content), "ses_1.json", path)
    (session,) = OpenCode().sessions(file)
    draft = Draft("opencode", file)
    assert [message for batch in session.batches() for message in batch.messages] == []
    assert read_tree(file, SESSION, draft) is None
    assert "Import the folder of opencode" in draft.warnings[0]


def test_the_original_of_a_tree_holds_all_its_files_and_is_read_again(tmp_path: Path) -> None:
    path = tree(tmp_path)
    (session,) = OpenCode().sessions(file_at(path))
    assert session.original
    text = session.original.open().read()
    assert len(json.loads(text)) == 1 + 2 + len(PROMPT) + len(ANSWER)
    assert document_of(json.loads(text), tmp_path)["messages"] == EXPECTED


def test_messages_and_parts_are_no_sessions_of_their_own(tmp_path: Path) -> None:
    root = tree(tmp_path).parents[2]
    for path in (*root.glob("message/*/*.json"), *root.glob("part/*/*.json")):
        assert list(read_sessions(path)) == []


def test_a_damaged_part_costs_that_part(tmp_path: Path) -> None:
    path = tree(tmp_path)
    next(path.parents[2].glob("part/msg_2/prt_2.json")).write_text('{"type": "te', "utf-8")
    (session,) = OpenCode().sessions(file_at(path))
    (batch,) = session.batches()
    assert [item["content"] for item in batch.messages][2] == "Two"
    assert "damaged file (1)" in session.warnings[0]


def test_a_session_file_without_its_folder_says_where_its_messages_are() -> None:
    (session,) = OpenCode().sessions(file_with(json.dumps(SESSION).encode()))
    assert [batch.size for batch in session.batches()] == [0]
    assert "Import the folder of opencode" in session.warnings[0]


def test_every_damaged_file_of_a_session_is_read_or_refused() -> None:
    files: JsonObject = {"session/p/ses_1.json": SESSION}
    for item in MESSAGES:
        files[f"message/{item['info']['id']}.json"] = item["info"]
        files[f"part/{item['info']['id']}/prt_1.json"] = item["parts"][0]
    assert survive(OpenCode(), json.dumps(files).encode()) > 100
    assert survive(OpenCode(), json.dumps(SESSION).encode()) > 10
