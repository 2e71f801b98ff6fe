"""A session that is written to a new file of a folder, which is not in place yet."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from hfs_server.cancellation import run_in_thread
from hfs_server.export_all.documents import Choice, Written, write_document
from hfs_server.export_folder.manifest import Entry
from hfs_server.files.batch import NewFile
from hfs_server.store import SessionReader
from hfs_server.store.shapes import SessionMark


class Rendered(NamedTuple):
    """A session with its new file, which is not in place yet."""

    session: SessionMark
    file: NewFile
    written: Written
    is_redacted: bool

    def entry(self) -> Entry:
        """What the manifest says of the file."""
        return Entry(
            session_id=None if self.is_redacted else self.session.identity,
            name=self.written.name,
            messages=self.written.messages,
            checkpoints=self.written.checkpoints,
            bytes=self.file.size,
            sha256=self.file.digest,
        )


async def render(
    reader: SessionReader, folder: Path, session: SessionMark, choice: Choice
) -> Rendered:
    """Writes a session to a new file. Raises SessionNotFound, and the store's errors."""
    file = NewFile(folder)
    try:
        written = await write_document(reader, session.id, choice, file.write)
        await run_in_thread(file.end)
    except BaseException:
        file.discard()
        raise
    return Rendered(session, file, written, choice.redact)
