"""The items of a Codex session, as its model was sent them and returned them.

The rule not to break: a text that Codex put into the session is never a prompt. What it puts in
begins with a tag or a heading of its own, and stands beside what a person typed as further blocks
of the same item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pydantic_core import from_json

from hfs_server.importers.attachments import embedded, from_url
from hfs_server.importers.values import list_of, object_of, objects_of, text_of, tool_call
from hfs_server.session import JsonObject

CALLS = {
    "function_call": "function",
    "custom_tool_call": "function",
    "local_shell_call": "local_shell",
    "tool_search_call": "tool_search",
    "web_search_call": "web_search",
    "image_generation_call": "image_generation",
}
"""Items that call a tool, and the name of the tool where the item has none."""

RESULTS = ("function_call_output", "custom_tool_call_output", "tool_search_output")

_INJECTED_TAG = re.compile(
    r"<((?:environment|extension|goal|additional|hook|internal|\w+_internal)_context"
    r"|user_instructions|recommended_plugins|turn_aborted|user_action|skills?|plugins|subagents"
    r"|hook_prompt|collaboration_mode|multi_agent_mode|model_switch|\w+_notification)[\s>]",
    re.IGNORECASE,
)
_INJECTED_TEXT = (
    "# AGENTS.md instructions",
    "Warning: apply_patch was requested via",
    "Warning: The maximum number of unified exec",
    "Warning: Your account was flagged",
)
_SHELL = "<user_shell_command>"
_REQUEST = re.compile(r"^## My request for Codex:[ \t]*\n?", re.MULTILINE)
_IMAGE_TAG = re.compile(r"\s*</?image(?: [^>]*)?>\s*")
_EXIT_CODE = re.compile(r"(?:^|\n)(?:Exit code:|Process exited with code) (-?\d+)")
_LONGEST_TAG = 80
_HEAD = 400
"""How far into a result the exit code stands."""


class UserInput(NamedTuple):
    """A user's item: what a person typed, and what Codex put in before and after that."""

    typed: str
    injected: str
    output: str
    """What a command of the shell that was typed returned."""
    attachments: list[JsonObject]


def user_input(item: JsonObject) -> UserInput:
    """The parts of a user's item."""
    typed: list[str] = []
    injected: list[str] = []
    output: list[str] = []
    for text in texts_of(item.get("content")):
        if _IMAGE_TAG.fullmatch(text):
            continue
        if is_injected(text):
            injected.append(text)
        elif text.lstrip().startswith(_SHELL):
            command, result = _command(text)
            typed.append(command)
            output.append(result)
        else:
            around, request = _unwrapped(text)
            typed.append(request)
            injected.append(around)
    return UserInput(
        _joined(typed), _joined(injected), _joined(output), images_of(item.get("content"))
    )


def is_prompt(item: JsonObject) -> bool:
    """Whether a user's item holds what a person typed for the model."""
    return any(
        not (is_injected(text) or _IMAGE_TAG.fullmatch(text) or text.lstrip().startswith(_SHELL))
        for text in texts_of(item.get("content"))
    ) or bool(images_of(item.get("content")))


def is_injected(text: str) -> bool:
    """Whether Codex put a text in: it stands in a tag of Codex, or has a heading of Codex."""
    text = text.strip()
    if tag := _INJECTED_TAG.match(text):
        return text[-_LONGEST_TAG:].lower().endswith(f"</{tag.group(1).lower()}>")
    return text.startswith(_INJECTED_TEXT)


def texts_of(content: object) -> list[str]:
    """The texts of an item's content, which is a text or a list of blocks."""
    if isinstance(content, str):
        return [content]
    blocks = objects_of(content if isinstance(content, list) else [content])
    return [text for block in blocks if (text := text_of(block.get("text")))]


def text_of_item(content: object) -> str:
    """All texts of an item's content."""
    return _joined(texts_of(content))


def images_of(content: object) -> list[JsonObject]:
    """The images in an item's content, as attachments."""
    blocks = objects_of(content if isinstance(content, list) else [content])
    urls = (block.get("image_url") for block in blocks)
    found = (from_url(object_of(url).get("url", url)) for url in urls if url)
    return [image for image in found if image]


def thinking_of(item: JsonObject) -> str:
    """What a reasoning item says in readable text."""
    summary = [text for part in list_of(item.get("summary")) for text in texts_of(part)]
    return _joined(summary or texts_of(item.get("content")))


def call_of(item: JsonObject) -> JsonObject:
    """The tool call of one of CALLS."""
    kind = text_of(item.get("type"))
    name = text_of(item.get("name"))
    if space := text_of(item.get("namespace")):
        name = f"{space}.{name}"
    call_id = text_of(item.get("call_id")) or text_of(item.get("id"))
    return tool_call(call_id, name or CALLS.get(kind), _input(kind, item))


def generated_image(item: JsonObject) -> list[JsonObject]:
    """The image of an image_generation_call, as an attachment."""
    image = embedded(item.get("result"), "image/png") if item.get("result") else None
    return [image] if image else []


def result_of(item: JsonObject) -> tuple[str, bool]:
    """The text of one of RESULTS, and whether it is an error."""
    output = item.get("output", item.get("tools"))
    failed = object_of(output).get("success") is False
    if item.get("type") == "tool_search_output":
        return ", ".join(_tool_names(output)), False
    if isinstance(output, dict) and "content" in output:
        output = output["content"]
    text = text_of_item(output)
    inner = object_of(_json(text)) if text.startswith('{"') else {}
    if isinstance(inner.get("output"), str) and inner.keys() <= {"output", "metadata"}:
        code = object_of(inner.get("metadata")).get("exit_code")
        return inner["output"], failed or code not in (None, 0)
    code_in_text = _EXIT_CODE.search(text[:_HEAD])
    return text, failed or (code_in_text is not None and code_in_text.group(1) != "0")


def _command(text: str) -> tuple[str, str]:
    """A command of the shell as it was typed, and what it returned."""
    command, _, result = text.partition("<command>")[2].partition("</command>")
    return f"!{command.strip()}", result.replace("</user_shell_command>", "").strip()


def _unwrapped(text: str) -> tuple[str, str]:
    """What an editor put around a request, and the request."""
    found = _REQUEST.search(text) if text.lstrip().startswith("#") else None
    if not found:
        return "", text
    before = text[: found.start()].strip()
    return before if "\n" in before else "", text[found.end() :].strip()


def _input(kind: str, item: JsonObject) -> object:
    if kind in ("web_search_call", "local_shell_call"):
        return item.get("action")
    if kind == "image_generation_call":
        return {"prompt": text_of(item.get("revised_prompt"))}
    given = item.get("input") if kind == "custom_tool_call" else item.get("arguments")
    parsed = _json(given) if isinstance(given, str) else given
    return parsed if isinstance(parsed, (dict, list)) else given


def _json(text: str) -> object:
    try:
        return from_json(text, allow_inf_nan=False)
    except ValueError:
        return None


def _tool_names(tools: object) -> Iterator[str]:
    for group in objects_of(tools):
        inner = objects_of(group.get("tools"))
        yield from (text_of(tool.get("name")) or "unnamed" for tool in inner or [group])


def _joined(texts: list[str]) -> str:
    return "\n\n".join(text for text in texts if text.strip())
