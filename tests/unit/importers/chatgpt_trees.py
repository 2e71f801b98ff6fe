"""Sessions of ChatGPT for tests: trees of nodes, and what is read of them."""

from __future__ import annotations

import json
from typing import Any

from hfs_server.importers.chatgpt import ChatGpt
from tests.unit.importers.files import file_with

Json = dict[str, Any]


def node(node_id: str, parent: str | None, role: str = "user", **keys: Any) -> Json:
    """A node whose message says ``text``, or has the given content and metadata."""
    content = keys.pop("content", {"content_type": "text", "parts": [keys.pop("text", node_id)]})
    author = {"role": role, "name": keys.pop("name", None), "metadata": {}}
    made = {"id": node_id, "author": author, "create_time": 1700000000.5, "content": content}
    return {
        "id": node_id,
        "parent": parent,
        "children": [],
        "message": {**made, "recipient": "all", "metadata": {}, **keys},
    }


def tree(*nodes: Json, current: str | None = None, **keys: Any) -> Json:
    root = {"id": "root", "message": None, "parent": None, "children": []}
    mapping = {one["id"]: one for one in (root, *nodes)}
    for one in nodes:
        if one["parent"] in mapping:
            mapping[one["parent"]]["children"].append(one["id"])
    made = {"title": "T", "create_time": 1700000000.0, "update_time": 1700000100.0}
    return {
        **made,
        "mapping": mapping,
        "current_node": current or nodes[-1]["id"],
        "id": "s",
        **keys,
    }


def read(*sessions: Json) -> list[Json]:
    return read_bytes(json.dumps(list(sessions)).encode())


def read_bytes(content: bytes) -> list[Json]:
    found = []
    for session in ChatGpt().sessions(file_with(content)):
        messages = [message for batch in session.batches() for message in batch.messages]
        header = session.header
        found.append(
            {"name": header.name, "messages": messages, "facts": header.facts}
            | {"times": (header.created_at, header.updated_at), "warnings": session.warnings}
        )
    return found


def messages(*nodes: Json, **keys: Any) -> list[Json]:
    return list(read(tree(*nodes, **keys))[0]["messages"])
