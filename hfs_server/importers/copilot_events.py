"""The event stream that GitHub Copilot's agents write, one event a line.

Copilot CLI and Copilot Chat in VS Code write the same stream. The rule not to break: an event of a
subagent, which names the agent or the call that started it, is never a part of the main session.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from hfs_server.errors import InvalidDocument
from hfs_server.importers.copilot_turns import Turns, arguments_of
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_lines import read_lines
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import object_of, objects_of, text_of, time_of
from hfs_server.session import JsonObject
from hfs_server.text import title_of

_KNOWN = re.compile(
    r"session\.(auto_mode_resolved|autopilot_objective_changed|background_tasks_changed"
    r"|binary_asset|compaction_complete|compaction_start|context_changed"
    r"|context_cleared|custom_agents_updated|error|extensions_loaded"
    r"|fusion_completed|fusion_resolved|fusion_route_failed|fusion_route_started"
    r"|handoff|idle|import_legacy|info|managed_settings_enforced"
    r"|managed_settings_resolved|mcp_server_status_changed|mcp_servers_loaded"
    r"|mode_changed|mode_notice_delivered|model_change|permissions_changed"
    r"|plan_changed|remote_steerable_changed|resume|schedule_cancelled"
    r"|schedule_created|schedule_rearmed|session_limits_changed|shutdown"
    r"|skills_loaded|snapshot_rewind|start|task_complete|title_changed"
    r"|todos_changed|tools_updated|truncation|usage_checkpoint|usage_info|usage_record|warning"
    r"|workspace_file_changed)"
    r"|assistant\.(fusion_phase_completed|fusion_phase_failed|fusion_phase_started|idle|intent"
    r"|message|message_delta|message_start|reasoning|reasoning_delta"
    r"|server_tool_progress|streaming_delta|tool_call_delta|turn_end|turn_start"
    r"|usage)"
    r"|user\.(message)"
    r"|system\.(message|notification)"
    r"|tool\.(execution_complete|execution_partial_result|execution_progress"
    r"|execution_start|user_requested)"
    r"|skill\.(invoked)"
    r"|abort"
)
_AROUND = re.compile(
    r"(hook|subagent|permission|user_input|elicitation|sampling|mcp|mcp_app|external_tool|command"
    r"|commands|exit_plan_mode|capabilities|model|pending_messages|auto_mode_switch|canvas"
    r"|session_limits_exhausted|extensions|factory|tool_search|tools)\."
)
"""Events around the session, of which ``Turns`` reads none."""

_STREAM = re.compile(r"(session|user|assistant|tool|hook|system|subagent)\.[a-z_]+")


def start_of(file: SourceFile) -> JsonObject | None:
    """The data of the session's first event, empty if that is lost; None for other files."""
    if file.is_list:
        return None
    for record in file.records:
        kind, data = text_of(record.get("type")), record.get("data")
        if kind == "session.start" and isinstance(data, dict):
            is_copilot = data.get("producer") == "copilot-agent" or "copilotVersion" in data
            return data if is_copilot else None
        if _STREAM.fullmatch(kind) and isinstance(data, dict) and "parentId" in record:
            return {}
        return None
    return None


class CopilotEvents:
    """The sessions of one stream: the main one, then those of its subagents."""

    def __init__(self, tool: str, file: SourceFile) -> None:
        self._tool = tool
        self._file = file
        self._main = Draft(tool, file)
        self._has_agents = False
        self._has_events = False
        self._agent_of_id: dict[str, str] = {}

    def sessions(self) -> Iterator[ForeignSession]:
        """One session after the other. Raises InvalidDocument if no line is an event."""
        yield ForeignSession(self._main, self._main_messages())
        if self._has_agents:
            yield from self._subagents()

    def _main_messages(self) -> Iterator[JsonObject]:
        turns = Turns()
        for _, event in read_lines(self._file, self._main):
            kind, data = text_of(event.get("type")), object_of(event.get("data"))
            self._has_events |= bool(kind) and "data" in event
            agent = self._agent(event)
            if agent:
                self._has_agents = True
            elif kind.startswith("session."):
                self._describe(kind, data, turns)
            if not agent:
                yield from turns.read(event)
            if not _KNOWN.fullmatch(kind) and not _AROUND.match(kind):
                self._main.unknown_records[kind or "(none)"] += 1
        yield from turns.end()
        _warn_of_usage(turns, self._main)
        if not self._has_events:
            raise InvalidDocument("No line of the file is an event of GitHub Copilot.")

    def _describe(self, kind: str, data: JsonObject, turns: Turns) -> None:
        draft = self._main
        if kind in ("session.start", "session.resume"):
            draft.session_id = draft.session_id or text_of(data.get("sessionId")) or None
            draft.created_at = draft.created_at or time_of(data.get("startTime"))
            draft.tool_version = text_of(data.get("copilotVersion")) or draft.tool_version
            turns.select_model(data.get("selectedModel"))
            context = object_of(data.get("context"))
            folder = text_of(context.get("cwd")) or text_of(context.get("gitRoot"))
            draft.working_directory = draft.working_directory or folder or None
            names = {"branch": "branch", "commit": "headCommit", "remote": "repository"}
            found = {key: text_of(context.get(name)) for key, name in names.items()}
            draft.git = draft.git or {key: text for key, text in found.items() if text}
        elif kind == "session.model_change":
            turns.select_model(data.get("newModel"))
        elif kind == "session.title_changed":
            draft.title = text_of(data.get("title")) or draft.title

    def _agent(self, event: JsonObject) -> str:
        """The id of the call that started the event's agent; empty for the main session's."""
        data = object_of(event.get("data"))
        agent_id, call_id = text_of(event.get("agentId")), text_of(data.get("parentToolCallId"))
        agent_id = agent_id or text_of(object_of(data.get("usage")).get("agentId"))
        if text_of(event.get("type")).startswith("subagent."):
            call_id = text_of(data.get("toolCallId"))
        if agent_id and call_id:
            self._agent_of_id.setdefault(agent_id, call_id)
        return call_id or self._agent_of_id.get(agent_id, agent_id)

    def _subagents(self) -> Iterator[ForeignSession]:
        """The sessions of subagents, each when it has ended; those that run are held in memory."""
        running: dict[str, _Subagent] = {}
        callers: dict[str, tuple[str, str]] = {}
        for _, event in read_lines(self._file.again(), Draft(self._tool, self._file)):
            agent, kind = self._agent(event), text_of(event.get("type"))
            for call_id, prompt in _prompts(event):
                callers[call_id] = "" if kind.startswith("subagent.") else agent, prompt
            if not agent:
                continue
            if agent not in running:
                running[agent] = self._begun(agent, *callers.pop(agent, ("", "")))
            running[agent].read(event)
            if kind in ("subagent.completed", "subagent.failed"):
                yield running.pop(agent).session()
        yield from (subagent.session() for subagent in running.values())

    def _begun(self, agent: str, caller: str, prompt: str) -> _Subagent:
        draft = Draft(self._tool, self._file)
        draft.is_inline = True
        main = self._main.session_id or self._file.stem
        draft.session_id = f"{main}/{agent}"
        draft.parent_id = f"{main}/{caller}" if caller else main
        draft.working_directory, draft.git = self._main.working_directory, self._main.git
        return _Subagent(draft, prompt)


class _Subagent:
    def __init__(self, draft: Draft, prompt: str) -> None:
        self._draft = draft
        self._turns = Turns(is_subagent=True)
        self._prompt = prompt
        self._messages: list[JsonObject] = []
        draft.title = title_of(prompt) or None

    def read(self, event: JsonObject) -> None:
        """Adds an event of the subagent."""
        data, kind = object_of(event.get("data")), text_of(event.get("type"))
        if kind == "subagent.started":
            name = text_of(data.get("agentDisplayName")) or text_of(data.get("agentName"))
            self._draft.title = self._draft.title or name or None
            self._draft.created_at = self._draft.created_at or time_of(event.get("timestamp"))
            self._turns.agent = text_of(data.get("agentName"))
        for made in self._turns.read(event):
            if made["role"] == "user" and self._prompt in ("", made["content"]):
                self._prompt = ""
            self._messages.append(made)

    def session(self) -> ForeignSession:
        """The session, when all of its events have been read."""
        messages = [*self._messages, *self._turns.end()]
        _warn_of_usage(self._turns, self._draft)
        if self._prompt:
            first = messages[0]["created_at"] if messages else self._draft.created_at
            prompt = {"role": "user", "content": self._prompt, "created_at": first}
            messages.insert(0, {**prompt, "synthetic": True})
        return ForeignSession(self._draft, messages)


def _warn_of_usage(turns: Turns, draft: Draft) -> None:
    if turns.usage.waiting:
        draft.warnings.append("Usage that belongs to no reply is kept only in the original.")


def _prompts(event: JsonObject) -> Iterator[tuple[str, str]]:
    """The calls that an event makes, each with the prompt in its arguments if it has one."""
    for request in objects_of(object_of(event.get("data")).get("toolRequests")):
        if call_id := text_of(request.get("toolCallId")):
            given = object_of(arguments_of(request))
            yield call_id, text_of(given.get("prompt"))
