"""Sessions of Kimi's command line: the log ``wire.jsonl``, in the layouts of two generations.

Kimi CLI (Python, 2025) writes messages of a type and a payload; Kimi Code (2026) records of
what it adds to its context. The rule not to break: the log has each prompt twice in Kimi Code,
as it was typed (``turn.prompt``) and as it was added, and only what was added is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hfs_server.errors import InvalidDocument
from hfs_server.importers.content_blocks import text_in
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.injected import split_injected
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.kimi_context import context_messages, is_context
from hfs_server.importers.kimi_steps import Steps, files_in
from hfs_server.importers.places import Places
from hfs_server.importers.side_file import is_beside, json_beside
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, object_of, text_of, time_of
from hfs_server.session import JsonObject

IGNORED = {"turn.prompt", "turn.steer", "turn.cancel", "turn.ended", "llm.tools_snapshot"}
IGNORED |= {"tools.set_active_tools", "permission.set_mode", "plugin.session_start", "metadata"}
IGNORED |= {"runtime.set_binding", "token_counting.measured", "token_counting.turn_recorded"}
IGNORED |= {"staleGuard.recorded"}
IGNORED |= {"TurnEnd", "StepInterrupted", "CompactionBegin", "CompactionEnd", "ApprovalRequest"}
IGNORED |= {"ApprovalResponse", "ApprovalRequestResolved", "SubagentEvent", "MCPLoadingBegin"}
IGNORED |= {"MCPLoadingEnd", "QuestionRequest", "HookTriggered", "HookResolved", "Notification"}
"""Known records without anything to read in them, or that repeat others."""
_FAMILIES = ("cron.", "file_history.", "goal.", "full_compaction.", "usage.", "todo.", "task.")
_MAIN = "main"


class Kimi:
    """The importer of the files that Kimi CLI and Kimi Code keep of their sessions."""

    tool = "kimi"
    label = "Kimi"
    patterns: tuple[str, ...] = ("*/*/wire.jsonl", "*/*/agents/*/wire.jsonl", "*/*/context.jsonl")

    def folders(self, places: Places) -> Sequence[Path]:
        """The folders of sessions of both generations, the same on every system."""
        code = places.of_variable("KIMI_CODE_HOME", ".kimi-code")
        return places.of_variable("KIMI_SHARE_DIR", ".kimi") / "sessions", code / "sessions"

    def recognizes(self, file: SourceFile) -> str | None:
        """The heading of a log, records of either layout, or marks in a context."""
        if file.is_list:
            return None
        if file.record.get("type") == "metadata" and "protocol_version" in file.record:
            return "the version of its protocol"
        for record in file.records:
            if record.get("type") in ("context.append_message", "context.append_loop_event"):
                return "records of a context"
            inner = object_of(record.get("message"))
            if inner.get("type") in ("TurnBegin", "StepBegin") and "payload" in inner:
                return "the beginning of a turn"
        return "marks in a context" if is_context(file.records) else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file; none for a context beside the log of the same session."""
        draft = Draft(self.tool, file)
        if not is_context(file.records):
            yield ForeignSession(draft, _Reader(file, draft).messages())
        elif not is_beside(file, "wire.jsonl"):
            _locate(file, draft)
            yield ForeignSession(draft, context_messages(file, draft))


class _Reader:
    def __init__(self, file: SourceFile, draft: Draft) -> None:
        self._file = file
        self._draft = draft
        self._steps = Steps()
        self._has_records = False

    def messages(self) -> Iterator[JsonObject]:
        """All messages. Raises InvalidDocument if no line is a record."""
        _locate(self._file, self._draft)
        for _, record in read_lines(self._file, self._draft):
            inner = record.get("message")
            if "type" not in record and isinstance(inner, dict):
                kind, time = text_of(inner.get("type")), time_of(record.get("timestamp"))
                yield from self._read(kind, object_of(inner.get("payload")), time)
            else:
                yield from self._read(
                    text_of(record.get("type")), record, time_of(record.get("time"))
                )
        yield from self._steps.end()
        if not self._has_records:
            raise InvalidDocument("No line of the file is a record of a Kimi session.")

    def _read(self, kind: str, record: JsonObject, time: str | None) -> Iterator[JsonObject]:
        self._has_records |= bool(kind)
        if kind == "context.append_message":
            yield from self._add(object_of(record.get("message")), time)
        elif kind in ("TurnBegin", "SteerInput"):
            yield from self._prompt(record.get("user_input"), time, is_typed=True)
        elif kind == "context.append_loop_event":
            event = object_of(record.get("event"))
            yield from self._steps.read_event(event, time_of(event.get("time")) or time)
        elif kind in ("config.update", "llm.request", "profile.bind"):
            self._configure(record)
        elif kind == "context.apply_compaction":
            text = text_in(record.get("summary")) or text_in(record.get("contextSummary"))
            yield from self._prompt(text, time, is_typed=False)
        elif kind == "metadata":
            self._draft.created_at = time_of(record.get("created_at"))
        elif (found := self._steps.read_wire(kind, record, time)) is not None:
            yield from found
        elif kind not in IGNORED and not kind.startswith(_FAMILIES):
            self._draft.unknown_records[kind or "(none)"] += 1

    def _configure(self, record: JsonObject) -> None:
        model = text_of(record.get("modelAlias")) or text_of(record.get("model"))
        self._steps.model = model or self._steps.model
        folder = text_of(object_of(record.get("environmentDisclosure")).get("cwd"))
        self._draft.working_directory = self._draft.working_directory or folder or None

    def _add(self, said: JsonObject, time: str | None) -> Iterator[JsonObject]:
        role, content = text_of(said.get("role")), said.get("content")
        if role == "user":
            origin = text_of(object_of(said.get("origin")).get("kind"))
            yield from self._prompt(content, time, is_typed=origin in ("", "user"))
        elif role in ("assistant", "tool"):
            yield from self._steps.add(said, time)
        elif text := text_in(content):
            yield from self._steps.end()
            yield message("system", text, time, synthetic=True)

    def _prompt(self, content: object, time: str | None, *, is_typed: bool) -> Iterator[JsonObject]:
        yield from self._steps.end()
        typed, injected = split_injected(content)
        files = files_in(content)
        if injected:
            yield message("user", injected, time, synthetic=True)
        if typed or files:
            is_synthetic = not is_typed or self._draft.parent_id is not None
            yield message("user", typed, time, synthetic=is_synthetic, attachments=files)


def _locate(file: SourceFile, draft: Draft) -> None:
    """What the folders of a session show, and the files in them."""
    if file.path is None:
        return
    folder, agent = file.path.parent, _MAIN
    up = "."
    if folder.parent.name == "agents":
        folder, agent, up = folder.parent.parent, folder.name, "../.."
    elif not is_beside(file, "state.json") and not is_beside(file, "context.jsonl"):
        return
    state = json_beside(file, f"{up}/state.json") or json_beside(file, f"{up}/metadata.json")
    draft.title = (text_of(state.get("custom_title")) or text_of(state.get("title"))).strip()
    draft.working_directory = text_of(state.get("workDir")) or None
    draft.session_id = folder.name
    if agent != _MAIN:
        draft.session_id, draft.parent_id = f"{folder.name}/{agent}", folder.name
        draft.title = None
