"""A bug in a command is one sentence and a place in the code, without a word of a session."""

from __future__ import annotations

from pathlib import Path

from testing.command_line import hfs, write
from testing.documents import MARKER, message
from testing.programs import changed

FAILING = changed(
    "from hfs_server.exporters.markdown.writer import MarkdownWriter",
    "def fail(self, batch):",
    "    raise KeyError(next(iter(batch))['content'])",
    "MarkdownWriter.messages = fail",
)
UNHEEDED = changed(
    "import asyncio, gc",
    "from hfs_server.exporters.markdown.writer import MarkdownWriter",
    "from hfs_server import export_session",
    "whole = export_session.write_session",
    "async def fail(content):",
    "    raise KeyError(content)",
    "async def write(session, *rest):",
    "    async for batch in session.messages():",
    "        asyncio.create_task(fail(next(iter(batch.messages))['content']))",
    "    await asyncio.sleep(0)",
    "    gc.collect()",
    "    await whole(session, *rest)",
    "export_session.write_session = write",
)


def exported(tmp_path: Path, program: tuple[str, str]) -> tuple[int, str]:
    document = write(tmp_path / "in.json", "A name", message())
    assert hfs(tmp_path, "import", document).returncode == 0
    done = hfs(tmp_path, "export", "1", "-o", tmp_path / "out.md", program=program)
    assert MARKER not in done.stdout + done.stderr
    return done.returncode, done.stderr


def test_a_bug_ends_a_command_with_a_sentence_and_its_place(tmp_path: Path) -> None:
    code, stderr = exported(tmp_path, FAILING)
    first, *frames, last = stderr.splitlines()
    assert (code, first) == (1, "Internal error: KeyError")
    assert any("in fail" in frame for frame in frames)
    assert last == (
        "hfs-server: The command failed because of an error in hfs-server (KeyError). "
        "Please report it."
    )
    assert not (tmp_path / "out.md").exists()


def test_a_bug_that_nothing_waits_for_is_logged_without_its_words(tmp_path: Path) -> None:
    code, stderr = exported(tmp_path, UNHEEDED)
    assert (code, stderr.splitlines()[0]) == (0, "Internal error: KeyError")
    assert MARKER in (tmp_path / "out.md").read_text()
