"""Sessions of Zed: the threads of its agent in a database, and its older text threads.

A thread is JSON, compressed with Zstandard, in a row of ``threads.db``; a text thread is a file
with one text and the places in it where messages begin. Source: Zed's own ``agent`` and
``assistant_text_thread`` crates.

The rule not to break: what is kept as the original of a row is its thread with the columns of
the row, and is read again as the row was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.databases import (
    ToolDatabase,
    open_database,
    original_of,
    table_names,
)
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import json_value, read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile, source_of
from hfs_server.importers.values import object_of, objects_of, text_of, time_of
from hfs_server.importers.zed_messages import read_text_thread, read_thread
from hfs_server.session import JsonObject

_COLUMNS = ("id", "summary", "parent_id", "folder_paths", "created_at", "updated_at")


class Zed:
    """The importer of Zed's threads."""

    tool = "zed"
    label = "Zed"
    patterns: tuple[str, ...] = ("threads/threads.db", "conversations/*.json")

    def folders(self, places: Places) -> Sequence[Path]:
        """The data folders of Linux, macOS and Windows, and the configuration on macOS."""
        windows = places.of_variable("LOCALAPPDATA", "AppData", "Local")
        config = places.home / ".config" / "zed"
        return (places.data / "zed", places.config / "Zed", windows / "Zed", config)

    def recognizes(self, file: SourceFile) -> str | None:
        """The table of the database, a thread from it, or a text thread."""
        if file.is_sqlite:
            has_table = "threads" in table_names(file) and b"data_type" in file.head
            return "table threads" if has_table else None
        record = file.record
        if file.is_list:
            return None
        if record.get("zed") == "context" and isinstance(record.get("text"), str):
            return "zed: context"
        first = next(iter(objects_of(record.get("messages"))), {})
        is_thread = "User" in first or "Agent" in first or ("segments" in first and "role" in first)
        return "messages of a thread" if is_thread else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The threads of a database, the latest last, or the one of a file."""
        if file.is_sqlite:
            with open_database(file) as database:
                yield from self._of_database(file, database)
            return
        draft = Draft(self.tool, file)
        found = object_of(read_document(file, draft))
        if found.get("zed") == "context":
            draft.session_id = text_of(found.get("id")) or None
            draft.title = text_of(found.get("summary")).strip() or None
            yield ForeignSession(draft, read_text_thread(found, draft))
        elif isinstance(found.get("messages"), list):
            yield _session(draft, found)
        else:
            raise InvalidDocument("The file has no thread of Zed: its messages are missing.")

    def _of_database(self, file: SourceFile, database: ToolDatabase) -> Iterator[ForeignSession]:
        """Threads that cannot be read are counted in a warning of the next one."""
        lost = 0
        for about, data in _rows(database):
            draft = Draft(self.tool, file)
            thread = _thread(data, draft)
            if thread is None:
                lost += 1
                continue
            if lost:
                draft.unknown_records["damaged thread"] += lost
                lost = 0
            whole = {**thread, **about}
            draft.original = original_of(f"{text_of(about.get('id')) or 'thread'}.json", whole)
            yield _session(draft, whole)


def _rows(database: ToolDatabase) -> Iterator[tuple[JsonObject, object]]:
    """What the columns say of each thread, and its data."""
    known = {row[0] for row in database.values("SELECT name FROM pragma_table_info('threads')")}
    names = [name for name in _COLUMNS if name in known]
    sql = f"SELECT {', '.join([*names, 'data'])} FROM threads ORDER BY updated_at, id"
    for *values, data in database.values(sql):
        found = {name: text_of(value) for name, value in zip(names, values, strict=True)}
        yield {name: value for name, value in found.items() if value}, data


def _thread(data: object, draft: Draft) -> JsonObject | None:
    """The thread in the data of a row, compressed or not; None if it is damaged."""
    content = data.encode() if isinstance(data, str) else data
    if not isinstance(content, bytes):
        return None
    try:
        with source_of(content).open() as opened:
            value = json_value(opened.read(), draft)
    except InvalidDocument:
        return None
    return value if isinstance(value, dict) else None


def _session(draft: Draft, thread: JsonObject) -> ForeignSession:
    snapshot = object_of(thread.get("initial_project_snapshot"))
    context = object_of(thread.get("subagent_context"))
    draft.session_id = text_of(thread.get("id")) or None
    parent = text_of(thread.get("parent_id")) or text_of(context.get("parent_thread_id"))
    draft.parent_id = parent or None
    titles = (text_of(thread.get(key)).strip() for key in ("title", "summary"))
    draft.title = next(filter(None, titles), None)
    draft.summary = text_of(thread.get("detailed_summary")).strip() or None
    created = thread.get("created_at") or snapshot.get("timestamp")
    draft.created_at = time_of(created)
    draft.updated_at = time_of(thread.get("updated_at"))
    model = text_of(object_of(thread.get("model")).get("model"))
    draft.models = [model] if model else []
    _add_project(draft, thread, snapshot)
    return ForeignSession(draft, read_thread(thread, draft))


def _add_project(draft: Draft, thread: JsonObject, snapshot: JsonObject) -> None:
    tree = next(iter(objects_of(snapshot.get("worktree_snapshots"))), {})
    folders = text_of(thread.get("folder_paths")).splitlines()
    place = text_of(tree.get("worktree_path")) or next(iter(folders), "")
    draft.working_directory = place or None
    state = object_of(tree.get("git_state"))
    names = {"branch": "current_branch", "commit": "head_sha", "remote": "remote_url"}
    draft.git = {key: found for key, name in names.items() if (found := text_of(state.get(name)))}
