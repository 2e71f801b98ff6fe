"""Sessions of Codex: JSON Lines, in envelopes of a type and a payload.

Until 2025-09 the items stood there without envelopes. A session that was forked from another one
begins with a copy of it, with rewritten times; a turn is its own if its id, a UUIDv7, is not
older than the session's. Since 0.154 a fork only names where its beginning stands
("history_base"), and so does the file in which a session goes on after turns were reverted. The
rule not to break: every message stands there twice, as an item ("response_item") and as an event
("event_msg"), and only items are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.codex_items import (
    CALLS,
    RESULTS,
    images_of,
    result_of,
    text_of_item,
    user_input,
)
from hfs_server.importers.codex_replies import Replies
from hfs_server.importers.codex_rollback import rollbacks_in
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import count_of, message, object_of, text_of, time_of
from hfs_server.session import JsonObject
from hfs_server.text import title_of

ENVELOPES = ("session_meta", "response_item", "event_msg", "turn_context")
IGNORED = {"world_state", "inter_agent_communication_metadata", "ghost_snapshot"}
IGNORED |= {"compaction", "compaction_summary", "context_compaction"}
"""Known records without anything to read in them."""
IGNORED_EVENTS = re.compile(
    r"(user_message|agent_message|agent_reasoning|task_|turn_|exec_|patch_apply_|mcp_|web_search_"
    r"|image_generation_|view_image|collab_|sub_agent_|guardian_|dynamic_tool_|item_|thread_|entered_review"
    r"|exited_review|context_compacted|undo_|plan_|hook_|token_count|warning|stream_error"
    r"|background_event|session_configured|model_|deprecation_notice|elicitation_|skills_"
    r"|request_|apply_patch_|raw_response|realtime_|terminal_|shutdown)"
)
"""Events that repeat items, or report how the work went on; nothing else is in them."""

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_OWN_ID = re.compile(_UUID7.pattern.encode())
_FOLDER = re.compile(r"<cwd>([^<\n]+)</cwd>")


class Codex:
    """The importer of the files that Codex keeps of its sessions."""

    tool = "codex"
    label = "Codex"
    patterns: tuple[str, ...] = ("**/*.jsonl", "**/*.jsonl.zst")

    def folders(self, places: Places) -> Sequence[Path]:
        """Its sessions, and those that it archived."""
        home = places.of_variable("CODEX_HOME", ".codex")
        return home / "sessions", home / "archived_sessions"

    def recognizes(self, file: SourceFile) -> str | None:
        """Envelopes that only Codex writes, or the heading of a file without envelopes."""
        if file.is_list:
            return None
        for record in file.records:
            if record.get("type") in ENVELOPES and isinstance(record.get("payload"), dict):
                return f"{record['type']} with a payload"
        is_header = {"id", "timestamp", "instructions"} <= file.record.keys()
        is_legacy = is_header and "type" not in file.record
        return "a heading with id and instructions" if is_legacy else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file."""
        draft = Draft(self.tool, file)
        yield ForeignSession(draft, _Reader(file, draft).messages())


class _Reader:
    def __init__(self, file: SourceFile, draft: Draft) -> None:
        self._file = file
        self._draft = draft
        self._replies = Replies()
        self._called: dict[str, str] = {}
        """The names of the tools whose calls have no result yet."""
        self._is_subagent = False
        self._replayed = 0
        self._is_replay = False
        self._own_ordinal = 0
        """The number of the first record that a subagent did not get from its parent, if given."""
        self._has_records = False

    def messages(self) -> Iterator[JsonObject]:
        """All messages of the session itself. Raises InvalidDocument if no line is a record."""
        taken_back, turns_of = rollbacks_in(self._file)
        turns = 0
        for number, record in read_lines(self._file, self._draft):
            while taken_back and taken_back[0].stop <= number:
                taken_back.popleft()
            if not (taken_back and number in taken_back[0] and _is_of_turn(record)):
                yield from self._read(record)
            if not self._is_replay:
                turns += turns_of.get(number, 0)
        yield from self._replies.finish()
        if not self._has_records:
            raise InvalidDocument("No line of the file is a record of a Codex session.")
        if self._replayed:
            self._draft.warnings.append(
                f"{self._replayed:,} records repeat the session that this one was forked from; "
                "they are kept only in the original."
            )
        if turns:
            what = "turn that was taken back is" if turns == 1 else "turns that were taken back are"
            self._draft.warnings.append(f"{turns:,} {what} kept only in the original.")

    def _read(self, record: JsonObject) -> Iterator[JsonObject]:
        kind, time = text_of(record.get("type")), time_of(record.get("timestamp"))
        payload = record.get("payload")
        if not isinstance(payload, dict):
            kind, payload = _without_envelope(record)
        self._has_records |= bool(kind)
        if self._is_replay and not self._begins_own_part(kind, payload, record.get("ordinal")):
            self._replayed += 1
        elif kind == "session_meta":
            self._read_meta(payload, time)
        elif kind == "turn_context":
            self._replies.model = text_of(payload.get("model")) or self._replies.model
        elif kind == "response_item":
            yield from self._read_item(payload, time)
        elif kind == "event_msg":
            yield from self._read_event(payload, time)
        elif kind == "token_usage_record":
            self._replies.note(payload)
        elif kind == "compacted":
            yield from self._injected("system", text_of(payload.get("message")), time)
        elif kind not in IGNORED:
            self._draft.unknown_records[kind or "(none)"] += 1

    def _read_meta(self, meta: JsonObject, time: str | None) -> None:
        draft, session_id = self._draft, text_of(meta.get("id"))
        if draft.session_id:
            return
        draft.session_id = session_id or None
        draft.created_at = time_of(meta.get("timestamp")) or time
        draft.working_directory = text_of(meta.get("cwd")) or None
        draft.tool_version = text_of(meta.get("cli_version")) or None
        git = object_of(meta.get("git"))
        names = {"branch": "branch", "commit": "commit_hash", "remote": "repository_url"}
        draft.git = {key: text for key, name in names.items() if (text := text_of(git.get(name)))}
        subagent = object_of(meta.get("source")).get("subagent")
        spawn = object_of(object_of(subagent).get("thread_spawn"))
        forked_from = text_of(meta.get("forked_from_id"))
        base = text_of(object_of(meta.get("history_base")).get("thread_id"))
        parents = (meta.get("parent_thread_id"), spawn.get("parent_thread_id"), forked_from, base)
        others = (text for parent in parents if (text := text_of(parent)) not in ("", session_id))
        draft.parent_id = next(others, None)
        self._is_subagent = bool(subagent) or meta.get("thread_source") == "subagent"
        self._own_ordinal = count_of(meta.get("subagent_history_start_ordinal")) or 0
        is_copy = bool(forked_from) and not base and self._has_own_part()
        self._is_replay = bool(self._own_ordinal) or is_copy
        if base:
            place = "another file of this session" if base == session_id else f"the session {base}"
            draft.warnings.append(f"The messages before its first one are in {place}.")

    def _has_own_part(self) -> bool:
        """Whether turns have ids that distinguish the session's own from its parent's."""
        own = text_of(self._draft.session_id)
        if not _UUID7.fullmatch(own):
            return False
        with self._file.open() as lines:
            return any(_OWN_ID.search(line) for line in lines if b'"task_started"' in line)

    def _begins_own_part(self, kind: str, payload: JsonObject, ordinal: object) -> bool:
        if self._own_ordinal:
            self._is_replay = (count_of(ordinal) or 0) < self._own_ordinal
            return not self._is_replay
        turn = text_of(payload.get("turn_id"))
        is_start = kind == "event_msg" and payload.get("type") == "task_started"
        if is_start and _UUID7.fullmatch(turn) and turn >= text_of(self._draft.session_id):
            self._is_replay = False
        return not self._is_replay

    def _read_item(self, item: JsonObject, time: str | None) -> Iterator[JsonObject]:
        kind, role = text_of(item.get("type")), item.get("role")
        if kind == "reasoning" or kind in CALLS or (kind == "message" and role == "assistant"):
            if kind in CALLS:
                self._note_call(item)
            yield from self._replies.add(item, time)
        elif kind in RESULTS:
            yield from self._replies.follow(self._result(item, time))
        elif kind == "message" and role == "user":
            yield from self._read_user(item, time)
        elif kind == "message":
            yield from self._injected("system", text_of_item(item.get("content")), time)
        elif kind == "agent_message":
            text = text_of_item(item.get("content"))
            yield from self._injected("user", text, time, agent=text_of(item.get("author")))
        elif kind not in IGNORED:
            self._draft.unknown_records[f"response_item/{kind}"] += 1

    def _note_call(self, item: JsonObject) -> None:
        name = text_of(item.get("name")) or CALLS[text_of(item.get("type"))]
        self._called[text_of(item.get("call_id"))] = name

    def _result(self, item: JsonObject, time: str | None) -> JsonObject:
        call_id = text_of(item.get("call_id"))
        text, is_error = result_of(item)
        return message(
            "tool", text, time, tool_call_id=call_id, tool_name=self._called.pop(call_id, ""),
            is_error=is_error, attachments=images_of(item.get("output")),
            source_id=text_of(item.get("id")),
        )  # fmt: skip

    def _read_user(self, item: JsonObject, time: str | None) -> Iterator[JsonObject]:
        given = user_input(item)
        yield from self._injected("user", given.injected, time)
        if not self._draft.working_directory and (folder := _FOLDER.search(given.injected)):
            self._draft.working_directory = folder.group(1).strip()
        if not given.typed and not given.attachments:
            return
        yield from self._replies.end()
        if self._is_subagent and not self._draft.title:
            self._draft.title = title_of(given.typed) or None
        yield message(
            "user", given.typed, time, synthetic=self._is_subagent,
            attachments=given.attachments, source_id=text_of(item.get("id")),
        )  # fmt: skip
        yield from self._injected("user", given.output, time)

    def _read_event(self, event: JsonObject, time: str | None) -> Iterator[JsonObject]:
        kind = text_of(event.get("type"))
        if kind == "token_count":
            self._replies.count(object_of(event.get("info")))
        elif kind == "thread_name_updated":
            self._draft.title = text_of(event.get("thread_name")) or self._draft.title
        elif kind == "error":
            yield from self._injected("system", text_of(event.get("message")), time)
        elif not IGNORED_EVENTS.match(kind):
            self._draft.unknown_records[f"event_msg/{kind}"] += 1

    def _injected(
        self, role: str, text: str, time: str | None, agent: str = ""
    ) -> Iterator[JsonObject]:
        if text.strip():
            made = message(role, text, time, synthetic=True, agent=agent)
            yield from self._replies.follow(made)


def _is_of_turn(record: JsonObject) -> bool:
    """Whether a record is a part of its turn, and not its beginning or a setting."""
    kind = object_of(record.get("payload")).get("type")
    is_setting = kind in ("thread_name_updated", "task_started")
    return record.get("type") != "turn_context" and not is_setting


def _without_envelope(record: JsonObject) -> tuple[str, JsonObject]:
    """The kind of a record of the layout without envelopes, and the record."""
    if "type" in record:
        return "response_item", record
    if "record_type" in record:
        return "world_state", record
    return ("session_meta", record) if "id" in record else ("", record)
