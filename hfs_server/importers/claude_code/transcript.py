"""The records of one chain, a session's or a subagent's, as messages.

The rule not to break: a record that holds what nobody expects costs that record only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from hfs_server.importers.claude_code.notes import Notes
from hfs_server.importers.claude_code.prompt_queue import QUEUE, is_absorbed, key_of
from hfs_server.importers.claude_code.prompts import Prompt, is_injected, prompt_of
from hfs_server.importers.claude_code.record_chain import RecordChain
from hfs_server.importers.claude_code.replies import Reply, Window
from hfs_server.importers.claude_code.results import attachment_of, result_of
from hfs_server.importers.claude_code.sidechains import Sidechains
from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import message, object_of, objects_of, text_of, time_of, tool_call
from hfs_server.session import JsonObject

_SHOWN_ATTACHMENTS = frozenset(
    ("hook_additional_context", "hook_system_message", "hook_blocking_error", "nested_memory")
)
_TYPED_MODES = ("prompt", "bash", "")
_NO_RECORD: JsonObject = {}
_CLIENT = "<synthetic>"
"""The model of messages that the program wrote itself, such as errors of the API."""


class Transcript:
    """Fills a draft while it yields messages. Records of sidechains go to ``sidechains``."""

    def __init__(
        self,
        draft: Draft,
        sidechains: Sidechains | None = None,
        is_subagent: bool = False,
        only_queued: Counter[int] | None = None,
    ) -> None:
        self._draft = draft
        self._sidechains = sidechains
        self._is_subagent = is_subagent
        self._only_queued = only_queued or Counter()
        self._chain = RecordChain()
        self._window = Window()
        self._notes = Notes()
        self._calls: dict[str, tuple[str, int]] = {}
        self._facts: tuple[object, ...] = ()
        self._without_content = 0

    def messages(self, records: Iterable[JsonObject]) -> Iterator[JsonObject]:
        """The messages, in the order of the file."""
        draft, window = self._draft, self._window
        for record in records:
            kind = text_of(record.get("type"))
            read = _READERS.get(kind)
            if read is None:
                self._notes.add(kind, record)
                if kind == QUEUE and is_absorbed(record):
                    self._read_absorbed(record)
            elif self._sidechains is not None and record.get("isSidechain") is True:
                self._sidechains.add(record)
            elif self._is_new(record):
                read(self, record)
                if window.is_full(draft.bytes_read):
                    yield from window.release(draft.bytes_read)
        yield from window.release_all()
        self._finish()

    def _is_new(self, record: JsonObject) -> bool:
        """Whether it is no repetition of a record; notes what all records say of the session."""
        is_message = record["type"] in ("user", "assistant")
        if is_message and object_of(record.get("message")).get("content") is None:
            self._without_content += 1
            return False
        own = record.get("uuid")
        if isinstance(own, str) and not self._chain.add(own, record.get("parentUuid")):
            return False
        facts = record.get("sessionId"), record.get("version"), record.get("gitBranch")
        if facts != self._facts:
            self._facts = facts
            self._note_facts(record)
        return True

    def _note_facts(self, record: JsonObject) -> None:
        draft = self._draft
        draft.session_id = text_of(record.get("sessionId")) or draft.session_id
        draft.tool_version = text_of(record.get("version")) or draft.tool_version
        draft.working_directory = draft.working_directory or text_of(record.get("cwd")) or None
        if branch := text_of(record.get("gitBranch")):
            draft.git["branch"] = branch
        if not self._is_subagent:
            fork = object_of(record.get("forkedFrom"))
            draft.parent_id = text_of(fork.get("sessionId")) or draft.parent_id

    def _read_assistant(self, record: JsonObject) -> None:
        said = record["message"]
        reply = self._reply(record, said)
        content = said["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        for block in objects_of(content):
            kind = text_of(block.get("type"))
            if kind == "text":
                _append(reply.texts, block.get("text"))
            elif kind == "thinking":
                _append(reply.thoughts, block.get("thinking"))
            elif kind.endswith("tool_use"):
                self._add_call(reply, block)
            elif kind.endswith("tool_result"):
                self._add_result(block, record)

    def _reply(self, record: JsonObject, said: JsonObject) -> Reply:
        reply_id = text_of(said.get("id"))
        reply = self._window.reply(reply_id)
        if reply is None:
            reply = Reply(reply_id)
            self._window.add(reply)
        if self._window.is_last(reply):
            reply.time = record.get("timestamp") or reply.time
        model = text_of(said.get("model"))
        if model == _CLIENT or record.get("isApiErrorMessage") is True:
            reply.is_synthetic = True
        elif model:
            reply.model = model
        reply.add_usage(object_of(said.get("usage")))
        reply.cost = record.get("costUSD") or reply.cost
        return reply

    def _add_call(self, reply: Reply, block: JsonObject) -> None:
        call = tool_call(block.get("id"), block.get("name"), block.get("input"))
        if call["id"]:
            prompt = text_of(object_of(call["input"]).get("prompt"))
            self._calls[call["id"]] = call["name"], hash(prompt)
        reply.calls.setdefault(call["id"] or f"call {len(reply.calls)}", call)

    def _add_result(self, block: JsonObject, record: JsonObject) -> None:
        call_id = text_of(block.get("tool_use_id"))
        if call_id and not self._chain.note(call_id):
            return
        name, prompt = self._calls.pop(call_id, ("", 0))
        text, attachments = result_of(block.get("content"), record.get("toolUseResult"))
        agent = text_of(object_of(record.get("toolUseResult")).get("agentId"))
        if not agent and self._sidechains is not None:
            # Each version of the program names the subagent elsewhere, and the first ones nowhere.
            agent = text_of(record.get("agentId")) or self._sidechains.agent_of(prompt)
        self._window.add(
            message(
                "tool", text, time_of(record.get("timestamp")),
                tool_call_id=call_id, tool_name=name, is_error=block.get("is_error") is True,
                attachments=attachments, agent=agent, source_id=text_of(record.get("uuid")),
            )
        )  # fmt: skip

    def _read_user(self, record: JsonObject) -> None:
        content = record["message"]["content"]
        if isinstance(content, str):
            self._add_prompt(prompt_of(content, record), [], record)
            return
        texts: list[str] = []
        attachments: list[JsonObject] = []
        has_result = False
        for block in objects_of(content):
            if block.get("type") == "tool_result":
                self._add_result(block, record)
                has_result = True
            elif block.get("type") == "text":
                _append(texts, block.get("text"))
            elif (found := attachment_of(block)) is not None:
                attachments.append(found)
        if texts or attachments:
            # A text beside the result of a tool is the program's.
            prompt = prompt_of("\n\n".join(texts), record)
            self._add_prompt(prompt, attachments, record, is_injected=has_result)

    def _add_prompt(
        self,
        prompt: Prompt,
        attachments: list[JsonObject],
        record: JsonObject,
        is_injected: bool = False,
    ) -> None:
        time = time_of(record.get("timestamp"))
        if prompt.wrapper:
            self._window.add(message("user", prompt.wrapper, time, synthetic=True))
        if not prompt.text and not attachments:
            return
        own = text_of(record.get("uuid"))
        is_typed = prompt.is_typed and not is_injected and not self._is_subagent
        if is_typed and own and not prompt.is_command:
            self._chain.mark_prompt()
        self._window.add(
            message(
                "user", prompt.text, time,
                attachments=attachments, synthetic=not is_typed, source_id=own,
            )
        )  # fmt: skip

    def _read_attachment(self, record: JsonObject) -> None:
        attachment = object_of(record.get("attachment"))
        kind = text_of(attachment.get("type"))
        if kind == "queued_command":
            self._read_queued(attachment, record)
        elif kind in _SHOWN_ATTACHMENTS:
            text, _ = result_of(object_of(attachment.get("content")) or attachment.get("content"))
            self._add_prompt(Prompt(text.strip(), False, False, ""), [], record)

    def _read_queued(self, attachment: JsonObject, record: JsonObject) -> None:
        """A prompt that was typed while the model worked, which stands nowhere else."""
        source = text_of(attachment.get("source_uuid"))
        if source and source != record.get("uuid") and not self._chain.note(source):
            return
        text, attachments = result_of(attachment.get("prompt"))
        mode = text_of(attachment.get("commandMode"))
        if mode == "bash" and not text.startswith("<bash-input>"):
            text = f"<bash-input>{text}</bash-input>"
        prompt = prompt_of(text, attachment)
        was_typed = mode in _TYPED_MODES and not is_injected(record)
        self._add_prompt(prompt, attachments, record, is_injected=not was_typed)

    def _read_absorbed(self, record: JsonObject) -> None:
        """A note about the queue of prompts, which may hold one that stands nowhere else."""
        key = key_of(record)
        if self._only_queued[key] > 0:
            self._only_queued[key] -= 1
            text, attachments = result_of(record.get("content"))
            self._add_prompt(prompt_of(text, record), attachments, record)

    def _read_system(self, record: JsonObject) -> None:
        text = text_of(record.get("content")).strip()
        if text:
            prompt = prompt_of(text, _NO_RECORD)
            self._window.add(
                message(
                    "system", prompt.text or text, time_of(record.get("timestamp")),
                    synthetic=True, source_id=text_of(record.get("uuid")),
                )
            )  # fmt: skip

    def _read_progress(self, record: JsonObject) -> None:
        """Nothing: only later records name it as their parent."""

    def _finish(self) -> None:
        draft = self._draft
        self._notes.fill(draft, self._chain)
        if self._without_content:
            draft.warnings.append(_without_content(self._without_content))
        if forks := self._chain.forks():
            draft.warnings.append(_forks(forks))


_READERS: dict[str, Callable[[Transcript, JsonObject], None]] = {
    "user": Transcript._read_user,
    "assistant": Transcript._read_assistant,
    "attachment": Transcript._read_attachment,
    "system": Transcript._read_system,
    "progress": Transcript._read_progress,
}
"""What reads each type of record that has parents and children."""


def _append(texts: list[str], text: object) -> None:
    if isinstance(text, str) and text.strip():
        texts.append(text)


def _without_content(count: int) -> str:
    if count == 1:
        return "1 message has no content and was skipped."
    return f"{count:,} messages have no content and were skipped."


def _forks(count: int) -> str:
    places = "1 place" if count == 1 else f"{count:,} places"
    return f"The session has branches at {places}: all are kept, in the order of the file."
