"""The requests of a session of VS Code's chat, as messages.

The rule not to break: a damaged request costs no other one.
"""

from __future__ import annotations

from collections.abc import Iterator

from hfs_server.importers.copilot_chat.tools import Tools
from hfs_server.importers.copilot_chat.values import attachment_of, markdown_of, reference_name
from hfs_server.importers.foreign import Draft
from hfs_server.importers.values import (
    list_of,
    message,
    object_of,
    objects_of,
    text_of,
    time_of,
    usage_of,
)
from hfs_server.session import JsonObject

_IGNORED = {
    "agentFeedback", "autoModeResolution", "clearToPreviousToolInvocation", "codeblockUri",
    "codeCitation", "command", "confirmation", "disabledClaudeHooks", "elicitation", "elicitation2",
    "elicitationSerialized", "extensions", "hook", "mcpServersStarting", "mcpServersStartingSlow",
    "move", "multiDiffData", "notebookEdit", "notebookEditGroup", "planReview",
    "prepareToolInvocation", "progressMessage", "progressTask", "progressTaskResult",
    "progressTaskSerialized", "pullRequest", "questionCarousel", "reference", "references",
    "textEdit", "treeData", "undoStop", "usedContext", "warning", "workspaceEdit",
}  # fmt: skip
"""Kinds of parts that show progress, ask, or repeat what a tool call says."""

_EDITS = {"codeblockUri", "textEditGroup"}
_FENCE = "```"
"""What stands alone before and after an edit, whose code is not part of the text."""


def messages_of(state: JsonObject, draft: Draft) -> Iterator[JsonObject]:
    """The messages of all requests, in order; the draft gets versions and times."""
    for request in objects_of(state.get("requests")):
        _note(request, draft)
        yield from _question(request)
        answer = _Answer(request, draft)
        yield from answer.messages()


def _note(request: JsonObject, draft: Draft) -> None:
    agent = object_of(request.get("agent"))
    draft.tool_version = text_of(agent.get("extensionVersion")) or draft.tool_version
    completed_at = time_of(object_of(request.get("modelState")).get("completedAt"))
    draft.updated_at = max(filter(None, (draft.updated_at, completed_at)), default=None)


def _question(request: JsonObject) -> Iterator[JsonObject]:
    variables = objects_of(object_of(request.get("variableData")).get("variables"))
    attachments = [found for variable in variables if (found := attachment_of(variable))]
    text = _text_of_question(request.get("message"))
    if text.strip() or attachments:
        yield message(
            "user",
            text,
            time_of(request.get("timestamp")),
            attachments=attachments,
            synthetic=request.get("isSystemInitiated") is True,
            source_id=text_of(request.get("requestId")),
        )


def _text_of_question(stored: object) -> str:
    """The text of a question, which the oldest sessions have as text, others with its parts."""
    if isinstance(stored, str):
        return stored
    found = object_of(stored)
    parts = (text_of(part.get("text")) for part in objects_of(found.get("parts")))
    return text_of(found.get("text")) or "".join(parts)


class _Answer:
    """The answer to one request, gathered from its parts."""

    def __init__(self, request: JsonObject, draft: Draft) -> None:
        self._request = request
        self._draft = draft
        self._result = object_of(request.get("result"))
        self._tools = Tools(object_of(self._result.get("metadata")))
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._thought_id: object = None
        self._last = ""
        """The kind of the last part that is read: parts of one kind are pieces of one text."""
        response = request.get("response")
        parts = [response] if isinstance(response, (str, dict)) else list_of(response)
        kinds = {text_of(part.get("kind")) for part in objects_of(parts)}
        self._has_edits = not kinds.isdisjoint(_EDITS)
        for part in parts:
            self._add(part)

    def messages(self) -> Iterator[JsonObject]:
        """The answer, the results of its tool calls, and the error with which it ended."""
        text = "".join(self._texts)
        thinking = "".join(self._thoughts)
        created_at = time_of(self._request.get("timestamp"))
        calls = self._tools.calls
        if text.strip() or thinking or calls:
            yield message(
                "assistant",
                text,
                created_at,
                model=self._model(),
                thinking=thinking,
                tool_calls=calls,
                usage=self._usage(),
                agent=self._agent(),
                source_id=text_of(self._request.get("responseId")),
            )
        for result in self._tools.results:
            yield message("tool", result.pop("content"), created_at, **result)
        if error := text_of(object_of(self._result.get("errorDetails")).get("message")):
            yield message("system", error, created_at, synthetic=True)

    def _add(self, part: object) -> None:
        if isinstance(part, str):
            part = {"value": part}
        part = object_of(part)
        kind = text_of(part.get("kind"))
        if kind in ("", "markdownContent", "markdownVuln"):
            self._add_text(markdown_of(part if "value" in part else part.get("content")))
        elif kind == "inlineReference":
            self._add_text(reference_name(part))
        elif kind == "thinking":
            self._add_thinking(part)
        elif kind in ("toolInvocationSerialized", "toolInvocation"):
            self._tools.add(part)
            self._last = "tool"
        elif kind == "textEditGroup":
            self._tools.add_edits(part)
        elif kind not in _IGNORED:
            self._draft.unknown_records[kind] += 1

    def _add_text(self, text: str) -> None:
        if not text or (self._has_edits and text.strip() == _FENCE):
            return
        if self._texts and self._last != "text":
            self._texts.append("\n\n")
        self._texts.append(text)
        self._last = "text"

    def _add_thinking(self, part: JsonObject) -> None:
        value = part.get("value")
        text = "".join(map(text_of, value)) if isinstance(value, list) else text_of(value)
        if not text.strip():
            return
        is_piece = self._last == "thinking" and part.get("id") == self._thought_id
        if self._thoughts and not is_piece:
            self._thoughts.append("\n\n")
        self._thoughts.append(text)
        self._last = "thinking"
        self._thought_id = part.get("id")

    def _model(self) -> str:
        """The model that answered, also where the user left the choice to VS Code."""
        model = text_of(self._request.get("modelId"))
        used = text_of(object_of(self._result.get("metadata")).get("resolvedModel"))
        vendor, slash, name = model.rpartition("/")
        return f"{vendor}{slash}{used}" if name == "auto" and used else model

    def _usage(self) -> dict[str, int | float]:
        metadata = object_of(self._result.get("metadata"))
        usage = object_of(self._result.get("usage")) or object_of(self._request.get("usage"))
        return usage_of(
            input_tokens=usage.get("promptTokens", metadata.get("promptTokens")),
            output_tokens=usage.get("completionTokens", metadata.get("outputTokens")),
        )

    def _agent(self) -> str:
        """The agent that was asked by its name, such as the terminal's."""
        agent = object_of(self._request.get("agent"))
        return "" if agent.get("isDefault") is True else text_of(agent.get("name"))
