"""Sessions in the state that Cursor's editor keeps: keys with JSON texts, in two tables.

``cursorDiskKV`` has ``composerData:<id>`` for each session and ``bubbleId:<id>:<bubble>`` for
each of its bubbles. Before, sessions lay whole in ``composer.composerData`` of ``ItemTable``, and
before that as tabs in its ``workbench.panel.aichat…chatdata``.

The rule not to break: the order of bubbles is that of the session, never that of the keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from hfs_server.importers.cursor.tables import ITEMS, SESSIONS, DatabaseState, State
from hfs_server.importers.cursor.text import path_of_uri
from hfs_server.importers.databases import ToolDatabase
from hfs_server.importers.foreign import Draft
from hfs_server.importers.json_text import json_value
from hfs_server.importers.values import (
    CountsReplacements,
    object_of,
    objects_of,
    text_of,
    time_of,
)
from hfs_server.session import JsonObject

TABS = "workbench.panel.aichat.view.aichat.chatdata"
COMPOSERS = "composer.composerData"
HEADERS = "composer.composerHeaders"
_SESSION = "composerData:"
_BUBBLE = "bubbleId:"


class Found(NamedTuple):
    """A session in the state."""

    draft: Draft
    about: JsonObject
    bubbles: list[JsonObject]
    rows: JsonObject
    """What it was read from, by table and key."""


class _Uncounted:
    replaced_characters = 0


def read_state(state: State, new_draft: Callable[[], Draft]) -> Iterator[Found]:
    """The sessions that have bubbles, one at a time."""
    seen = set()
    headers = _headers(state)
    for key in state.keys(SESSIONS, _SESSION):
        with state.snapshot():
            found = _session(state, key, headers, new_draft())
        if found.bubbles:
            seen.add(_id_of(found.about))
            yield found
    composers = _json(state.get(ITEMS, COMPOSERS), _Uncounted())
    for about in objects_of(composers.get("allComposers")):
        bubbles = objects_of(about.get("conversation"))
        if bubbles and _id_of(about) not in seen:
            rows = {ITEMS: {COMPOSERS: {"allComposers": [about]}}}
            yield Found(new_draft(), about, bubbles, rows)
    for tab in objects_of(_json(state.get(ITEMS, TABS), _Uncounted()).get("tabs")):
        bubbles = objects_of(tab.get("bubbles"))
        if any(text_of(bubble.get("text")).strip() for bubble in bubbles):
            yield Found(new_draft(), tab, bubbles, {ITEMS: {TABS: {"tabs": [tab]}}})


def count_state(database: ToolDatabase) -> int:
    """How many sessions have bubbles, mostly from the keys alone."""
    state = DatabaseState(database)
    keys = (key.split(":") for key in state.keys(SESSIONS, _BUBBLE))
    ids = {parts[1] for parts in keys if len(parts) > 1}
    composers = _json(state.get(ITEMS, COMPOSERS), _Uncounted())
    for about in objects_of(composers.get("allComposers")):
        if about.get("conversation"):
            ids.add(_id_of(about))
    tabs = objects_of(_json(state.get(ITEMS, TABS), _Uncounted()).get("tabs"))
    return len(ids) + sum(len(objects_of(tab.get("bubbles"))) > 1 for tab in tabs)


def fill_from_state(draft: Draft, about: JsonObject, bubbles: list[JsonObject]) -> None:
    """What a session says about itself."""
    draft.session_id = _id_of(about) or None
    draft.title = text_of(about.get("name")) or text_of(about.get("chatTitle")) or None
    draft.created_at = time_of(about.get("createdAt"))
    draft.updated_at = time_of(about.get("lastUpdatedAt")) or time_of(about.get("lastSendTime"))
    parent = object_of(about.get("subagentInfo")).get("parentComposerId")
    draft.parent_id = text_of(parent) or None
    model = text_of(object_of(about.get("modelConfig")).get("modelName"))
    draft.models = [model] if model and model != "default" else []
    branch = object_of(about.get("activeBranch")).get("branchName") or about.get("createdOnBranch")
    draft.git = {"branch": branch} if isinstance(branch, str) and branch else {}
    draft.working_directory = _folder(about, bubbles) or None


def _session(state: State, key: str, headers: Mapping[str, JsonObject], draft: Draft) -> Found:
    session = key.removeprefix(_SESSION)
    stored = state.get(SESSIONS, key)
    prefix = f"{_BUBBLE}{session}:"
    texts = state.range(SESSIONS, prefix)
    rows = {name.removeprefix(prefix): _json(text, draft) for name, text in texts.items()}
    if damaged := sum(not row for row in rows.values()):
        draft.unknown_records["damaged bubble"] += damaged
    header = headers.get(session, {})
    about = {**header, **_json(stored, draft), "composerId": session}
    bubbles = _in_order(about, rows)
    if (replaced := len(rows) - len(bubbles)) > 0:
        draft.warnings.append(_replaced(replaced))
    kept = {SESSIONS: {key: stored, **texts}}
    if header:
        kept[ITEMS] = {HEADERS: {"allComposers": [header]}}
    return Found(draft, about, bubbles, kept)


def _replaced(count: int) -> str:
    what = "1 bubble is" if count == 1 else f"{count:,} bubbles are"
    return f"{what} no longer part of the session, and kept only in the original."


def _in_order(about: JsonObject, rows: dict[str, JsonObject]) -> list[JsonObject]:
    heads = objects_of(about.get("fullConversationHeadersOnly"))
    heads = heads or objects_of(about.get("conversation"))
    if not heads:
        return sorted(rows.values(), key=lambda bubble: time_of(bubble.get("createdAt")) or "")
    inline = object_of(about.get("conversationMap"))
    bubbles = []
    for head in heads:
        bubble_id = text_of(head.get("bubbleId"))
        stored = rows.get(bubble_id) or object_of(inline.get(bubble_id))
        bubbles.append({**head, **{key: value for key, value in stored.items() if value != ""}})
    return bubbles


def _headers(state: State) -> dict[str, JsonObject]:
    """What the lists of sessions say of each one."""
    listed = objects_of(_json(state.get(ITEMS, HEADERS), _Uncounted()).get("allComposers"))
    found = {_id_of(header): header for header in listed}
    return found | {key: _json(value, _Uncounted()) for key, value in state.headers().items()}


def _folder(about: JsonObject, bubbles: list[JsonObject]) -> str:
    workspace = object_of(about.get("workspaceIdentifier"))
    found = path_of_uri(workspace.get("uri")) or path_of_uri(workspace.get("configPath"))
    for bubble in bubbles[:20]:
        if found:
            break
        uris = bubble.get("workspaceUris")
        first = uris[0] if isinstance(uris, list) and uris else None
        found = path_of_uri(first) or text_of(bubble.get("workspaceProjectDir"))
    return found


def _id_of(about: JsonObject) -> str:
    return text_of(about.get("composerId")) or text_of(about.get("tabId"))


def _json(value: object, counts: CountsReplacements) -> JsonObject:
    if isinstance(value, str):
        value = json_value(value, counts)
    return object_of(value)
