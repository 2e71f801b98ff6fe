"""What Cursor wraps around the text of a prompt, and the plain text of its rich text.

The rule not to break: time grows with the length of the text, however often a tag occurs in it.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from hfs_server.importers.values import list_of, object_of, text_of

_QUERY = "user_query"
_INJECTED = (
    "user_info", "system_reminder", "attached_files", "open_and_recently_viewed_files",
    "additional_data", "cursor_commands", "agent_skills", "available_skills", "git_status",
    "project_layout", "timestamp", "agent_transcripts", "manually_attached_skills",
    "mcp_file_system", "environment_context", "uploaded_documents", "image_files",
    "linter_errors", "edit_history", "current_file", "user_rules",
    "always_applied_workspace_rules", "workspace_rules",
)  # fmt: skip
_TAG = re.compile(f"<({'|'.join((_QUERY, *_INJECTED))})(?:\\s[^<>]{{0,200}})?>")
_MOST_NODES = 100_000


def typed_and_injected(text: str) -> tuple[str, str]:
    """What a person typed in the text of a prompt, and what Cursor added to it."""
    typed: list[str] = []
    injected: list[str] = []
    queries: list[str] = []
    position = 0
    unclosed: set[str] = set()
    while found := _TAG.search(text, position):
        tag = found.group(1)
        end = -1 if tag in unclosed else text.find(f"</{tag}>", found.end())
        if end < 0:
            unclosed.add(tag)
            typed.append(text[position : found.end()])
            position = found.end()
            continue
        typed.append(text[position : found.start()])
        after = end + len(tag) + 3
        if tag == _QUERY:
            queries.append(text[found.end() : end].strip())
        else:
            injected.append(text[found.start() : after])
        position = after
    rest = "".join((*typed, text[position:])).strip()
    if queries:
        return "\n\n".join(filter(None, queries)), "\n".join(filter(None, (*injected, rest)))
    return rest, "\n".join(injected)


def plain_text(root: object) -> str:
    """The text of a rich text's tree, a paragraph a line."""
    pieces: list[str] = []
    waiting: list[Any] = [object_of(root).get("root")]
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = object_of(waiting.pop())
        pieces.append(text_of(node.get("text")))
        if node.get("type") in ("linebreak", "paragraph"):
            pieces.append("\n")
        waiting += reversed(list_of(node.get("children")))
    return "".join(pieces).strip()


def path_of_uri(value: object) -> str:
    """The path of a ``file:`` URI, or of its parts as editors store them; else empty."""
    if path := text_of(object_of(value).get("fsPath")):
        return path
    uri = text_of(value) or text_of(object_of(value).get("external"))
    if not uri.startswith("file://"):
        return ""
    path = unquote(uri.removeprefix("file://"))
    return path[1:] if re.match(r"/[A-Za-z]:", path) else path
