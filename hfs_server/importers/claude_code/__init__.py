"""Sessions of Claude Code: a log of JSON lines for each session and each subagent.

Records name their parents, so that a session is a tree. The rule not to break: all branches are
read, in the order of the file, since commands and prompts stand on branches beside the last one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import chain, pairwise
from operator import itemgetter
from pathlib import Path, PurePath

from pydantic_core import from_json

from hfs_server.errors import InvalidDocument
from hfs_server.importers.claude_code.prompt_queue import only_queued
from hfs_server.importers.claude_code.sidechains import Sidechains
from hfs_server.importers.claude_code.transcript import Transcript
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.json_text import read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, objects_of, text_of
from hfs_server.session import JsonObject

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LARGEST_DESCRIPTION = 1 << 16
_MEMBERS = {
    "summary": "leafUuid",
    "file-history-snapshot": "snapshot",
    "queue-operation": "operation",
    "permission-mode": "permissionMode",
    "custom-title": "customTitle",
    "ai-title": "aiTitle",
    "last-prompt": "lastPrompt",
    "agent-name": "agentName",
}
"""Types of records that only Claude Code writes, each with a member."""


class ClaudeCode:
    """The importer of Claude Code's logs, and of sessions of its web version."""

    tool = "claude-code"
    label = "Claude Code"
    patterns: tuple[str, ...] = ("*/*.jsonl", "*/*/subagents/**/agent-*.jsonl")

    def folders(self, places: Places) -> Sequence[Path]:
        """Those of its projects, of older and newer versions."""
        other = places.of_variable("XDG_CONFIG_HOME", ".config") / "claude"
        own = places.of_variable("CLAUDE_CONFIG_DIR", ".claude")
        return tuple(folder / "projects" for folder in (own, other))

    def recognizes(self, file: SourceFile) -> str | None:
        """Records with a sidechain flag, messages with content, or loglines."""
        if file.is_list:
            return None
        if isinstance(file.record.get("loglines"), list):
            return "loglines"
        return next(filter(None, map(_evidence, file.records)), None)

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The session, and then those of its inline subagents; none for a log without messages."""
        draft = Draft(self.tool, file)
        if "loglines" in file.record:
            yield from _main(file, draft, _web(file, draft))
            return
        records = map(itemgetter(1), read_lines(file, draft))
        if _agent(file):
            yield from _with_messages(draft, _subagent(file, draft, records))
        else:
            yield from _main(file, draft, records)


def _evidence(record: JsonObject) -> str | None:
    kind = text_of(record.get("type"))
    if kind in _MEMBERS:
        return f"{kind} with {_MEMBERS[kind]}" if _MEMBERS[kind] in record else None
    if kind not in ("user", "assistant", "system", "attachment", "progress"):
        return None
    said = object_of(record.get("message"))
    if "parts" in said:
        return None
    if "isSidechain" in record and "parentUuid" in record:
        return f"{kind} with isSidechain"
    is_own = "content" in said and ("sessionId" in record or "cwd" in record)
    return f"{kind} with message.content" if is_own else None


def _main(
    file: SourceFile, draft: Draft, records: Iterable[JsonObject]
) -> Iterator[ForeignSession]:
    with closing(Sidechains()) as sidechains:
        has_parent = False
        for session in _with_messages(draft, _session(file, draft, records, sidechains)):
            has_parent = True
            yield session
        for agent in sidechains:
            inline = Draft(draft.tool, file)
            inline.is_inline = has_parent
            yield ForeignSession(inline, _inline(draft, inline, sidechains, agent))


def _with_messages(draft: Draft, messages: Iterator[JsonObject]) -> Iterator[ForeignSession]:
    """The session, if it has a message: there are logs with nothing but the program's notes."""
    first = next(messages, None)
    if first is not None:
        yield ForeignSession(draft, chain((first,), messages))
    elif draft.unreadable_lines and not draft.unknown_records:
        raise InvalidDocument("The file has no messages of Claude Code that can be read.")


def _session(
    file: SourceFile, draft: Draft, records: Iterable[JsonObject], sidechains: Sidechains
) -> Iterator[JsonObject]:
    queued = only_queued(file)
    yield from Transcript(draft, sidechains, only_queued=queued).messages(records)
    # A log may begin with records of the session that it continues, which has another id.
    if _ID.fullmatch(file.stem):
        draft.session_id = file.stem
    if draft.parent_id == draft.session_id:
        draft.parent_id = None


def _subagent(
    file: SourceFile, draft: Draft, records: Iterable[JsonObject]
) -> Iterator[JsonObject]:
    yield from Transcript(draft, is_subagent=True).messages(records)
    agent = _agent(file)
    draft.title = draft.title or _description(file)
    parent = _parent_folder(file) or draft.session_id or ""
    if parent.startswith("agent-"):
        parent = ""
    draft.parent_id = parent or None
    draft.session_id = f"{parent}/{agent}" if parent else agent


def _inline(
    parent: Draft, draft: Draft, sidechains: Sidechains, agent: str
) -> Iterator[JsonObject]:
    yield from Transcript(draft, is_subagent=True).messages(sidechains.records(agent, draft))
    draft.parent_id = parent.session_id or draft.session_id
    draft.session_id = f"{draft.parent_id}/{agent}" if draft.parent_id else None


def _agent(file: SourceFile) -> str:
    """The id of the subagent whose log it is; empty for the log of a session."""
    first = next((record for record in file.records if "isSidechain" in record), {})
    return text_of(first.get("agentId")) if first.get("isSidechain") is True else ""


def _parent_folder(file: SourceFile) -> str:
    """The id of the parent session, if the file lies in its folder ``subagents``."""
    parts = PurePath(file.path or file.name).parts
    pairs = pairwise(parts)
    parents = [parent for parent, folder in pairs if folder == "subagents" and _ID.match(parent)]
    return parents[-1] if parents else ""


def _description(file: SourceFile) -> str | None:
    """The task of a subagent, which stands in a small file beside its log."""
    if file.path is None:
        return None
    beside = file.path.with_suffix(".meta.json")
    with suppress(OSError, ValueError):
        if beside.is_file() and beside.stat().st_size <= _LARGEST_DESCRIPTION:
            meta = object_of(from_json(beside.read_bytes(), allow_inf_nan=False))
            return text_of(meta.get("description")) or None
    return None


def _web(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    """The records of a session of the web version, which is one document."""
    document = object_of(read_document(file, draft))
    draft.title = text_of(document.get("title")) or None
    yield from objects_of(document.get("loglines"))
