"""Sessions of opencode: its exports, its folder of JSON files, and its newer database.

An export is ``{info, messages: [{info, parts}]}``. In the folder, the file of a session has only
its ``info``; messages and parts lie in files of their own, and are read with it. The database
has the same three things as rows. Source: opencode's own ``session``, ``storage`` and ``export``.

The rule not to break: all layouts become pairs of a message's info and its parts, and only
``messages`` knows what these mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.importers.databases import can_count, open_database, original_of, table_names
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import read_document
from hfs_server.importers.opencode.layouts import (
    Pairs,
    count_sessions,
    evidence_of,
    has_tables,
    is_part,
    is_session_file,
    read_rows,
    read_session,
    read_tree,
)
from hfs_server.importers.opencode.messages import read_messages
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, text_of, time_of
from hfs_server.session import JsonObject


class OpenCode:
    """The importer of opencode's sessions."""

    tool = "opencode"
    label = "opencode"
    patterns: tuple[str, ...] = (
        "opencode*.db",
        "storage/session/*/*.json",
        "project/*/storage/session/info/*.json",
    )

    def folders(self, places: Places) -> Sequence[Path]:
        """The data folder, which is the same below home on every system."""
        return (places.of_variable("OPENCODE_DATA_DIR", str(places.data / "opencode")),)

    def recognizes(self, file: SourceFile) -> str | None:
        """An export, a file of the folder, or the tables of the database."""
        if has_tables(table_names(file)):
            return "tables session and message"
        return evidence_of({"messages": file.records} if file.is_list else file.record)

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The session of an export or of a session's file; those of a database in order."""
        if file.is_sqlite:
            yield from self._of_database(file)
            return
        draft = Draft(self.tool, file)
        content = read_document(file, draft)
        # A list is what opencode's server says of the messages of a session.
        value = {"messages": content} if isinstance(content, list) else object_of(content)
        if is_part(value):
            return
        if is_session_file(value) and (tree := read_tree(file, value, draft)):
            draft.original = original_of(f"{file.stem}.json", tree)
            value = tree
        info, pairs = read_session(value, draft)
        yield _session(draft, info, pairs)

    def session_count(self, file: SourceFile) -> int | None:
        """How many sessions a database has; None if that takes more than a query."""
        if not file.is_sqlite or not can_count(file):
            return None
        with open_database(file) as database:
            return count_sessions(database)

    def _of_database(self, file: SourceFile) -> Iterator[ForeignSession]:
        with open_database(file) as database:
            for rows in read_rows(database):
                draft = Draft(self.tool, file)
                info, pairs = read_session(rows, draft)
                draft.original = original_of(f"{text_of(info.get('id')) or 'session'}.json", rows)
                yield _session(draft, info, pairs)


def _session(draft: Draft, info: JsonObject, pairs: Pairs) -> ForeignSession:
    times = object_of(info.get("time"))
    draft.session_id = text_of(info.get("id")) or None
    draft.parent_id = text_of(info.get("parentID")) or None
    draft.title = text_of(info.get("title")) or None
    draft.tool_version = text_of(info.get("version")) or None
    place = object_of(info.get("location")).get("directory")
    draft.working_directory = text_of(info.get("directory")) or text_of(place) or None
    draft.created_at = time_of(times.get("created"))
    draft.updated_at = time_of(times.get("updated"))
    return ForeignSession(draft, read_messages(pairs, draft))
