"""Tasks of Cline and of Roo Code, a fork of it: a folder of JSON files each.

``ui_messages.json`` is what the user saw, with times, and is read; what was sent to the API,
``api_conversation_history.json``, only where it lies alone. Source: ``ExtensionMessage.ts`` of
Cline and ``message.ts`` of Roo Code. The rule not to break: which of the two wrote a file follows
from its content; its folder decides only where the content does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.cline.api import api_messages, is_history
from hfs_server.importers.cline.command_line import PATTERN, is_session, session_messages
from hfs_server.importers.cline.screen import is_screen, screen_messages
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.places import Places
from hfs_server.importers.side_file import is_beside, json_beside
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import objects_of, text_of

_SCREENS = ("ui_messages.json", "claude_messages.json")
"""What the user saw, in newer and in older versions."""
_HISTORY = "api_conversation_history.json"
_EDITORS = ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
_ROO_ONLY = (b"<slug>", b"checkpoint_saved", b"rooignore", b"codebase_search_result")
_CLINE_ONLY = (b"conversationHistoryIndex", b"lastCheckpointHash", b'"modelInfo"', b"ACT MODE")
_ROO_FIRST = (b"apiProtocol", b"condense_context")
"""What Roo Code had before Cline, so that it proves less."""
_ROO_EXTENSION = "rooveterinaryinc.roo-cline"


class _Tasks:
    tool: str
    label: str
    patterns: tuple[str, ...] = (*(f"tasks/*/{name}" for name in _SCREENS), f"tasks/*/{_HISTORY}")
    extension: str
    """Its id in VS Code."""

    def folders(self, places: Places) -> Sequence[Path]:
        """What each editor keeps for the extension, here and where it runs as a server."""
        roots = [places.config / editor for editor in _EDITORS]
        roots += [places.home / ".vscode-server" / "data"]
        return [root / "User" / "globalStorage" / self.extension for root in roots]

    def recognizes(self, file: SourceFile) -> str | None:
        """What the user saw, or what was sent to the API, if this tool wrote it."""
        if not file.is_list or _writer_of(file) != self.tool:
            return None
        if is_screen(file.records):
            return "messages of the types say and ask"
        return "a task in the history of an API" if is_history(file.records) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session; none for a history beside what the user saw of it."""
        draft = Draft(self.tool, file)
        _locate(file, draft)
        if is_screen(file.records) or not is_history(file.records):
            yield ForeignSession(draft, screen_messages(file, draft))
        elif not any(is_beside(file, name) for name in _SCREENS):
            yield ForeignSession(draft, api_messages(file, draft))


class Cline(_Tasks):
    """The importer of Cline's tasks, and of the sessions of its command line."""

    tool = "cline"
    label = "Cline"
    patterns = (*_Tasks.patterns, PATTERN)
    extension = "saoudrizwan.claude-dev"

    def folders(self, places: Places) -> Sequence[Path]:
        """Those of the extension, and that of Cline's command line."""
        return [*super().folders(places), places.of_variable("CLINE_DIR", ".cline") / "data"]

    def recognizes(self, file: SourceFile) -> str | None:
        """A task, or a session of the command line."""
        if not file.is_list and is_session(file.record):
            return "a session with an id, its time and its messages"
        return super().recognizes(file)

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session, as that of a task."""
        if file.is_list:
            yield from super().sessions(file)
        else:
            draft = Draft(self.tool, file)
            yield ForeignSession(draft, session_messages(file, draft))


class RooCode(_Tasks):
    """The importer of Roo Code's tasks."""

    tool = "roo-code"
    label = "Roo Code"
    extension = _ROO_EXTENSION


def _writer_of(file: SourceFile) -> str:
    head = file.head
    if any(mark in head for mark in _ROO_ONLY):
        return RooCode.tool
    if any(mark in head for mark in _CLINE_ONLY):
        return Cline.tool
    is_in_roo = file.path is not None and _ROO_EXTENSION in file.path.parts
    return RooCode.tool if is_in_roo or any(mark in head for mark in _ROO_FIRST) else Cline.tool


def _locate(file: SourceFile, draft: Draft) -> None:
    """What the folder of a task shows, and the files in it."""
    if file.path is None or file.path.name not in (*_SCREENS, _HISTORY):
        return
    if file.path.parent.parent.name == "tasks":
        draft.session_id = file.path.parent.name
    metadata = json_beside(file, "task_metadata.json")
    draft.models = [
        model
        for used in objects_of(metadata.get("model_usage"))
        if (model := text_of(used.get("model_id")))
    ]
    versions = objects_of(metadata.get("environment_history"))
    draft.tool_version = next((text_of(each.get("cline_version")) for each in versions), "") or None
    item = json_beside(file, "history_item.json")
    draft.session_id = text_of(item.get("id")) or draft.session_id
    draft.parent_id = text_of(item.get("parentTaskId")) or None
    draft.working_directory = text_of(item.get("workspace")) or None
