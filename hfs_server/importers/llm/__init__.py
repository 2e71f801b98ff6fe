"""Sessions of llm: its database ``logs.db``, and what "llm logs --json" writes.

Each row is a prompt with its response; rows with one id (conversation_id) are a session. Source:
``migrations.py`` and ``cli.py`` of llm. The rule not to break: a database becomes rows as "llm
logs --json" writes them, and only ``turns`` knows what these mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.databases import open_database, original_of, table_names
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_items import read_items
from hfs_server.importers.llm.rows import OLDEST, TABLES, read_session_rows
from hfs_server.importers.llm.threads import THREAD_TABLES
from hfs_server.importers.llm.turns import messages_of
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import text_of, time_of
from hfs_server.session import JsonObject

_KEYS = {"model", "prompt", "conversation_id", "datetime_utc"}
_EITHER = {"prompt_json", "options_json", "response"}


class Llm:
    """The importer of what llm logs."""

    tool = "llm"
    label = "llm"
    patterns: tuple[str, ...] = ("logs.db",)

    def folders(self, places: Places) -> Sequence[Path]:
        """Its folder of settings."""
        return (places.of_variable("LLM_USER_PATH", str(places.config / "io.datasette.llm")),)

    def recognizes(self, file: SourceFile) -> str | None:
        """The tables of either generation, or a list of rows."""
        if file.is_sqlite:
            names = table_names(file)
            is_oldest = OLDEST in names and b"prompt" in file.head and b"response" in file.head
            is_newer = names >= TABLES or names >= THREAD_TABLES | {"_llm_migrations"}
            return "tables of llm" if is_newer or is_oldest else None
        return "a list of responses" if file.is_list and _is_row(file.record) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The sessions, in order of their first responses."""
        if not file.is_sqlite:
            yield from self._of_list(file)
            return
        with open_database(file) as database, database.snapshot():
            counts = Draft(self.tool, file)
            for rows in read_session_rows(database, counts):
                draft = Draft(self.tool, file)
                draft.replaced_characters = counts.replaced_characters
                counts.replaced_characters = 0
                yield self._session(rows, draft)

    def _of_list(self, file: SourceFile) -> Iterator[ForeignSession]:
        """Rows of a session need not follow each other, so all are gathered."""
        sessions: dict[str, list[JsonObject]] = {}
        draft = Draft(self.tool, file)
        for number, item in enumerate(read_items(file, _is_row)):
            key = text_of(item.value.get("conversation_id")) or str(number)
            sessions.setdefault(key, []).append(item.value)
            draft.replaced_characters += item.replaced_characters
            draft.warnings += item.warnings
        for rows in sessions.values():
            rows.sort(key=lambda row: time_of(row.get("datetime_utc")) or "")
            yield self._session(rows, draft)
            draft = Draft(self.tool, file)

    def _session(self, rows: list[JsonObject], draft: Draft) -> ForeignSession:
        first = rows[0]
        draft.session_id = text_of(first.get("conversation_id")) or None
        draft.parent_id = text_of(first.get("forked_from")) or None
        draft.title = text_of(first.get("conversation_name")).strip() or None
        if "conversation_id" in first:
            draft.original = original_of(f"{draft.session_id or 'session'}.json", rows)
        return ForeignSession(draft, messages_of(rows, draft))


def _is_row(row: JsonObject) -> bool:
    return row.keys() >= _KEYS and bool(row.keys() & _EITHER)
