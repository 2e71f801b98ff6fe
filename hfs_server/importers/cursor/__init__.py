"""Sessions of Cursor: the state of its editor, its agent's databases, and transcripts.

None of it is documented; what is read follows from such files and from other programs that read
them. The rule not to break: each layout has a module of its own, and they share only the text of
a prompt.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.cursor.agent import read_agent_messages
from hfs_server.importers.cursor.bubbles import read_bubbles
from hfs_server.importers.cursor.state import (
    COMPOSERS,
    TABS,
    count_state,
    fill_from_state,
    read_state,
)
from hfs_server.importers.cursor.store import fill_from_store, read_store
from hfs_server.importers.cursor.tables import ITEMS, SESSIONS, DatabaseState, JsonState, State
from hfs_server.importers.cursor.text import path_of_uri
from hfs_server.importers.cursor.transcript import is_transcript, read_transcript
from hfs_server.importers.databases import can_count, open_database, original_of, table_names
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.json_text import json_value, read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import list_of, object_of, objects_of, text_of
from hfs_server.session import JsonObject

_STATE_KEYS = (TABS, COMPOSERS)
_OTHER_LOGS = {"type", "uuid", "id", "sessionId", "session_id", "parentUuid"}
_MOST_STORE_TABLES = 3


class Cursor:
    """The importer of Cursor's sessions."""

    tool = "cursor"
    label = "Cursor"
    patterns: tuple[str, ...] = (
        "globalStorage/state.vscdb",
        "workspaceStorage/*/state.vscdb",
        "*/*/store.db",
        "*/agent-transcripts/**/*.jsonl",
        "*/agent-transcripts/**/*.txt",
    )

    def folders(self, places: Places) -> Sequence[Path]:
        """The editor's folder, and the agent's.

        Transcripts repeat what the databases hold, so they count only where there is none.
        """
        editor = places.config / "Cursor" / "User"
        agent = places.of_variable("CURSOR_CONFIG_DIR", ".cursor")
        found = [editor, agent / "chats"]
        has_database = map(os.path.exists, (editor / "globalStorage" / "state.vscdb", found[1]))
        if not any(has_database):
            found += [agent / "projects", places.home / ".cursor-server" / "projects"]
        return found

    def recognizes(self, file: SourceFile) -> str | None:
        """Tables of its databases, keys of its state, or a transcript."""
        if file.is_sqlite:
            return _evidence_of_tables(table_names(file), file.head)
        if is_transcript(file.head):
            return "transcript of an agent"
        if file.is_list or not file.records:
            return None
        return _evidence_of(file.record) or _evidence_of_lines(file.records)

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions of a database or a JSON text; the one of a transcript."""
        if file.is_sqlite:
            yield from self._of_database(file)
        elif is_transcript(file.head):
            draft = self._transcript(file)
            yield ForeignSession(draft, _lines_of(file))
        elif _evidence_of_lines(file.records):
            draft = self._transcript(file)
            records = (record for _, record in read_lines(file, draft))
            yield ForeignSession(draft, read_agent_messages(records, draft))
        else:
            yield from self._of_document(file)

    def session_count(self, file: SourceFile) -> int | None:
        """How many sessions a database has; None if that takes more than a query."""
        if SESSIONS not in table_names(file) or not can_count(file):
            return None
        with open_database(file) as database:
            return count_state(database)

    def _of_database(self, file: SourceFile) -> Iterator[ForeignSession]:
        with open_database(file) as database:
            if database.has_table(SESSIONS) or database.has_table(ITEMS):
                yield from self._of_state(DatabaseState(database), file)
            elif database.has_table("meta") and database.has_table("blobs"):
                draft = Draft(self.tool, file)
                with database.snapshot():
                    store = read_store(database, draft)
                draft.original = original_of(f"{file.stem}.json", store)
                yield _of_store(store, draft, file)
            else:
                raise InvalidDocument(
                    "The database has no table with sessions of Cursor: another version, or "
                    "another program, wrote it."
                )

    def _of_document(self, file: SourceFile) -> Iterator[ForeignSession]:
        draft = Draft(self.tool, file)
        value = object_of(read_document(file, draft))
        if "meta" in value and "messages" in value:
            yield _of_store(value, draft, file)
            return
        state = JsonState(_tables_of(value))
        found = list(self._of_state(state, file, draft.warnings))
        if not found:
            raise InvalidDocument("The file has no sessions of Cursor that have messages.")
        yield from found

    def _of_state(
        self, state: State, file: SourceFile, warnings: Sequence[str] = ()
    ) -> Iterator[ForeignSession]:
        folder = _folder_of_workspace(file)
        for found in read_state(state, lambda: Draft(self.tool, file)):
            draft = found.draft
            fill_from_state(draft, found.about, found.bubbles)
            draft.working_directory = draft.working_directory or folder
            draft.warnings += warnings
            if isinstance(state, DatabaseState):
                draft.original = original_of(f"{draft.session_id or 'session'}.json", found.rows)
            yield ForeignSession(draft, read_bubbles(found.bubbles, draft))

    def _transcript(self, file: SourceFile) -> Draft:
        draft = Draft(self.tool, file)
        draft.session_id = file.stem or None
        if file.path is not None and file.path.parent.name == "subagents":
            draft.parent_id = file.path.parents[1].name
        return draft


def _evidence_of_tables(names: frozenset[str], head: bytes) -> str | None:
    if SESSIONS in names:
        return f"table {SESSIONS}"
    if ITEMS in names:
        return next((f"key {key}" for key in _STATE_KEYS if key.encode() in head), None)
    is_store = names >= {"blobs", "meta"} and len(names) <= _MOST_STORE_TABLES
    return "tables blobs and meta" if is_store else None


def _evidence_of(record: JsonObject) -> str | None:
    if any(isinstance(record.get(table), dict) for table in (SESSIONS, ITEMS)):
        return "rows of the state"
    if any(key in _STATE_KEYS for key, _ in _rows(record)):
        return "rows of the state"
    tab = next(iter(objects_of(record.get("tabs"))), {})
    if "tabId" in tab and "bubbles" in tab:
        return "tabs with bubbles"
    if "composerId" in record and ("conversation" in record or "conversationMap" in record):
        return "composerId and bubbles"
    meta = object_of(record.get("meta"))
    return "messages of an agent" if "agentId" in meta and "messages" in record else None


def _evidence_of_lines(records: list[JsonObject]) -> str | None:
    """Lines with a role and a message, but without any of the ids that other tools write."""
    known = all(
        record.get("role") in ("user", "assistant")
        and isinstance(object_of(record.get("message")).get("content"), (list, str))
        and not record.keys() & _OTHER_LOGS
        for record in records[:1]
    )
    return "role and message in each line" if records and known else None


def _rows(record: JsonObject) -> list[tuple[str, object]]:
    """The keys and values of a table's rows, in whichever columns they are."""
    rows = [list_of(row)[-2:] for row in list_of(record.get("rows"))]
    return [(row[0], row[1]) for row in rows if len(row) == 2 and isinstance(row[0], str)]


def _tables_of(value: JsonObject) -> JsonObject:
    """The document as the two tables of the state."""
    if any(isinstance(value.get(table), dict) for table in (SESSIONS, ITEMS)):
        return value
    if rows := _rows(value):
        return {SESSIONS: dict(rows), ITEMS: dict(rows)}
    if "tabs" in value:
        return {ITEMS: {TABS: value}}
    composer = text_of(value.get("composerId"))
    return {SESSIONS: {f"composerData:{composer}": value}} if composer else {}


def _of_store(store: JsonObject, draft: Draft, file: SourceFile) -> ForeignSession:
    fill_from_store(draft, store, file)
    messages = objects_of(store.get("messages"))
    return ForeignSession(draft, read_agent_messages(messages, draft))


def _lines_of(file: SourceFile) -> Iterator[JsonObject]:
    with file.open() as lines:
        yield from read_transcript(lines)


def _folder_of_workspace(file: SourceFile) -> str | None:
    """The folder that a state in ``workspaceStorage`` belongs to."""
    if file.path is None:
        return None
    try:
        text = file.path.with_name("workspace.json").read_bytes()
    except OSError:
        return None
    about = object_of(json_value(text, Draft("", file)))
    return path_of_uri(about.get("folder") or about.get("workspace")) or None
