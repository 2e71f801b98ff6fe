"""The tool calls of an answer in VS Code's chat.

What the user saw of a call is a part of the answer, what the model sent and received is in the
metadata of the result, under other ids. The rule not to break: the parts say which calls there
are; the metadata completes them, and adds others only if it has all that the parts show.
"""

from __future__ import annotations

import json
from typing import Any

from hfs_server.importers.copilot_chat.values import markdown_of, path_of
from hfs_server.importers.values import list_of, object_of, objects_of, text_of, tool_call
from hfs_server.session import JsonObject

_VSCODE_SUFFIX = "__vscode-"

_Call = tuple[str, JsonObject, JsonObject]
"""The id of a call, what the user saw of it, and what the model sent."""


class Tools:
    """The calls of one answer and their results, in the order in which they began."""

    def __init__(self, metadata: JsonObject) -> None:
        self._sent = [
            call
            for round_ in objects_of(metadata.get("toolCallRounds"))
            for call in objects_of(round_.get("toolCalls"))
        ]
        self._received = object_of(metadata.get("toolCallResults"))
        self._parts: dict[str, JsonObject] = {}
        self._edits: dict[str, list[str]] = {}

    def add(self, part: JsonObject) -> None:
        """Adds a part of the answer; a later one of the same call replaces it."""
        self._parts[text_of(part.get("toolCallId")) or f"call_{len(self._parts)}"] = part

    def add_edits(self, part: JsonObject) -> None:
        """Adds the edits of a file, which are a call of their own if no other one made them."""
        if path := path_of(part.get("uri")):
            groups = [edit for group in list_of(part.get("edits")) for edit in objects_of(group)]
            self._edits.setdefault(path, []).extend(text_of(edit.get("text")) for edit in groups)

    @property
    def calls(self) -> list[JsonObject]:
        """The calls, each with its id, name and input."""
        calls = [
            tool_call(call_id, sent.get("name") or part.get("toolId"), _input(part, sent))
            for call_id, part, sent in self._matched()
        ]
        return calls + self._edits_of_no(calls)

    def _edits_of_no(self, calls: list[JsonObject]) -> list[JsonObject]:
        """Edits of files that no call names, such as those of the edit mode, which has no calls."""
        named = json.dumps([call["input"] for call in calls], default=str) if self._edits else ""
        edited = [path for path in self._edits if json.dumps(path)[1:-1] not in named]
        return [
            tool_call(
                f"edit_{number}",
                "textEditGroup",
                {"filePath": path, "edits": [{"newText": text} for text in self._edits[path]]},
            )
            for number, path in enumerate(edited)
        ]

    @property
    def results(self) -> list[JsonObject]:
        """The results of calls that ended, as keys of messages."""
        return [
            {
                "content": self._text(part, sent),
                "tool_call_id": call_id,
                "tool_name": text_of(sent.get("name")) or text_of(part.get("toolId")),
                "is_error": object_of(part.get("resultDetails")).get("isError") is True,
            }
            for call_id, part, sent in self._matched()
            if part.get("isComplete") is True
            or (not part and text_of(sent.get("id")) in self._received)
        ]

    def _matched(self) -> list[_Call]:
        """Each call with what was sent: that with its id, else that in its place if all are."""
        by_id = {text_of(call.get("id")).partition(_VSCODE_SUFFIX)[0]: call for call in self._sent}
        in_order = self._sent if len(self._sent) == len(self._parts) else [{}] * len(self._parts)
        found = [
            (call_id, part, by_id.get(call_id.partition(_VSCODE_SUFFIX)[0], sent))
            for (call_id, part), sent in zip(self._parts.items(), in_order, strict=True)
        ]
        return self._with_unseen(found) if len(self._sent) > len(self._parts) else found

    def _with_unseen(self, found: list[_Call]) -> list[_Call]:
        """The calls with those that the user did not see, if each seen one is found among all."""
        taken = {id(sent) for _, _, sent in found}
        left = [call for call in self._sent if id(call) not in taken]
        places: dict[int, tuple[str, JsonObject]] = {}
        for call_id, part, sent in found:
            same = (call for call in left if _name(call.get("name")) == _name(part.get("toolId")))
            if call := sent or next(same, {}):
                left = [each for each in left if each is not call]
                places[id(call)] = (call_id, part)
        if len(places) < len(found):
            return found
        return [
            (*places.get(id(call), (text_of(call.get("id")) or f"sent_{number}", {})), call)
            for number, call in enumerate(self._sent)
        ]

    def _text(self, part: JsonObject, sent: JsonObject) -> str:
        received = object_of(self._received.get(text_of(sent.get("id"))))
        texts = [_content_text(item.get("value")) for item in objects_of(received.get("content"))]
        return "\n".join(filter(None, texts)) or _shown_result(part)


def _name(tool: object) -> str:
    """The name of a tool, which has a prefix and another spelling where the user sees it."""
    return text_of(tool).casefold().removeprefix("copilot_").replace("_", "")


def _input(part: JsonObject, sent: JsonObject) -> Any:
    """What the model sent, else what the user saw of it."""
    arguments = sent.get("arguments")
    if arguments is None:
        arguments = object_of(part.get("resultDetails")).get("input")
    if arguments is None:
        return _shown_input(object_of(part.get("toolSpecificData")), part)
    return _parsed(arguments)


def _parsed(arguments: object) -> Any:
    try:
        return json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError):
        return arguments


def _shown_input(data: JsonObject, part: JsonObject) -> Any:
    kind = data.get("kind")
    if kind in ("terminal", "terminal2"):
        line = object_of(data.get("commandLine"))
        edits = (line.get(key) for key in ("userEdited", "toolEdited", "original"))
        return {"command": next(filter(text_of, edits), text_of(data.get("command")))}
    if kind == "input" and "rawInput" in data:
        return data["rawInput"]
    rest = {key: value for key, value in data.items() if key not in ("kind", "result")}
    return rest or markdown_of(part.get("invocationMessage"))


def _shown_result(part: JsonObject) -> str:
    """What the user saw of a result: its output, the places it found, or a sentence."""
    details = part.get("resultDetails")
    places = [path for item in objects_of(details) if (path := _place(item))]
    outputs = objects_of(object_of(details).get("output"))
    texts = [text_of(item.get("value")) for item in outputs if item.get("isText") is not False]
    data = object_of(part.get("toolSpecificData"))
    terminal = text_of(object_of(data.get("terminalCommandOutput")).get("text"))
    sentence = markdown_of(part.get("pastTenseMessage"))
    return (
        "\n".join(filter(None, texts))
        or terminal
        or text_of(data.get("result"))
        or ("\n".join(places) or sentence)
    )


def _place(item: JsonObject) -> str:
    return path_of(item if "path" in item else item.get("uri")) or ""


def _content_text(value: object) -> str:
    """The text of a result, which may be a tree that was drawn as a prompt."""
    if isinstance(value, str):
        return value
    pieces: list[str] = []
    left: list[Any] = [object_of(value).get("node")]
    while left:
        node = object_of(left.pop())
        if text := text_of(node.get("text")):
            is_apart = node.get("lineBreakBefore") is True and pieces
            pieces.append(f"\n{text}" if is_apart and not pieces[-1].endswith("\n") else text)
        left += reversed(list_of(node.get("children")))
    return "".join(pieces)
