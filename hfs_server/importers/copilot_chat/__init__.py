"""Sessions of VS Code's chat, as it stores and as it exports them.

A session is a JSON document, or since 2026 a log of its changes. The rule not to break: one
request gives one message of the user and one of the assistant, however many parts it has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.copilot_chat.log import is_log, replayed
from hfs_server.importers.copilot_chat.requests import messages_of
from hfs_server.importers.copilot_chat.values import base_folder, path_of
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, objects_of, text_of, time_of
from hfs_server.session import JsonObject

_EDITIONS = ("Code", "Code - Insiders", "VSCodium")
_MARKS = {
    "requesterUsername", "responderUsername", "initialLocation", "inputState", "creationDate",
}  # fmt: skip
_REQUEST = {"message", "response", "variableData"}
_LARGEST_WORKSPACE_FILE = 1 << 16


class CopilotChat:
    """The importer of VS Code's chat sessions."""

    tool = "copilot-chat"
    label = "Copilot Chat in VS Code"
    patterns: tuple[str, ...] = (
        "workspaceStorage/*/chatSessions/*.json",
        "workspaceStorage/*/chatSessions/*.jsonl",
        "globalStorage/emptyWindowChatSessions/*.json",
        "globalStorage/emptyWindowChatSessions/*.jsonl",
    )

    def folders(self, places: Places) -> Sequence[Path]:
        """The user's data of each edition of VS Code."""
        return [places.config / edition / "User" for edition in _EDITIONS]

    def recognizes(self, file: SourceFile) -> str | None:
        """Requests, or the members of a session; in a log, those of its first state."""
        if is_log(file.record):
            return "log" if _is_session(object_of(file.record.get("v"))) else None
        return "requests" if not file.is_list and _is_session(file.record) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session. Raises InvalidDocument if it cannot be read."""
        draft = Draft(self.tool, file)
        state = replayed(file, draft) if is_log(file.record) else _document(file, draft)
        _fill(draft, state, file)
        yield ForeignSession(draft, messages_of(state, draft))


def _is_session(value: JsonObject) -> bool:
    requests = value.get("requests")
    if requests is not None and not isinstance(requests, list):
        return False
    if any("requestId" in item and _REQUEST & item.keys() for item in objects_of(requests)[:1]):
        return True
    return len(_MARKS & value.keys()) > (1 if requests is None else 0)


def _document(file: SourceFile, draft: Draft) -> JsonObject:
    value = object_of(read_document(file, draft))
    if not _is_session(value):
        raise InvalidDocument("The file holds no session of VS Code's chat.")
    return value


def _fill(draft: Draft, state: JsonObject, file: SourceFile) -> None:
    title = text_of(state.get("customTitle")) or text_of(state.get("computedTitle"))
    draft.title = title.strip() or None
    draft.session_id = text_of(state.get("sessionId")) or None
    draft.created_at = time_of(state.get("creationDate"))
    draft.updated_at = time_of(state.get("lastMessageDate"))
    draft.working_directory = _workspace_of(file) or base_folder(state)
    repository = object_of(state.get("repoData"))
    facts = {
        "branch": repository.get("localBranch"),
        "commit": repository.get("localHeadCommit"),
        "remote": repository.get("remoteUrl"),
    }
    draft.git = {key: text for key, value in facts.items() if (text := text_of(value))}


def _workspace_of(file: SourceFile) -> str | None:
    """The folder or workspace that a stored session belongs to, from the file beside it."""
    if file.path is None or file.path.parent.name != "chatSessions":
        return None
    try:
        with (file.path.parent.parent / "workspace.json").open("rb") as workspace:
            found = object_of(json.loads(workspace.read(_LARGEST_WORKSPACE_FILE)))
    except (OSError, ValueError, RecursionError):
        return None
    places = (found.get(key) for key in ("folder", "workspace", "configuration"))
    return next((path for place in places if (path := path_of(place))), None)
