"""Sessions of Amp, which it calls threads: a JSON document each.

Messages have blocks in the shape of Anthropic's API; results have their own (``toolUseID``,
``run``). The rule not to break: a result that is still awaited (a run in progress) is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import unquote

from hfs_server.errors import InvalidDocument
from hfs_server.importers.content_blocks import (
    blocks_of,
    calls_in,
    files_in,
    results_in,
    text_in,
    thinking_in,
)
from hfs_server.importers.foreign import Draft, ForeignSession
from hfs_server.importers.json_text import json_text, read_document
from hfs_server.importers.places import Places
from hfs_server.importers.source_file import SourceFile
from hfs_server.importers.values import message, object_of, objects_of, text_of, time_of, usage_of
from hfs_server.session import JsonObject

_FAILED = ("error", "cancelled", "rejected-by-user", "cancellation-requested")
_UNFINISHED = ("in-progress", "queued", "blocked-on-user")


class Amp:
    """The importer of the files that Amp keeps of its threads."""

    tool = "amp"
    label = "Amp"
    patterns: tuple[str, ...] = ("threads/T-*.json",)

    def folders(self, places: Places) -> Sequence[Path]:
        """Its data folder, which is the same below home on every system."""
        return (places.data / "amp",)

    def recognizes(self, file: SourceFile) -> str | None:
        """The id of a thread, and its messages."""
        thread = file.record
        is_thread = not file.is_list and text_of(thread.get("id")).startswith("T-")
        return "a thread with messages" if is_thread and "messages" in thread else None

    def sessions(self, file: SourceFile) -> Iterator[ForeignSession]:
        """The one session of the file."""
        draft = Draft(self.tool, file)
        yield ForeignSession(draft, _messages(file, draft))


def _messages(file: SourceFile, draft: Draft) -> Iterator[JsonObject]:
    thread = object_of(read_document(file, draft))
    if not isinstance(thread.get("messages"), list):
        raise InvalidDocument("The file holds no thread of Amp: it has no messages.")
    _describe(thread, draft)
    called: dict[str, str] = {}
    for said in objects_of(thread.get("messages")):
        role = text_of(said.get("role"))
        if role == "user":
            yield from _user(said, called, draft)
        elif role == "assistant":
            yield from _reply(said, called)
        elif role == "info":
            yield from _info(said)
        else:
            draft.unknown_records[f"message/{role or '(none)'}"] += 1


def _describe(thread: JsonObject, draft: Draft) -> None:
    draft.session_id = text_of(thread.get("id")) or None
    draft.title = text_of(thread.get("title")).strip() or None
    draft.created_at = time_of(thread.get("created"))
    relations = objects_of(thread.get("relationships"))
    parents = [item.get("threadID") for item in relations if item.get("role") == "child"]
    draft.parent_id = next(filter(None, map(text_of, [thread.get("mainThreadID"), *parents])), None)
    start = object_of(object_of(thread.get("env")).get("initial"))
    platform = object_of(start.get("platform"))
    draft.tool_version = text_of(platform.get("clientVersion")) or None
    tree = next(iter(objects_of(start.get("trees"))), {})
    uri = text_of(tree.get("uri")) or text_of(object_of(tree.get("uri")).get("path"))
    draft.working_directory = text_of(start.get("cwd")) or _path_of(uri) or None
    repository = object_of(tree.get("repository"))
    found = {
        "branch": text_of(repository.get("ref")).removeprefix("refs/heads/"),
        "commit": text_of(repository.get("sha")),
        "remote": text_of(repository.get("url")),
    }
    draft.git = {key: value for key, value in found.items() if value}


def _user(said: JsonObject, called: dict[str, str], draft: Draft) -> Iterator[JsonObject]:
    content, time = said.get("content"), _time(said)
    for result in results_in(content):
        call_id = text_of(result.get("toolUseID")) or text_of(result.get("tool_use_id"))
        run = object_of(result.get("run"))
        if run.get("status") not in _UNFINISHED:
            yield message(
                "tool", _returned(run), time, tool_call_id=call_id,
                tool_name=called.pop(call_id, ""), is_error=run.get("status") in _FAILED,
                attachments=files_in(run.get("result")),
            )  # fmt: skip
    text, files = text_in(content), files_in(content)
    if text or files:
        is_task = bool(draft.parent_id) and said.get("source") == "agent"
        yield message("user", text, time, synthetic=is_task, attachments=files, source_id=_id(said))


def _reply(said: JsonObject, called: dict[str, str]) -> Iterator[JsonObject]:
    content, counts = said.get("content"), object_of(said.get("usage"))
    text, thinking, calls = text_in(content), thinking_in(content), calls_in(content)
    called |= {call["id"]: call["name"] for call in calls}
    if text or thinking or calls:
        usage = usage_of(
            input_tokens=counts.get("inputTokens"), output_tokens=counts.get("outputTokens"),
            cache_read_tokens=counts.get("cacheReadInputTokens"),
            cache_write_tokens=counts.get("cacheCreationInputTokens"),
        )  # fmt: skip
        yield message(
            "assistant", text, _time(said), model=text_of(counts.get("model")), thinking=thinking,
            tool_calls=calls, usage=usage, source_id=_id(said),
        )  # fmt: skip


def _info(said: JsonObject) -> Iterator[JsonObject]:
    """A summary of a compaction, or a command that the user ran."""
    for block in blocks_of(said.get("content")):
        shown = object_of(block.get("summary")).get("summary") or block.get("text")
        command = text_of(object_of(block.get("args")).get("cmd"))
        if text := text_of(shown) or (f"$ {command}" if command else ""):
            yield message("system", text, _time(said), synthetic=True)


def _returned(run: JsonObject) -> str:
    value = run.get("result", run.get("progress"))
    if isinstance(value, list):
        return text_in(value) or json_text(value)
    output = object_of(value).get("output", object_of(value).get("content"))
    failure = text_of(object_of(run.get("error")).get("message")) or text_of(run.get("reason"))
    return text_of(output) or json_text(value) or failure


def _time(said: JsonObject) -> str | None:
    sent = object_of(said.get("meta")).get("sentAt")
    return time_of(sent) or time_of(object_of(said.get("usage")).get("timestamp"))


def _id(said: JsonObject) -> str:
    number = said.get("messageId")
    return str(number) if isinstance(number, int) and abs(number) < 1 << 63 else text_of(number)


def _path_of(uri: str) -> str:
    path = unquote(uri.removeprefix("file://"), errors="replace") if "://" in uri else uri
    # A drive of Windows stands behind a slash.
    return path[1:] if path[2:3] == ":" and path.startswith("/") else path
