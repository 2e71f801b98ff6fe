"""Sessions of GitHub Copilot CLI.

The rule not to break: a stream that VS Code wrote is left to ``copilot_transcripts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.copilot_events import CopilotEvents, start_of
from hfs_server.importers.foreign import ForeignSession
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile


class CopilotCli:
    """The importer of the event streams of Copilot CLI."""

    tool = "copilot-cli"
    label = "Copilot CLI"
    patterns: tuple[str, ...] = ("*/events.jsonl", "*.jsonl")

    def folders(self, places: Places) -> Sequence[Path]:
        """Its folder of sessions."""
        return (places.of_variable("COPILOT_HOME", ".copilot") / "session-state",)

    def recognizes(self, file: SourceFile) -> str | None:
        """An event stream that does not name VS Code."""
        start = start_of(file)
        return None if start is None or "vscodeVersion" in start else "events of a Copilot agent"

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The session, then those of its subagents."""
        yield from CopilotEvents(self.tool, file).sessions()
