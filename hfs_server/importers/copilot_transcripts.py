"""Transcripts of Copilot Chat in VS Code: the same event stream as that of Copilot CLI.

The rule not to break: VS Code keeps the same sessions in its own format too, with the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.copilot_events import CopilotEvents, start_of
from hfs_server.importers.foreign import ForeignSession
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile


class CopilotTranscripts:
    """The importer of the event streams that VS Code writes."""

    tool = "copilot-chat"
    label = "Copilot Chat in VS Code"
    patterns: tuple[str, ...] = ()

    def folders(self, _: Places) -> Sequence[Path]:
        """None: VS Code keeps the same sessions in its own format, which has more of them."""
        return ()

    def recognizes(self, file: SourceFile) -> str | None:
        """An event stream that names VS Code."""
        return (
            "events of a Copilot agent in VS Code"
            if "vscodeVersion" in (start_of(file) or {})
            else None
        )

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The session, then those of its subagents."""
        yield from CopilotEvents(self.tool, file).sessions()
